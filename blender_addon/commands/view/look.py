"""Looking at the scene: one picture, or several angles or frames in one.

In: which views, which frames, how shaded, what to frame. Out: a picture of a size that suits an assistant,
and what its tiles show. Main thread; a generator that gives Blender its main loop back between two tiles.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import TYPE_CHECKING, Annotated, Any, Literal

import bpy

from ...blender.data_access import find_objects, with_notes
from ...blender.missing_files import missing_files_notes
from ...errors import CommandError
from ...imaging.camera_view import DIRECTIONS
from ...registry.schema import Constraint
from ...registry.table import command
from ...tracking.progress import progress

if TYPE_CHECKING:
    from ...imaging.tile import Tile

MAX_TILES = 16  # tiles
SINGLE_SIZE, SHEET_SIZE = 800, 1200  # pixels of the longer side, of one picture and of several in one
VIEWS = ("viewport", "camera", *DIRECTIONS)
ALL_VIEWS = ("front", "right", "top", "iso")

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
    from ...imaging import (  # here: numpy would make every start of Blender slower
        contact_sheet,
        image_io,
        tile,
    )

    views, frame_numbers = _views(view), _frames(frames)
    names = tuple([focus] if isinstance(focus, str) else focus or ())
    find_objects(names)
    count = len(views) * len(frame_numbers)
    if count > MAX_TILES:
        raise CommandError(f"{count} pictures are too many for a sheet of {MAX_TILES}", code="invalid_params")
    columns, rows = contact_sheet.grid(len(views), len(frame_numbers))
    shapes = {tile.shape_of(each) for each in views} if not names else {tile.ASPECT}
    aspect = shapes.pop() if len(shapes) == 1 else tile.ASPECT
    longest = size or (SINGLE_SIZE if count == 1 else SHEET_SIZE)
    # Less a pixel for each tile of a sheet, whose sides are rounded.
    most = image_io.MAX_SIDE - (count if count > 1 else 0)
    width, height = contact_sheet.tile_size(columns, rows, min(longest, most), aspect)
    tiles = [
        tile.Tile(each, frame, shading, names, width, height) for each in views for frame in frame_numbers
    ]
    taken = yield from _captured(tiles)
    pictures, tile_facts = [picture for picture, _ in taken], [facts for _, facts in taken]
    if count == 1:
        (picture,) = pictures
    else:
        labels = [_label(facts, len(views) > 1, len(frame_numbers) > 1) for facts in tile_facts]
        picture = contact_sheet.compose(pictures, labels, columns, width, height)
    image, wide, high = image_io.as_image(picture, "look")
    answer = {
        "images": [image],
        "width": wide,
        "height": high,
        "method": "render" if bpy.app.background else "offscreen",
        "tiles": tile_facts,
    }
    smaller = longest > most or (high, wide) != picture.shape[:2]
    notes = image_io.size_note(longest, wide, high) if smaller else []
    if any(facts["shading"] in ("material", "rendered") for facts in tile_facts):
        notes += missing_files_notes()
    return with_notes(answer, notes)


def _captured(tiles: list[Tile]) -> Generator[Progress, None, list[tuple[Any, dict[str, Any]]]]:
    """The picture of each tile and the facts about it.

    The scene goes to another frame once for all its tiles, because that runs the handlers of other add-ons.
    Blender has no turn while it is there.
    """
    from ...imaging.frame_override import at_frame
    from ...imaging.tile import capture

    scene = bpy.context.scene
    taken: dict[Tile, tuple[Any, dict[str, Any]]] = {}
    for frame in dict.fromkeys(each.frame for each in tiles):
        group = [each for each in tiles if each.frame == frame]
        yield _so_far(group[0], len(taken), len(tiles))
        if frame in (None, scene.frame_current):
            taken[group[0]] = capture(group[0])
            for each in group[1:]:
                yield _so_far(each, len(taken), len(tiles))
                taken[each] = capture(each)
        else:
            with at_frame(scene, frame):
                for each in group:
                    progress(*_so_far(each, len(taken), len(tiles)))
                    taken[each] = capture(each)
    return [taken[each] for each in tiles]


def _so_far(tile: Tile, done: int, count: int) -> tuple[float, str]:
    return done / count, tile.view if tile.frame is None else f"{tile.view} at frame {tile.frame}"


def _views(view: str | list[str]) -> list[str]:
    asked = [view] if isinstance(view, str) else view
    views = [name for each in asked for name in (ALL_VIEWS if each.lower() == "all" else (each.lower(),))]
    unknown = [each for each in views if each not in VIEWS]
    if unknown or not views:
        raise CommandError(
            f"There is no view '{', '.join(unknown)}'; there are: {', '.join(VIEWS)}, all",
            code="invalid_params",
        )
    return list(dict.fromkeys(views))


def _frames(frames: list[int] | int | str | None) -> list[int | None]:
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
    count = min(count, MAX_TILES + 1)  # too many are refused, not made
    steps = max(count - 1, 1)
    return list(dict.fromkeys(round(first + (last - first) * at / steps) for at in range(count)))


def _label(facts: dict[str, Any], with_view: bool, with_frame: bool) -> str:
    view = facts["view"].replace("_", " ")
    frame = f"frame {facts['frame']}"
    return " ".join(part for part, wanted in ((view, with_view), (frame, with_frame)) if wanted)
