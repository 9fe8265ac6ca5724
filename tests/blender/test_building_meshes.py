"""The shapes of building elements: closed, as large as asked, and their parts where they belong.

Without Blender's data: numbers in, a solid out. Each is made with its defaults, over a table, and hundreds of
times with measures drawn from all that is allowed.
"""

import math
import random
from itertools import pairwise

import pytest
from solid_surfaces import doubles, flickering, shells_of
from tenon.commands.building.meshes import (
    facades,
    fences,
    japanese,
    openings,
    parts,
    railings,
    roofs,
    stairs,
    stonework,
)
from tenon.commands.building.solid import bounds, box, join, moved, problems, volume

SEED = 11
TIMES = 20  # each shape, with measures at random
MOST_FACES = 800  # of a solid whose surfaces are compared: the time grows with the square


def body(made):
    return made[0] if isinstance(made, tuple) else made


def size(solid):
    low, high = bounds(solid)
    return [b - a for a, b in zip(low, high, strict=True)]


TABLE = {
    "gable": lambda: roofs.roof("GABLE", 8, 6),
    "gable with walls": lambda: roofs.roof("GABLE", 8, 6, gable_walls=True),
    "gable without overhang": lambda: roofs.roof("GABLE", 8, 6, overhang=0, gable_walls=True),
    "hip": lambda: roofs.roof("HIP", 8, 6),
    "hip, deeper than long": lambda: roofs.roof("HIP", 5, 9),
    "hip over a square": lambda: roofs.roof("HIP", 6, 6),
    "hip over nearly a square": lambda: roofs.roof("HIP", 6.02, 6),
    "flat": lambda: roofs.roof("FLAT", 8, 6),
    "flat without parapet": lambda: roofs.roof("FLAT", 8, 6, parapet=0),
    "shed": lambda: roofs.roof("SHED", 8, 6, pitch=0.2),
    "shed with walls": lambda: roofs.roof("SHED", 8, 6, pitch=0.2, gable_walls=True),
    "stairs": lambda: stairs.straight_stairs(),
    "stairs with railing": lambda: stairs.straight_stairs(railing=True),
    "one step": lambda: stairs.straight_stairs(height=0.15),
    "stairs to the left": lambda: stairs.l_shaped_stairs(railing=True),
    "stairs to the right": lambda: stairs.l_shaped_stairs(turn="RIGHT", railing=True),
    "two steps with a landing": lambda: stairs.l_shaped_stairs(height=0.36),
    "ramp": lambda: stairs.ramp(6, 1.5, 0.5),
    "narrow ramp": lambda: stairs.ramp(2, 0.5, 0.2),
    "railing": lambda: railings.railing(4),
    "short railing": lambda: railings.railing(0.2),
    "balcony": lambda: railings.balcony(3),
    "eaves": lambda: facades.eaves(3, 0.9),
    "curtain wall": lambda: facades.curtain_wall(6, 4, 4, 3),
    "curtain wall of one pane": lambda: facades.curtain_wall(1, 1, 1, 1),
    "shoji": lambda: japanese.shoji(),
    "one shoji": lambda: japanese.shoji(panels=1),
    "four shoji": lambda: japanese.shoji(panels=4),
    "fusuma": lambda: japanese.fusuma(),
    "lattice": lambda: japanese.lattice(),
    "picket fence": lambda: fences.fence(6),
    "board fence": lambda: fences.fence(4, 1.8, "BOARD"),
    "rail fence": lambda: fences.fence(4, 1.1, "RAIL"),
    "lowest board fence": lambda: fences.fence(1, 0.4, "BOARD"),
    "gate": lambda: fences.gate(),
    "gate of one leaf": lambda: fences.gate(1.3, 1.1, 0.12),
    "chimney": lambda: stonework.chimney(),
    "pilaster": lambda: stonework.pilaster(),
    "door frame": lambda: openings.door_frame(0.9, 2.0),
    **{f"tatami, {mats:g} mats": lambda mats=mats: japanese.tatami(mats) for mats in japanese.LAYOUTS},
    **{f"base, {kind}": lambda kind=kind: stonework.pillar_base(0.6, 0.3, kind) for kind in stonework.BASES},
    **{
        f"window, {kind}": lambda kind=kind: openings.window_frame(1.4, 1.2, kind=kind)
        for kind in openings.WINDOWS
    },
    **{f"door, {kind}": lambda kind=kind: openings.door(kind=kind) for kind in openings.DOORS},
    **{f"leaf, {kind}": lambda kind=kind: openings.door_leaf(0.8, 2.0, kind=kind) for kind in openings.DOORS},
}


