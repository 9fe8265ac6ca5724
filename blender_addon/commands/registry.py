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
from dataclasses import dataclass, field
from functools import wraps
from typing import Annotated, Any, Literal

from .. import scene_events, scene_state, undo
from .schema import Constraint, schema_of

Vector3 = Annotated[Sequence[float], Constraint(minItems=3, maxItems=3)]
Fraction = Annotated[float, Constraint(minimum=0, maximum=1)]
Color = Annotated[Sequence[Fraction], Constraint(minItems=3, maxItems=4)]  # red, green, blue, perhaps alpha

# Whether a command is an undo step: each time that it succeeds, never, or, for commands that run a client's
# own code and cannot know, when Blender shows that something changed since they called `undo.begin()`.
Undo = bool | Literal["if_changed"]

_PARAMETER_LINE = re.compile(r"(\w+):\s+(\S.*)")


class CommandError(Exception):
    """An expected failure: its message goes to the client as it is."""

    def __init__(self, message: str, *, code: str = "command_failed", data: dict[str, Any] | None = None):
        super().__init__(message)
        self.message = message
        self.code = code
        self.data = data


@dataclass(frozen=True)
class Command:
    """One row of the table."""

    name: str
    title: str  # for people: "Create object"
    function: Callable[..., Any]  # called with keyword arguments on the main thread; may be a generator
    description: str
    schema: dict[str, Any] = field(repr=False)  # JSON Schema of the parameters
    reads_only: bool  # changes nothing in the file
    destructive: bool  # deletes, overwrites, or may do so
    undo: Undo
    aliases: tuple[str, ...]
    tells_names: bool = False  # it tells `scene_state` of objects that come, go or get another name
    idempotent: bool = False  # the same call again changes nothing more
    open_world: bool = False  # reaches beyond Blender and its files
    tool: bool = False  # among the few that assistants are shown; the others they find in `list_commands`
    output_schema: dict[str, Any] | None = field(default=None, repr=False)  # JSON Schema of the result


TABLE: dict[str, Command] = {}


def command(
    *,
    title: str | None = None,
    reads_only: bool = False,
    destructive: bool = False,
    undo: Undo | None = None,
    aliases: Sequence[str] = (),
    name: str | None = None,
    tells_names: bool = True,
    idempotent: bool | None = None,
    open_world: bool = False,
    tool: bool = False,
    output_schema: dict[str, Any] | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Enter the function in the table under its own name or `name`. `undo` defaults to "not reads_only", and
    `idempotent` to `reads_only`."""

    def enter(function: Callable[..., Any]) -> Callable[..., Any]:
        insert(
            row_of(
                function,
                name=name,
                title=title,
                reads_only=reads_only,
                destructive=destructive,
                undo=undo,
                aliases=aliases,
                tells_names=tells_names and undo != "if_changed",
                idempotent=idempotent,
                open_world=open_world,
                tool=tool,
                output_schema=output_schema,
            )
        )
        return function

    return enter


def row_of(
    function: Callable[..., Any],
    *,
    name: str | None = None,
    title: str | None = None,
    description: str | None = None,
    schema: dict[str, Any] | None = None,
    reads_only: bool = False,
    destructive: bool = False,
    undo: Undo | None = None,
    aliases: Sequence[str] = (),
    tells_names: bool = False,
    idempotent: bool | None = None,
    open_world: bool = False,
    tool: bool = False,
    output_schema: dict[str, Any] | None = None,
) -> Command:
    """The function as a row. Without a `schema`, the parameters are those of its hints and its docstring."""
    known_as = name or function.__name__
    steps = not reads_only if undo is None else undo
    if schema is None:
        told, texts = read_docstring(function)
        schema = parameters_schema(function, texts)
    else:
        told = " ".join((inspect.getdoc(function) or "").partition("\n\n")[0].split())
    return Command(
        name=known_as,
        title=title or re.sub(r"[._]", " ", known_as).capitalize(),
        function=_prepared(function, schema, steps, changes=not reads_only),
        description=told if description is None else description,
        schema=schema,
        reads_only=reads_only,
        destructive=destructive,
        undo=steps,
        aliases=tuple(aliases),
        tells_names=tells_names,
        idempotent=reads_only if idempotent is None else idempotent,
        open_world=open_world,
        tool=tool,
        output_schema=output_schema,
    )


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


def _prepared(
    function: Callable[..., Any], schema: dict[str, Any], steps: Undo, changes: bool
) -> Callable[..., Any]:
    """The function as the bridge calls it: itself, unless something must come first.

    A number such as 2.0 is an integer to JSON Schema and a float to Python; the first change needs a state
    that its undo leads back to, and those who follow the scene the state before.
    """
    properties: dict[str, Any] = schema.get("properties", {})
    whole = [
        name
        for name, each in properties.items()
        if isinstance(each, dict) and "integer" in each.get("type", ())
    ]
    if not whole and not steps and not changes:
        return function

    @wraps(function)
    def call(**parameters: Any) -> Any:
        for name in whole:
            if isinstance(parameters.get(name), float):
                parameters[name] = int(parameters[name])
        if steps:
            undo.before()
        if changes:
            scene_events.before()
            scene_state.before()
        return function(**parameters)

    return call


def insert(row: Command) -> None:
    """Put the row in; the same function may come again (a reloaded module), another one may not."""
    for name in (row.name, *row.aliases):
        other = find(name)
        if other and (other.function.__module__, other.name) != (row.function.__module__, row.name):
            raise ValueError(f"two commands are named '{name}': {other.function.__module__} has it already")
    TABLE[row.name] = row
