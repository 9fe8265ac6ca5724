"""Several objects moved, turned, sized and placed: where they then are, in numbers."""

import json
import math

import bpy
import pytest
from call import run
from mathutils import Matrix, Vector
from tenon.errors import CommandError

pytestmark = pytest.mark.usefixtures("empty_file")


def made(name, type="CUBE", **parameters):
    run("create_object", type=type, name=name, **parameters)
    return bpy.data.objects[name]


def hung(name, parent, type="CUBE", **parameters):
    """An object whose transform is counted from its parent's."""
    obj = made(name, type, **parameters)
    obj.parent = bpy.data.objects[parent]
    bpy.context.view_layer.update()
    return obj


def place(name):
    """Where its origin is in the world."""
    bpy.context.view_layer.update()
    return list(bpy.data.objects[name].matrix_world.translation)


def bounds(name):
    """Of its evaluated mesh in the world."""
    bpy.context.view_layer.update()
    depsgraph = bpy.context.evaluated_depsgraph_get()
    obj = bpy.data.objects[name].evaluated_get(depsgraph)
    points = [obj.matrix_world @ vertex.co for vertex in obj.to_mesh().vertices]
    obj.to_mesh_clear()
    return [[choose(point[axis] for point in points) for axis in range(3)] for choose in (min, max)]


def near(*there):
    return pytest.approx(there, abs=1e-4)


# Moving


def test_several_objects_are_moved_by_an_offset():
    made("A"), made("B", location=[1, 2, 3])
    answer = run("move_objects", names=["B", "A"], offset=[0, 0, 2])
    assert answer["names"] == ["B", "A"] and "notes" not in answer
    assert answer["objects"] == [
        {"name": "B", "location": [1, 2, 5]},
        {"name": "A", "location": [0, 0, 2]},
    ]
    assert (place("A"), place("B")) == (near(0, 0, 2), near(1, 2, 5))
    run("undo")
    assert (place("A"), place("B")) == (near(0, 0, 0), near(1, 2, 3))


def test_the_origin_of_one_object_or_the_middle_of_several_goes_to_a_location():
    made("A", size=2), made("B", location=[4, 0, 0], size=2)
    run("move_objects", names=["A", "B"], location=[10, 0, 1])
    assert (place("A"), place("B")) == (near(8, 0, 1), near(12, 0, 1))
    run("move_objects", names=["A"], location=[1, 1, 1])
    assert place("A") == near(1, 1, 1)


@pytest.mark.parametrize("given", [{}, {"offset": [1, 0, 0], "location": [0, 0, 0]}])
def test_either_an_offset_or_a_location(given):
    made("A")
    with pytest.raises(CommandError, match="either offset or location") as error:
        run("move_objects", names=["A"], **given)
    assert error.value.code == "invalid_params"


def turned_parent():
    parent = made("P", "EMPTY", location=[5, 5, 5], rotation=[0.3, 0.4, 1.2], scale=[1, 3, 0.5])
    return parent, hung("C", "P", location=[1, 2, 3])


def test_an_offset_is_the_worlds_whatever_the_parent_is_like():
    turned_parent()
    here = place("C")
    run("move_objects", names=["C"], offset=[1, 2, 3])
    assert place("C") == near(here[0] + 1, here[1] + 2, here[2] + 3)
    run("move_objects", names=["C"], location=[-1, -2, -3])
    assert place("C") == near(-1, -2, -3)


def test_a_child_that_is_named_with_its_parent_is_moved_once():
    turned_parent()
    here = place("C")
    answer = run("move_objects", names=["C", "P"], offset=[0, 0, 1])
    assert place("P") == near(5, 5, 6) and place("C") == near(here[0], here[1], here[2] + 1)
    assert answer["names"] == ["C", "P"]


def test_what_a_constraint_holds_is_told():
    obj, goal = made("A"), made("Goal", "EMPTY", location=[7, 0, 0])
    obj.constraints.new("COPY_LOCATION").target = goal
    answer = run("move_objects", names=["A"], offset=[0, 5, 0])
    assert answer["objects"][0]["location"] == [7, 0, 0]
    assert any("overrule" in note and "'A'" in note for note in answer["notes"])


def test_the_unit_is_told_where_it_is_not_the_metre():
    made("A")
    bpy.context.scene.unit_settings.scale_length = 0.01
    answer = run("move_objects", names=["A"], offset=[5, 0, 0])
    assert (answer["unit"], place("A")) == ("centimetre", near(5, 0, 0))


def test_no_such_objects():
    made("A")
    for name in ("move_objects", "rotate_objects", "aim_objects"):
        given = {"rotate_objects": {"axis": "X", "angle": 1.0}, "aim_objects": {"target": [0, 0, 9]}}
        with pytest.raises(CommandError, match=r"^Objects not found: X, Y$"):
            run(name, names=["X", "A", "Y"], **given.get(name, {"offset": [0, 0, 1]}))
    assert place("A") == near(0, 0, 0)


# Turning


