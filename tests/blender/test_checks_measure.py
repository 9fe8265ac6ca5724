"""Measured places, sizes and distances, and assertions about them: numbers that are known beforehand."""

import math

import bpy
import pytest
from call import run
from tenon.errors import CommandError

pytestmark = pytest.mark.usefixtures("empty_file")


def cube(name, location=(0, 0, 0), size=2.0, **more):
    run("create_object", type="CUBE", name=name, location=list(location), size=size, **more)
    return bpy.data.objects[name]


def pair(*names, **more):
    (told,) = run("measure", objects=list(names), **more)["pairs"]
    return told


def holds(**assertion):
    answer = run("assert_scene", assertions=[assertion])
    assert answer["passed"] == answer["results"][0]["passed"] == (answer["failed"] == 0)
    return answer["passed"]


def test_one_object():
    cube("A", (1, 2, 3), 2.0, scale=[1, 2, 3])
    answer = run("measure", objects=["A"])
    (told,) = answer["objects"]
    assert answer["unit"] == "metre" and "pairs" not in answer and "notes" not in answer
    assert told["bounds"] == [[0, 0, 0], [2, 4, 6]] and told["size"] == [2, 4, 6]
    assert told["center"] == told["origin"] == [1, 2, 3]
    assert told["volume"] == pytest.approx(48) and told["area"] == pytest.approx(88) and told["closed"]


def test_lengths_have_the_unit_of_the_scene():
    bpy.context.scene.unit_settings.scale_length = 0.001
    cube("A")
    assert run("measure", objects=["A"])["unit"] == "millimetre"


def test_an_open_mesh_has_no_volume():
    run("create_object", type="PLANE", name="P")
    (told,) = run("measure", objects=["P"])["objects"]
    assert told["volume"] is None and not told["closed"] and told["area"] == pytest.approx(4)


def test_a_mesh_inside_out_is_told():
    obj = cube("A")
    obj.data.flip_normals()
    answer = run("measure", objects=["A"])
    assert answer["objects"][0]["volume"] == pytest.approx(8)
    assert answer["notes"] == ["The normals of 'A' point inward"]


def test_faces_that_lie_apart():
    cube("A")
    cube("B", (5, 0, 0))
    told = pair("A", "B")
    assert told["surface_distance"] == pytest.approx(3) and told["center_distance"] == pytest.approx(5)
    assert told["gap"] == pytest.approx([3, -2, -2])
    assert not told["touching"] and not told["crossing"] and "a_inside_b" not in told


def test_the_nearest_are_two_edges():
    """Two bars that cross above each other: no vertex is near the other one."""
    cube("A", (0, 0, 0), 1, scale=[10, 1, 1], rotation=[math.pi / 4, 0, 0])
    cube("B", (0, 0, 2), 1, scale=[1, 10, 1], rotation=[0, math.pi / 4, 0])
    assert pair("A", "B")["surface_distance"] == pytest.approx(2 - 2 * math.sqrt(0.5), abs=1e-5)


def test_far_from_the_origin_it_is_as_exact_as_the_places_are():
    cube("A", (100_000, 0, 0))
    cube("B", (100_003, 0, 0))
    assert pair("A", "B")["surface_distance"] == pytest.approx(1, abs=0.01)


def test_touching_is_not_crossing():
    cube("A", (0, 0, 1))
    run("create_object", type="PLANE", name="Ground", size=20)
    told = pair("A", "Ground")
    assert told["touching"] and not told["crossing"] and told["surface_distance"] == 0
    bpy.data.objects["A"].location.z = 0.9
    told = pair("A", "Ground")
    assert told["touching"] and told["crossing"]
    bpy.data.objects["A"].location.z = 1.0005
    assert pair("A", "Ground")["touching"] and not pair("A", "Ground", tolerance=0.0001)["touching"]


def test_inside():
    cube("Big", size=4)
    cube("Small", size=1)
    told = pair("Big", "Small")
    assert told["b_inside_a"] and "a_inside_b" not in told and not told["crossing"]
    assert told["surface_distance"] == pytest.approx(1.5)


