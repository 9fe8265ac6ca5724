"""Keyframes and geometry nodes inputs by commands, in the states and versions that Blender has."""

import bpy
import pytest
from call import run
from tenon.blender.animation import curves_of
from tenon.errors import CommandError
from typed_states import HIDING, link_from_library, what_the_user_sees

pytestmark = pytest.mark.usefixtures("default_file")

NEW = bpy.app.version >= (4, 0)


def cube():
    return bpy.data.objects["Cube"]


def key(path="location", keys=None, **params):
    keys = keys or [{"frame": 1, "value": [0, 0, 0]}, {"frame": 11, "value": [10, 0, 0]}]
    return run("set_keyframes", object_name="Cube", path=path, keys=keys, **params)


def at(frame):
    bpy.context.scene.frame_set(frame)
    return cube().location.x


def test_keyframes_move_the_object():
    answer = key(interpolation="LINEAR")
    assert [each["index"] for each in answer["curves"]] == [0, 1, 2] and "notes" not in answer
    assert [each["frame"] for each in answer["curves"][0]["keys"]] == [1, 11]
    assert at(6) == pytest.approx(5) and at(11) == pytest.approx(10)
    key(keys=[{"frame": 21, "value": 0.0}], index=0)
    assert at(11) == pytest.approx(10) and at(21) == pytest.approx(0)
    answer = key(keys=[{"frame": 5, "value": [3, 3, 3]}], replace=True)
    assert answer["value_now"] == [3, 3, 3] and answer["curves"][0]["key_count"] == 1


@pytest.mark.parametrize("state", HIDING)
def test_keyframes_in_every_state(state):
    HIDING[state](cube())
    before = what_the_user_sees()
    answer = key()
    assert answer["curves"][0]["key_count"] == 2 and what_the_user_sees() == before


def test_keyframes_of_what_hangs_on_the_object():
    run("set_keyframes", object_name="Light", owner="data", path="energy", keys=[{"frame": 1, "value": 5}])
    assert list(curves_of(bpy.data.objects["Light"].data.animation_data))
    key("hide_render", [{"frame": 1, "value": False}, {"frame": 9, "value": True}])
    rows = run("list_animation", object_name="Cube")["curves"]
    assert rows[0]["keys"][1]["value"] == 1 and rows[0]["keys"][0]["interpolation"] == "CONSTANT"
    cube().shape_key_add(name="Basis")
    cube().shape_key_add(name="Smile")
    key('key_blocks["Smile"].value', [{"frame": 1, "value": 0.5}], owner="shape_keys")
    node = bpy.data.materials["Material"].node_tree.nodes["Principled BSDF"]
    path = node.inputs["Roughness"].path_from_id("default_value")
    key(path, [{"frame": 1, "value": 0.5}], owner="material_nodes")
    assert len(run("list_animation", object_name="Cube")["curves"]) == 3
    assert len(run("list_animation")["curves"]) == 4
    cube()["power"] = 1.0
    key('["power"]', [{"frame": 1, "value": 2.0}])
    key("rotation_mode", [{"frame": 1, "value": "QUATERNION"}])


def test_errors_name_what_is_wrong_and_leave_nothing():
    for params, words in (
        ({"path": "locaton"}, "did you mean location"),
        ({"keys": [{"frame": 1, "value": 3}]}, "3 parts"),
        ({"keys": [{"frame": 1}]}, "frame, value"),
        ({"keys": [{"frame": 1, "value": 1}], "index": 7}, "no index 7"),
        ({"owner": "shape_keys"}, "no shape keys"),
        ({"path": "name", "keys": [{"frame": 1, "value": 1}]}, "cannot be animated|no value"),
    ):
        with pytest.raises(CommandError, match=words):
            key(**params)
    assert not cube().animation_data


def test_what_overrules_is_told():
    cube().driver_add("location", 0)
    assert any("driver" in note for note in key()["notes"])
    cube().rotation_mode = "QUATERNION"
    notes = key("rotation_euler")["notes"]
    assert any("rotation_quaternion" in note for note in notes)
    assert "outside" in str(key("scale", [{"frame": 900, "value": [1, 1, 1]}])["notes"])


def test_keyframes_are_deleted():
    key()
    assert run("delete_keyframes", object_name="Cube", frame_start=5)["deleted"] == 3
    assert "nothing was deleted" in run("delete_keyframes", object_name="Cube", frame_end=0)["notes"][0]
    answer = run("delete_keyframes", object_name="Cube", path="location", index=0)
    assert answer["deleted"] == 1 and answer["curves_left"] == 2
    with pytest.raises(CommandError, match="animated are: location"):
        run("delete_keyframes", object_name="Cube", path="scale")
    run("delete_keyframes", object_name="Cube")
    assert not list(curves_of(cube().animation_data))
    with pytest.raises(CommandError, match="no action"):
        run("delete_keyframes", object_name="Light")