@pytest.mark.parametrize("mode", ["XYZ", "ZXY", "QUATERNION", "AXIS_ANGLE"])
@pytest.mark.parametrize("axis", ["X", "Y", "Z"])
def test_turning_is_about_the_worlds_axis(axis, mode):
    obj = made("A", location=[1, 2, 3], rotation=[0.5, -0.2, 0.9], scale=[1, 2, 3])
    obj.rotation_mode = mode
    bpy.context.view_layer.update()
    before = obj.matrix_world.copy()
    answer = run("rotate_objects", names=["A"], axis=axis, angle=math.pi / 3)
    after = Matrix.Rotation(math.pi / 3, 3, axis) @ before.to_3x3()
    for row in range(3):
        assert list(obj.matrix_world.to_3x3()[row]) == near(*after[row])
    assert place("A") == near(1, 2, 3) and obj.rotation_mode == mode and "notes" not in answer


def test_each_turns_about_its_own_origin():
    made("A"), made("B", location=[4, 0, 0])
    answer = run("rotate_objects", names=["A", "B"], axis="Z", angle=math.pi / 2)
    assert [row["rotation"] for row in answer["objects"]] == [near(0, 0, math.pi / 2)] * 2
    assert place("B") == near(4, 0, 0)
    run("undo")
    assert list(bpy.data.objects["B"].rotation_euler) == [0, 0, 0]


def test_a_child_turns_once_with_its_parent_and_that_is_told():
    parent = made("P", "EMPTY")
    made("C", parent="P", location=[2, 0, 0])
    answer = run("rotate_objects", names=["P", "C"], axis="Z", angle=math.pi / 2)
    assert place("C") == near(0, 2, 0) and parent.rotation_euler.z == pytest.approx(math.pi / 2)
    assert bpy.data.objects["C"].rotation_euler.z == 0
    assert "'C' hangs on another" in answer["notes"][0]


def test_a_child_of_an_unevenly_scaled_parent_is_turned_as_far_as_can_be_and_told():
    made("P", "EMPTY", scale=[1, 4, 1])
    hung("C", "P")
    answer = run("rotate_objects", names=["C"], axis="Z", angle=0.7)
    assert any("not be turned exactly" in note for note in answer["notes"])


def test_turning_in_a_mirrored_parent():
    made("P", "EMPTY", scale=[-2, 2, 2])
    child = hung("C", "P", location=[2, 0, 0])
    before = child.matrix_world.to_3x3()
    answer = run("rotate_objects", names=["C"], axis="Y", angle=0.7)
    after = Matrix.Rotation(0.7, 3, "Y") @ before
    assert [list(row) for row in child.matrix_world.to_3x3()] == [near(*row) for row in after]
    assert "notes" not in answer


# Aiming


def looks_at(name, goal, axis):
    bpy.context.view_layer.update()
    matrix = bpy.data.objects[name].matrix_world
    way = Vector(goal) - matrix.translation
    return (matrix.to_3x3() @ Vector(axis)).angle(way) < 1e-3


def test_a_camera_is_aimed_at_the_middle_of_objects_and_stays_upright():
    made("Eye", "CAMERA", location=[7, -6, 5])
    made("A", location=[0, 0, 1]), made("B", location=[2, 0, 1])
    answer = run("aim_objects", names=["Eye"], target=["A", "B"])
    assert answer["aimed_at"] == near(1, 0, 1) and looks_at("Eye", (1, 0, 1), (0, 0, -1))
    matrix = bpy.data.objects["Eye"].matrix_world.to_3x3()
    assert abs((matrix @ Vector((1, 0, 0))).z) < 1e-4 and (matrix @ Vector((0, 1, 0))).z > 0
    run("undo")
    assert list(bpy.data.objects["Eye"].rotation_euler) == [0, 0, 0]


def test_others_turn_their_front_to_a_place():
    made("A", location=[5, 0, 0], scale=[1, 2, 1])
    run("aim_objects", names=["A"], target=[5, 9, 0])
    assert bpy.data.objects["A"].rotation_euler.z == pytest.approx(math.pi, abs=1e-4) or (
        bpy.data.objects["A"].rotation_euler.z == pytest.approx(-math.pi, abs=1e-4)
    )
    assert looks_at("A", (5, 9, 0), (0, -1, 0))


@pytest.mark.parametrize("scale", [(1, 3, 0.5), (-1, 1, 1)])
def test_aiming_in_a_parent_that_is_turned_and_scaled(scale):
    made("P", "EMPTY", location=[5, 5, 5], rotation=[0.3, 0.4, 1.2], scale=scale)
    hung("Lamp", "P", "LIGHT", location=[1, 2, 3]), hung("C", "P")
    for name, axis in (("Lamp", (0, 0, -1)), ("C", (0, -1, 0))):
        answer = run("aim_objects", names=[name], target=[-3, 2, 0])
        assert looks_at(name, (-3, 2, 0), axis) and "notes" not in answer


@pytest.mark.parametrize("height", [9, -9])
def test_aiming_straight_up_and_down(height):
    made("Eye", "CAMERA")
    run("aim_objects", names=["Eye"], target=[0, 0, height])
    assert looks_at("Eye", (0, 0, height), (0, 0, -1))


def test_what_cannot_be_aimed():
    made("A"), made("Child", parent="A", location=[3, 0, 0])
    for target in ("A", "Child"):
        with pytest.raises(CommandError, match="'A' cannot be aimed at itself"):
            run("aim_objects", names=["A"], target=[target])
    with pytest.raises(CommandError, match="stands in the middle of the target"):
        run("aim_objects", names=["A"], target=[0, 0, 0])