def test_empties_are_points_and_curves_have_surfaces():
    run("create_object", type="EMPTY", name="E", location=[0, 0, 5])
    run("create_object", type="EMPTY", name="F", location=[0, 0, 7])
    cube("A")
    assert pair("E", "F")["surface_distance"] == pytest.approx(2)
    assert pair("A", "E")["surface_distance"] == pytest.approx(4)
    run("create_object", type="TEXT", name="T", text="I", thickness=1)
    assert run("measure", objects=["T"])["objects"][0]["size"][2] == pytest.approx(1)


def test_modifiers_count_and_hidden_objects_say_that_they_do_not():
    obj = cube("A")
    obj.modifiers.new("Array", "ARRAY").count = 3
    assert run("measure", objects=["A"])["objects"][0]["size"] == pytest.approx([6, 2, 2])
    obj.hide_viewport = True
    answer = run("measure", objects=["A"])
    assert answer["objects"][0]["size"] == pytest.approx([2, 2, 2])
    assert answer["notes"] == [
        "'A' is without its modifiers and constraints here: it is disabled in viewports"
    ]


def test_instances_of_a_collection_count():
    cube("A", (10, 0, 0))
    collection = bpy.data.collections.new("C")
    bpy.context.scene.collection.objects.unlink(bpy.data.objects["A"])
    collection.objects.link(bpy.data.objects["A"])
    empty = bpy.data.objects.new("I", None)
    empty.instance_type, empty.instance_collection = "COLLECTION", collection
    bpy.context.scene.collection.objects.link(empty)
    assert run("measure", objects=["I"])["objects"][0]["bounds"] == [[9, -1, -1], [11, 1, 1]]


def test_edit_mode_and_other_scenes():
    obj = cube("A")
    bpy.context.view_layer.objects.active = obj
    bpy.ops.object.mode_set(mode="EDIT")
    import bmesh

    mesh = bmesh.from_edit_mesh(obj.data)
    bmesh.ops.scale(mesh, vec=(2, 2, 2), verts=mesh.verts)
    bmesh.update_edit_mesh(obj.data)
    assert run("measure", objects=["A"])["objects"][0]["size"] == pytest.approx([4, 4, 4])
    assert obj.mode == "EDIT"
    bpy.ops.object.mode_set(mode="OBJECT")
    other = bpy.data.scenes.new("Other")
    far = bpy.data.objects.new("Far", obj.data)
    far.location = (0, 0, 10)
    other.collection.objects.link(far)
    assert pair("A", "Far")["surface_distance"] == pytest.approx(6)


def test_measuring_changes_nothing():
    cube("A")
    cube("B")
    before = {kind: len(getattr(bpy.data, kind)) for kind in ("meshes", "objects", "collections")}
    run("measure", objects=["A", "B"])
    run("assert_scene", assertions=[{"kind": "touches", "a": "A", "b": "B"}])
    assert {kind: len(getattr(bpy.data, kind)) for kind in before} == before


def test_many_faces_are_measured():
    run("create_object", type="UV_SPHERE", name="A", segments=300, rings=150)
    run("create_object", type="UV_SPHERE", name="B", segments=300, rings=150, location=[2.5, 0, 0])
    assert pair("A", "B")["surface_distance"] == pytest.approx(0.5, abs=1e-3)


