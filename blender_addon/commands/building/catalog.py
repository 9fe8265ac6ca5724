"""The building elements, a row for each, and the commands that build them."""

from __future__ import annotations

from . import compounds
from .building import offer
from .element import Element, choice, count, enter, flag, length
from .element import angle as angle_of
from .meshes import basics

THICKNESS = length(0.15, "of the wall", 0.03, 5)

ROWS = (
    Element(
        "wall",
        "Wall",
        "Build a straight wall along X. Windows and doors of `build_window` and `build_door` cut openings "
        "into it, which follow them.",
        {"length": length(4.0, "along X"), "height": length(2.5, "up"), "thickness": THICKNESS},
        solid=basics.wall,
        opened=True,
    ),
    Element(
        "column",
        "Column",
        "Build a column, square or round.",
        {
            "width": length(0.3, "X"),
            "depth": length(0.3, "Y"),
            "height": length(2.5, "up"),
            "round": flag(False, "round instead of square"),
        },
        solid=basics.column,
    ),
    Element(
        "beam",
        "Beam",
        "Build a beam along X.",
        {
            "length": length(4.0, "along X"),
            "width": length(0.2, "Y"),
            "depth": length(0.3, "from its upper side to its underside"),
        },
        solid=basics.beam,
        level="top",
    ),
    Element(
        "slab",
        "Slab",
        "Build a floor slab.",
        {
            "length": length(6.0, "X"),
            "width": length(4.0, "Y"),
            "thickness": length(0.2, "up", 0.01, 10),
        },
        solid=basics.slab,
        level="below",
        rise="thickness",
    ),
    Element(
        "foundation",
        "Foundation",
        "Build a foundation: a block, or a ring below the walls.",
        {
            "length": length(6.0, "X"),
            "width": length(4.0, "Y"),
            "depth": length(0.5, "how deep it goes", 0.05, 50),
            "strip": length(0.0, "width of a ring below the walls; 0 is a block", 0.0, 5),
        },
        solid=basics.foundation,
        level="below",
        rise="depth",
    ),
    Element(
        "ceiling",
        "Ceiling",
        "Build a ceiling.",
        {
            "length": length(6.0, "X"),
            "width": length(4.0, "Y"),
            "thickness": length(0.02, "up", 0.005, 5),
        },
        solid=basics.ceiling,
        level="hung",
        rise="thickness",
    ),
    Element(
        "pillar_base",
        "Pillar Base",
        "Build a cut stone for a wooden column to stand on.",
        {"width": length(0.45, "X and Y at its foot", 0.05, 10), "height": length(0.2, "up", 0.02, 5)},
        solid=basics.pillar_base,
    ),
    Element(
        "window",
        "Window",
        "Build a sliding window with frame, sashes and glass, and its opening in a wall.",
        {
            "width": length(1.2, "of the opening", 0.2, 20),
            "height": length(1.2, "of the opening", 0.2, 20),
            "sill": length(0.9, "from the foot of the wall to the opening", 0.0, 20),
        },
        solid=basics.window,
        opens=True,
        placing=("sill",),
    ),
    Element(
        "door",
        "Door",
        "Build a door with frame, leaf and handles, and its opening in a wall.",
        {
            "width": length(0.9, "of the opening", 0.4, 10),
            "height": length(2.0, "of the opening", 1.0, 10),
        },
        solid=basics.door,
        opens=True,
    ),
    Element(
        "room",
        "Room",
        "Build a room: four walls, a floor, a door in front, windows. Measured inside.",
        {
            "width": length(4.0, "X, inside", 0.5, 200),
            "depth": length(3.0, "Y, inside", 0.5, 200),
            "height": length(2.5, "of the walls", 0.5, 50),
            "door": flag(True, "in the front wall"),
            "windows": count(1, "in the back, left, right and front wall in turn", 0, 200),
            "ceiling": flag(False, "close it above"),
            "wall_thickness": THICKNESS,
        },
        parts=compounds.room,
    ),
    Element(
        "corridor",
        "Corridor",
        "Build a corridor along Y, open at both ends: two walls, a floor, windows. Measured inside.",
        {
            "length": length(4.0, "Y", 0.5, 500),
            "width": length(1.2, "X, inside", 0.5, 50),
            "height": length(2.5, "of the walls", 0.5, 50),
            "windows": count(0, "how many", 0, 500),
            "side": choice("LEFT", "of the windows; left is -X", ("LEFT", "RIGHT")),
            "ceiling": flag(False, "close it above"),
            "wall_thickness": THICKNESS,
        },
        parts=compounds.corridor,
    ),
    Element(
        "house",
        "House",
        "Build a house: foundation, walls, floors, windows, an entrance in front, a roof. Measured outside.",
        {
            "width": length(8.0, "X, outside", 2.5, 100),
            "depth": length(6.0, "Y, outside", 2.5, 100),
            "storeys": count(1, "how many", 1, 50),
            "roof": choice("GABLE", "its kind", ("GABLE", "HIP", "FLAT", "SHED")),
            "storey_height": length(2.7, "from floor to floor", 2.2, 20),
            "pitch": angle_of(0.523599, "of the roof, in radians", 0.06, 1.2),
            "overhang": length(0.6, "of the roof", 0.0, 3),
            "wall_thickness": THICKNESS,
        },
        parts=compounds.house,
    ),
)

for _row in ROWS:
    enter(_row)
    offer(_row)