@pytest.mark.parametrize("make", TABLE.values(), ids=TABLE)
def test_each_is_closed_and_nothing_flickers(make):
    solid = body(make())
    assert problems(solid) == [] and doubles(solid) == []
    assert flickering(solid) == []


class Draw:
    """Measures at random: even, or as many small as large."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def even(self, low, high):
        return self.random.uniform(low, high)

    def wide(self, low, high):
        return math.exp(self.random.uniform(math.log(low), math.log(high)))

    def none_or(self, low, high):
        return self.random.choice([0.0, self.random.uniform(low, high)])

    def one(self, *choices):
        return self.random.choice(choices)

    def pitch(self, low, high):
        return math.radians(self.random.uniform(low, high))


def some_roof(kind):
    def make(draw):
        return roofs.roof(
            kind,
            draw.wide(0.5, 200),
            draw.wide(0.5, 200),
            draw.pitch(3, 70),
            draw.none_or(0, 3),
            draw.wide(0.05, 1),
            gable_walls=draw.one(True, False),
            wall_thickness=draw.even(0.05, 0.16),
            parapet=draw.none_or(0.05, 3),
        )

    return make


def some_ramp(draw):
    length = draw.wide(0.2, 200)
    return stairs.ramp(length, draw.wide(0.3, 50), draw.even(0.02, min(length, 20)))


def some_curtain_wall(draw):
    columns, rows = draw.random.randint(1, 12), draw.random.randint(1, 8)
    length, height = columns * draw.even(0.17, 3), rows * draw.even(0.17, 3)
    return facades.curtain_wall(max(0.3, length), max(0.3, height), columns, rows, draw.even(0.08, 0.6))


def some_gate(draw):
    width = draw.even(0.8, 10)
    return fences.gate(width, draw.even(0.6, 4), draw.even(0.08, min(0.5, width / 4)))


AT_RANDOM = {
    **{kind: some_roof(kind) for kind in roofs.KINDS},
    "stairs": lambda d: stairs.straight_stairs(
        d.wide(0.4, 20), d.wide(0.1, 12), d.even(0.08, 0.3), d.even(0.15, 1), d.one(True, False)
    ),
    "stairs with landing": lambda d: stairs.l_shaped_stairs(
        d.wide(0.4, 20),
        d.wide(0.31, 12),
        d.even(0.08, 0.3),
        d.even(0.15, 1),
        d.one("LEFT", "RIGHT"),
        d.one(True, False),
    ),
    "ramp": some_ramp,
    "railing": lambda d: railings.railing(d.wide(0.2, 60), d.even(0.3, 3)),
    "balcony": lambda d: railings.balcony(d.wide(0.6, 20), d.wide(0.4, 10), d.even(0.3, 3), d.even(0.05, 1)),
    "eaves": lambda d: facades.eaves(d.wide(0.3, 50), d.even(0.2, 3), d.pitch(1, 45), d.even(0.015, 0.3)),
    "curtain wall": some_curtain_wall,
    "shoji": lambda d: japanese.shoji(d.even(0.3, 3), d.even(0.4, 5), d.random.randint(1, 12)),
    "fusuma": lambda d: japanese.fusuma(d.even(0.3, 3), d.even(0.4, 5), d.random.randint(1, 12)),
    "lattice": lambda d: japanese.lattice(
        d.wide(0.2, 20), d.wide(0.2, 10), d.even(0.02, 1), d.even(0.005, 0.2)
    ),
    "tatami": lambda d: japanese.tatami(d.one(*japanese.LAYOUTS), d.even(1.5, 2.2), d.none_or(0.02, 1)),
    "fence": lambda d: fences.fence(d.wide(0.3, 60), d.even(0.4, 4), d.one(*fences.FENCES)),
    "gate": some_gate,
    "chimney": lambda d: stonework.chimney(d.wide(0.35, 5), d.wide(0.35, 5), d.wide(0.6, 50)),
    "base": lambda d: stonework.pillar_base(d.wide(0.1, 5), d.wide(0.03, 3), d.one(*stonework.BASES)),
    "pilaster": lambda d: stonework.pilaster(d.wide(0.1, 5), d.wide(0.03, 2), d.wide(0.6, 50)),
    "window": lambda d: openings.window_frame(
        d.wide(0.3, 10), d.wide(0.3, 10), d.even(0.1, 1), d.one(*openings.WINDOWS)
    ),
    "door": lambda d: openings.door(d.even(0.5, 5), d.even(1.2, 6), d.even(0.06, 1), d.one(*openings.DOORS)),
}


@pytest.mark.parametrize("name", AT_RANDOM)
def test_measures_at_random(name):
    draw = Draw(f"{SEED} {name}")
    for time in range(TIMES):
        solid = body(AT_RANDOM[name](draw))
        assert problems(solid) == [] and doubles(solid) == [], (name, time)
        if len(solid.faces) <= MOST_FACES:
            assert flickering(solid) == [], (name, time)


def test_what_the_comparison_of_surfaces_would_find():
    """Two boxes side by side flicker where they overlap, not where they only touch."""
    here = box((1, 1, 1))
    assert flickering(join([here, moved(here, (0.5, 0, 0))]))
    assert not flickering(join([here, moved(here, (1, 0, 0))]))
    assert not flickering(join([here, moved(box((0.5, 0.5, 0.5)), (0.25, 0.25, 0.25))]))
    assert len(doubles(join([here, moved(here, (1, 0, 0))]))) == 8
    # One plane, but a third box covers it.
    cover = moved(box((3, 3, 0.5)), (-1, -1, 0.9))
    low = moved(box((1, 0.4, 0.96)), (0.5, 0.3, 0.04))
    assert flickering(join([here, low])) and not flickering(join([here, low, cover]))


# Roofs


@pytest.mark.parametrize("kind", ["GABLE", "HIP", "SHED"])
@pytest.mark.parametrize("degrees", [10, 30, 45])
def test_a_roof_has_its_pitch_thickness_and_rests_on_the_walls(kind, degrees):
    pitch, thick = math.radians(degrees), 0.2
    solid = roofs.roof(kind, 8, 6, pitch, 0.5, thick)
    sheet = max(shells_of(solid), key=lambda shell: shell.size[1] if shell.material == "TILE" else 0)
    assert sheet.size[0] == pytest.approx(9) and sheet.size[1] == pytest.approx(7)
    up = [face for face in sheet.faces if face.normal[2] > 0.01]
    down = [face for face in sheet.faces if face.normal[2] < -0.01]
    assert len(up) == len(down) == {"GABLE": 2, "HIP": 4, "SHED": 1}[kind]
    for face in up:
        assert math.acos(face.normal[2]) == pytest.approx(pitch)
        under = next(one for one in down if math.dist(one.normal, [-each for each in face.normal]) < 1e-6)
        assert face.level + under.level == pytest.approx(thick)
    for face in down:  # the plane of the underside passes through the outer edge of a wall
        x, y, _ = face.normal
        edge = (-math.copysign(4, x) if abs(x) > 1e-6 else 0, -math.copysign(3, y) if abs(y) > 1e-6 else 0, 0)
        assert sum(a * b for a, b in zip(face.normal, edge, strict=True)) == pytest.approx(face.level)


def test_a_gable_roof_holds_as_much_as_its_plan_says():
    solid = roofs.roof("GABLE", 8, 6, math.radians(30), 0.5, 0.2)
    sheet = 9 * 7 * 0.2 / math.cos(math.radians(30))
    assert sheet < volume(solid) < sheet * 1.12, "boards and ridge are a tenth of it at most"


def test_gable_walls_close_up_to_the_ridge():
    solid = roofs.roof("GABLE", 8, 6, math.radians(30), 0.5, 0.2, gable_walls=True, wall_thickness=0.12)
    walls = [shell for shell in shells_of(solid) if shell.material == "PLASTER"]
    assert [round(shell.size[0], 6) for shell in walls] == [0.12, 0.12]
    for wall in walls:
        assert wall.low[2] == 0 and wall.size[1] == pytest.approx(6, abs=0.005)
        assert wall.high[2] == pytest.approx(3 * math.tan(math.radians(30)) + parts.EMBED)
    assert {round(abs(shell.low[0] + shell.high[0]) / 2, 3) for shell in walls} == {3.94}


def test_a_flat_roof_has_its_parapet():
    solid = roofs.roof("FLAT", 8, 6, overhang=0, thickness=0.2, parapet=0.4)
    slab = next(shell for shell in shells_of(solid) if shell.material == "CONCRETE")
    floor = next(face for face in slab.faces if face.normal[2] > 0.9 and face.level == pytest.approx(0.2))
    xs = [point[0] for point in floor.points]
    assert max(xs) - min(xs) == pytest.approx(8 - 0.3)
    assert slab.size == pytest.approx((8, 6, 0.6))
    concrete = [face for face, slot in zip(solid.faces, solid.slots, strict=True) if slot == 0]
    assert volume(solid, concrete) == pytest.approx(8 * 6 * 0.6 - 7.7 * 5.7 * 0.4)


# Stairs


@pytest.mark.parametrize("railing", [False, True])
@pytest.mark.parametrize(
    ("height", "riser", "risers"),
    [(2.7, 0.18, 15), (2.7, 0.2, 14), (3.0, 0.17, 18), (0.18, 0.18, 1), (0.181, 0.18, 2), (2.52, 0.21, 12)],
)
def test_stairs_meet_the_storey_height(height, riser, risers, railing):
    solid, facts = stairs.straight_stairs(1.0, height, riser, 0.28, railing)
    assert (
        facts.risers == risers
        and facts.riser == pytest.approx(height / risers)
        and facts.riser <= riser + 1e-9
    )
    assert facts.going == 0.28 and facts.run == pytest.approx(risers * 0.28)
    treads = sorted(
        (shell for shell in shells_of(solid) if shell.size[2] == pytest.approx(stairs.TREAD)),
        key=lambda shell: shell.high[2],
    )
    tops = [shell.high[2] for shell in treads]
    assert tops == pytest.approx([facts.riser * (number + 1) for number in range(risers)])
    assert tops[-1] == pytest.approx(height, abs=1e-12)
    for before, after in pairwise(treads):
        assert after.low[0] - before.low[0] == pytest.approx(0.28)
    assert size(solid)[1] == pytest.approx(1.0)
    if not railing:
        assert bounds(solid)[1][2] == pytest.approx(height, abs=1e-12)


@pytest.mark.parametrize("turn", ["LEFT", "RIGHT"])
def test_stairs_with_a_landing_meet_the_storey_height_too(turn):
    solid, facts = stairs.l_shaped_stairs(1.2, 2.7, 0.18, 0.28, turn)
    assert facts.landing == pytest.approx(7 * 0.18) and facts.run == pytest.approx(6 * 0.28 + 1.2)
    landing = next(
        shell
        for shell in shells_of(solid)
        if shell.size[0] == pytest.approx(1.2) and shell.size[1] == pytest.approx(1.2)
    )
    assert landing.high[2] == pytest.approx(facts.landing)
    low, high = bounds(solid)
    assert high[2] == pytest.approx(2.7, abs=1e-12) and low[2] == 0
    reach = high[1] if turn == "LEFT" else -low[1]
    assert reach == pytest.approx(0.6 + 8 * 0.28)
    assert (low[1] if turn == "LEFT" else -high[1]) == pytest.approx(-0.6)


def test_a_ramp_is_a_wedge_between_kerbs():
    solid = stairs.ramp(6, 1.5, 0.5)
    assert size(solid) == pytest.approx([6, 1.5, 0.6])
    assert volume(solid) == pytest.approx(6 * 0.5 / 2 * 1.5 + 2 * 0.1 * 0.1 * 6)


# Railings


def gaps(shells, axis=0):
    """The clear widths between bars that stand side by side."""
    edges = sorted((shell.low[axis], shell.high[axis]) for shell in shells)
    return [after[0] - before[1] for before, after in pairwise(edges)]


@pytest.mark.parametrize("length", [0.2, 0.5, 1.0, 1.65, 1.66, 4, 7.3, 25])
def test_a_child_does_not_pass_through_a_railing(length):
    solid = railings.railing(length, 1.1)
    upright = [shell for shell in shells_of(solid) if shell.size[0] <= railings.POST + 1e-9]
    assert max(gaps(upright)) <= 0.11 + 1e-9 and min(gaps(upright)) > 0.02
    assert size(solid) == pytest.approx([length, railings.POST, 1.1])
    rails = [shell for shell in shells_of(solid) if shell.size[0] > railings.POST + 1e-9]
    assert min(shell.low[2] for shell in rails) <= 0.11, "nor below it"


def test_nor_through_the_railing_of_stairs():
    solid, _ = stairs.straight_stairs(railing=True)
    for side in (-1, 1):
        upright = [
            shell
            for shell in shells_of(solid)
            if shell.size[0] <= 0.041 and shell.size[2] > 0.5 and side * shell.low[1] > 0
        ]
        assert len(upright) > 20 and max(gaps(upright)) <= 0.11 + 1e-9


@pytest.mark.parametrize(("width", "depth"), [(3, 1.2), (0.6, 0.4), (7, 2.5)])
def test_a_balcony_has_railings_on_its_three_free_sides(width, depth):
    solid = railings.balcony(width, depth, 1.1, 0.15)
    assert bounds(solid)[0] == pytest.approx((-width / 2, -depth, 0))
    assert bounds(solid)[1] == pytest.approx((width / 2, 0, 1.25))
    rails = [shell for shell in shells_of(solid) if shell.high[2] > 1.24]
    assert len(rails) == 3 and {shell.material for shell in rails} == {"METAL"}
    front = [shell for shell in shells_of(solid) if shell.high[1] < 0.13 - depth and shell.size[2] > 0.5]
    assert max(gaps(front)) <= 0.11 + 1e-9
    sides = [
        shell
        for shell in shells_of(solid)
        if shell.low[0] > width / 2 - 0.13 and shell.size[2] > 0.5 and shell.size[1] < 0.06
    ]
    assert max(gaps(sides, axis=1)) <= 0.11 + 1e-9


# Facades


def test_a_curtain_wall_has_its_panes():
    solid = facades.curtain_wall(6, 4, 4, 3)
    panes = [shell for shell in shells_of(solid) if shell.material == "GLASS"]
    assert len(panes) == 12 and len({tuple(round(each, 6) for each in pane.size) for pane in panes}) == 1
    assert size(solid) == pytest.approx([6, 0.15, 4])
    assert len({round(pane.low[0], 6) for pane in panes}) == 4


@pytest.mark.parametrize("length", [0.3, 1, 3, 9.7])
def test_rafters_of_eaves_are_never_far_apart(length):
    solid = facades.eaves(length, 0.9)
    rafters = [shell for shell in shells_of(solid) if shell.size[0] == pytest.approx(0.045)]
    assert len(rafters) >= 2 and max(gaps(rafters)) <= 0.455
    low, high = bounds(solid)
    assert low[2] == pytest.approx(0) and high[1] == pytest.approx(0) and low[1] == pytest.approx(-0.91)


# Shoji and tatami


@pytest.mark.parametrize(("panels", "overlaps"), [(1, 0), (2, 1), (3, 2), (4, 2), (6, 5)])
def test_sliding_screens_overlap_by_a_stile(panels, overlaps):
    solid = japanese.shoji(0.9, 1.8, panels)
    papers = [shell for shell in shells_of(solid) if shell.material == "PAPER"]
    assert len(papers) == panels
    assert size(solid)[0] == pytest.approx(panels * 0.9 - overlaps * japanese.STILE + 0.04, abs=0.002)
    assert all(paper.size[1] == pytest.approx(0.001) for paper in papers)


@pytest.mark.parametrize("mats", japanese.LAYOUTS)
def test_no_four_mats_meet(mats):
    rows = japanese.LAYOUTS[mats]
    corners = [
        {rows[y + b][x + a] for a in (0, 1) for b in (0, 1)}
        for y in range(len(rows) - 1)
        for x in range(len(rows[0]) - 1)
    ]
    assert all(len(corner) < 4 for corner in corners)


@pytest.mark.parametrize(
    ("mats", "width", "depth"), [(3, 3, 2), (4.5, 3, 3), (6, 4, 3), (8, 4, 4), (10, 5, 4)]
)
def test_mats_cover_the_floor(mats, width, depth):
    solid, facts = japanese.tatami(mats, 1.8, border=0)
    assert (facts.width, facts.depth) == pytest.approx((width * 0.9, depth * 0.9))
    found = [tuple(sorted((round(s.size[0], 3), round(s.size[1], 3)))) for s in shells_of(solid)]
    assert len(found) == math.ceil(mats)
    assert found.count((0.899, 0.899)) == (1 if mats == 4.5 else 0)
    assert found.count((0.899, 1.799)) == int(mats)
    area = sum(shell.size[0] * shell.size[1] for shell in shells_of(solid))
    assert area == pytest.approx(facts.width * facts.depth, rel=0.002), "and none lies on another"


# Fences, doors, windows


def test_the_posts_of_a_fence_stand_two_metres_apart_at_most():
    for length in (0.3, 2.1, 2.2, 6, 31):
        posts = [s for s in shells_of(fences.fence(length)) if s.size[1] == pytest.approx(fences.POST)]
        assert posts[0].low[0] == pytest.approx(0) and posts[-1].high[0] == pytest.approx(length)
        assert max(gaps(posts)) <= 2.0


def test_a_wide_gate_has_two_leaves():
    def handles(width):
        straps = [s for s in shells_of(fences.gate(width)) if s.material == "METAL" and s.size[1] < 0.01]
        return len(straps)

    assert handles(1.2) == 2 and handles(2.4) == 4


@pytest.mark.parametrize(("kind", "panes"), [("FIXED", 1), ("SINGLE", 1), ("DOUBLE", 2), ("SLIDING", 2)])
def test_a_window_fills_its_opening(kind, panes):
    solid = openings.window_frame(1.4, 1.2, 0.12, kind)
    frame = shells_of(solid)[0]
    assert frame.size == pytest.approx((1.4, 0.12, 1.2)) and frame.low == pytest.approx((-0.7, -0.06, 0))
    glass = [shell for shell in shells_of(solid) if shell.material == "GLASS"]
    assert len(glass) == panes
    assert (glass[0].low[1] != glass[-1].low[1]) == (kind == "SLIDING")


@pytest.mark.parametrize("kind", openings.DOORS)
def test_a_door_fills_its_opening_and_has_a_handle_on_either_side(kind):
    solid = openings.door(0.9, 2.0, 0.12, kind)
    assert size(solid)[0] == pytest.approx(0.9) and size(solid)[2] == pytest.approx(2.0)
    handles = [shell for shell in shells_of(solid) if shell.material == "METAL"]
    assert len(handles) == 6
    assert min(s.low[1] for s in handles) == pytest.approx(-max(s.high[1] for s in handles))
    assert all(shell.low[2] > 0.75 and shell.high[2] < 1.25 for shell in handles)


def test_a_flue_is_open_from_top_to_bottom():
    shells = shells_of(stonework.chimney(0.6, 0.6, 1.5))
    assert not any(shell.holds((0.001, 0.002, z / 100)) for shell in shells for z in range(150))
    assert max(shell.high[2] for shell in shells) == pytest.approx(1.5)


# What no building has

ABSURD = {
    "length is nan": lambda: roofs.roof("GABLE", math.nan, 6),
    "width is inf": lambda: roofs.roof("HIP", 8, math.inf),
    "pitch is 100 degrees": lambda: roofs.roof("GABLE", 8, 6, math.radians(100)),
    "pitch is 0 degrees": lambda: roofs.roof("SHED", 8, 6, 0.0),
    "'DOME'": lambda: roofs.roof("DOME", 8, 6),
    "thickness is -1": lambda: roofs.roof("FLAT", 8, 6, thickness=-1),
    "parapet is -1": lambda: roofs.roof("FLAT", 8, 6, parapet=-1),
    "height to climb is 0": lambda: stairs.straight_stairs(height=0),
    "riser is 1 m": lambda: stairs.straight_stairs(riser=1),
    "number of steps is 625": lambda: stairs.straight_stairs(height=50, riser=0.08),
    "single step": lambda: stairs.l_shaped_stairs(height=0.1),
    "'BACK'": lambda: stairs.l_shaped_stairs(turn="BACK"),
    "steeper than 45 degrees": lambda: stairs.ramp(1, 1, 2),
    "railing's length is 0": lambda: railings.railing(0),
    "railing's height is 100": lambda: railings.railing(3, 100),
    "balcony's depth is 0": lambda: railings.balcony(3, 0),
    "columns is 0": lambda: facades.curtain_wall(6, 4, 0, 3),
    "panes is 40000": lambda: facades.curtain_wall(300, 300, 200, 200),
    "width of a pane is": lambda: facades.curtain_wall(1, 4, 50, 3),
    "pitch of the eaves": lambda: facades.eaves(3, 1, 1.5),
    "7 mats: give one of 3, 4.5, 6, 8, 10": lambda: japanese.tatami(7),
    "number of shoji panels is 0": lambda: japanese.shoji(panels=0),
    "fence's length is 1e+06": lambda: fences.fence(1e6),
    "gate's width": lambda: fences.gate(0.1),
    "chimney's width": lambda: stonework.chimney(0.1),
    "'IONIC'": lambda: stonework.pillar_base(kind="IONIC"),
    "window's width": lambda: openings.window_frame(0.1, 1),
    "door's height": lambda: openings.door(0.9, 0.5),
    "'ROUND'": lambda: openings.door_leaf(0.9, 2, kind="ROUND"),
    "no room between the bars": lambda: parts.plate((0, 1, 0.5, 2), (0, 1), lambda column, row: True, 0, 1),
}


@pytest.mark.parametrize("words", ABSURD)
def test_absurd_measures_are_refused_with_what_to_do(words):
    with pytest.raises(ValueError) as refusal:
        ABSURD[words]()
    assert words in str(refusal.value), str(refusal.value)