def test_assertions_that_hold_and_that_do_not():
    cube("A", (0, 0, 1), color=[1, 0, 0])
    run("create_object", type="PLANE", name="Ground", size=20)
    cube("Up", (0, 0, 8))
    bpy.data.objects["A"].modifiers.new("Bevel", "BEVEL")
    bpy.data.objects["Up"].parent = bpy.data.objects["A"]
    assert holds(kind="exists", object="A") and holds(kind="exists", object="None", **{"not": True})
    assert not holds(kind="exists", object="None") and holds(kind="exists", material="A Material")
    assert holds(kind="position", object="A", value=[0, 0, 1])
    assert holds(kind="position", object="A", value=[None, None, 1.2], tolerance=0.3)
    assert not holds(kind="position", object="A", value=[0, 0, 1.2])
    assert holds(kind="size", object="A", value=[2, 2, 2])
    assert holds(kind="on", a="A", b="Ground") and not holds(kind="on", a="Up", b="Ground")
    assert not holds(kind="on", a="Ground", b="A", tolerance=0.0001)
    cube("Beside", (2, 0, 1))
    assert holds(kind="touches", a="A", b="Beside") and not holds(kind="on", a="A", b="Beside")
    run("delete_object", name="Beside")
    assert holds(kind="above", a="Up", b="Ground") and not holds(kind="above", a="Ground", b="Up")
    assert holds(kind="touches", a="A", b="Ground") and not holds(kind="crosses", a="A", b="Ground")
    assert holds(kind="distance", a="Up", b="A", min=5) and not holds(kind="distance", a="Up", b="A", max=2)
    assert holds(kind="count", value=3, type="mesh") and not holds(kind="count", max=2)
    assert holds(kind="material", object="A", name="A Material")
    assert holds(kind="material_color", object="A", value=[1, 0, 0])
    assert not holds(kind="material_color", object="A", value=[0, 1, 0])
    assert not holds(kind="material_color", object="Ground", value=[0, 1, 0])
    assert holds(kind="modifier", object="A", type="bevel") and not holds(
        kind="modifier", object="Up", name="x"
    )
    assert holds(kind="parent", object="Up", value="A") and holds(kind="parent", object="A", value=None)
    assert holds(kind="visible", object="A")


@pytest.mark.parametrize("negated", [True, False])
def test_what_is_said_of_a_missing_object_never_holds(negated):
    answer = run("assert_scene", assertions=[{"kind": "visible", "object": "Gone", "not": negated}])
    assert not answer["passed"] and answer["results"][0]["reason"] == "there is no object 'Gone'"


def test_inside_of_an_open_box_is_by_bounding_boxes():
    box = cube("Box", size=4)
    import bmesh

    mesh = bmesh.new()
    mesh.from_mesh(box.data)
    mesh.faces.ensure_lookup_table()
    bmesh.ops.delete(mesh, geom=[mesh.faces[0]], context="FACES_ONLY")
    mesh.to_mesh(box.data)
    mesh.free()
    cube("A", size=1)
    (told,) = run("assert_scene", assertions=[{"kind": "inside", "a": "A", "b": "Box"}])["results"]
    assert told["passed"] and told["measured"]["by"].startswith("bounding boxes")


@pytest.mark.parametrize(
    ("assertion", "words"),
    [
        ({"kind": "pretty"}, "there is no kind 'pretty'"),
        ({"object": "A"}, "there is no kind None"),
        ({"kind": "position", "object": "A"}, "'position' needs value"),
        ({"kind": "size", "object": "A", "value": [1, 2]}, "'value' of 'size' cannot be"),
        ({"kind": "visible", "object": "A", "tolerence": 1}, "takes no 'tolerence'"),
        ({"kind": "distance", "a": "A", "b": "B"}, "needs value or min or max"),
    ],
)
def test_what_cannot_be_understood_is_an_error(assertion, words):
    with pytest.raises(CommandError, match=words) as raised:
        run("assert_scene", assertions=[assertion])
    assert raised.value.code == "invalid_params"


def test_what_is_linked_is_measured_and_checked(tmp_path):
    cube("A", (3, 0, 0), scale=[1, 2, 1])
    run("save_file", filepath=str(tmp_path / "library.blend"), copy=True)
    run("new_file", empty=True, discard_changes=True)
    with bpy.data.libraries.load(str(tmp_path / "library.blend"), link=True) as (_, here):
        here.objects = ["A"]
    bpy.context.scene.collection.objects.link(here.objects[0])
    cube("A")
    name = "A [library.blend]"
    assert pair("A", name)["gap"][0] == pytest.approx(1) and holds(kind="size", object=name, value=[2, 4, 2])
    assert not run("check_mesh", name=name)["scale_applied"] and run("check_mesh", name="A")["scale_applied"]
    found = run("check_scene")
    assert found["libraries"]["count"] == 1 and name in found["problems"][0]["first"]


def test_what_has_no_mesh_is_measured_by_its_box():
    data = bpy.data.lattices.new("L")
    obj = bpy.data.objects.new("L", data)
    bpy.context.scene.collection.objects.link(obj)
    answer = run("measure", objects=["L"])
    assert answer["objects"][0]["size"] == pytest.approx([1, 1, 1]) and "bounding box" in answer["notes"][0]