def test_a_constraint_that_turns_it_otherwise_is_told():
    eye, goal = made("Eye", "CAMERA", location=[0, -5, 0]), made("Goal", "EMPTY", location=[5, -5, 0])
    eye.constraints.new("TRACK_TO").target = goal
    answer = run("aim_objects", names=["Eye"], target=[0, 0, 0])
    assert any("past the target" in note for note in answer["notes"])


# Sizes


def size(name):
    low, high = bounds(name)
    return [b - a for a, b in zip(low, high, strict=True)]


def test_a_factor_is_of_all_sides_and_the_feet_stay():
    made("A", location=[0, 0, 1]), made("B", location=[5, 0, 3], size=1)
    answer = run("resize_objects", names=["A", "B"], factor=2)
    assert size("A") == near(4, 4, 4) and size("B") == near(2, 2, 2)
    assert bounds("A")[0] == near(-2, -2, 0) and bounds("B")[0] == near(4, -1, 2.5)
    assert [row["size"] for row in answer["objects"]] == [near(4, 4, 4), near(2, 2, 2)]
    assert answer["names"] == ["A", "B"] and "notes" not in answer
    run("undo")
    assert size("A") == near(2, 2, 2) and place("B") == near(5, 0, 3)


def test_sizes_are_the_worlds_and_the_others_stay():
    made("A", size=2, location=[1, 2, 3])
    run("resize_objects", names=["A"], width=6, height=0.5)
    assert size("A") == near(6, 2, 0.5) and bounds("A")[0][2] == pytest.approx(2)
    run("resize_objects", names=["A"], depth=9)
    assert size("A") == near(6, 9, 0.5)


def test_of_an_object_on_its_side_it_is_another_axis_that_is_scaled():
    obj = made("A", "CYLINDER", size=2, height=6, rotation=[0, math.pi / 2, 0], scale=[1, 1, -1])
    assert size("A") == near(6, 2, 2)
    answer = run("resize_objects", names=["A"], width=3)
    assert size("A") == near(3, 2, 2) and list(obj.scale) == near(1, 1, -0.5) and "notes" not in answer
    run("resize_objects", names=["A"], factors=[2, 1, 3])
    assert size("A") == near(6, 2, 6)


def test_a_turned_wall_gets_its_width_by_its_length_and_what_else_changes_is_told():
    wall = made("Wall", scale=[2, 0.1, 1], rotation=[0, 0, 0.5])
    answer = run("resize_objects", names=["Wall"], width=6)
    assert size("Wall")[0] == pytest.approx(6, abs=1e-3) and list(wall.scale)[1:] == near(0.1, 1)
    assert any("its depth changed too" in note for note in answer["notes"])


def test_no_scale_gives_a_square_at_45_degrees_two_different_sides():
    made("A", rotation=[0, 0, math.pi / 4])
    with pytest.raises(CommandError, match=r"'A' is turned, and no scale .* width 3, depth 8"):
        run("resize_objects", names=["A"], width=3, depth=8)
    assert list(bpy.data.objects["A"].scale) == [1, 1, 1]


def test_the_size_is_that_of_the_modified_mesh():
    obj = made("A", size=1)
    array = obj.modifiers.new("Array", "ARRAY")
    array.count, array.relative_offset_displace = 3, (1, 0, 0)
    run("resize_objects", names=["A"], width=9)
    assert size("A") == near(9, 1, 1)


def test_what_hangs_on_it_is_part_of_its_size():
    (
        made("Root", "EMPTY"),
        hung("Left", "Root", location=[-2, 0, 1]),
        hung("Right", "Root", location=[2, 0, 1]),
    )
    answer = run("resize_objects", names=["Root"], width=12)
    assert bounds("Left")[0] == near(-6, -1, 0) and bounds("Right")[1] == near(6, 1, 2)
    assert answer["objects"][0]["size"] == near(12, 2, 2)


def test_a_child_with_a_scaled_parent():
    made("P", "EMPTY", rotation=[0, 0, math.pi / 2], scale=[1, 2, 1]), hung("C", "P")
    assert size("C") == near(4, 2, 2)
    run("resize_objects", names=["C"], width=1, depth=5)
    assert size("C") == near(1, 5, 2)


def test_what_has_no_such_side():
    made("Flat", "PLANE"), made("Lamp", "LIGHT")
    with pytest.raises(CommandError, match="'Flat' has no height that could be scaled: it is flat along Z"):
        run("resize_objects", names=["Flat"], height=1)
    with pytest.raises(CommandError, match="'Lamp' has no size of its own: give factor"):
        run("resize_objects", names=["Lamp"], width=1)
    answer = run("resize_objects", names=["Lamp", "Flat"], factor=3)
    assert list(bpy.data.objects["Lamp"].scale) == [3, 3, 3] and size("Flat") == near(6, 6, 0)
    assert "'Lamp' has no size of its own: its scale changed" in answer["notes"]


def test_a_scale_of_nothing():
    made("A", scale=[0, 1, 1])
    with pytest.raises(CommandError, match="scaled to nothing"):
        run("resize_objects", names=["A"], width=1)