def test_an_action_without_a_slot_gets_one():
    cube().animation_data_create().action = bpy.data.actions.new("Mine")
    assert key()["action"] == "Mine" and at(11) == pytest.approx(10)


def test_linked_objects_get_no_keyframes(tmp_path):
    link_from_library(tmp_path)
    with pytest.raises(CommandError, match=r"library\.blend"):
        run("set_keyframes", object_name="Far", path="location", keys=[{"frame": 1, "value": [0, 0, 0]}])


def test_frames_and_speed():
    answer = run("set_frame_range", frame_start=300, frame_end=400, fps=29.97, frame_current=350)
    assert (answer["frame_start"], answer["frame_end"], answer["frame_current"]) == (300, 400, 350)
    assert answer["fps"] == pytest.approx(29.97, abs=1e-3)
    assert bpy.context.scene.render.fps == 30
    assert run("set_frame_range", frame_start=1, frame_end=9, fps=25)["fps"] == 25
    assert "outside" in run("set_frame_range")["notes"][0]
    with pytest.raises(CommandError, match="no range"):
        run("set_frame_range", frame_start=10, frame_end=5)


# Geometry nodes


def group():
    """A cube of the input Size, moved by Shift."""
    tree = bpy.data.node_groups.new("Maker", "GeometryNodeTree")
    rows = {"Size": "Float", "Shift": "Vector", "Rows": "Int", "On": "Bool", "Target": "Object"}
    for name, short in {**rows, "Word": "String"}.items():
        kind = f"NodeSocket{short}"
        if NEW:
            tree.interface.new_socket(name, in_out="INPUT", socket_type=kind)
        else:
            tree.inputs.new(kind, name)
    if NEW:
        tree.interface.new_socket("Geometry", in_out="OUTPUT", socket_type="NodeSocketGeometry")
    else:
        tree.outputs.new("NodeSocketGeometry", "Geometry")
    begin, end = tree.nodes.new("NodeGroupInput"), tree.nodes.new("NodeGroupOutput")
    mesh = tree.nodes.new("GeometryNodeMeshGrid")
    tree.links.new(begin.outputs["Size"], mesh.inputs["Size X"])
    tree.links.new(begin.outputs["Rows"], mesh.inputs["Vertices X"])
    tree.links.new(mesh.outputs["Mesh"], end.inputs["Geometry"])
    return tree


@pytest.fixture
def nodes():
    group()
    run("add_modifier", object_name="Cube", type="NODES", name="N", settings={"node_group": "Maker"})


def put(**inputs):
    return run("set_geometry_inputs", object_name="Cube", inputs=inputs)


def test_inputs_are_set_by_their_shown_names(nodes):
    answer = put(Rows=7, Size=2.0, Shift=[1, 2, 3], On=True, Target="Light", Word="x")
    assert answer["result"]["vertices"] == 21 and "notes" not in answer
    rows = {each["name"]: each for each in run("list_geometry_inputs", object_name="Cube")["inputs"]}
    assert rows["Rows"]["value"] == 7 and rows["Target"]["value"] == "Light" and rows["On"]["value"] is True
    assert rows["Shift"]["value"] == [1, 2, 3]
    assert "same as before" in put(Rows=7)["notes"][0]
    put(Target=None, Rows=3)
    rows = {each["name"]: each for each in run("list_geometry_inputs", object_name="Cube")["inputs"]}
    assert rows["Target"]["value"] is None


@pytest.mark.parametrize("state", HIDING)
def test_inputs_in_every_state(nodes, state):
    HIDING[state](cube())
    before = what_the_user_sees()
    answer = put(Rows=5, Size=1.0)
    assert answer["result"]["vertices"] == 15 and what_the_user_sees() == before


def test_wrong_inputs_are_errors(nodes):
    for inputs, words in (
        ({"Sise": 1}, "did you mean Size"),
        ({"Rows": 1.5}, "wants a whole number"),
        ({"On": 1}, "true or false"),
        ({"Shift": [1, 2]}, "array of 3"),
        ({"Target": "Nobody"}, "Object not found"),
    ):
        with pytest.raises(CommandError, match=words):
            put(**{"Size": 9.0, **inputs})
    value = run("list_geometry_inputs", object_name="Cube")["inputs"][0]["value"]
    assert value == 0
    with pytest.raises(CommandError, match="no geometry nodes"):
        run("list_geometry_inputs", object_name="Light")
