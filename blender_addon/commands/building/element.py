"""What a building element is: its parameters with their defaults, units and limits, and how its body is made.

In: parameters as a client sent them. Out: the same, complete and checked; a `Solid`, or the parts of a whole.
Pure Python without bpy; any thread. The rows themselves are in `catalog.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ...errors import CommandError
from .meshes.plates import Opening
from .solid import MATERIALS, Point, Solid

Value = float | int | bool | str
LONGEST = 1000.0  # metres


@dataclass(frozen=True)
class Parameter:
    """One measure or choice. Its type is that of its default."""

    default: Value
    text: str
    unit: Literal["m", "rad", ""] = "m"
    least: float = 0.01
    most: float = LONGEST
    choices: tuple[str, ...] = ()

    def schema(self) -> dict[str, Any]:
        told: dict[str, Any] = {"description": self.text, "default": self.default}
        if isinstance(self.default, bool):
            return {"type": "boolean", **told}
        if isinstance(self.default, str):
            return {"type": "string", "enum": list(self.choices), **told}
        kind = "integer" if isinstance(self.default, int) else "number"
        return {"type": kind, "minimum": self.least, "maximum": self.most, **told}

    def checked(self, name: str, value: Any) -> Value:
        """The value, as its type has it; CommandError for one that it cannot be."""
        if isinstance(self.default, bool):
            if isinstance(value, bool):
                return value
            raise _invalid(name, value, "true or false")
        if isinstance(self.default, str):
            if value in self.choices:
                return str(value)
            raise _invalid(name, value, f"one of {', '.join(self.choices)}")
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise _invalid(name, value, "a number")
        unit = {"m": " m", "rad": " radians", "": ""}[self.unit]
        if not self.least <= value <= self.most:
            raise _invalid(name, value, f"from {self.least:g} to {self.most:g}{unit}")
        if isinstance(self.default, int):
            if value != int(value):
                raise _invalid(name, value, "a whole number")
            return int(value)
        return float(value)


def length(default: float, text: str, least: float = 0.01, most: float = LONGEST) -> Parameter:
    return Parameter(default, text, least=least, most=most)


def angle(default: float, text: str, least: float, most: float) -> Parameter:
    return Parameter(default, text, "rad", least, most)


def count(default: int, text: str, least: int, most: int) -> Parameter:
    return Parameter(default, text, "", least, most)


def choice(default: str, text: str, choices: Sequence[str]) -> Parameter:
    return Parameter(default, text, "", choices=tuple(choices))


def flag(default: bool, text: str) -> Parameter:
    return Parameter(default, text, "")


@dataclass(frozen=True)
class Part:
    """An element that a whole (a room, a house) is made of."""

    role: str  # tells it from the others of the whole, also after a change of parameters
    kind: str
    parameters: Mapping[str, Value]
    place: Point  # of its origin: in the wall that it stands in, else in the whole
    rotation: float = 0.0
    wall: str = ""  # the role of the wall that it stands in
    storey: int = 0  # how many above that of the whole
    chosen: Mapping[str, str] = field(default_factory=dict)  # a material's preset -> the one in its place


@dataclass(frozen=True)
class Element:
    """One row: what `build_<kind>` makes."""

    kind: str
    name: str  # of the object: "Wall"
    builds: str  # one sentence for people
    parameters: Mapping[str, Parameter]
    # One of the two. A solid's main material is that of its first slot.
    solid: Callable[..., Solid] | None = None
    parts: Callable[..., list[Part]] | None = None
    # Where it belongs when no location is given: on the storey's floor, below it, on top of what stands
    # there, or hanging down from there. `rise` is the parameter that is its height then.
    level: Literal["floor", "below", "top", "hung"] = "floor"
    rise: str = ""
    # Walls: the body takes `openings`. Windows and doors: they make one, and the body takes `depth`.
    opened: bool = False
    opens: bool = False
    # The size of that opening; else `width` and `height`.
    hole: Callable[..., tuple[float, float]] | None = None
    seeks_wall: bool = True  # it belongs into a wall also where none is named
    placing: tuple[str, ...] = ()  # parameters that say where it stands, and not how it looks
    starts: bool = False  # its origin is where it starts, and not the middle of its foot
    storey_high: bool = False  # its `height` is that of the storey where none is given
    covers: bool = False  # it is as large as what it is put on, where no size is given
    facts: Callable[..., dict[str, Any]] | None = None  # what else became of the parameters

    @property
    def command(self) -> str:
        return f"build_{self.kind}"

    def checked(self, given: Mapping[str, Any]) -> dict[str, Value]:
        """All parameters: those given, the others as they are by default."""
        if unknown := [name for name in given if name not in self.parameters]:
            raise CommandError(
                f"{self.name} has no {', '.join(unknown)}: it has {', '.join(self.parameters)}",
                code="invalid_params",
            )
        return {
            name: each.checked(name, given[name]) if name in given else each.default
            for name, each in self.parameters.items()
        }

    def measures(self, parameters: Mapping[str, Value]) -> dict[str, Any]:
        """Those of the parameters that say how it looks."""
        return {name: value for name, value in parameters.items() if name not in self.placing}

    def hole_size(self, parameters: Mapping[str, Value]) -> tuple[float, float]:
        """How wide and high the opening is that it needs."""
        if self.hole:
            return self.hole(**self.measures(parameters))
        return float(parameters["width"]), float(parameters["height"])

    def body(
        self, parameters: Mapping[str, Value], *, openings: Sequence[Opening] = (), depth: float = 0.1
    ) -> Solid:
        """CommandError: these parameters make no body."""
        assert self.solid is not None, f"{self.kind} is made of parts"
        measures = self.measures(parameters)
        if self.opened:
            measures["openings"] = openings
        if self.opens:
            measures["depth"] = depth
        try:
            return self.solid(**measures)
        except ValueError as error:
            raise CommandError(str(error), code="invalid_params") from error

    def plan(self, parameters: Mapping[str, Value], material: str | None) -> list[Part]:
        """CommandError: these parameters make no whole."""
        assert self.parts is not None, f"{self.kind} has no parts"
        try:
            return self.parts(material=material, **parameters)
        except ValueError as error:
            raise CommandError(str(error), code="invalid_params") from error


ELEMENTS: dict[str, Element] = {}


def enter(element: Element) -> Element:
    ELEMENTS[element.kind] = element
    return element


def checked_material(name: Any) -> str:
    if name not in MATERIALS:
        raise _invalid("material", name, f"one of {', '.join(MATERIALS)}")
    return str(name)


def _invalid(name: str, value: Any, wanted: str) -> CommandError:
    shown = repr(value) if isinstance(value, str) else str(value)
    return CommandError(f"{name} is {shown[:60]}, and must be {wanted}", code="invalid_params")
