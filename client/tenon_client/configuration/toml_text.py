"""One table in a TOML file. In: text and the table's path of names. Out: text. Pure.

Only as much of TOML is read as must be to know which lines are headers and which keys stand where: strings
and arrays may go over several lines. https://toml.io/en/v1.0.0
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from . import Unreadable

BARE = re.compile(r"[A-Za-z0-9_-]+")
KEY_PART = re.compile(
    r"[ \t]*(?:(?P<bare>[A-Za-z0-9_-]+)|(?P<basic>\"(?:[^\"\\\n]|\\.)*\")|'(?P<literal>[^'\n]*)')[ \t]*"
)
# What may not be looked into: strings of all kinds, and comments.
OPAQUE = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|#[^\n]*', re.DOTALL
)
Path = tuple[str, ...]


@dataclass
class Statement:
    """A header or a key with its value, and the text it takes, to the end of its last line."""

    start: int
    end: int
    path: Path  # the header's own, or the key's full one
    is_header: bool
    value: str = ""


def statements(text: str) -> Iterator[Statement]:
    table: Path = ()
    at = 0
    while at < len(text):
        line = text[at : end if (end := text.find("\n", at)) >= 0 else len(text)]
        stripped = line.strip(" \t\r\ufeff")
        if not stripped or stripped.startswith("#"):
            at += len(line) + 1
            continue
        begin = at + line.index(stripped[0])
        if stripped.startswith("["):
            double = stripped.startswith("[[")
            table, close = key(text, begin + 1 + double)
            if text[close : close + 1 + double] != "]" * (1 + double):
                raise complaint(text, close, "]")
            end = past_line(text, close)
            yield Statement(at, end, table, True)
        else:
            name, equals = key(text, begin)
            if text[equals : equals + 1] != "=":
                raise complaint(text, equals, "=")
            end = past_value(text, equals + 1)
            yield Statement(at, end, table + name, False, text[equals + 1 : end].strip())
        at = end


def complaint(text: str, at: int, wanted: str) -> Unreadable:
    return Unreadable(f"not TOML at line {text.count(chr(10), 0, at) + 1}: expected {wanted}")


def key(text: str, at: int) -> tuple[Path, int]:
    """A dotted key's parts, and where it ends."""
    parts: list[str] = []
    while True:
        found = KEY_PART.match(text, at)
        if not found:
            raise complaint(text, at, "a key")
        basic = found["basic"]
        parts.append(json.loads(basic) if basic else found["bare"] or found["literal"] or "")
        at = found.end()
        if text[at : at + 1] != ".":
            return tuple(parts), at
        at += 1


def past_line(text: str, at: int) -> int:
    end = text.find("\n", at)
    return end + 1 if end >= 0 else len(text)


def past_value(text: str, at: int) -> int:
    """Behind the line that this value ends on."""
    depth = 0
    while at < len(text):
        opaque = OPAQUE.match(text, at)
        if opaque:
            at = opaque.end()
            continue
        char = text[at]
        depth += (char in "[{") - (char in "]}")
        at += 1
        if char == "\n" and depth <= 0:
            return at
    if depth > 0:
        raise complaint(text, len(text), "the end of an array")
    return len(text)


def block(text: str, path: Sequence[str]) -> tuple[int, int] | None:
    """Where the table and those under it stand, one behind the other; None if it is nowhere."""
    wanted = tuple(path)
    name = ".".join(wanted)
    start = end = None
    inside = apart = False
    for each in statements(text):
        mine = each.path[: len(wanted)] == wanted
        if each.is_header:
            inside = mine
        elif mine and not inside:
            raise Unreadable(f"{name} is written as a key, not as a table; change it by hand")
        elif wanted[: len(each.path)] == each.path:
            raise Unreadable(f"{'.'.join(each.path)} is written on one line; change it by hand")
        if inside and apart:
            raise Unreadable(f"the tables of {name} stand apart; change them by hand")
        if inside:
            start, end = each.start if start is None else start, each.end
        apart = start is not None and not inside
    return (start, end) if start is not None and end is not None else None


def read(text: str, path: Sequence[str]) -> dict[str, Any] | None:
    """The table as far as `put` writes such: strings, numbers, truth values and arrays of them."""
    found = block(text, path)
    if found is None:
        return None
    table: dict[str, Any] = {}
    for each in statements(text[found[0] : found[1]]):
        if each.is_header or each.path[: len(path)] != tuple(path):
            continue
        inner = table
        for name in each.path[len(path) : -1]:
            inner = inner.setdefault(name, {})
        inner[each.path[-1]] = plain(each.value)
    return table


def plain(value: str) -> Any:
    value = OPAQUE.sub(lambda found: "" if found[0].startswith("#") else found[0], value).strip()
    try:
        return json.loads(re.sub(r",\s*\]$", "]", value))
    except ValueError:
        return value[1:-1] if value[:1] == "'" == value[-1:] else value


def put(text: str, path: Sequence[str], value: dict[str, Any]) -> str:
    """The text with this table; a new one goes to the end."""
    newline = "\r\n" if "\r\n" in text else "\n"
    found = block(text, path)
    lines = rendered(path, value).replace("\n", newline)
    if found:
        return text[: found[0]] + lines + text[found[1] :]
    if text and not text.endswith("\n"):
        text += newline
    return text + (newline if text.strip() else "") + lines


def take(text: str, path: Sequence[str]) -> str:
    """The text without the table, and without the empty line that `put` set before it."""
    found = block(text, path)
    if found is None:
        return text
    head, tail = text[: found[0]], text[found[1] :]
    for blank in ("\r\n", "\n"):
        if head.endswith(blank * 2) or head == blank:
            head = head[: -len(blank)]
            break
    return head + tail


def rendered(path: Sequence[str], table: dict[str, Any]) -> str:
    """A table's lines, those of the tables in it behind them."""
    text = f"[{'.'.join(map(quoted, path))}]\n"
    for name, value in table.items():
        if not isinstance(value, dict):
            text += f"{quoted(name)} = {literal(value)}\n"
    for name, value in table.items():
        if isinstance(value, dict):
            text += "\n" + rendered([*path, name], value)
    return text


def quoted(name: str) -> str:
    return name if BARE.fullmatch(name) else literal(name)


def literal(value: Any) -> str:
    """JSON's strings, numbers, truth values and arrays are TOML's too, but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
