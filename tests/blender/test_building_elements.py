"""Building elements: clean meshes with the dimensions asked for, openings that follow, changes, storeys.

In: the commands `build_…` and `update_element`, called as the bridge calls them. Out: what `bpy` then holds:
the evaluated meshes are closed, their volumes are those of the formulas, each command is one undo step.
"""

import json
import math
import random

import bpy
import pytest
from call import run
from tenon.blender import undo_stack
from tenon.blender.context_override import first_window
from tenon.commands.building import openings
from tenon.commands.building.element import ELEMENTS
from tenon.commands.building.meshes.plates import Opening, lying, misfit, upright
from tenon.commands.building.objects import PROPERTY, matrix_of, record_of
from tenon.commands.building.solid import MATERIALS, Solid, box, join, moved, problems, turned, volume
from tenon.errors import CommandError
from tenon.tracking import undo_tracker


@pytest.fixture(autouse=True)
def empty():
    """An empty file, and the handlers of an enabled add-on."""
    undo_tracker.register()
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    yield
    undo_tracker.unregister()


def made(name):
    return bpy.data.objects[name, None]


def solid_of(obj):
    """What Blender has evaluated, in the object's own space."""
    copy = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = copy.to_mesh()
    try:
        return Solid(
            [tuple(each.co) for each in mesh.vertices],
            [tuple(each.vertices) for each in mesh.polygons],
            [each.material_index for each in mesh.polygons],
            ["WOOD"] * len(mesh.materials),
        )
    finally:
        copy.to_mesh_clear()


def volume_of(name):
    solid = solid_of(made(name))
    assert problems(solid) == [], name
    return volume(solid)


def box_in_world(obj):
    corners = [matrix_of(obj) @ vertex.co for vertex in obj.data.vertices]
    return [(min(axis), max(axis)) for axis in zip(*corners, strict=True)]


def is_open(wall, x, z):
    """Whether one sees through the wall at that place of it."""
    hit, *_ = made(wall).ray_cast((x, -5.0, z), (0.0, 1.0, 0.0))
    return not hit


def wall_with_window():
    run("build_wall", length=5.0)
    return run("build_window", wall="Wall", location=[1.5, 0, 0])


# Solids


def test_what_is_wrong_with_a_solid_is_told():
    whole = box((1, 2, 3))
    assert problems(whole) == []
    assert volume(whole) == pytest.approx(6)
    opened = Solid(whole.vertices, whole.faces[1:], whole.slots[1:], whole.materials)
    assert any("edge" in each for each in problems(opened))
    flipped = Solid(whole.vertices, [whole.faces[0][::-1], *whole.faces[1:]], whole.slots, whole.materials)
    assert any("2 times" in each for each in problems(flipped))
    inside_out = Solid(whole.vertices, [face[::-1] for face in whole.faces], whole.slots, whole.materials)
    assert problems(inside_out) == ["a shell of 6 faces has its faces inward, or no volume"]
    both = join([whole, moved(inside_out, (5, 0, 0))])
    assert any("inward" in each for each in problems(both)), "the other shell's volume must not hide it"
    assert any("no area" in each for each in problems(box((1, 0, 1))))
    assert any("slot" in each for each in problems(Solid(whole.vertices, whole.faces, [1] * 6, ["WOOD"])))
    assert any("preset" in each for each in problems(Solid(whole.vertices, whole.faces, [0] * 6, ["JADE"])))
    loose = Solid([*whole.vertices, (9, 9, 9)], whole.faces, whole.slots, whole.materials)
    assert problems(loose) == ["1 vertices belong to no face"]
    assert problems(turned(moved(whole, (1, 2, 3)), 0.7)) == []


@pytest.mark.parametrize("make", [upright, lying])
def test_plates_with_any_openings_stay_closed(make):
    """Three hundred walls and floors with openings at random; those that cannot be cut are refused."""
    chance = random.Random(11)
    refused = 0
    for _ in range(300):
        long, high, thick = chance.uniform(1, 9), chance.uniform(1, 4), chance.uniform(0.05, 0.6)
        cut = []
        for _ in range(chance.randrange(7)):
            width, height = chance.uniform(0.1, 1.5), chance.uniform(0.1, 2)
            foot = chance.choice([0.0, chance.uniform(0, high)])
            opening = Opening(chance.uniform(0, long), foot, width, height)
            if misfit(opening, long, high, cut) is None:
                cut.append(opening)
            else:
                refused += 1
                with pytest.raises(ValueError):
                    make(long, high, thick, [*cut, opening])
        solid = make(long, high, thick, cut)
        assert problems(solid) == [], cut
        area = long * high - sum(each.width * each.height for each in cut)
        assert volume(solid) == pytest.approx(area * thick)
    assert refused > 50


# Each element


