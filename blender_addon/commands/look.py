"""Looking at the scene: one picture, or several angles or moments in one.

In: which views, which frames, how shaded, what to frame. Out: a picture of a size that suits an assistant,
and what its tiles show. Main thread; a generator that gives Blender its main loop back between two tiles.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Annotated, Any, Literal

import bpy

from .eye import DIRECTIONS
from .lookup import find_objects
from .registry import CommandError, command
from .schema import Constraint

MOST = 16  # tiles
ONE, SHEET = 800, 1200  # pixels of the longer side, of one picture and of several in one
VIEWS = ("viewport", "camera", *DIRECTIONS)
ALL = ("front", "right", "top", "iso")

Progress = tuple[float | None, str]
_RANGE = re.compile(r"(-?\d+):(-?\d+)(?::(\d+))?")


@command(title="Look at the scene", reads_only=True, tool=True)
def look(
    view: str | list[str] = "viewport",
    frames: list[int] | int | str | None = None,
    shading: Literal["solid", "material", "rendered", "wireframe"] | None = None,
    focus: str | list[str] | None = None,
    size: Annotated[int, Constraint(minimum=64, maximum=2048)] | None = None,
) -> Generator[Progress, None, dict[str, Any]]:
    """See the scene. Look after each change that matters.

    view: viewport (the user's), camera, front, back, left, right, top, bottom, iso, iso_back; a list, or
        "all" (front, right, top, iso), is one labelled sheet
    frames: of the animation, in one strip: a list, a count over the scene's range, or "first:last:count"
    shading: solid is quick; material shows textures in neutral light; rendered has the scene's light
    focus: objects to frame; what hides them is cut away
    size: pixels of the longer side
    """
    from . import picture_file, sheet, tiles  # here: numpy would make every start of Blender slower

    views, moments = _views(view), _moments(frames)
    names = tuple([focus] if isinstance(focus, str) else focus or ())
    find_objects(names)
    count = len(views) * len(moments)
    if count > MOST:
        raise CommandError(f"{count} pictures are too many for a sheet of {MOST}", code="invalid_params")
    columns, rows = sheet.grid(len(views), len(moments))
    shapes = {tiles.shape_of(each) for each in views} if not names else {tiles.ASPECT}
    aspect = shapes.pop() if len(shapes) == 1 else tiles.ASPECT
    width, height = sheet.tile_size(columns, rows, size or (ONE if count == 1 else SHEET), aspect)
    pictures, told = [], []
    for at, (each, frame) in enumerate((each, frame) for each in views for frame in moments):
        yield at / count, f"{each} at frame {frame}" if frame is not None else each
        picture, facts = tiles.take(tiles.Tile(each, frame, shading, names, width, height))
        pictures.append(picture)
        told.append(facts)
    if count == 1:
        (picture,) = pictures
    else:
        labels = [_label(facts, len(views) > 1, len(moments) > 1) for facts in told]
        picture = sheet.compose(pictures, labels, columns, width, height)
    return {
        "images": [picture_file.as_image(picture, "look")],
        "width": picture.shape[1],
        "height": picture.shape[0],
        "method": "render" if bpy.app.background else "offscreen",
        "tiles": told,
    }


def _views(view: str | list[str]) -> list[str]:
    asked = [view] if isinstance(view, str) else view
    views = [name for each in asked for name in (ALL if each.lower() == "all" else (each.lower(),))]
    unknown = [each for each in views if each not in VIEWS]
    if unknown or not views:
        raise CommandError(
            f"There is no view '{', '.join(unknown)}'; there are: {', '.join(VIEWS)}, all",
            code="invalid_params",
        )
    return list(dict.fromkeys(views))


def _moments(frames: list[int] | int | str | None) -> list[int | None]:
    """The frames; None is the present one, wherever that is."""
    scene = bpy.context.scene
    if frames is None:
        return [None]
    if isinstance(frames, (list, tuple)):
        return [int(each) for each in frames] or [None]
    if isinstance(frames, str):
        found = _RANGE.fullmatch(frames.strip())
        if not found:
            raise CommandError(f"'{frames}' is not first:last or first:last:count", code="invalid_params")
        first, last = int(found[1]), int(found[2])
        return _spread(first, last, int(found[3] or 6))
    return _spread(scene.frame_start, scene.frame_end, int(frames))


def _spread(first: int, last: int, count: int) -> list[int | None]:
    if count < 1:
        raise CommandError("At least one frame must be asked for", code="invalid_params")
    count = min(count, MOST + 1)  # too many are refused, not made
    steps = max(count - 1, 1)
    return list(dict.fromkeys(round(first + (last - first) * at / steps) for at in range(count)))


def _label(facts: dict[str, Any], with_view: bool, with_frame: bool) -> str:
    view = facts["view"].replace("_", " ")
    frame = f"frame {facts['frame']}"
    return " ".join(part for part, wanted in ((view, with_view), (frame, with_frame)) if wanted)
