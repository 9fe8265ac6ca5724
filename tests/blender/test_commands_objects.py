"""Objects: every kind made, and changing, copying, deleting and selecting them."""

import math
from typing import get_args

import bpy
import pytest
from call import run
from tenon.blender.context_override import first_window
from tenon.commands.objects.editing import Type
from tenon.commands.objects.primitives import MESHES, OTHERS
from tenon.errors import CommandError

pytestmark = pytest.mark.usefixtures("empty_file")

# Counts of Blender's own primitives with the same numbers of segments; and the extent of size 2.
EXPECTED_MESHES = {
    "CUBE": (8, 12, 6, (2, 2, 2)),
    "PLANE": (4, 4, 1, (2, 2, 0)),
    "CIRCLE": (32, 32, 0, (2, 2, 0)),
    "SPHERE": (482, 992, 512, (2, 2, 2)),
    "UV_SPHERE": (482, 992, 512, (2, 2, 2)),
    "ICO_SPHERE": (42, 120, 80, (1.9, 2, 2)),
    "CYLINDER": (64, 96, 34, (2, 2, 2)),
    "CONE": (33, 64, 33, (2, 2, 2)),
    "TORUS": (512, 1024, 512, (2.5, 2.5, 0.5)),
    "GRID": (1089, 2112, 1024, (2, 2, 0)),
    "MONKEY": (507, 1005, 500, (2.73, 1.7, 1.97)),
}


def dimensions(info):
    low, high = info["world_bounding_box"]
    return [b - a for a, b in zip(low, high, strict=True)]


def test_every_type_has_its_builder():
    assert set(get_args(Type)) == {*MESHES, *OTHERS}
    assert set(EXPECTED_MESHES) == set(MESHES)


@pytest.mark.parametrize("type", EXPECTED_MESHES)
def test_every_mesh(type):
    info = run("create_object", type=type, name="It", location=[1, 2, 3])
    vertices, edges, polygons, extent = EXPECTED_MESHES[type]
    assert info["mesh"] == {"vertices": vertices, "edges": edges, "polygons": polygons}
    assert dimensions(info) == pytest.approx(extent, abs=0.05)
    assert (info["name"], info["type"], info["location"]) == ("It", "MESH", [1, 2, 3])
    mesh = bpy.data.objects["It"].data
    assert mesh.validate() is False  # it had nothing to mend
    assert mesh.uv_layers.active is not None
    assert bpy.context.scene.objects["It"].users_collection


@pytest.mark.parametrize("type", ["CUBE", "SPHERE", "ICO_SPHERE", "CYLINDER", "CONE", "TORUS"])
def test_closed_meshes_are_closed_and_face_outwards(type):
    import bmesh

    run("create_object", type=type, name="It")
    mesh = bmesh.new()
    mesh.from_mesh(bpy.data.objects["It"].data)
    assert all(edge.is_manifold for edge in mesh.edges)
    assert mesh.calc_volume(signed=True) > 0.5
    mesh.free()


@pytest.mark.parametrize("type", ["CUBE", "SPHERE", "CYLINDER", "CONE", "PLANE", "GRID", "CIRCLE"])
def test_size_is_the_width(type):
    assert dimensions(run("create_object", type=type, size=5))[0] == pytest.approx(5, abs=0.05)


def test_measures_of_a_cylinder():
    info = run("create_object", type="CYLINDER", size=2, height=7, segments=6)
    assert dimensions(info)[2] == pytest.approx(7)
    assert info["mesh"]["vertices"] == 12


def test_the_tube_of_a_torus():
    assert dimensions(run("create_object", type="TORUS", size=4, thickness=1)) == pytest.approx([5, 5, 1])


def test_the_default_name_is_the_type():
    assert run("create_object", type="ICO_SPHERE")["name"] == "Ico Sphere"
    assert run("create_object", type="ICO_SPHERE")["name"] == "Ico Sphere.001"


def test_transform_and_shading():
    info = run(
        "create_object", type="SPHERE", rotation=[0, 0, math.pi / 2], scale=[1, 2, 3], shade_smooth=True
    )
    assert info["rotation"] == pytest.approx([0, 0, math.pi / 2])
    assert info["scale"] == [1, 2, 3]
    assert all(polygon.use_smooth for polygon in bpy.data.objects["Sphere"].data.polygons)


def test_empty():
    info = run("create_object", type="EMPTY", size=3)
    assert info["type"] == "EMPTY"
    assert bpy.data.objects["Empty"].empty_display_size == 3


@pytest.mark.parametrize("kind", ["POINT", "SUN", "SPOT", "AREA"])
def test_light(kind):
    info = run("create_object", type="LIGHT", light_type=kind, energy=7, size=0.5, color=[1, 0.5, 0])
    light = bpy.data.objects[info["name"]].data
    assert (info["type"], light.type, light.energy) == ("LIGHT", kind, 7)
    assert list(light.color) == pytest.approx([1, 0.5, 0])
    if kind == "AREA":
        assert light.size == 0.5
    elif kind != "SUN":
        assert light.shadow_soft_size == 0.25