@pytest.mark.parametrize("kind", ELEMENTS)
def test_each_element_is_closed_named_and_kept(kind):
    reply = run(f"build_{kind}")
    assert reply["kind"] == kind
    first = made(reply["names"][0])
    assert first.name == ELEMENTS[kind].name
    for name in reply["names"]:
        obj = made(name)
        assert [each.name for each in obj.users_collection] == ["Storey 1"]
        assert record_of(obj) is not None
        if obj.type == "MESH":
            assert volume_of(name) > 0
            assert all(slot.material for slot in obj.material_slots)
            used = {each.material_index for each in obj.data.polygons}
            assert used == set(range(len(obj.material_slots))), f"{name}: a slot that no face uses"
            assert len(obj.data.uv_layers["UVMap"].data) == len(obj.data.loops)
    assert record_of(first).parameters == pytest.approx(reply["parameters"])
    assert set(reply["parameters"]) == set(ELEMENTS[kind].parameters)
    if first.type == "MESH":
        assert reply["dimensions"] == pytest.approx(list(first.dimensions), abs=1e-4)
    assert undo_stack.active_step() == f"build_{kind}"
    assert run(f"build_{kind}")["names"][0] == f"{first.name}.001"


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("wall", {"length": 3, "height": 2, "thickness": 0.2}, 1.2),
        ("column", {"width": 0.3, "depth": 0.4, "height": 3}, 0.36),
        # 48 corners on the ellipse
        (
            "column",
            {"width": 0.4, "depth": 0.4, "height": 3, "round": True},
            3 * 24 * 0.04 * math.sin(math.tau / 48),
        ),
        ("beam", {"length": 4, "width": 0.2, "depth": 0.3}, 0.24),
        ("slab", {"length": 6, "width": 4, "thickness": 0.2}, 4.8),
        ("slab", {"hole_length": 2, "hole_width": 1, "hole_x": 1, "hole_y": -0.5}, 4.8 - 0.4),
        ("foundation", {"length": 6, "width": 4, "depth": 0.5}, 12),
        ("foundation", {"length": 6, "width": 4, "depth": 0.5, "strip": 0.5}, 12 - 5 * 3 * 0.5),
        ("ceiling", {"length": 5, "width": 2, "thickness": 0.05}, 0.5),
    ],
)
def test_volumes_are_those_of_the_formulas(kind, given, expected):
    (name,) = run(f"build_{kind}", **given)["names"]
    assert volume_of(name) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("window", {"kind": each, "width": 1.0, "height": 1.1}, (1.08, None, 1.1))
        for each in ("FIXED", "SINGLE", "DOUBLE", "SLIDING")
    ]
    + [
        ("door", {"kind": each, "width": width, "height": 2.1}, (width, None, 2.1))
        for each in ("FLUSH", "PANEL", "GLAZED", "SLIDING")
        for width in (0.8, 1.8)
    ]
    + [
        ("roof", {"kind": each, "length": 8, "width": 6, "overhang": 0.5}, (None, None, None))
        for each in ("GABLE", "HIP", "FLAT", "SHED")
    ]
    + [
        ("stairs", {"turn": "LEFT"}, (None, None, None)),
        ("stairs", {"turn": "RIGHT", "railing": False, "height": 3.0}, (None, None, 3.0)),
        ("stairs", {"railing": False, "height": 2.9}, (None, 1.0, 2.9)),
        ("fence", {"kind": "BOARD"}, (None, None, 1.2)),
        ("fence", {"kind": "RAIL"}, (None, None, 1.2)),
        ("shoji", {"kind": "FUSUMA", "panels": 4}, (None, None, None)),
        ("pillar_base", {"kind": "ROUND", "width": 0.6, "depth": 0.4}, (0.6, 0.4, 0.2)),
        ("pillar_base", {"kind": "CLASSICAL"}, (0.45, 0.45, 0.2)),
        ("curtain_wall", {"columns": 3, "rows": 1, "length": 4}, (4.0, None, 3.0)),
        ("balcony", {"width": 4, "depth": 1.5, "railing": 1.0}, (4.0, 1.5, 1.15)),
        *(("mats", {"mats": each}, (None, None, None)) for each in (3, 4.5, 8, 10)),
    ],
)
def test_kinds_are_closed_and_of_the_size_asked_for(kind, given, expected):
    reply = run(f"build_{kind}", **given)
    (name,) = reply["names"]
    assert volume_of(name) > 0
    for real, asked in zip(reply["dimensions"], expected, strict=True):
        assert asked is None or real == pytest.approx(asked, abs=1e-3)