@pytest.mark.parametrize("given", [{}, {"factor": 2, "width": 1}, {"factor": 2, "factors": [1, 1, 1]}])
def test_one_way_to_say_how_large(given):
    made("A")
    with pytest.raises(CommandError, match="Give factor, factors, or any of") as error:
        run("resize_objects", names=["A"], **given)
    assert error.value.code == "invalid_params"


# Placing


@pytest.mark.parametrize(
    ("relation", "low", "high"),
    [
        ("ON", (9.5, 9.5, 4), (10.5, 10.5, 5)),
        ("ABOVE", (9.5, 9.5, 4.1), (10.5, 10.5, 5.1)),
        ("UNDER", (9.5, 9.5, -1), (10.5, 10.5, 0)),
        ("BELOW", (9.5, 9.5, -1.1), (10.5, 10.5, -0.1)),
        ("LEFT_OF", (7, 9.5, 0), (8, 10.5, 1)),
        ("RIGHT_OF", (12, 9.5, 0), (13, 10.5, 1)),
        ("BESIDE", (12.1, 9.5, 0), (13.1, 10.5, 1)),
        ("IN_FRONT_OF", (9.5, 7, 0), (10.5, 8, 1)),
        ("BEHIND", (9.5, 12, 0), (10.5, 13, 1)),
        ("INSIDE", (9.5, 9.5, 0), (10.5, 10.5, 1)),
    ],
)
def test_each_relation(relation, low, high):
    made("Box", size=4, location=[10, 10, 2]), made("A", size=1, rotation=[0, math.pi / 2, 0])
    answer = run("place_objects", names=["A"], relation=relation, target=["Box"])
    assert bounds("A") == [near(*low), near(*high)]
    assert answer["objects"][0]["bounds"] == [near(*low), near(*high)]
    assert answer["names"] == ["A"] and "notes" not in answer
    assert place("Box") == near(10, 10, 2)
    run("undo")
    assert place("A") == near(0, 0, 0)


def test_a_gap():
    made("Box", size=2), made("A", size=1)
    run("place_objects", names=["A"], relation="RIGHT_OF", target=["Box"], gap=0.5)
    assert bounds("A")[0][0] == pytest.approx(1.5)
    run("place_objects", names=["A"], relation="ABOVE", target=["Box"], gap=2)
    assert bounds("A")[0][2] == pytest.approx(3)


@pytest.mark.parametrize(
    ("relation", "starts"),
    [("ON", (-1.5, 0.5)), ("RIGHT_OF", (5, 7)), ("LEFT_OF", (-7, -8)), ("BEHIND", (-1.5, 0.5))],
)
def test_several_go_side_by_side(relation, starts):
    made("Box", size=10), made("A", size=2), made("B", size=1)
    run("place_objects", names=["A", "B"], relation=relation, target=["Box"])
    assert (bounds("A")[0][0], bounds("B")[0][0]) == near(*starts)


def test_bounds_are_those_of_the_evaluated_and_turned_mesh():
    ball = made("Ball", "SPHERE", size=2, rotation=[0.4, 0.5, 0.6])
    bevelled = made("Box", size=1)
    array = bevelled.modifiers.new("Array", "ARRAY")
    array.count, array.relative_offset_displace = 3, (0, 0, 1)
    run("place_objects", names=["Ball"], relation="ON", target=["Box"])
    low, high = bounds("Ball")
    assert low[2] == pytest.approx(2.5, abs=1e-4) and high[2] - low[2] == pytest.approx(2, abs=0.02)
    assert ball.location.z == pytest.approx(3.5, abs=0.01)


def table():
    """A top of 2 x 1 m at 0.7 m, on four legs."""
    made("Table", "EMPTY")
    top = hung("Top", "Table", location=[0, 0, 0.75], scale=[1, 0.5, 0.05])
    for number, (x, y) in enumerate([(-0.95, -0.45), (0.95, -0.45), (-0.95, 0.45), (0.95, 0.45)]):
        hung(f"Leg {number}", "Table", location=[x, y, 0.35], scale=[0.05, 0.05, 0.35])
    return top


def test_under_a_table_there_is_room_on_the_ground():
    table(), made("Cat", size=0.4, location=[9, 9, 9]), made("Cupboard", size=0.8)
    run("place_objects", names=["Cat"], relation="UNDER", target=["Table"])
    assert bounds("Cat") == [near(-0.2, -0.2, 0), near(0.2, 0.2, 0.4)]
    run("place_objects", names=["Cupboard"], relation="UNDER", target=["Table"])
    assert bounds("Cupboard")[1][2] == pytest.approx(0)
    run("place_objects", names=["Cat"], relation="ON", target=["Table"])
    assert bounds("Cat")[0] == near(-0.2, -0.2, 0.8)


def test_inside_of_a_room_they_stand_on_its_floor():
    for name, place_, scale in (("Floor", [0, 0, 0.1], [3, 3, 0.1]), ("Wall", [0, 3, 1.5], [3, 0.1, 1.5])):
        made(name, location=place_, scale=scale)
    made("Room", "EMPTY")
    for name in ("Floor", "Wall"):
        run("modify_object", name=name, parent="Room")
    made("A", size=1), made("B", size=9)
    answer = run("place_objects", names=["A"], relation="INSIDE", target=["Room"])
    assert bounds("A")[0][2] == pytest.approx(0.2) and "notes" not in answer
    answer = run("place_objects", names=["B"], relation="INSIDE", target=["Room"])
    assert answer["notes"] == ["'B' is too large to be inside: it sticks out"]


