"""Roofs, stairs, railings and what else a house has, made by their commands in a real Blender.

In: the commands `build_…`, called as the bridge calls them. Out: what `bpy` then holds, looked at with rays
and with the commands that clients look with.
"""

import math

import bpy
import pytest
from call import run
from mathutils import Vector
from mathutils.bvhtree import BVHTree
from tenon.commands.building.element import ELEMENTS
from tenon.commands.building.meshes import japanese, openings, roofs
from tenon.errors import CommandError


@pytest.fixture(autouse=True)
def empty(empty_file):
    """A file with nothing in it."""


def made(name):
    return bpy.data.objects[name, None]


def hits(place, direction):
    """What a ray meets first: the object's name and how far it is; None: nothing."""
    bpy.context.view_layer.update()
    graph = bpy.context.evaluated_depsgraph_get()
    found, where, _, _, obj, _ = bpy.context.scene.ray_cast(graph, place, direction)
    return (obj.name, (where - Vector(place)).length) if found else None


def tree_of(obj):
    return BVHTree.FromObject(obj, bpy.context.evaluated_depsgraph_get())


DETAILS = [
    *(("roof", {"kind": each}) for each in roofs.KINDS),
    ("roof", {"kind": "SHED", "gable_walls": False, "pitch": 0.1}),
    ("stairs", {}),
    ("stairs", {"turn": "LEFT"}),
    ("stairs", {"turn": "RIGHT", "railing": False}),
    ("ramp", {}),
    ("ramp", {"width": 0.6}),
    ("railing", {}),
    ("balcony", {}),
    ("eaves", {}),
    ("curtain_wall", {}),
    *(("shoji", {"panels": each}) for each in (1, 2, 3, 4)),
    ("shoji", {"kind": "FUSUMA"}),
    *(("mats", {"mats": each}) for each in japanese.LAYOUTS),
    *(("fence", {"kind": each}) for each in ("PICKET", "BOARD", "RAIL")),
    ("gate", {}),
    ("gate", {"width": 1.2}),
    ("chimney", {}),
    *(("pillar_base", {"kind": each}) for each in ("STONE", "CLASSICAL", "ROUND")),
    *(("window", {"kind": each}) for each in openings.WINDOWS),
    *(("door", {"kind": each}) for each in openings.DOORS),
]


@pytest.mark.parametrize(("kind", "given"), DETAILS, ids=[f"{kind} {given}" for kind, given in DETAILS])
def test_a_client_that_checks_the_mesh_finds_nothing(kind, given):
    (name,) = run(f"build_{kind}", **given)["names"]
    answer = run("check_mesh", name=name)
    assert answer["problems"] == [] and answer["closed"], answer
    assert "double_vertices" not in answer["faults"] and "zero_area_faces" not in answer["faults"]


@pytest.mark.parametrize(("kind", "given"), DETAILS, ids=[f"{kind} {given}" for kind, given in DETAILS])
def test_merging_by_distance_leaves_it_as_it_is(kind, given):
    (name,) = run(f"build_{kind}", **given)["names"]
    obj = made(name)
    before = len(obj.data.vertices)
    weld = obj.modifiers.new("Weld", "WELD")
    weld.merge_threshold = 1e-4
    bpy.context.view_layer.update()
    assert len(obj.evaluated_get(bpy.context.evaluated_depsgraph_get()).data.vertices) == before


# Roofs


@pytest.mark.parametrize("kind", roofs.KINDS)
def test_a_house_is_dark_inside_below_its_roof(kind):
    """Rays from below the roof, in all upward directions, meet something."""
    run("build_house", roof=kind, storeys=1, width=8, depth=6)
    bpy.context.view_layer.update()
    base = made("Roof").matrix_world.translation.z
    for place in ((0, 0, base - 0.1), (3.5, 2.5, base - 0.1), (-3.5, -2.5, base - 0.1), (3.5, 0, base - 0.1)):
        for turn in range(36):
            for tilt in (0.05, 0.3, 0.6, 1.0, 1.4):
                angle = math.radians(10 * turn)
                way = (math.cos(angle) * math.cos(tilt), math.sin(angle) * math.cos(tilt), math.sin(tilt))
                assert hits(place, way), f"the sky is seen from {place} towards {way}"


