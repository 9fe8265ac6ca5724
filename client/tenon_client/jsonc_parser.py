"""JSON text in, with comments and trailing commas; values that know their place in the text out. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

TRIVIA = re.compile(r"(?:\s|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')
WORD = re.compile(r"[-+.\w]+")
MAX_DEPTH = 200


class JsonSyntaxError(ValueError):
    """The text is not JSON; the message says where."""


@dataclass
class Value:
    """`plain` is what a reader makes of it; `start` and `end` enclose it in the text."""

    plain: Any
    start: int
    end: int
    members: list[Member] = field(default_factory=list)  # of an object, in their order
    trailing_comma: bool = False

    def member(self, name: str) -> Member | None:
        """The one that counts: readers take the last of several."""
        return next((each for each in reversed(self.members) if each.name == name), None)


@dataclass
class Member:
    name: str
    start: int  # of its name
    value: Value
    comma: int | None = None  # where the one behind it stands


class Parser:
    def __init__(self, text: str) -> None:
        self.text = text

    def document(self) -> Value | None:
        """The value; None if there is nothing but white space and comments."""
        at = self.skip(1 if self.text.startswith("\ufeff") else 0)
        if at == len(self.text):
            return None
        value = self.value(at, 0)
        if self.skip(value.end) != len(self.text):
            raise self.error(self.skip(value.end), "nothing more")
        return value

    def skip(self, at: int) -> int:
        """Past white space and comments."""
        found = TRIVIA.match(self.text, at)
        assert found
        return found.end()

    def error(self, at: int, expected: str) -> JsonSyntaxError:
        line = self.text.count("\n", 0, at) + 1
        column = at - (self.text.rfind("\n", 0, at) + 1) + 1
        return JsonSyntaxError(f"not JSON at line {line}, column {column}: expected {expected}")

    def value(self, at: int, depth: int) -> Value:
        first = self.text[at : at + 1]
        if depth > MAX_DEPTH:
            raise self.error(at, "fewer levels")
        if first == "{":
            return self.object(at, depth)
        if first == "[":
            return self.array(at, depth)
        found = STRING.match(self.text, at) if first == '"' else WORD.match(self.text, at)
        try:
            return Value(json.loads(found[0]) if found else self.fail(), at, found.end() if found else at)
        except ValueError:
            raise self.error(at, "a value") from None

    def fail(self) -> Any:
        raise ValueError

    def object(self, at: int, depth: int) -> Value:
        found = Value({}, at, at)
        at = self.skip(at + 1)
        while self.text[at : at + 1] != "}":
            name = STRING.match(self.text, at)
            if found.members and found.members[-1].comma is None:
                raise self.error(at, "a comma or }")
            if not name:
                raise self.error(at, "a name in double quotes, or }")
            colon = self.skip(name.end())
            if self.text[colon : colon + 1] != ":":
                raise self.error(colon, "a colon")
            value = self.value(self.skip(colon + 1), depth + 1)
            member = Member(self.value(at, depth + 1).plain, at, value)
            found.members.append(member)
            found.plain[member.name] = value.plain
            at = self.skip(value.end)
            if self.text[at : at + 1] == ",":
                member.comma = at
                at = self.skip(at + 1)
        found.trailing_comma = bool(found.members) and found.members[-1].comma is not None
        found.end = at + 1
        return found

    def array(self, at: int, depth: int) -> Value:
        found = Value([], at, at)
        at = self.skip(at + 1)
        separated = True
        while self.text[at : at + 1] != "]":
            if not separated:
                raise self.error(at, "a comma or ]")
            value = self.value(at, depth + 1)
            found.plain.append(value.plain)
            at = self.skip(value.end)
            separated = self.text[at : at + 1] == ","
            at = self.skip(at + 1) if separated else at
        found.end = at + 1
        return found