def test_between_two_in_the_room_that_they_leave():
    made("L", size=2, location=[-5, 0, 1]), made("R", size=4, location=[6, 2, 2])
    made("A", size=1), made("B", size=1)
    run("place_objects", names=["A"], relation="BETWEEN", target=["L", "R"])
    assert bounds("A") == [near(-0.5, 0.5, 0), near(0.5, 1.5, 1)]
    run("place_objects", names=["A", "B"], relation="BETWEEN", target=["R", "L"])
    gaps = [bounds("A")[0][0] + 4, bounds("B")[0][0] - bounds("A")[1][0], 4 - bounds("B")[1][0]]
    assert gaps == near(2, 2, 2)


def test_between_two_that_leave_too_little_room():
    made("L", location=[-1.2, 0, 0]), made("R", location=[1.2, 0, 0]), made("A", size=1)
    answer = run("place_objects", names=["A"], relation="BETWEEN", target=["L", "R"])
    assert place("A")[0] == pytest.approx(0, abs=1e-5)
    assert answer["notes"] == ["There is 0.4 of room between the two, and 1 are needed"]


def test_between_one_above_the_other():
    made("Low", location=[0, 0, 0]), made("High", location=[0, 0, 10]), made("A", size=1, location=[3, 3, 3])
    run("place_objects", names=["A"], relation="BETWEEN", target=["Low", "High"])
    assert place("A") == near(0, 0, 5)


def test_children_go_along_and_those_of_the_target_count():
    made("Box", size=2), hung("Chimney", "Box", location=[0, 0, 2], scale=[0.2, 0.2, 1])
    made("A", "EMPTY"), hung("Ball", "A", "SPHERE", location=[0, 0, 5], size=1)
    run("place_objects", names=["A"], relation="ON", target=["Box"])
    assert bounds("Ball")[0][2] == pytest.approx(3, abs=1e-4) and place("A")[2] == pytest.approx(
        -1.5, abs=1e-4
    )


def test_a_child_may_be_placed_on_its_parent():
    made("Box", size=2), hung("Cup", "Box", location=[0, 0, 9], size=0.5)
    run("place_objects", names=["Cup"], relation="ON", target=["Box"])
    assert bounds("Cup")[0] == near(-0.25, -0.25, 1)


def test_objects_in_parents_that_are_turned_and_scaled_are_placed_in_the_world():
    turned_parent(), made("Box", size=2)
    run("place_objects", names=["C"], relation="ON", target=["Box"])
    low, high = bounds("C")
    assert [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]] == near(0, 0, 1)


def test_what_cannot_be_placed():
    made("A"), made("B"), hung("Child", "A")
    for target in ("A", "Child"):
        with pytest.raises(CommandError, match="'A' cannot be placed by itself"):
            run("place_objects", names=["A"], relation="ON", target=[target])
    for target in (["B"], ["B", "B"], ["A", "B", "Child"]):
        with pytest.raises(CommandError, match="BETWEEN takes two targets"):
            run("place_objects", names=["A"], relation="BETWEEN", target=target)
    with pytest.raises(CommandError, match=r"^Objects not found: Z$"):
        run("place_objects", names=["A"], relation="ON", target=["Z"])


# In line and one on the other


@pytest.mark.parametrize(
    ("axis", "side", "moved"),
    [("X", "MIN", (-0.5, 5, 5)), ("Y", "CENTER", (5, 0, 5)), ("Z", "MAX", (5, 5, 0.5))],
)
def test_objects_are_brought_in_line_with_the_first(axis, side, moved):
    made("A", size=2), made("B", size=1, location=[5, 5, 5])
    answer = run("align_objects", names=["A", "B"], axis=axis, side=side)
    assert place("B") == near(*moved) and place("A") == near(0, 0, 0)
    assert answer["names"] == ["A", "B"]
    run("undo")
    assert place("B") == near(5, 5, 5)


def test_the_first_stays_where_its_own_parent_is_brought_in_line_with_it():
    made("P", location=[0, 0, 8]), hung("C", "P", location=[3, 0, 0])
    run("align_objects", names=["C", "P"], axis="X", side="CENTER")
    assert (place("C"), place("P")) == (near(3, 0, 8), near(3, 0, 8))


def test_each_is_stacked_on_the_one_before():
    made("A", size=2, location=[1, 1, 1]), made("B", size=1), made("C", "SPHERE", size=1, location=[9, 9, 9])
    answer = run("stack_objects", names=["A", "B", "C"])
    assert (place("A"), place("B")) == (near(1, 1, 1), near(1, 1, 2.5))
    assert bounds("C")[0][2] == pytest.approx(3) and place("C")[:2] == near(1, 1)
    assert answer["names"] == ["A", "B", "C"] and answer["objects"][1]["bounds"][0] == near(0.5, 0.5, 2)