def test_stairs_tell_their_steps_and_meet_the_storey():
    reply = run("build_stairs", riser=0.18)
    assert (reply["risers"], reply["riser"]) == (15, pytest.approx(0.18))
    assert reply["run"] == pytest.approx(15 * 0.28)
    run("build_house", storeys=2, storey_height=3.0, location=[20, 0, 0])
    assert run("build_stairs")["parameters"]["height"] == 3.0, "it meets the next floor"


def test_material_takes_the_place_of_the_main_one():
    reply = run("build_wall", material="BRICK", name="Garden wall")
    assert reply["names"] == ["Garden wall"]
    assert [slot.material.name for slot in made("Garden wall").material_slots] == ["Tenon Brick"]
    run("build_window", wall="Garden wall", material="METAL")
    names = [slot.material.name for slot in made("Window").material_slots]
    assert names[0] == "Tenon Metal" and "Tenon Glass" in names
    for material in MATERIALS:
        run("build_column", material=material)
    assert len([each for each in bpy.data.materials if each.name == "Tenon Metal"]) == 1


def test_place_rotation_and_storey():
    reply = run("build_wall", location=[1, 2, 0.5], rotation=math.pi / 2, storey=3)
    assert reply["location"] == pytest.approx([1, 2, 0.5 + 5.4])
    assert reply["collections"] == ["Storey 3"]
    (x, y, z) = box_in_world(made("Wall"))
    assert x == pytest.approx((0.925, 1.075), abs=1e-5)
    assert y == pytest.approx((2, 6), abs=1e-5)
    assert z == pytest.approx((5.9, 8.4), abs=1e-5)


# Openings


def test_openings_are_cut_natively():
    run("build_wall", length=6.0, height=2.5, thickness=0.2)
    run("build_window", wall="Wall", location=[1.2, 0, 0], width=1.2, height=1.0, sill=0.9)
    reply = run("build_door", wall="Wall", location=[3.0, 0, 0])
    run("build_window", wall="Wall", location=[4.8, 0, 0], width=0.6, height=0.6, sill=1.4)
    assert reply["wall"] == "Wall"
    cut = 1.2 * 1.0 + 0.9 * 2.0 + 0.36
    assert volume_of("Wall") == pytest.approx((6 * 2.5 - cut) * 0.2, rel=1e-5)
    assert not made("Wall").modifiers
    assert is_open("Wall", 1.2, 1.4) and is_open("Wall", 3.0, 0.05) and not is_open("Wall", 2.2, 1.0)
    assert made("Window").parent == made("Wall")
    assert made("Window").location[:] == pytest.approx((1.2, 0, 0.9))


def test_without_a_place_it_goes_where_there_is_room():
    run("build_wall", length=6.0)
    middles = [run("build_window")["location"][0] for _ in range(3)]
    assert middles[0] == pytest.approx(3.0)
    assert volume_of("Wall") == pytest.approx((15 - 3 * 1.44) * 0.15, rel=1e-5)
    with pytest.raises(CommandError, match="does not fit into 'Wall'"):
        run("build_window", width=2.0)


def test_a_place_near_a_wall_means_that_wall():
    run("build_wall", length=4.0, location=[0, 0, 0])
    run("build_wall", length=4.0, location=[0, 5, 0], rotation=math.pi / 2)
    reply = run("build_window", location=[0.1, 7, 0])
    assert reply["wall"] == "Wall.001"
    assert reply["location"] == pytest.approx([0, 7, 0.9], abs=1e-5)
    alone = run("build_window", location=[9, 9, 0])
    assert "wall" not in alone and "no opening was cut" in alone["notes"][0]
    with pytest.raises(CommandError, match=r"2 walls: say in which `wall`.*Wall, Wall.001"):
        run("build_window")


def move(ways):
    obj = made("Window")
    if ways == "modify":
        run("modify_object", name="Window", offset=[1.5, 0, 0.2])
    elif ways == "code":
        run("execute_code", code="bpy.data.objects['Window'].location = (3.0, 0.0, 1.1)")
    else:
        command = {"command": "modify_object", "reads_only": False}
        params = {"name": "Window", "offset": [1.5, 0, 0.2]}
        run("batch", commands=[{**command, "params": params}], atomic=ways == "atomic")
    assert obj == made("Window")


@pytest.mark.parametrize("ways", ["modify", "code", "batch", "atomic"])
def test_an_opening_follows_its_window_in_the_same_undo_step(ways):
    wall_with_window()
    assert is_open("Wall", 1.5, 1.5)
    move(ways)
    assert is_open("Wall", 3.0, 1.7) and not is_open("Wall", 1.5, 1.0)
    assert volume_of("Wall") == pytest.approx((5 * 2.5 - 1.44) * 0.15, rel=1e-5)
    assert record_of(made("Window")).parameters["sill"] == pytest.approx(1.1)
    run("undo")
    run("redo")  # at once: in 3.4 a look at the wall may count as a change, which ends what can be redone
    assert is_open("Wall", 3.0, 1.7) and not is_open("Wall", 1.5, 1.0)
    run("undo")  # one: the window and its opening
    assert is_open("Wall", 1.5, 1.0) and not is_open("Wall", 3.0, 2.0)