@pytest.mark.parametrize("kind", ["GABLE", "HIP", "SHED"])
def test_a_roof_rests_on_the_edge_of_the_walls(kind):
    run("build_house", roof=kind, storeys=1, width=8, depth=6, pitch=0.5)
    roof = next(each for each in bpy.data.objects if each.name.startswith("Roof"))
    wall = next(each for each in bpy.data.objects if each.name.startswith("Wall"))
    crown = max((wall.matrix_world @ vertex.co).z for vertex in wall.data.vertices)
    assert roof.matrix_world.translation.z == pytest.approx(crown, abs=1e-4)
    # Just outside the front wall the underside is as far below its top as the slope says.
    name, distance = hits((3.8, -3.1, crown - 0.3), (0, 0, 1))
    assert name == roof.name and distance == pytest.approx(0.3 - 0.1 * math.tan(0.5), abs=1e-3)


def test_a_roof_covers_what_stands_there():
    run("build_wall", length=5)
    run("build_wall", length=5, location=[0, 4, 0])
    reply = run("build_roof", kind="HIP")
    assert reply["parameters"]["length"] == pytest.approx(5)
    assert reply["parameters"]["width"] == pytest.approx(4.15)
    assert made(reply["names"][0]).location[:] == pytest.approx((2.5, 2.0, 2.5))


# Stairs


@pytest.mark.parametrize("height", [2.4, 2.7, 3.05])
@pytest.mark.parametrize("turn", ["NONE", "LEFT", "RIGHT"])
def test_one_walks_up_to_the_next_floor(height, turn):
    """A ray down in the middle of each tread: each is one riser higher, the last at the floor itself."""
    reply = run("build_stairs", height=height, turn=turn)
    tree = tree_of(made(reply["names"][0]))
    count, rise, going = reply["risers"], reply["riser"], 0.28
    first = count if turn == "NONE" else count // 2 - 1
    places = [((number + 0.5) * going, 0.0) for number in range(first)]
    if turn != "NONE":
        side = 1 if turn == "LEFT" else -1
        middle = first * going + 0.5
        places.append((middle, 0.0))
        places += [(middle, side * (0.5 + (number + 0.5) * going)) for number in range(count - first - 1)]
    levels = [tree.ray_cast(Vector((x, y, 9.0)), Vector((0, 0, -1)))[0].z for x, y in places]
    assert levels == pytest.approx([rise * (number + 1) for number in range(count)], abs=1e-4)
    assert levels[-1] == pytest.approx(height, abs=1e-4)


def test_steeper_steps_when_asked_for_again():
    (name,) = run("build_stairs", height=2.7)["names"]
    run("update_element", names=[name], set={"riser": 0.2})
    highest = max(polygon.center.z for polygon in made(name).data.polygons if polygon.area > 0.2)
    assert highest == pytest.approx(2.7, abs=1e-4)
    tree = tree_of(made(name))
    first = tree.ray_cast(Vector((0.14, 0, 5)), Vector((0, 0, -1)))[0].z
    assert first == pytest.approx(2.7 / 14, abs=1e-4)


# Railings


def test_no_ball_of_twelve_centimetres_goes_through_a_railing():
    """Rays across it along the whole length never pass over more than 11 cm without meeting a bar."""
    (name,) = run("build_railing", length=3.3)["names"]
    tree = tree_of(made(name))
    free, widest, step = 0.0, 0.0, 0.002
    for number in range(1, int(3.3 / step)):
        met = tree.ray_cast(Vector((number * step, -1, 0.55)), Vector((0, 1, 0)))[0]
        free = 0.0 if met else free + step
        widest = max(widest, free)
    assert 0.05 < widest <= 0.11 + 2 * step