def test_a_child_is_stacked_on_its_parent():
    made("P"), hung("C", "P", size=1, location=[4, 0, 0])
    run("stack_objects", names=["P", "C"])
    assert (place("P"), place("C")) == (near(0, 0, 0), near(0, 0, 1.5))


def test_one_alone_is_neither_aligned_nor_stacked():
    made("A")
    for name, given in (("stack_objects", {}), ("align_objects", {"axis": "X", "side": "MIN"})):
        with pytest.raises(CommandError, match="at least two different"):
            run(name, names=["A", "A"], **given)


# Copies in rows, grids and circles


def xy(names):
    return [[round(value, 3) + 0.0 for value in place(name)[:2]] for name in names]


def test_a_row_counts_the_original():
    obj = made("A", size=2, location=[1, 1, 1])
    answer = run("array_objects", names=["A"], count=4, pattern="ROW")
    assert answer["names"] == ["A", "A.001", "A.002", "A.003"] and answer["spacing"] == [3]
    assert [place(name) for name in answer["names"]] == [near(1 + 3 * n, 1, 1) for n in range(4)]
    assert len({bpy.data.objects[name].data for name in answer["names"]}) == 4
    assert obj.users_collection == bpy.data.objects["A.003"].users_collection
    run("undo")
    assert [each.name for each in bpy.data.objects] == ["A"]


def test_a_row_along_an_axis_with_a_spacing():
    made("A")
    names = run("array_objects", names=["A"], count=3, pattern="ROW", axis="Z", spacing=0.5)["names"]
    assert [place(name)[2] for name in names] == near(0, 0.5, 1)


def test_a_row_is_the_worlds_whatever_the_parent_is_like():
    turned_parent()
    here = place("C")
    names = run("array_objects", names=["C"], count=2, pattern="ROW", axis="Y", spacing=4)["names"]
    assert place(names[1]) == near(here[0], here[1] + 4, here[2])
    assert bpy.data.objects[names[1]].parent.name == "P"


def test_a_grid_is_filled_row_by_row():
    made("A", size=2)
    names = run("array_objects", names=["A"], count=5, pattern="GRID", spacing=4)["names"]
    assert xy(names) == [[0, 0], [4, 0], [8, 0], [0, 4], [4, 4]]
    run("undo")
    answer = run("array_objects", names=["A"], count=6, pattern="GRID", rows=3)
    assert xy(answer["names"]) == [[0, 0], [3, 0], [0, 3], [3, 3], [0, 6], [3, 6]]
    assert answer["spacing"] == [3, 3]


def test_in_a_circle_the_copies_turn_their_fronts_outward():
    made("A", size=1, location=[10, 0, 2])
    answer = run("array_objects", names=["A"], count=4, pattern="CIRCLE", radius=5)
    assert xy(answer["names"]) == [[10, -5], [15, 0], [10, 5], [5, 0]] and answer["radius"] == [5]
    for name in answer["names"]:
        obj = bpy.data.objects[name]
        front = obj.matrix_world.to_3x3() @ Vector((0, -1, 0))
        assert front.angle(obj.matrix_world.translation - Vector((10, 0, 2))) < 1e-3
    run("undo")
    assert place("A") == near(10, 0, 2) and len(bpy.data.objects) == 1


def test_several_are_copied_as_they_stand_to_each_other():
    made("A"), made("B", location=[0, 0, 2])
    answer = run("array_objects", names=["A", "B"], count=2, pattern="ROW", spacing=5)
    assert [place(name) for name in answer["names"]] == [
        near(0, 0, 0),
        near(0, 0, 2),
        near(5, 0, 0),
        near(5, 0, 2),
    ]
    run("undo")
    names = run("array_objects", names=["A", "B"], count=3, pattern="CIRCLE", radius=2)["names"]
    assert place(names[3])[:2] == place(names[2])[:2] == near(2 * math.sin(2 * math.pi / 3), 1)


def test_what_hangs_on_it_is_copied_with_it_and_cuts_its_own():
    table(), made("Hole", size=0.2)
    run("parent_objects", names=["Hole"], parent="Top")
    bpy.data.objects["Top"].modifiers.new("Cut", "BOOLEAN").object = bpy.data.objects["Hole"]
    here = place("Leg 0")
    answer = run("array_objects", names=["Table"], count=3, pattern="ROW", spacing=3)
    assert answer["names"] == ["Table", "Table.001", "Table.002"] and len(bpy.data.objects) == 21
    assert place("Leg 0.002") == near(here[0] + 6, here[1], here[2])
    assert bpy.data.objects["Leg 0.002"].parent.name == "Table.002"
    assert bpy.data.objects["Top.001"].modifiers["Cut"].object.name == "Hole.001"
    assert bpy.data.objects["Top"].modifiers["Cut"].object.name == "Hole"


def test_what_means_nothing_for_a_pattern_is_told():
    made("A")
    answer = run("array_objects", names=["A"], count=2, pattern="ROW", radius=3, rows=2)
    assert answer["notes"] == ["ROW has no use for radius", "ROW has no use for rows"]