def test_an_opening_closes_when_its_window_goes():
    wall_with_window()
    run("modify_object", name="Window", offset=[0, 2, 0])
    assert volume_of("Wall") == pytest.approx(5 * 2.5 * 0.15, rel=1e-5)
    run("modify_object", name="Window", offset=[0, -2, 0])
    assert is_open("Wall", 1.5, 1.5)
    run("delete_object", name="Window")
    assert volume_of("Wall") == pytest.approx(5 * 2.5 * 0.15, rel=1e-5)
    run("undo")
    assert is_open("Wall", 1.5, 1.5)


def test_copies_of_a_window_cut_too():
    wall_with_window()
    run("duplicate_object", name="Window", offset=[2, 0, 0])
    assert is_open("Wall", 1.5, 1.5) and is_open("Wall", 3.5, 1.5)
    run("duplicate_object", name="Window", offset=[0.5, 0, 0])  # in the way of both
    assert volume_of("Wall") == pytest.approx((5 * 2.5 - 2 * 1.44) * 0.15, rel=1e-5)


def test_a_scaled_window_has_a_larger_opening():
    wall_with_window()
    run("modify_object", name="Window", scale=[1.5, 1, 1])
    assert volume_of("Wall") == pytest.approx((5 * 2.5 - 1.8 * 1.2) * 0.15, rel=1e-5)


def test_what_was_moved_by_hand_is_cut_at_the_next_change():
    wall_with_window()
    made("Window").location.x = 3.5
    run("create_object", type="EMPTY")
    assert is_open("Wall", 3.5, 1.5) and not is_open("Wall", 1.2, 1.5)


def test_without_openings_no_command_looks_for_any(monkeypatch):
    run("build_wall")
    run("create_object", type="EMPTY")
    monkeypatch.setattr(openings._watch, "look", lambda: pytest.fail("it looked through all objects"))
    for _ in range(3):
        run("create_object", type="EMPTY")


def test_with_openings_a_look_at_each_is_all(monkeypatch):
    wall_with_window()
    run("modify_object", name="Wall", offset=[0, 1, 0])
    monkeypatch.setattr(openings._watch, "look", lambda: pytest.fail("it looked through all objects"))
    run("modify_object", name="Wall", offset=[0, 1, 0])


def test_a_wall_in_edit_mode_is_cut_when_that_is_left():
    wall_with_window()
    with first_window():
        bpy.context.view_layer.objects.active = made("Wall")
        bpy.ops.object.mode_set(mode="EDIT")
        made("Window").location.x = 3.5
        run("create_object", type="EMPTY")
        bpy.ops.object.mode_set(mode="OBJECT")
    assert is_open("Wall", 1.5, 1.5)
    run("create_object", type="EMPTY")
    assert is_open("Wall", 3.5, 1.5) and not is_open("Wall", 1.2, 1.5)


# Changes


def test_update_keeps_place_name_and_materials():
    run("build_wall", length=5.0, location=[1, 2, 0], rotation=0.5, name="North")
    run("build_window", wall="North")
    wall = made("North")
    own = bpy.data.materials.new("My paint")
    wall.material_slots[0].material = own
    before = matrix_of(wall).copy()
    reply = run("update_element", names=["North"], change={"thickness": 0.3})
    assert reply["names"] == ["North"]
    assert reply["elements"][0]["dimensions"] == pytest.approx([5, 0.45, 2.5])
    assert matrix_of(wall) == before
    assert [slot.material for slot in wall.material_slots] == [own]
    assert volume_of("North") == pytest.approx((5 * 2.5 - 1.44) * 0.45, rel=1e-5)
    assert undo_stack.active_step() == "update_element"
    run("undo")
    assert made("North").dimensions.y == pytest.approx(0.15)


def test_a_frame_is_as_deep_as_its_wall():
    wall_with_window()
    thin = made("Window").dimensions.y
    run("update_element", names=["Wall"], set={"thickness": 0.25})
    assert made("Window").dimensions.y == pytest.approx(thin + 0.1, abs=1e-4)


def test_update_of_a_window_cuts_anew():
    wall_with_window()
    run("update_element", names=["Window"], set={"width": 1.8, "sill": 0.5}, change={"height": 0.2})
    assert made("Window").location.z == pytest.approx(0.5)
    assert volume_of("Wall") == pytest.approx((5 * 2.5 - 1.8 * 1.4) * 0.15, rel=1e-5)
    assert is_open("Wall", 0.7, 0.6)


