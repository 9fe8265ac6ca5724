"""One entry in a JSON file, with comments or not. In: text and a path of names. Out: text. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from ...jsonc_parser import JsonSyntaxError, Member, Parser, Value
from .config_error import ConfigError


def document(text: str) -> Value | None:
    try:
        return Parser(text).document()
    except JsonSyntaxError as error:
        raise ConfigError(str(error)) from None


def read(text: str, path: Sequence[str]) -> Any:
    """The value there as plain data, or None."""
    found = document(text)
    for name in path:
        member = found.member(name) if found else None
        found = member.value if member else None
    return found.plain if found else None


def put(text: str, path: Sequence[str], value: Any) -> str:
    """The text with this value there; objects on the way to it are made."""
    root = document(text)
    newline = "\r\n" if "\r\n" in text else "\n"
    if root is None:
        whole: Any = value
        for name in reversed(path):
            whole = {name: whole}
        head = text if not text or text.endswith("\n") else text + newline
        return head + rendered(whole, "", "  ", newline) + newline
    unit = indentation(text)
    at, rest = root, list(path)
    while rest:
        if not isinstance(at.plain, dict):
            where = ".".join(path[: len(path) - len(rest)]) or "the file"
            raise ConfigError(f"{where} is not an object, so nothing can be entered there")
        member = at.member(rest[0])
        if member is None:
            break
        at, rest = member.value, rest[1:]
    if not rest:
        if at.plain == value:
            return text
        flat = isinstance(at.plain, dict) and at.plain and "\n" not in text[at.start : at.end]
        new = compact(value) if flat else rendered(value, line_indent(text, at.start), unit, newline)
        return text[: at.start] + new + text[at.end :]
    for name in reversed(rest[1:]):
        value = {name: value}
    return inserted(text, at, rest[0], value, unit, newline)


def inserted(text: str, into: Value, name: str, value: Any, unit: str, newline: str) -> str:
    """The text with one more member at the end of an object."""
    close = into.end - 1
    if into.members and "\n" not in text[into.start : into.end]:
        # All on one line, as programs write it.
        last = into.members[-1]
        comma = "" if last.comma is not None else ","
        end = (last.comma + 1) if last.comma is not None else last.value.end
        added = f" {json.dumps(name, ensure_ascii=False)}: {compact(value)}" + (
            "," if into.trailing_comma else ""
        )
        return text[:end] + comma + added + text[end:]
    outer = line_indent(text, into.start)
    indent = member_indent(text, into, outer + unit)
    entry = f"{json.dumps(name, ensure_ascii=False)}: {rendered(value, indent, unit, newline)}"
    entry += "," if into.trailing_comma else ""
    content = len(text[:close].rstrip())  # the end of the last member, or of the comments behind it
    tail = text[content:close] if "\n" in text[content:close] else newline + outer
    body = text[:content]
    if into.members and not into.trailing_comma:
        end = into.members[-1].value.end
        body = text[:end] + "," + text[end:content]
    return body + newline + indent + entry + tail + text[close:]


def remove(text: str, path: Sequence[str]) -> str:
    """The text without what is there; objects that are left empty stay."""
    root = document(text)
    member: Member | None = None
    holder = root
    for name in path:
        holder = member.value if member else root
        member = holder.member(name) if holder else None
        if member is None:
            return text
    assert member and holder
    index = holder.members.index(member)
    last = index == len(holder.members) - 1
    start = len(text[: member.start].rstrip(" \t\r\n"))
    end = member.comma + 1 if member.comma is not None else member.value.end
    if not re.match(r"[ \t]*\r?\n", text[end:]):
        # The line's end stays: it may be what ends a comment.
        start = max(start, text.rfind("\n", start, member.start) + 1)
    if len(holder.members) == 1:
        close = holder.end - 1
        empty = not text[holder.start + 1 : member.start].strip() and not text[end:close].strip()
        return text[: holder.start + 1] + text[close:] if empty else text[:start] + text[end:]
    if last and member.comma is None:
        # The comma before it goes with it.
        comma = holder.members[index - 1].comma
        assert comma is not None
        return text[:comma] + text[comma + 1 : start] + text[end:]
    return text[:start] + text[end:]


def compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def rendered(value: Any, indent: str, unit: str, newline: str) -> str:
    """JSON over several lines, the first of which stands behind something."""
    return json.dumps(value, indent=unit, ensure_ascii=False).replace("\n", newline + indent)


def line_indent(text: str, at: int) -> str:
    """The white space that the line of this place begins with."""
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line[: len(line) - len(line.lstrip(" \t"))]


def member_indent(text: str, holder: Value, usual: str) -> str:
    """What its members are indented by."""
    for member in reversed(holder.members):
        begin = text.rfind("\n", 0, member.start) + 1
        if not text[begin : member.start].strip() and begin > holder.start:
            return text[begin : member.start]
    return usual


def indentation(text: str) -> str:
    """One level of this file."""
    found = re.search(r"\n(\t+| +)\S", text)
    return (found[1][:1] if found[1].startswith("\t") else found[1][:8]) if found else "  "