def test_a_balcony_stands_before_the_wall_at_the_storeys_floor():
    reply = run("build_balcony", storey=2)
    obj = made(reply["names"][0])
    assert hits((0, -0.6, 5), (0, 0, -1)) == (obj.name, pytest.approx(5 - 2.7, abs=1e-4))
    assert not hits((0, 0.01, 5), (0, 0, -1)), "nothing behind the wall's face"


# Materials


@pytest.mark.parametrize(
    ("kind", "given", "materials"),
    [
        ("mats", {}, {"Tenon Tatami", "Tenon Cloth", "Tenon Wood"}),
        ("shoji", {}, {"Tenon Wood", "Tenon Paper"}),
        ("chimney", {}, {"Tenon Brick", "Tenon Stone", "Tenon Metal"}),
        ("curtain_wall", {}, {"Tenon Metal", "Tenon Glass"}),
        ("balcony", {}, {"Tenon Concrete", "Tenon Metal"}),
        ("door", {"kind": "GLAZED"}, {"Tenon Wood", "Tenon Glass", "Tenon Metal"}),
    ],
)
def test_each_part_has_what_it_is_made_of(kind, given, materials):
    (name,) = run(f"build_{kind}", **given)["names"]
    used = {made(name).material_slots[each.material_index].name for each in made(name).data.polygons}
    assert used == materials


def test_the_grain_of_wood_runs_along_posts_and_boards():
    mesh = made(run("build_fence", kind="RAIL")["names"][0]).data
    grain = [each.value for each in mesh.attributes["tenon_grain"].data]
    for polygon in mesh.polygons:
        points = [mesh.vertices[index].co for index in polygon.vertices]
        x, y, z = (max(axis) - min(axis) for axis in zip(*points, strict=True))
        if max(x, z) > 4 * sorted((x, y, z))[1]:
            assert grain[polygon.index] == (2.0 if z > x else 0.0)
    assert {0.0, 2.0} <= set(grain)
    door = made(run("build_door", kind="FLUSH")["names"][0]).data
    leaf = max(door.polygons, key=lambda polygon: polygon.area)
    assert door.attributes["tenon_grain"].data[leaf.index].value == 2.0, "a broad face's is its board's"


def test_a_railing_of_wood_is_all_of_wood():
    (name,) = run("build_railing", material="WOOD")["names"]
    assert [slot.name for slot in made(name).material_slots] == ["Tenon Wood"]


# What no building has

ABSURD = [
    ("roof", {"pitch": 1.5}, "pitch"),
    ("roof", {"length": math.nan}, "length"),
    ("stairs", {"height": 1000}, "height"),
    ("stairs", {"height": 30, "riser": 0.08}, "number of steps"),
    ("stairs", {"height": 0.15, "turn": "LEFT"}, "landing"),
    ("ramp", {"length": 1, "height": 2}, "1:12"),
    ("railing", {"length": 0}, "length"),
    ("balcony", {"depth": -1}, "depth"),
    ("curtain_wall", {"columns": 200, "rows": 200, "length": 300, "height": 300}, "panes"),
    ("curtain_wall", {"columns": 100, "length": 3}, "pane"),
    ("shoji", {"panels": 99}, "panels"),
    ("mats", {"mats": 7}, "3, 4.5, 6, 8, 10"),
    ("fence", {"length": 1e9}, "length"),
    ("gate", {"width": 0.1}, "width"),
    ("chimney", {"width": 0.1}, "width"),
]


@pytest.mark.parametrize(("kind", "given", "words"), ABSURD)
def test_absurd_measures_make_nothing(kind, given, words):
    with pytest.raises(CommandError) as refusal:
        run(f"build_{kind}", **given)
    assert refusal.value.code == "invalid_params"
    assert words in refusal.value.message
    assert not bpy.data.objects and not bpy.data.meshes


def test_every_detail_is_tried_here():
    """A kind that is added to the catalog is added here too."""
    elsewhere = {"wall", "column", "beam", "slab", "foundation", "ceiling"}
    wholes = {kind for kind, element in ELEMENTS.items() if element.parts}
    assert {kind for kind, _ in DETAILS} == set(ELEMENTS) - elsewhere - wholes