def test_update_of_several_kinds_leaves_out_who_has_no_such_parameter():
    run("build_wall")
    run("build_column")
    reply = run("update_element", names=["Wall", "Column"], set={"thickness": 0.3})
    assert reply["names"] == ["Wall"]
    assert reply["notes"] == ["Left as they are, having no thickness: Column"]
    reply = run("update_element", names=["Wall", "Column"], change={"height": 0.5}, set={"material": "STONE"})
    assert [each["parameters"]["height"] for each in reply["elements"]] == [3.0, 3.0]
    assert made("Column").material_slots[0].material.name == "Tenon Stone"


def test_update_of_a_mesh_that_others_share_changes_one():
    run("build_column")
    run("duplicate_object", name="Column", linked=True, offset=[1, 0, 0])
    reply = run("update_element", names=["Column"], set={"height": 3.0})
    assert "shared its mesh" in reply["notes"][0]
    assert made("Column").dimensions.z == pytest.approx(3.0)
    assert made("Column.001").dimensions.z == pytest.approx(2.5)


def test_a_scaled_element_is_told():
    run("build_column")
    made("Column").scale = (2, 1, 1)
    reply = run("update_element", names=["Column"], set={"width": 0.5})
    assert "scaled by 2, 1, 1" in reply["notes"][0]
    assert reply["elements"][0]["dimensions"] == pytest.approx([1.0, 0.3, 2.5])


