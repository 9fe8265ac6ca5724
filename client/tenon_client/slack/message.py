"""What a person wrote in Slack, read as a sentence, a command, code, or a word to the bot.

In: the text of a message as Slack sends it, and a look-up of commands. Out: a `Request`, or `InvalidParams`.
Pure but for the look-up.
"""

from __future__ import annotations

import ast
import html
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ..errors import InvalidParams, UnknownCommand

Row: TypeAlias = Mapping[str, Any]  # a command as `list_commands` tells it
Find: TypeAlias = Callable[[str], Row | None]


@dataclass(frozen=True)
class Sentence:
    text: str


@dataclass(frozen=True)
class Code:
    code: str


@dataclass(frozen=True)
class Call:
    """A command of the registry."""

    row: Row = field(compare=False)
    name: str
    params: Mapping[str, Any]


@dataclass(frozen=True)
class Help:
    """Tell what can be said."""


@dataclass(frozen=True)
class Cancel:
    """Stop what runs in this thread."""


Request: TypeAlias = Sentence | Code | Call | Help | Cancel

CODE_BLOCK = re.compile(r"```(?:(?:python|py)[ \t]*(?=\n))?\n?(.*?)```", re.DOTALL | re.IGNORECASE)
COMMAND = re.compile(r"(/?)([A-Za-z_][\w.]*)(?:\s+|$)(.*)", re.DOTALL)
PAIR = re.compile(r"\s*([A-Za-z_]\w*)=")
REFERENCE = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")
TYPOGRAPHY = str.maketrans(
    {"\u201c": '"', "\u201d": '"', "\u201e": '"', "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u00a0": " "}
)


def parse(text: str, find: Find) -> Request:
    """`text` is Slack's own form of it, a mention at its beginning included."""
    text = plain(text)
    if "```" in text:
        return _code(text)
    words = text.translate(TYPOGRAPHY).strip()
    if words.lower() in ("", "help", "?"):
        return Help()
    if words.lower() in ("cancel", "stop"):
        return Cancel()
    return _call(words, find) or Sentence(words)


def plain(text: str) -> str:
    """What was typed: without the mention at its beginning, and without Slack's escapes."""
    text = re.sub(r"^\s*(?:<@[A-Z0-9]+(?:\|[^<>]*)?>[\s,:]*)+", "", text)
    return html.unescape(REFERENCE.sub(_typed, text))


def _typed(found: re.Match[str]) -> str:
    """What a reference of Slack's stands for: `<https://a.example|a.example>` was typed as a.example."""
    target, label = found[1], found[2]
    if target[:1] == "#":
        return f"#{label or target[1:]}"
    if target[:1] == "@":
        return f"@{label or target[1:]}"
    if target[:1] == "!":
        return label or f"@{target[1:].partition('^')[0]}"
    return label or target.removeprefix("mailto:")


def _code(text: str) -> Code:
    blocks = CODE_BLOCK.findall(text)
    if len(blocks) != 1:
        raise InvalidParams("Send one block of code between ``` and ``` in a message.")
    code = blocks[0].strip("\n")
    if not code.strip():
        raise InvalidParams("The block of code is empty.")
    # Some keyboards make typographic quotes of plain ones. Code that is right as it stands is left alone.
    straight = code.translate(TYPOGRAPHY)
    return Code(straight if straight != code and not _compiles(code) and _compiles(straight) else code)


def _compiles(code: str) -> bool:
    try:
        ast.parse(code)
    except (SyntaxError, ValueError):
        return False
    return True


def _call(words: str, find: Find) -> Call | None:
    """The command, if the first word is one and what follows are its parameters."""
    words = words.strip("`").strip()
    found = COMMAND.fullmatch(words)
    if not found:
        return None
    slash, name, rest = found.groups()
    params = _params(rest.strip())
    if params is None and not slash:
        return None  # `look` is a command, "look at the cube" is not
    row = find(name)
    if row is None:
        if slash:
            raise UnknownCommand(f"There is no command {name}. `list_commands query=words` finds commands.")
        return None
    if params is None:
        raise InvalidParams(f"After {name} expected key=value pairs, or a JSON object.")
    return Call(row, str(row["name"]), params)


def _params(rest: str) -> dict[str, Any] | None:
    """From a JSON object or from pairs; None if it is neither."""
    if rest.startswith("{"):
        try:
            whole = json.loads(rest)
        except ValueError as error:
            raise InvalidParams(f"The parameters are not JSON: {error}") from error
        return dict(whole)
    params: dict[str, Any] = {}
    at = 0
    while at < len(rest):
        pair = PAIR.match(rest, at)
        if not pair:
            return None
        params[pair[1]], at = _value(rest, pair.end())
    return params


def _value(text: str, at: int) -> tuple[Any, int]:
    """JSON, which may have spaces in it, else the text to the next space."""
    try:
        value, end = json.JSONDecoder().raw_decode(text, at)
        if end == len(text) or text[end].isspace():
            return value, end
    except ValueError:
        pass
    end = next((place for place in range(at, len(text)) if text[place].isspace()), len(text))
    return text[at:end], end