def test_too_many_or_too_few_places():
    table()
    with pytest.raises(CommandError, match="1,200 objects, and 1,000 are the most"):
        run("array_objects", names=["Table"], count=200, pattern="ROW")
    with pytest.raises(CommandError, match="2 x 2 have room for 4, and 5 are asked for"):
        run("array_objects", names=["Top"], count=5, pattern="GRID", rows=2, columns=2)
    assert len(bpy.data.objects) == 6


def test_a_thousand():
    made("A", size=1)
    answer = run("array_objects", names=["A"], count=1000, pattern="GRID")
    assert len(answer["names"]) == 1000 == answer["objects_count"] and len(answer["objects"]) == 50
    assert len(json.dumps(answer)) < 60_000


# Shown, deleted, parented


def test_several_are_hidden_and_shown():
    made("A"), made("B")
    answer = run("show_objects", names=["A", "B"], visible=False)
    assert [row["visible"] for row in answer["objects"]] == [False, False]
    assert bpy.data.objects["A"].hide_render and not bpy.data.objects["B"].visible_get()
    run("undo")
    assert bpy.data.objects["A"].visible_get()
    run("show_objects", names=["A"], visible=False)
    assert run("show_objects", names=["A"], visible=True)["objects"] == [{"name": "A", "visible": True}]


def test_what_hangs_on_them_is_hidden_with_them():
    made("Car"), hung("Wheel", "Car"), hung("Nut", "Wheel")
    assert run("show_objects", names=["Car"], visible=False)["names"] == ["Car", "Wheel", "Nut"]
    assert bpy.data.objects["Nut"].hide_render
    run("show_objects", names=["Car"], visible=True, children=False)
    assert [bpy.data.objects[name].visible_get() for name in ("Car", "Wheel")] == [True, False]


def test_what_a_collection_hides_is_told():
    made("A")
    collection = bpy.data.collections.new("Box")
    bpy.context.scene.collection.children.link(collection)
    run("move_to_collection", object_names=["A"], collection="Box")
    collection.hide_viewport = True
    answer = run("show_objects", names=["A"], visible=True)
    assert answer["objects"] == [{"name": "A", "visible": False}]
    assert "'A' is still not visible: its collection 'Box' is hidden" in answer["notes"]


def test_several_are_deleted_and_what_hung_on_them_stays_or_goes():
    made("A"), made("B", location=[5, 0, 0]), made("C", location=[6, 0, 0])
    run("parent_objects", names=["C"], parent="B")
    answer = run("delete_objects", names=["B", "A"], children=False)
    assert answer == {"names": ["B", "A"], "notes": ["What hung on them is still there: 'C'"]}
    assert [each.name for each in bpy.data.objects] == ["C"] and place("C") == near(6, 0, 0)
    assert len(bpy.data.meshes) == 1
    run("undo")
    assert sorted(each.name for each in bpy.data.objects) == ["A", "B", "C"]
    answer = run("delete_objects", names=["B"])
    assert answer == {"names": ["B", "C"], "notes": ["What hung on them went with them: 'C'"]}
    assert [each.name for each in bpy.data.objects] == ["A"]


def test_a_missing_name_deletes_nothing():
    made("A")
    with pytest.raises(CommandError, match=r"^Objects not found: B$"):
        run("delete_objects", names=["A", "B"])
    assert len(bpy.data.objects) == 1


def test_several_are_parented_and_stay_in_place():
    made("P", "EMPTY", location=[3, 3, 3], rotation=[1, 0.5, 0.2], scale=[1, 2, 3])
    made("A", location=[1, 0, 0], rotation=[0, 0, 1]), made("B", location=[0, 0, 9])
    answer = run("parent_objects", names=["A", "B"], parent="P")
    assert [row["parent"] for row in answer["objects"]] == ["P", "P"] and "notes" not in answer
    assert (place("A"), place("B")) == (near(1, 0, 0), near(0, 0, 9))
    run("move_objects", names=["P"], offset=[0, 0, 1])
    assert place("B") == near(0, 0, 10)
    answer = run("parent_objects", names=["B"], parent="")
    assert bpy.data.objects["B"].parent is None and place("B") == near(0, 0, 10)
    run("undo")
    assert bpy.data.objects["B"].parent.name == "P"


def test_no_circle_of_parents():
    made("A"), hung("B", "A"), made("C")
    for parent in ("A", "B"):
        with pytest.raises(CommandError, match=f"'{parent}' cannot be the parent of 'A'"):
            run("parent_objects", names=["C", "A"], parent=parent)
    assert bpy.data.objects["C"].parent is None


# Colors and materials