def test_elements_can_be_changed_after_the_file_was_saved(tmp_path):
    wall_with_window()
    path = str(tmp_path / "house.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.ops.wm.open_mainfile(filepath=path)
    run("update_element", names=["Wall"], set={"length": 6.0})
    run("modify_object", name="Window", offset=[3, 0, 0])
    assert is_open("Wall", 4.5, 1.5) and not is_open("Wall", 1.5, 1.5)


# Storeys


def test_a_collection_for_each_storey_made_once():
    run("build_wall")
    run("build_wall", storey=2)
    run("build_wall", storey=2)
    names = [each.name for each in bpy.context.scene.collection.children]
    assert names == ["Storey 1", "Storey 2"]
    assert made("Wall.002").location.z == pytest.approx(2.7)
    bpy.data.collections["Storey 2"].name = "Upstairs"
    assert run("build_column", storey=2)["collections"] == ["Upstairs"]


def test_storeys_keep_the_height_they_were_given():
    run("build_house", storeys=2, storey_height=3.2)
    assert run("build_wall", storey=3, location=[20, 0, 0])["location"][2] == pytest.approx(6.4)
    assert run("build_wall", storey=4, location=[20, 0, 0])["location"][2] == pytest.approx(6.4 + 2.7)


def test_what_has_no_place_goes_where_it_belongs():
    run("build_wall", length=6, height=3)
    run("build_wall", length=5, height=3, rotation=math.pi / 2)
    roof = run("build_roof")
    assert roof["location"] == pytest.approx([2.9625, 2.5, 3.0], abs=0.05)
    assert (roof["parameters"]["length"], roof["parameters"]["width"]) == pytest.approx((6.075, 5.075))
    assert run("build_slab")["location"][2] == pytest.approx(-0.2)
    assert run("build_slab", storey=2)["location"][2] == pytest.approx(2.5)
    assert run("build_ceiling")["location"][2] == pytest.approx(2.98)
    assert run("build_beam")["location"][2] == pytest.approx(3.0)
    assert run("build_foundation")["location"][2] == pytest.approx(-0.5)
    assert run("build_roof", location=[0, 0, 0], length=4, width=4)["location"] == [0, 0, 0]


# Wholes


def rectangles_of(names):
    return [box_in_world(made(name)) for name in names if record_of(made(name)).kind == "wall"]


def overlap(one, other):
    sides = [min(a[1], b[1]) - max(a[0], b[0]) for a, b in zip(one, other, strict=True)]
    return math.prod(max(0.0, each) for each in sides)


@pytest.mark.parametrize("thickness", [0.1, 0.15, 0.4])
def test_the_walls_of_a_room_meet_at_its_corners(thickness):
    reply = run("build_room", width=6, depth=8, height=2.6, wall_thickness=thickness, ceiling=True)
    walls = rectangles_of(reply["names"])
    assert len(walls) == 4
    for at, one in enumerate(walls):
        assert all(overlap(one, other) < 1e-6 for other in walls[:at]), "two walls in one place"
    covered = sum((x[1] - x[0]) * (y[1] - y[0]) for x, y, _ in walls)
    outer = (6 + 2 * thickness) * (8 + 2 * thickness)
    assert covered == pytest.approx(outer - 48, rel=1e-5), "neither gap nor overlap: 6 x 8 m inside"
    assert {each.name for each in made("Room").children_recursive} == set(reply["names"]) - {"Room"}
    floor, ceiling = box_in_world(made("Slab")), box_in_world(made("Ceiling"))
    assert floor[2][1] == pytest.approx(0, abs=1e-6) and ceiling[2][1] == pytest.approx(2.6)


def test_windows_and_doors_face_outward():
    reply = run("build_room", windows=4)
    for name in reply["names"]:
        obj = made(name)
        if record_of(obj).kind in ("window", "door"):
            place, back = matrix_of(obj).translation, matrix_of(obj).col[1].xyz
            assert back.x * place.x + back.y * place.y < 0, name


def test_a_room_is_changed_as_a_whole():
    reply = run("build_room", width=5, depth=4, windows=1)
    window = next(each for each in reply["names"] if each.startswith("Window"))
    own = bpy.data.materials.new("My paint")
    made("Wall").material_slots[0].material = own
    made(window).location.x = 1.0
    run("update_element", names=["Room"], set={"windows": 3, "width": 6.0})
    kinds = [record_of(each).kind for each in made("Room").children_recursive]
    assert sorted(set(kinds)) == ["door", "slab", "wall", "window"] and kinds.count("window") == 3
    assert made("Wall").dimensions.x == pytest.approx(6.3)
    assert made("Wall").material_slots[0].material == own
    for obj in made("Room").children_recursive:
        assert problems(solid_of(obj)) == []
    run("update_element", names=["Room"], set={"windows": 0, "door": False, "material": "CONCRETE"})
    kinds = [record_of(each).kind for each in made("Room").children_recursive]
    assert sorted(kinds) == ["slab", "wall", "wall", "wall", "wall"]
    total = sum(volume_of(each.name) for each in made("Room").children if record_of(each).kind == "wall")
    assert total == pytest.approx((6.3 * 4.3 - 24) * 2.5 * 0.15 / 0.15, rel=1e-4)
    assert made("Wall.001").material_slots[0].material.name == "Tenon Concrete"
    run("undo")
    assert len(made("Room").children_recursive) == 9


CHANGES = {
    "room": [
        {"width": 5.5, "windows": 5},
        {"depth": 6.0, "ceiling": True, "material": "WOOD"},
        {"height": 3.0, "door": False, "material": "BRICK"},
        {"wall_thickness": 0.3, "windows": 0},
        {"width": 2.0, "depth": 2.0, "ceiling": False, "door": True, "windows": 2},
    ],
    "tatami_room": [{"mats": 8}, {"ceiling": True, "height": 2.7}, {"mats": 3, "windows": 0}],
    "corridor": [{"windows": 3}, {"side": "RIGHT"}, {"length": 9.0, "width": 2.0, "ceiling": True}],
    "house": [
        {"storeys": 3},
        {"width": 12.0, "depth": 9.0, "roof": "HIP"},
        {"storey_height": 3.1, "material": "STONE"},
        {"storeys": 1, "roof": "FLAT", "wall_thickness": 0.25},
        {"storeys": 2, "width": 4.5, "pitch": 0.8, "roof": "SHED", "overhang": 0.2},
    ],
}


def parts_of(root):
    """Each part by its role: where it stands in its parent, its mesh, its materials."""
    found = {}
    for obj in root.children_recursive:
        record = record_of(obj)
        solid = solid_of(obj)
        assert problems(solid) == [], record.role
        place = [round(number, 4) for row in obj.matrix_basis for number in row]
        look = [obj.material_slots[index].material.name for index in solid.slots]
        vertices = sorted([round(number, 4) + 0.0 for number in each] for each in solid.vertices)
        above = record_of(obj.parent).role
        found[record.role] = (record.kind, above, place, vertices, sorted(look), record.storey)
    return found


@pytest.mark.parametrize("kind", CHANGES)
def test_a_changed_whole_is_as_one_that_was_built_so(kind):
    root = made(run(f"build_{kind}")["names"][0])
    together = {}
    for change in CHANGES[kind]:
        run("update_element", names=[root.name], set=change)
        together |= change
        fresh = made(run(f"build_{kind}", **together)["names"][0])
        changed, expected = parts_of(root), parts_of(fresh)
        assert changed.keys() == expected.keys()
        for role, part in expected.items():
            assert changed[role] == part, role


def test_a_window_finds_a_wall_of_its_room():
    run("build_room", width=6, depth=4, windows=0, location=[10, 0, 0])
    reply = run("build_window", wall="Room")
    assert reply["wall"] == "Wall.002", "the back wall: the longest without anything"
    assert run("build_window", wall="Room", location=[13, 0.3, 0])["wall"] == "Wall.001"
    with pytest.raises(CommandError, match="no wall on storey 2"):
        run("build_window", wall="Room", storey=2)


def test_what_the_user_changed_in_a_room_stays():
    reply = run("build_room", width=5, depth=4, windows=1)
    window = next(each for each in reply["names"] if each.startswith("Window"))
    made(window).location.x = 1.0
    run("delete_object", name=next(each for each in reply["names"] if each.startswith("Door")))
    run("update_element", names=["Room"], change={"height": 0.3})
    assert made(window).location.x == pytest.approx(1.0)
    assert not [each for each in bpy.data.objects if record_of(each).kind == "door"]
    assert made("Wall").dimensions.z == pytest.approx(2.8)


def test_moving_a_room_moves_all_and_keeps_its_openings():
    run("build_room", width=5, depth=4)
    before = volume_of("Wall")
    run("modify_object", name="Room", offset=[3, 1, 0], rotation=[0, 0, 1.0])
    assert volume_of("Wall") == pytest.approx(before)
    bpy.context.view_layer.update()
    assert (made("Slab").matrix_world.translation.xy - made("Room").location.xy).length < 1e-5


def test_a_corridor_with_windows_on_its_left():
    reply = run("build_corridor", length=3.0, windows=4, side="LEFT")
    windows = [made(each) for each in reply["names"] if each.startswith("Window")]
    assert len(windows) == 4
    assert {round(matrix_of(each).translation.x, 4) for each in windows} == {-0.675}
    left, right = rectangles_of(reply["names"])
    assert right[0][0] - left[0][1] == pytest.approx(1.2)
    assert left[1] == pytest.approx((0, 3.0), abs=1e-5)


@pytest.mark.parametrize("roof", ["GABLE", "HIP", "FLAT", "SHED"])
def test_a_house_of_two_storeys(roof):
    reply = run("build_house", width=8, depth=6, storeys=2, roof=roof, material="WOOD")
    by_kind = {}
    for name in reply["names"][1:]:
        obj = made(name)
        assert problems(solid_of(obj)) == [], name
        by_kind.setdefault(record_of(obj).kind, []).append(obj)
    assert len(by_kind["wall"]) == 8 and len(by_kind["door"]) == 1
    walls = [box_in_world(each) for each in by_kind["wall"]]
    for at, one in enumerate(walls):
        assert all(overlap(one, other) < 1e-6 for other in walls[:at])
    assert (min(x[0] for x, _, _ in walls), max(x[1] for x, _, _ in walls)) == pytest.approx((-4, 4))
    assert max(z[1] for _, _, z in walls) == pytest.approx(5.4)
    assert {each.material_slots[0].material.name for each in by_kind["wall"]} == {"Tenon Wood"}
    (stairs,) = by_kind["stairs"]
    upper = next(each for each in by_kind["slab"] if record_of(each).role == "floor 2")
    assert box_in_world(stairs)[2] == pytest.approx((0, 2.7), abs=1e-5), "they climb from floor to floor"
    assert box_in_world(upper)[2][1] == pytest.approx(2.7)
    assert volume_of(upper.name) < 7.7 * 5.7 * 0.2, "it has a hole for the stairs"
    top = box_in_world(by_kind["roof"][0])
    assert top[0][0] < -4 and top[0][1] > 4 and top[2][1] > 5.4
    assert {each.name for each in upper.users_collection} == {"Storey 2"}
    assert reply["collections"] == ["Storey 1", "Storey 2"]


def test_a_house_gets_another_storey():
    run("build_house", storeys=1)
    run("update_element", names=["House"], set={"storeys": 3, "roof": "HIP"})
    assert [each.name for each in bpy.context.scene.collection.children][:3] == [
        "Storey 1",
        "Storey 2",
        "Storey 3",
    ]
    roof = next(each for each in made("House").children if record_of(each).kind == "roof")
    assert roof.location.z == pytest.approx(8.1)
    for obj in made("House").children_recursive:
        assert problems(solid_of(obj)) == [], obj.name


def test_a_tatami_room_is_as_large_as_its_mats():
    reply = run("build_tatami_room", mats=6)
    x, y, _ = box_in_world(made("Tatami Mats"))
    walls = rectangles_of(reply["names"])
    assert max(each[0][1] for each in walls) - x[1] == pytest.approx(0.15)
    assert (x[1] - x[0]) - 0.12 == pytest.approx(3.64) and (y[1] - y[0]) - 0.12 == pytest.approx(2.73)
    assert made("Shoji").parent.name == "Wall"


# Errors: each says what to do, and nothing is left behind

WRONG = [
    ("build_wall", {"length": 0}, "invalid_params", "length is 0, and must be from 0.01 to 1000 m"),
    ("build_wall", {"length": float("nan")}, "invalid_params", "must be a number"),
    ("build_wall", {"height": float("inf")}, "invalid_params", "must be a number"),
    ("build_wall", {"material": "JADE"}, "invalid_params", "must be one of WOOD"),
    ("build_wall", {"storey": 0}, "invalid_params", "storey"),
    ("build_wall", {"location": [0, 0, float("nan")]}, "invalid_params", "three numbers"),
    ("build_wall", {"rotation": float("inf")}, "invalid_params", "rotation"),
    ("build_window", {"wall": "Nowhere"}, "command_failed", "Object not found"),
    ("build_window", {"wall": "Post"}, "command_failed", "no wall"),
    ("build_window", {"wall": "Here", "width": 9.5}, "invalid_params", "does not fit into 'Here'"),
    ("build_window", {"wall": "Here", "sill": 2.0}, "invalid_params", "does not fit into a height"),
    ("build_window", {"wall": "Here", "location": [2, 0, 0]}, "invalid_params", "meets another one"),
    ("build_room", {"windows": 60}, "invalid_params", "do not fit into a wall"),
    ("build_room", {"height": 1.0}, "invalid_params", "does not fit into a wall of 1.00 m"),
    ("build_tatami_room", {"mats": 7}, "invalid_params", "No layout"),
    ("build_foundation", {"strip": 3.0}, "invalid_params", "leaves nothing open"),
    ("build_slab", {"hole_length": 9, "hole_width": 1}, "invalid_params", "does not fit"),
    ("build_stairs", {"riser": 0.01}, "invalid_params", "riser is 0.01"),
    ("update_element", {"names": ["Here"]}, "invalid_params", "Give parameters"),
    ("update_element", {"names": ["Nowhere"], "set": {"length": 1}}, "command_failed", "not found"),
    (
        "update_element",
        {"names": ["Stranger"], "set": {"length": 1}},
        "command_failed",
        "No building elements",
    ),
    ("update_element", {"names": ["Here"], "set": {"span": 1}}, "invalid_params", "Wall has length, height"),
    ("update_element", {"names": ["Here"], "set": {"length": 2.5}}, "invalid_params", "would not fit"),
    ("update_element", {"names": ["Here"], "set": {"length": "4"}}, "invalid_params", "must be a number"),
    ("update_element", {"names": ["Here"], "change": {"height": -9}}, "invalid_params", "must be from"),
    ("update_element", {"names": ["Window"], "set": {"width": 4.2}}, "invalid_params", "would not fit"),
    ("update_element", {"names": ["Post"], "change": {"round": 1}}, "invalid_params", "set it"),
    (
        "update_element",
        {"names": ["Here"], "set": {"length": 3}, "change": {"length": 1}},
        "invalid_params",
        "Both in",
    ),
]


@pytest.mark.parametrize(("command", "given", "code", "words"), WRONG)
def test_errors_say_what_to_do_and_leave_all_as_it_was(command, given, code, words):
    run("build_wall", name="Here", length=4.0)
    run("build_window", wall="Here")
    run("build_column", name="Post", location=[0, 3, 0])
    run("create_object", type="EMPTY", name="Stranger")
    steps = [each.name for each in undo_stack.steps()]
    before = (len(bpy.data.objects), len(bpy.data.meshes), len(bpy.data.collections), len(bpy.data.materials))
    kept = [obj.get(PROPERTY) for obj in bpy.data.objects]
    with pytest.raises(CommandError) as raised:
        run(command, **given)
    assert (raised.value.code, words in raised.value.message) == (code, True), raised.value.message
    assert before == (
        len(bpy.data.objects),
        len(bpy.data.meshes),
        len(bpy.data.collections),
        len(bpy.data.materials),
    )
    assert kept == [obj.get(PROPERTY) for obj in bpy.data.objects]
    assert [each.name for each in undo_stack.steps()] == steps


@pytest.mark.parametrize("text", ["", "{", "[]", '{"kind": "wall"}', '{"kind": "x", "parameters": {}}', 7])
def test_a_property_that_nobody_can_read_is_no_element(text):
    run("build_wall")
    made("Wall")[PROPERTY] = text
    with pytest.raises(CommandError, match="No building elements"):
        run("update_element", names=["Wall"], set={"length": 3})
    run("create_object", type="EMPTY")


def test_a_property_of_an_older_row_is_completed():
    run("build_wall", length=3)
    members = json.loads(made("Wall")[PROPERTY])
    del members["parameters"]["thickness"]
    made("Wall")[PROPERTY] = json.dumps(members)
    reply = run("update_element", names=["Wall"], set={"height": 3})
    assert reply["elements"][0]["dimensions"] == pytest.approx([3, 0.15, 3])


def test_shape_keys_are_not_lost():
    run("build_wall")
    made("Wall").shape_key_add(name="Basis")
    with pytest.raises(CommandError, match="has shape keys"):
        run("update_element", names=["Wall"], set={"length": 3})