def test_the_first_camera_is_the_scenes_camera():
    first = run("create_object", type="CAMERA", lens=35, size=2)
    run("create_object", type="CAMERA")
    assert bpy.context.scene.camera.name == first["name"]
    assert (bpy.context.scene.camera.data.lens, bpy.context.scene.camera.data.display_size) == (35, 2)


def test_text():
    info = run("create_object", type="TEXT", text="Grüße 你好", size=0.5, thickness=0.2)
    text = bpy.data.objects[info["name"]].data
    assert info["type"] == "FONT"
    assert (text.body, text.size, text.extrude) == ("Grüße 你好", 0.5, pytest.approx(0.1))


def test_curve():
    points = [[0, 0, 0], [1, 1, 0], [2, 0, 1]]
    info = run("create_object", type="CURVE", points=points, cyclic=True, thickness=0.1)
    assert info["type"] == "CURVE"
    spline = bpy.data.objects[info["name"]].data.splines[0]
    assert [list(knot.co) for knot in spline.bezier_points] == points
    assert spline.use_cyclic_u
    assert dimensions(info)[2] > 1
    assert dimensions(run("create_object", type="CURVE", size=3))[0] == pytest.approx(3, abs=0.01)


def test_color_makes_a_material_and_material_takes_one():
    red = run("create_object", type="CUBE", color=[1, 0, 0])
    assert len(red["materials"]) == 1
    again = run("create_object", type="CUBE", material=red["materials"][0])
    assert again["materials"] == red["materials"]


def test_parent_keeps_the_place_in_the_world():
    run("create_object", type="EMPTY", name="P", location=[10, 0, 0], scale=[2, 2, 2])
    info = run("create_object", type="CUBE", parent="P", location=[1, 2, 3])
    assert info["location"] == pytest.approx([1, 2, 3])
    assert info["world_bounding_box"][0] == pytest.approx([0, 1, 2])
    assert bpy.data.objects["Cube"].parent.name == "P"


def test_collection():
    collection = bpy.data.collections.new("Props")
    bpy.context.scene.collection.children.link(collection)
    run("create_object", type="CUBE", collection="Props")
    assert [obj.name for obj in collection.objects] == ["Cube"]
    run("modify_object", name="Cube", collection="Scene Collection")
    assert [each.name for each in bpy.data.objects["Cube"].users_collection] == ["Scene Collection"]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"material": "M"}, "Material not found: M"),
        ({"collection": "C"}, "Collection not found: C"),
        ({"parent": "P"}, "Object not found: P"),
    ],
)
def test_an_error_leaves_nothing_behind(wrong, message):
    with pytest.raises(CommandError, match=f"^{message}$"):
        run("create_object", type="CUBE", **wrong)
    assert (len(bpy.data.objects), len(bpy.data.meshes)) == (0, 0)


@pytest.fixture
def cube():
    run("create_object", type="CUBE", name="C")
    return bpy.data.objects["C"]


def test_modify_everything_at_once(cube):
    run("create_object", type="EMPTY", name="P")
    info = run(
        "modify_object",
        name="C",
        location=[1, 1, 1],
        offset=[0, 0, 2],
        rotation=[0.5, 0, 0],
        scale=[2, 2, 2],
        visible=False,
        parent="P",
        shade_smooth=True,
        new_name="D",
    )
    assert (info["name"], info["location"], info["scale"]) == ("D", [1, 1, 3], [2, 2, 2])
    assert info["rotation"] == pytest.approx([0.5, 0, 0])
    assert info["visible"] is False
    assert (cube.hide_viewport, cube.hide_render, cube.parent.name) == (True, True, "P")
    assert all(polygon.use_smooth for polygon in cube.data.polygons)
    shown = run("modify_object", name="D", visible=True, parent="", shade_smooth=False)
    assert shown["visible"] is True
    assert shown["location"] == [1, 1, 3]
    assert cube.parent is None
    assert not any(polygon.use_smooth for polygon in cube.data.polygons)


def test_modify_nothing_changes_nothing(cube):
    before = run("get_object_info", name="C")
    assert run("modify_object", name="C") == before


def test_dimensions(cube):
    assert dimensions(run("modify_object", name="C", dimensions=[4, 6, 8])) == pytest.approx([4, 6, 8])


def test_a_parent_may_take_its_child_with_it(cube):
    run("create_object", type="EMPTY", name="P", location=[5, 0, 0])
    info = run("modify_object", name="C", parent="P", keep_transform=False)
    assert info["world_bounding_box"][0] == [4, -1, -1]


def test_no_circle_of_parents(cube):
    run("create_object", type="EMPTY", name="Child", parent="C")
    for parent in ("C", "Child"):
        with pytest.raises(CommandError, match=f"'{parent}' cannot be the parent of 'C'"):
            run("modify_object", name="C", parent=parent)