def seen(name):
    """The color of its first material's Principled BSDF."""
    material = bpy.data.objects[name].material_slots[0].material
    shader = next(node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
    return list(shader.inputs["Base Color"].default_value)[:3]


def materials(name):
    return [slot.material.name for slot in bpy.data.objects[name].material_slots]


def test_several_get_one_color():
    made("A"), made("B")
    answer = run("color_objects", names=["A", "B"], color=[1, 0, 0])
    assert answer["names"] == ["A", "B"] and seen("A") == seen("B") == [1, 0, 0]
    assert answer["objects"][0] == {"name": "A", "material": "A Material", "color": [1, 0, 0, 1]}
    assert materials("A") == materials("B") == ["A Material"]
    run("color_objects", names=["B"], color=[0, 0, 1])
    assert (seen("A"), seen("B")) == ([1, 0, 0], [0, 0, 1])
    run("undo")
    assert seen("B") == [1, 0, 0]


def test_its_own_material_is_recolored():
    made("A"), run("set_material", object_name="A", material_name="Paint", color=[0, 1, 0], roughness=0.1)
    run("color_objects", names=["A"], color=[1, 1, 0])
    assert materials("A") == ["Paint"] and seen("A") == [1, 1, 0]
    made("B"), run("set_material", object_name="B", material_name="Paint")
    run("color_objects", names=["A", "B"], color=[0, 1, 1])
    assert materials("A") == materials("B") == ["Paint"] and len(bpy.data.materials) == 1


def test_a_shared_mesh_and_a_shared_material_keep_their_look():
    made("A"), run("color_objects", names=["A"], color=[1, 0, 0])
    run("duplicate_object", name="A", new_name="Twin", linked=True)
    answer = run("color_objects", names=["Twin"], color=[0, 0, 1])
    assert (seen("A"), seen("Twin")) == ([1, 0, 0], [0, 0, 1])
    assert bpy.data.objects["Twin"].data == bpy.data.objects["A"].data
    assert "shares 'Cube' with others" in answer["notes"][0]
    answer = run("color_objects", names=["A", "Twin"], material="GOLD")
    assert materials("A") == materials("Twin") == ["Tenon Gold"] and "notes" not in answer


def test_all_slots_of_an_object():
    obj = made("A")
    for number in range(3):
        obj.data.materials.append(bpy.data.materials.new(f"M{number}"))
    run("color_objects", names=["A"], material="WOOD")
    assert materials("A") == ["Tenon Wood"] * 3


def test_a_preset_is_made_once_and_never_recolored():
    made("A"), made("B")
    answer = run("color_objects", names=["A"], material="BRICK")
    assert answer["objects"] == [{"name": "A", "material": "Tenon Brick"}]
    run("color_objects", names=["B"], material="BRICK")
    assert materials("A") == materials("B") == ["Tenon Brick"] and len(bpy.data.materials) == 1
    run("color_objects", names=["A", "B"], color=[1, 0, 0])
    assert materials("A") == ["A Material"] and bpy.data.materials["Tenon Brick"].users == 0


def test_lights_and_empties():
    made("Lamp", "LIGHT"), made("Root", "EMPTY"), hung("Part", "Root")
    answer = run("color_objects", names=["Lamp", "Root"], color=[0, 1, 0])
    assert list(bpy.data.objects["Lamp"].data.color) == [0, 1, 0] and seen("Part") == [0, 1, 0]
    assert answer["objects"][0]["color"] == [0, 1, 0]
    answer = run("color_objects", names=["Lamp", "Root"], material="GOLD")
    assert materials("Part") == ["Tenon Gold"] and "'Lamp' is a LIGHT" in answer["notes"][0]


def test_what_cannot_be_colored():
    made("Eye", "CAMERA"), made("Lamp", "LIGHT")
    with pytest.raises(CommandError, match=r"None of these can have a color: 'Eye' \(CAMERA\)"):
        run("color_objects", names=["Eye"], color=[1, 0, 0])
    with pytest.raises(CommandError, match="None of these can have a material WOOD"):
        run("color_objects", names=["Lamp"], material="WOOD")
    for given in ({}, {"color": [1, 0, 0], "material": "WOOD"}):
        with pytest.raises(CommandError, match="either color or material"):
            run("color_objects", names=["Lamp"], **given)
    assert not bpy.data.materials


# Counting


def test_counting_by_kind():
    made("Cube"), made("Cube.007"), made("Table"), made("球", "UV_SPHERE"), made("Ball", "ICO_SPHERE")
    made("Cubes of light", "LIGHT"), made("Eye", "CAMERA"), made("T", "TEXT"), made("Cube of air", "EMPTY")
    assert run("count_objects") == {
        "kind": "ANY",
        "count": 9,
        "names": ["Cube", "Cube.007", "Table", "球", "Ball", "Cubes of light", "Eye", "T", "Cube of air"],
    }
    counts = {
        "CUBE": 3,
        "SPHERE": 2,
        "UV_SPHERE": 1,
        "MESH": 5,
        "LIGHT": 1,
        "TEXT": 1,
        "EMPTY": 1,
        "TORUS": 0,
    }
    assert {kind: run("count_objects", kind=kind)["count"] for kind in counts} == counts
    assert run("count_objects", kind="CUBE")["names"] == ["Cube", "Cube.007", "Table"]


def test_the_mesh_may_have_the_name_in_another_language():
    mesh = bpy.data.meshes.new("立方体.002")
    bpy.context.scene.collection.objects.link(bpy.data.objects.new("House", mesh))
    mesh = bpy.data.meshes.new("House")
    bpy.context.scene.collection.objects.link(bpy.data.objects.new("立方體", mesh))
    assert run("count_objects", kind="CUBE")["count"] == 2


def test_hidden_ones_count_and_are_told():
    made("A"), made("B")
    run("show_objects", names=["B"], visible=False)
    answer = run("count_objects", kind="CUBE")
    assert answer["count"] == 2 and answer["notes"] == ["1 of them are not visible"]
