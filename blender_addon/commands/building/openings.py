"""Windows and doors in walls: the opening of each is where the object stands, also after it was moved.

In: walls and the objects that hang on them. Out: the walls' meshes, with those openings. Main thread only.

`refresh_moved` is called before each undo step. Without a wall that has openings it costs a look at an empty
table; else the matrices of the windows and doors are compared with those of the last time. Undo, redo and the
load of a file make it look through all objects once.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import bpy
from bpy.app.handlers import persistent

from ...blender.handlers import append_handlers, remove_handlers
from ...errors import CommandError
from .meshes.plates import TOUCHING, Opening, misfit
from .objects import PROPERTY, Record, keep, put_body, record_of

logger = logging.getLogger(__name__)

STRAIGHT = 0.999  # the cosine up to which an object stands as its wall does
BESIDE = 0.05  # how far from the wall's faces (m) it is in the wall still
DIGITS = 6


def opening_of(obj: Any, record: Record) -> Opening:
    """What it cuts out of the wall that it hangs on. A sill that is to be counts, not the one that is."""
    place, _, scale = _in_wall(obj).decompose()
    width, height = record.element.hole_size(record.parameters)
    width, height = width * abs(scale.x), height * abs(scale.z)
    was = record_of(obj)
    sill = record.parameters.get("sill")
    if sill is not None and was and was.parameters["sill"] != sill:
        place.z = sill
    foot = 0.0 if abs(place.z) < TOUCHING else place.z
    return Opening(*(round(each, DIGITS) for each in (place.x - width / 2, foot, width, height)))


def _in_wall(obj: Any) -> Any:
    return obj.matrix_parent_inverse @ obj.matrix_basis


def standing_in(wall: Any, hanging: Iterable[Any] | None = None) -> list[tuple[Any, Record]]:
    """The windows and doors that hang on the wall, from its start. `hanging`: what hangs on it, where that is
    known; to find it Blender looks through all objects.
    """
    found = []
    for child in wall.children if hanging is None else hanging:
        record = record_of(child)
        if record and record.element.opens:
            found.append((child, record))
    return sorted(found, key=lambda each: (_in_wall(each[0]).translation.x, each[0].name))


def is_in(obj: Any, thickness: float) -> bool:
    """Whether it stands in the plane of its wall, upright."""
    local = _in_wall(obj)
    across, up = local.col[0].xyz.normalized(), local.col[2].xyz.normalized()
    return abs(across.x) > STRAIGHT and up.z > STRAIGHT and abs(local.translation.y) <= thickness / 2 + BESIDE


def openings_in(
    wall: Any,
    record: Record,
    changed: Mapping[str, Record] | None = None,
    hanging: Iterable[Any] | None = None,
) -> tuple[list[Opening], dict[str, str]]:
    """All that can be cut, and by the name of an object why its opening cannot. `changed`: records that are
    to be, by the names of their objects. `hanging` as in `standing_in`.
    """
    length, height = (float(record.parameters[name]) for name in ("length", "height"))
    found: list[Opening] = []
    problems = {}
    for obj, its in standing_in(wall, hanging):
        its = (changed or {}).get(obj.name, its)
        if not is_in(obj, float(record.parameters["thickness"])):
            problems[obj.name] = "it does not stand in that wall any more"
            continue
        opening = opening_of(obj, its)
        if problem := misfit(opening, length, height, found):
            problems[obj.name] = problem
        else:
            found.append(opening)
    return found, problems


def refresh_openings(wall: Any, hanging: Sequence[Any] | None = None) -> list[str]:
    """Cut the openings where windows and doors stand now. Returns notes."""
    record = record_of(wall)
    if record is None or not record.element.opened:
        return []
    hanging = wall.children if hanging is None else hanging
    found, problems = openings_in(wall, record, hanging=hanging)
    notes = [f"'{wall.name}' has no opening for '{name}': {why}" for name, why in problems.items()]
    _note_sills(wall, hanging)
    wanted = [[each.left, each.foot, each.width, each.height] for each in found]
    if wanted != record.openings:
        record.openings = wanted
        notes += put_body(wall, record, record.element.body(record.parameters, openings=found))
    _watch.note_some()
    return notes


def _note_sills(wall: Any, hanging: Sequence[Any]) -> None:
    """The height of a sill is where the window stands."""
    for obj, record in standing_in(wall, hanging):
        if "sill" in record.parameters:
            sill = round(float(_in_wall(obj).translation.z), DIGITS)
            if sill != record.parameters["sill"] and sill >= 0:
                record.parameters["sill"] = sill
                keep(obj, record)


class Seen(NamedTuple):
    """Where an opening was when it was looked at last."""

    wall: str
    place: tuple[Any, Any]
    collection: str  # one that it is in: to look for a name there is quicker than among all objects

    def found(self, name: str) -> Any | None:
        held = bpy.data.collections.get((self.collection, None))
        obj = held.objects.get(name) if held else None
        return bpy.data.objects.get((name, None)) if obj is None or obj.library else obj


class _Watch:
    """The windows and doors of the file, and where each stood in its wall when it was looked at last."""

    def __init__(self) -> None:
        self.stale = True  # all must be looked at: another file, or an undo
        self.count = 0  # objects in the file
        self.seen: dict[str, Seen] = {}  # by the name of the opening
        self.later: set[str] = set()  # walls that were in Edit Mode

    def note_some(self) -> None:
        """There is one, where none may have been."""
        self.stale = self.stale or not self.seen

    def differing(self) -> dict[str, list[Any]]:
        """The walls where something was moved, added or taken away, with what hangs on them now."""
        if not self.stale and (not self.seen or self._are_same()):
            return {wall: [] for wall in self.later}
        before, self.seen = self.seen, self.look()
        self.count = len(bpy.data.objects)
        changed = before.items() | self.seen.items() if self.stale else before.items() ^ self.seen.items()
        self.stale = False
        touched = {seen.wall for _, seen in changed} | self.later
        walls: dict[str, list[Any]] = {wall: [] for wall in touched}
        for name, seen in self.seen.items():
            if seen.wall in walls:
                walls[seen.wall].append(bpy.data.objects[name, None])
        return walls

    def _are_same(self) -> bool:
        if len(bpy.data.objects) != self.count:
            return False
        for name, seen in self.seen.items():
            obj = seen.found(name)
            if obj is None or obj.parent is None or obj.parent.name != seen.wall or _place(obj) != seen.place:
                return False
        return True

    def look(self) -> dict[str, Seen]:
        """All of them: a look at each object of the file."""
        found = {}
        for obj in bpy.data.objects:
            if obj.parent is not None and obj.library is None and PROPERTY in obj:
                record = record_of(obj)
                above = record_of(obj.parent) if record and record.element.opens else None
                if above and above.element.opened and obj.parent.library is None:
                    held = next((each.name for each in obj.users_collection), "")
                    found[obj.name] = Seen(obj.parent.name, _place(obj), held)
        return found


_watch = _Watch()


def _place(obj: Any) -> tuple[Any, Any]:
    return obj.matrix_parent_inverse.copy().freeze(), obj.matrix_basis.copy().freeze()


def refresh_moved() -> None:
    """Cut openings anew where something was moved, added or taken away since the last call."""
    if not _watch.stale and not _watch.seen and not _watch.later:
        return
    walls = _watch.differing()
    again, _watch.later = _watch.later, set()
    for name, hanging in walls.items():
        wall = bpy.data.objects.get((name, None))
        if wall is None:
            continue
        if wall.mode != "OBJECT":
            _watch.later.add(name)
            continue
        try:
            for note in refresh_openings(wall, None if name in again else hanging):
                logger.info(note)
        except CommandError as error:
            logger.info("The openings of '%s' could not be cut: %s", name, error.message)


@persistent
def _changed(*_: Any) -> None:
    _watch.stale = True


_HANDLERS = {"undo_post": _changed, "redo_post": _changed, "load_post": _changed}


def register() -> None:
    _watch.stale = True
    append_handlers(_HANDLERS)


def unregister() -> None:
    remove_handlers(_HANDLERS)
