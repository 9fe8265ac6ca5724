"""One table in a TOML file. In: text and the table's path of names. Out: text. Pure.

tomlkit reads the file and changes what is there; a new table is written behind it, where every file has room.
Each result is parsed again before it is returned: it must hold the entry, and all else as it was.
"""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from collections.abc import Iterator, MutableMapping, Sequence
from typing import Any, cast

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Comment, InlineTable, Item, Null, Table, Whitespace

from .config_error import ConfigError

BOM = "\ufeff"

# A string, in which a # means nothing, or a comment.
_STRING_OR_COMMENT = re.compile(
    r'"{3}(?:[^\\]|\\.)*?"{3,5}'
    r"|'{3}.*?'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
    r"|(#[^\n]*)",
    re.DOTALL,
)


def read(text: str, path: Sequence[str]) -> dict[str, Any] | None:
    """The table as plain data; None if there is none."""
    found: Any = _plain(_parse(text.removeprefix(BOM)))
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else None


def put(text: str, path: Sequence[str], value: dict[str, Any]) -> str:
    """The text with this table."""
    document, mark, is_windows, text = _opened(text)
    wanted = _plain(document)
    inner = wanted
    for name in path[:-1]:
        inner = inner.setdefault(name, {})
        if not isinstance(inner, dict):
            raise ConfigError(f"{name} is not a table, so nothing can be entered there")
    if not isinstance(inner.get(path[-1], {}), dict):
        raise ConfigError(f"{'.'.join(path)} is not a table; change it by hand")
    inner[path[-1]] = value
    existing = _table_text(document, path)
    with _faults_of_tomlkit(path):
        changed = _with(text, document, path, value)
    _check_comments(text, changed, existing or "", path)
    changed = mark + _closed(changed, wanted, path, is_windows)
    if existing is None:
        remove(
            changed, path
        )  # refused here, where nothing has been written yet, and not when the user removes it
    return changed


def remove(text: str, path: Sequence[str]) -> str:
    """The text without the table, and without the empty line that `put` set before it."""
    if read(text, path) is None:
        return text
    document, mark, is_windows, text = _opened(text)
    wanted = _plain(document)
    holder: Any = document
    inner = wanted
    for name in path[:-1]:
        holder, inner = holder[name], inner[name]
    del inner[path[-1]]
    existing = _table_text(document, path) or ""
    with _faults_of_tomlkit(path):
        behind = "".join(item.as_string() for item in _take_comments_behind(holder[path[-1]]))
        del holder[path[-1]]
        left = document.as_string()
    at = _same_lines(text, left)
    head = left[:at]
    if head.endswith("\n\n") or head == "\n":
        head = head[:-1]
    changed = head + behind + left[at:]
    _check_comments(text, changed, existing, path)
    return mark + _closed(changed, wanted, path, is_windows)


@contextlib.contextmanager
def _faults_of_tomlkit(path: Sequence[str]) -> Iterator[None]:
    """Its errors, and those it runs into: changing tables in several places can end in an IndexError."""
    try:
        yield
    except Exception as error:
        raise ConfigError(f"{'.'.join(path)} cannot be changed; do it by hand: {error}") from error


def _opened(text: str) -> tuple[tomlkit.TOMLDocument, str, bool, str]:
    """The document, the byte order mark, whether every line ends as on Windows, and the text without both."""
    mark = BOM if text.startswith(BOM) else ""
    text = text.removeprefix(BOM)
    is_windows = "\r\n" in text and text.count("\r\n") == text.count("\n") == text.count("\r")
    if is_windows:
        text = text.replace("\r\n", "\n")
    document = _parse(text)
    if document.as_string() != text:
        raise ConfigError("the file is written in a way that is not understood; change it by hand")
    return document, mark, is_windows, text


def _closed(text: str, wanted: Any, path: Sequence[str], is_windows: bool) -> str:
    try:
        found = _plain(_parse(text))
    except ConfigError:
        found = None
    if not _same(found, wanted, path):
        raise ConfigError(f"{'.'.join(path)} stands in several places; change it by hand")
    return text.replace("\n", "\r\n") if is_windows else text


def _parse(text: str) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(text)
    except TOMLKitError as error:
        raise ConfigError(f"not TOML: {error}") from None