def test_duplicate(cube):
    run("set_material", object_name="C", color=[1, 0, 0])
    info = run("duplicate_object", name="C", new_name="D", offset=[3, 0, 0])
    assert (info["original"], info["name"], info["location"]) == ("C", "D", [3, 0, 0])
    copy = bpy.data.objects["D"]
    assert copy.data is not cube.data
    assert copy.users_collection == cube.users_collection
    linked = run("duplicate_object", name="C", linked=True)
    assert bpy.data.objects[linked["name"]].data == cube.data
    assert run("create_object", type="EMPTY")["name"] == "Empty"
    assert run("duplicate_object", name="Empty")["name"] == "Empty.001"


def test_delete_takes_the_data_that_nothing_else_uses(cube):
    run("duplicate_object", name="C", new_name="D", linked=True)
    assert run("delete_object", name="C") == {"deleted": "C", "objects": ["C"]}
    assert len(bpy.data.meshes) == 1
    run("delete_object", name="D")
    assert (len(bpy.data.objects), len(bpy.data.meshes)) == (0, 0)


def test_delete_leaves_the_children_in_place_or_takes_them(cube):
    run("modify_object", name="C", location=[5, 0, 0])
    run("create_object", type="EMPTY", name="Child", parent="C", location=[7, 0, 0])
    run("create_object", type="EMPTY", name="Grandchild", parent="Child")
    run("delete_object", name="C")
    child = run("get_object_info", name="Child")
    assert child["location"] == pytest.approx([7, 0, 0])
    gone = run("delete_object", name="Child", children=True)
    assert set(gone["objects"]) == {"Child", "Grandchild"}
    assert len(bpy.data.objects) == 0


@pytest.mark.parametrize("name", ["modify_object", "duplicate_object", "delete_object", "object.translate"])
def test_no_such_object(name):
    with pytest.raises(CommandError, match=r"^Object not found: X$"):
        run(name, name="X")


def test_an_object_in_edit_mode_may_be_copied_and_deleted(cube):
    bpy.context.view_layer.objects.active = cube
    with first_window():
        bpy.ops.object.mode_set(mode="EDIT")
    run("duplicate_object", name="C", new_name="D")
    assert len(bpy.data.objects["D"].data.vertices) == 8
    with first_window():
        bpy.ops.object.mode_set(mode="EDIT")
    run("delete_object", name="C")
    assert [obj.name for obj in bpy.data.objects] == ["D"]


def test_selection():
    for name in "ABC":
        run("create_object", type="EMPTY", name=name)
    answer = run("select_objects", names=["A", "B"])
    assert answer == {"selected": ["A", "B"], "active": "B", "mode": "OBJECT"}
    assert run("select_objects", names=["C"], mode="ADD", active="A")["active"] == "A"
    assert set(run("get_selection")["selected"]) == {"A", "B", "C"}
    assert run("select_objects", names=["A", "B"], mode="REMOVE")["selected"] == ["C"]
    assert run("select_objects", names=[])["selected"] == []


def test_selecting_what_cannot_be():
    run("create_object", type="EMPTY", name="A")
    run("select_objects", names=["A"])
    with pytest.raises(CommandError, match=r"^Objects not found: X, Y$"):
        run("select_objects", names=["X", "A", "Y", "X"])
    bpy.data.objects.new("Loose", None)
    with pytest.raises(CommandError, match="not in the present view layer: Loose"):
        run("select_objects", names=["Loose"])
    assert run("get_selection")["selected"] == ["A"]


@pytest.mark.parametrize("type", ["cube", "sphere", "cylinder", "plane", "cone", "torus"])
def test_dialect_c_creates(type):
    info = run("object.create_mesh", type=type, name="It", size=4, location=[1, 0, 0])
    assert (info["name"], info["type"], info["location"]) == ("It", "MESH", [1, 0, 0])
    assert dimensions(info)[0] == pytest.approx(5 if type == "torus" else 4, abs=0.05)


def test_dialect_c_transforms(cube):
    assert run("object.translate", name="C", offset=[1, 2, 3])["location"] == [1, 2, 3]
    assert run("object.translate", name="C", location=[5, 5, 5], offset=[1, 0, 0])["location"] == [5, 5, 5]
    turned = run("object.rotate", name="C", rotation=[90, 0, 0])
    assert turned["rotation_euler"] == pytest.approx([math.pi / 2, 0, 0])
    assert run("object.rotate", name="C", rotation=[1, 0, 0], degrees=False)["rotation_euler"][0] == 1
    assert run("object.scale", name="C", scale=[1, 2, 3])["scale"] == [1, 2, 3]
    assert run("object.get_transform", name="C")["scale"] == [1, 2, 3]
    assert run("object.duplicate", name="C", new_name="D")["original"] == "C"
    assert run("object.delete", name="D")["deleted"] == "D"
