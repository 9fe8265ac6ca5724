"""Collections, the world, rigs of lights and turntables by commands."""

import math

import bpy
import pytest
from bpy_extras.object_utils import world_to_camera_view
from call import run
from mathutils import Vector
from tenon.errors import CommandError
from typed_states import HIDING, layer_collection, link_from_library

pytestmark = pytest.mark.usefixtures("default_file")


def cube():
    return bpy.data.objects["Cube"]


# Collections


def test_collections_are_made_filled_listed():
    answer = run("create_collection", name="Props", object_names=["Cube"])
    assert answer["objects"] == ["Cube"] and answer["parents"] == ["Scene Collection"]
    run("create_collection", name="Small", parent="Props")
    run("move_to_collection", object_names=["Light"], collection="Small", link=True)
    tree = run("list_collections")["tree"]
    names = {each["name"]: each for each in tree["children"]}
    assert names["Props"]["objects"] == ["Cube"] and names["Props"]["children"][0]["objects"] == ["Light"]
    assert "Light" in names["Collection"]["objects"] and "Cube" not in names["Collection"]["objects"]
    assert "not free" in run("create_collection", name="Small")["notes"][0]


def test_collections_are_changed():
    run("create_collection", name="A", object_names=["Cube"])
    run("create_collection", name="B")
    answer = run("modify_collection", collection="A", parent="B", new_name="C", hide_render=True, hide=True)
    assert answer["parents"] == ["B"] and answer["hide"] and answer["hide_render"]
    assert not cube().visible_get()
    answer = run("modify_collection", collection="C", exclude=True)
    assert answer["exclude"] and cube().name not in bpy.context.view_layer.objects
    answer = run("modify_collection", collection="C", exclude=False, hide=False)
    assert cube().visible_get() and "exclude" not in answer
    with pytest.raises(CommandError, match="cannot hold"):
        run("modify_collection", collection="B", parent="C")
    with pytest.raises(CommandError, match="scene's own"):
        run("delete_collection", collection="Scene Collection")


def test_objects_put_where_nobody_sees_them():
    layer_collection().exclude = True
    answer = run("move_to_collection", object_names=["Light"], collection="Collection")
    assert "excluded" in answer["notes"][0]


def test_a_collection_is_deleted_with_or_without_its_objects():
    run("create_collection", name="A", object_names=["Cube"])
    answer = run("delete_collection", collection="A")
    assert answer["moved"] == ["Cube"] and "Cube" in bpy.context.scene.collection.objects
    run("create_collection", name="A", object_names=["Cube", "Light"])
    run("move_to_collection", object_names=["Light"], collection="Collection", link=True)
    answer = run("delete_collection", collection="A", delete_objects=True)
    assert answer["deleted_objects"] == ["Cube"] and "Light" in answer["notes"][-1]
    assert "Cube" not in bpy.data.objects and "Light" in bpy.data.objects


@pytest.mark.parametrize("state", HIDING)
def test_moved_in_every_state(state):
    HIDING[state](cube())
    run("create_collection", name="A", object_names=["Cube"])
    assert [each.name for each in cube().users_collection] == ["A"]
    run("delete_collection", collection="A", delete_objects=True)
    assert "Cube" not in bpy.data.objects


# The world


def picture(folder):
    image = bpy.data.images.new("Sky", 64, 32, float_buffer=True)
    image.filepath_raw, image.file_format = str(folder / "sky.hdr"), "HDR"
    image.save()
    bpy.data.images.remove(image)
    return str(folder / "sky.hdr")


def test_the_world_gets_a_color_a_picture_and_a_color_again(tmp_path):
    nodes = len(bpy.context.scene.world.node_tree.nodes)
    answer = run("set_world", color=[0.1, 0.2, 0.3], strength=2)
    assert answer["color"] == pytest.approx([0.1, 0.2, 0.3]) and answer["strength"] == 2
    answer = run("set_world", image=picture(tmp_path), rotation=1.0)
    assert answer["rotation"] == 1.0 and answer["strength"] == 2 and "notes" not in answer
    run("set_world", image=picture(tmp_path))
    run("set_world", color=[0, 0, 0])
    assert len(bpy.context.scene.world.node_tree.nodes) == nodes and not any(
        each.source == "FILE" for each in bpy.data.images
    )
    with pytest.raises(CommandError, match="no picture"):
        run("set_world", rotation=1.0)
    with pytest.raises(CommandError, match="not both"):
        run("set_world", color=[0, 0, 0], image="x.hdr")


def test_a_scene_without_a_world_gets_one(tmp_path):
    bpy.context.scene.world = None
    with pytest.raises(CommandError, match="No such image"):
        run("set_world", image=str(tmp_path / "none.hdr"))
    assert bpy.context.scene.world is None
    run("set_world", color=[1, 0, 0])
    assert bpy.context.scene.world


# Lights and turntables


@pytest.mark.parametrize("rig", ["THREE_POINT", "STUDIO", "SUN"])
def test_lights_are_aimed_at_the_object(rig):
    cube().location, cube().scale = (10, 0, 0), (3, 3, 3)
    answer = run("add_light_rig", object_names=["Cube"], rig=rig)
    assert answer["aimed_at"] == pytest.approx([10, 0, 0]) and answer["radius"] == pytest.approx(27**0.5)
    for row in answer["lights"]:
        obj = bpy.data.objects[row["name"]]
        forward = obj.matrix_world.to_quaternion() @ Vector((0, 0, -1))
        to = (Vector((10, 0, 0)) - obj.matrix_world.translation).normalized()
        assert forward.dot(to) > 0.999 and (obj.location - Vector((10, 0, 0))).length > answer["radius"]
    assert "Light" in answer["notes"][0]


@pytest.mark.parametrize("state", HIDING)
def test_rigs_in_every_state(state):
    cube().location = (10, 0, 0)
    HIDING[state](cube())
    assert run("add_light_rig", object_names=["Cube"])["aimed_at"] == pytest.approx([10, 0, 0])
    assert run("add_turntable", object_names=["Cube"])["aimed_at"] == pytest.approx([10, 0, 0])


def test_linked_objects_are_lit(tmp_path):
    link_from_library(tmp_path)
    assert "no size" in str(run("add_light_rig", object_names=["Far"])["notes"])


@pytest.mark.parametrize("camera", [True, False])
def test_a_turntable_goes_around_and_sees_all(camera):
    cube().location = (3, 0, 0)
    answer = run("add_turntable", object_names=["Cube"], frames=40, camera=camera)
    scene, eye = bpy.context.scene, bpy.data.objects[answer["camera"]]
    assert scene.camera == eye and (eye.name == "Camera") is not camera and scene.frame_end == 40
    places = []
    for frame in (1, 11, 21, 40):
        scene.frame_set(frame)
        places.append(eye.matrix_world.translation.copy())
        for corner in cube().bound_box:
            x, y, depth = world_to_camera_view(scene, eye, cube().matrix_world @ Vector(corner))
            assert 0 < x < 1 and 0 < y < 1 and depth > 0
    assert (places[0] - places[2]).length == pytest.approx(
        2 * answer["distance"] * math.cos(math.radians(20)), rel=1e-3
    )
    assert (places[0] - places[3]).length > 0.01


def test_a_turntable_without_a_camera_is_refused():
    bpy.context.scene.camera = None
    before = len(bpy.data.objects)
    with pytest.raises(CommandError, match="no camera"):
        run("add_turntable", object_names=["Cube"], camera=False)
    assert len(bpy.data.objects) == before