def _plain(document: tomlkit.TOMLDocument) -> dict[str, Any]:
    try:
        return dict(document.unwrap())
    except TOMLKitError as error:  # a name that stands twice is found only now
        raise ConfigError(f"not TOML: {error}") from None


def _table_text(document: tomlkit.TOMLDocument, path: Sequence[str]) -> str | None:
    """The table as the file writes it, empty where it stands in several places; None if there is none."""
    with _faults_of_tomlkit(path):
        found: Any = document
        for name in path:
            if name not in found:
                return None
            found = found[name]
        if not isinstance(found, Item):
            return ""
        return f"{found.as_string()} {found.trivia.comment}"


def _comments(text: str) -> Counter[str]:
    return Counter(found[1].strip() for found in _STRING_OR_COMMENT.finditer(text) if found[1])


def _check_comments(before: str, after: str, table: str, path: Sequence[str]) -> None:
    """No comment is lost but those in the table itself: tables in several places can lose their headers'."""
    if _comments(before) - _comments(after) - _comments(table):
        raise ConfigError(f"{'.'.join(path)} cannot be changed without losing a comment; change it by hand")


def _same(found: Any, wanted: Any, path: Sequence[str]) -> bool:
    """Whether both hold the same; a table on the way may be missing as well as empty."""
    if found is None:
        return False
    for name in path[:-1]:
        first, second = found.pop(name, {}), wanted.pop(name, {})
        if found != wanted:
            return False
        found, wanted = first, second
    return bool(found == wanted)


def _with(text: str, document: tomlkit.TOMLDocument, path: Sequence[str], value: dict[str, Any]) -> str:
    holder: Any = document
    for at, name in enumerate(path):
        if name not in holder:
            if isinstance(holder, InlineTable):
                _set(holder, name, _nested(path[at + 1 :], value))
                return document.as_string()
            if text and not text.endswith("\n"):
                text += "\n"
            return text + ("\n" if text.strip() else "") + _rendered(path, value)
        holder = holder[name]
    _update(holder, value)
    return document.as_string()


def _nested(path: Sequence[str], value: dict[str, Any]) -> dict[str, Any]:
    for name in reversed(path):
        value = {name: value}
    return value


def _rendered(path: Sequence[str], value: dict[str, Any]) -> str:
    """The table under its full header."""
    document = tomlkit.document()
    holder: Any = document
    for name in path[:-1]:
        inner = tomlkit.table(is_super_table=True)
        holder[name] = inner
        holder = inner
    holder[path[-1]] = value
    return document.as_string()


def _update(table: MutableMapping[str, Any], value: dict[str, Any]) -> None:
    """Changes only what differs, so that the comments in it stay."""
    for name in [name for name in table if name not in value]:
        del table[name]
    for name, new in value.items():
        if isinstance(new, dict) and isinstance(table.get(name), MutableMapping):
            _update(table[name], new)
        elif name not in table or table[name] != new:
            _set(table, name, new)


def _set(table: MutableMapping[str, Any], name: str, value: Any) -> None:
    behind = _take_comments_behind(table) if name not in table else []
    if isinstance(table, InlineTable) and isinstance(value, dict):
        inner = tomlkit.inline_table()
        for key, each in value.items():
            _set(inner, key, each)
        value = inner
    table[name] = value
    for item in behind:
        cast(Table, table).add(item)


def _take_comments_behind(table: Any) -> list[Comment | Whitespace]:
    """Takes out what stands between the table's last line and the next header: it is about what follows."""
    if not isinstance(table, Table):
        return []
    body = table.value.body
    at = len(body)
    while at and isinstance(body[at - 1][1], (Comment, Whitespace, Null)):
        at -= 1
    if at == len(body) and body and isinstance(body[-1][1], Table):
        return _take_comments_behind(body[-1][1])
    taken = [item for _, item in body[at:] if isinstance(item, (Comment, Whitespace))]
    del body[at:]
    return taken


def _same_lines(before: str, after: str) -> int:
    """The length of the lines that both begin with."""
    length = 0
    for old, new in zip(before.splitlines(keepends=True), after.splitlines(keepends=True), strict=False):
        if old != new:
            break
        length += len(old)
    return length
