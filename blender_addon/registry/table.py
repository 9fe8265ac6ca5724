"""The one table of commands.

In: functions under `@command(...)`, with type hints and a docstring. Out: `TABLE`, which feeds the socket
protocol, validation, the undo steps and every list of commands. Filled on the main thread at import.

A command's docstring is its documentation: the first paragraph describes it, and each line `name: text` after
that describes a parameter (a line that follows goes on with the same text).
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import wraps
from typing import Any, Literal

from .schema import schema_of

# Whether a command is an undo step: each time that it succeeds; never; or, for commands that run a client's
# code and cannot know, when Blender shows that something changed since `UndoTracker.begin_code()`.
Undo = bool | Literal["if_changed"]

_PARAMETER_LINE = re.compile(r"(\w+):\s+(\S.*)")


@dataclass(frozen=True)
class Command:
    """One row of the table."""

    name: str
    function: Callable[..., Any]  # called with keyword arguments on the main thread; may be a generator
    title: str  # for people: "Create object"
    description: str
    schema: dict[str, Any] = field(repr=False)  # JSON Schema of the parameters
    aliases: tuple[str, ...] = ()
    reads_only: bool = False  # changes nothing in the file
    destructive: bool = False  # deletes, overwrites, or may do so
    idempotent: bool = False  # the same call again changes nothing more
    open_world: bool = False  # reaches beyond Blender and its files
    undo: Undo = True
    reports_names: bool = False  # it tells `scene_tracker` which objects it adds, removes and renames
    tool: bool = False  # among the few that assistants are shown; the others they find in `list_commands`
    runs_code: bool = False  # runs Python that the client sent: refused where code is not allowed
    # Made of other commands: each of them is allowed or refused by itself.
    composite: Literal["batch", "with_preview", "sentence"] | None = None
    output_schema: dict[str, Any] | None = field(default=None, repr=False)  # JSON Schema of the result


TABLE: dict[str, Command] = {}

_before: Callable[[Command], None] | None = None


def set_before(hook: Callable[[Command], None]) -> None:
    """Have `hook(row)` called when a command begins that may change something, or be an undo step."""
    global _before
    _before = hook


def command(**options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Enter the function in the table; the options are those of `row_of`.

    Tenon's own commands tell the scene tracker of names, except for those that run a client's code.
    """
    options.setdefault("reports_names", options.get("undo") != "if_changed")

    def enter(function: Callable[..., Any]) -> Callable[..., Any]:
        insert(row_of(function, **options))
        return function

    return enter


def row_of(
    function: Callable[..., Any],
    *,
    name: str | None = None,
    title: str | None = None,
    description: str | None = None,
    schema: dict[str, Any] | None = None,
    aliases: Sequence[str] = (),
    reads_only: bool = False,
    idempotent: bool | None = None,
    undo: Undo | None = None,
    **members: Any,
) -> Command:
    """The function as a row; `members` are others of `Command`.

    Its name is the function's own unless `name` is given. Without a `schema`, the parameters are those of its
    hints and its docstring. `undo` defaults to "not reads_only", and `idempotent` to `reads_only`.
    """
    known_as = name or function.__name__
    if schema is None:
        documented, texts = read_docstring(function)
        schema = parameters_schema(function, texts)
    else:
        documented = " ".join((inspect.getdoc(function) or "").partition("\n\n")[0].split())
    row = Command(
        name=known_as,
        function=function,
        title=title or re.sub(r"[._]", " ", known_as).capitalize(),
        description=documented if description is None else description,
        schema=schema,
        aliases=tuple(aliases),
        reads_only=reads_only,
        idempotent=reads_only if idempotent is None else idempotent,
        undo=not reads_only if undo is None else undo,
        **members,
    )
    if row.reads_only and row.runs_code:
        raise ValueError(f"'{known_as}' runs a client's code, so it cannot promise to change nothing")
    return replace(row, function=_wrapped(row))


def find(name: str) -> Command | None:
    """The command of this name or alias."""
    return TABLE.get(name) or next((row for row in TABLE.values() if name in row.aliases), None)


def parameters_schema(function: Callable[..., Any], texts: dict[str, str]) -> dict[str, Any]:
    """The JSON Schema of the function's parameters; TypeError where they cannot be said in JSON."""
    properties: dict[str, Any] = {}
    required = []
    for parameter in inspect.signature(function, eval_str=True).parameters.values():
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise TypeError(f"{function.__name__}: parameter '{parameter.name}' cannot be given by name")
        if parameter.annotation is parameter.empty:
            raise TypeError(f"{function.__name__}: parameter '{parameter.name}' has no type hint")
        schema = schema_of(parameter.annotation)
        if text := texts.get(parameter.name):
            schema["description"] = text
        if parameter.default is parameter.empty:
            required.append(parameter.name)
        elif parameter.default is not None:
            default = parameter.default
            schema["default"] = list(default) if isinstance(default, tuple) else default
        properties[parameter.name] = schema
    result: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    if required:
        result["required"] = required
    return result


def read_docstring(function: Callable[..., Any]) -> tuple[str, dict[str, str]]:
    """The first paragraph, and the text of each parameter; ValueError for a text about no parameter."""
    first, _, rest = (inspect.getdoc(function) or "").partition("\n\n")
    names = inspect.signature(function).parameters
    texts: dict[str, str] = {}
    name = ""
    for line in rest.splitlines():
        if start := _PARAMETER_LINE.fullmatch(line):
            name = start[1]
            if name not in names:
                raise ValueError(f"{function.__name__}: the docstring describes '{name}', no parameter of it")
            texts[name] = start[2].rstrip()
        elif name and line.startswith(" "):
            texts[name] += " " + line.strip()
        else:
            name = ""
    return " ".join(first.split()), texts


def _wrapped(row: Command) -> Callable[..., Any]:
    """The function as the bridge calls it: itself, unless something must come first.

    A number such as 2.0 is an integer to JSON Schema and a float to Python.
    """
    properties: dict[str, Any] = row.schema.get("properties", {})
    whole = [
        name
        for name, each in properties.items()
        if isinstance(each, dict) and "integer" in each.get("type", ())
    ]
    # Commands that run code say themselves when it begins: most code cannot change anything.
    changes = row.undo != "if_changed" and (bool(row.undo) or not row.reads_only)
    if not whole and not changes:
        return row.function
    function = row.function

    @wraps(function)
    def call(**parameters: Any) -> Any:
        for name in whole:
            if isinstance(parameters.get(name), float):
                parameters[name] = int(parameters[name])
        if changes and _before:
            _before(row)
        return function(**parameters)

    return call


def insert(row: Command) -> None:
    """Put the row in; the same function may come again (a reloaded module), another one may not."""
    for name in (row.name, *row.aliases):
        other = find(name)
        if other and (other.function.__module__, other.name) != (row.function.__module__, row.name):
            raise ValueError(f"two commands are named '{name}': {other.function.__module__} has it already")
    TABLE[row.name] = row
