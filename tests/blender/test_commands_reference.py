"""What Blender says of its own API, of the scene's state, and what we say of the user: nothing."""

import json

import bpy
import pytest
from call import run
from picture import state
from tenon.errors import CommandError

pytestmark = pytest.mark.usefixtures("default_file")


def test_a_type():
    told = run("bpy_api_lookup", query="bpy.types.Object")
    assert told["kind"] == "type" and told["bl_idname"] == "Object" and told["description"]
    properties = {each["identifier"]: each for each in told["properties"]}
    assert properties["location"]["array_length"] == 3 and properties["location"]["default"] == [0, 0, 0]
    assert properties["data"]["pointer_type"] == "ID"
    assert "ray_cast" in {each["identifier"] for each in told["functions"]}
    json.dumps(told)  # plain data


def test_a_property():
    told = run("bpy_api_lookup", query="Object.rotation_mode")
    assert (told["kind"], told["owner_type"], told["type"]) == ("property", "Object", "ENUM")
    assert {"XYZ", "QUATERNION"} <= set(told["enum_items"]) and told["default"] == "XYZ"


def test_a_function():
    told = run("bpy_api_lookup", query="Object.ray_cast()")
    assert told["kind"] == "function"
    parameters = {each["identifier"]: each for each in told["parameters"]}
    assert parameters["origin"]["is_required"] is True
    assert "location" in {each["identifier"] for each in told["returns"]}


def test_an_operator():
    told = run("bpy_api_lookup", query="bpy.ops.mesh.primitive_cube_add(size=1)")
    assert (told["kind"], told["idname"]) == ("operator", "bpy.ops.mesh.primitive_cube_add")
    size = next(each for each in told["parameters"] if each["identifier"] == "size")
    assert size["type"] == "FLOAT" and size["default"] == 2 and size["hard_min"] == 0


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("Objct", "no type 'Objct'"),
        ("Object.locaton", "location"),
        ("bpy.ops.mesh.primitive_cub_add", "mesh.primitive_cube_add"),
        ("bpy.ops.msh.primitive_cube_add", "no operator"),
        ("__class__", "no type"),
        ("", "no type"),
    ],
)
def test_what_is_not_there_is_told_with_what_is_near(query, words):
    with pytest.raises(CommandError) as raised:
        run("bpy_api_lookup", query=query)
    assert words in raised.value.message


def test_a_node_as_its_properties_make_it():
    before = state()
    told = run("describe_node_type", bl_idname="ShaderNodeMix", property_overrides={"data_type": "RGBA"})
    assert state() == before
    assert told["instantiated_in"] == "ShaderNodeTree" and told["label"] == "Mix"
    enabled = [each for each in told["inputs"] if each["enabled"]]
    assert [each["name"] for each in enabled] == ["Factor", "A", "B"]
    assert enabled[1]["type"] == "RGBA" and len(enabled[1]["default_value"]) == 4
    data_type = next(each for each in told["properties"] if each["identifier"] == "data_type")
    assert "VECTOR" in data_type["enum_items"]
    assert "location" not in {each["identifier"] for each in told["properties"]}
    json.dumps(told)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"bl_idname": "ShaderNodeMx"}, "ShaderNodeMix"),
        ({"bl_idname": "Object"}, "no node type 'Object'"),
        ({"bl_idname": "ShaderNode"}, "No node tree takes a ShaderNode"),
        ({"bl_idname": "ShaderNodeMix", "property_overrides": {"data_type": "WRONG"}}, "'FLOAT'"),
        ({"bl_idname": "ShaderNodeMix", "property_overrides": {"nothing": 1}}, "Cannot set 'nothing'"),
    ],
)
def test_a_wrong_node_is_told_and_leaves_nothing(parameters, words):
    before = state()
    with pytest.raises(CommandError) as raised:
        run("describe_node_type", **parameters)
    assert words in raised.value.message and state() == before


def test_the_state_of_the_scene():
    bpy.data.objects["Cube"].location = (1, 2, 3)
    told = run("get_world_state_snapshot")
    json.dumps(told)
    assert (told["name"], told["object_count"]) == ("Scene", 3)
    assert told["materials_count"] == len(bpy.data.materials)
    assert [each["name"] for each in told["objects"]] == ["Camera", "Cube", "Light"]
    cube = told["objects"][1]
    assert cube["location"] == [1, 2, 3] and cube["world_bounding_box"] == [[0, 1, 2], [2, 3, 4]]
    assert cube["mesh"] == {"vertices": 8, "polygons": 6} and cube["materials"] == ["Material"]
    assert told["active_camera"] == told["camera"]["name"] == "Camera" and told["camera"]["lens"] == 50
    assert [(each["name"], each["light_type"]) for each in told["lights"]] == [("Light", "POINT")]
    assert told["selected"] == ["Cube"] and told["fps"] == 24
    few = run("get_world_state_snapshot", limit=1)
    assert few["objects_listed"] == 1 and few["objects_truncated"] and few["object_count"] == 3


def test_an_empty_scene_has_a_state(empty_file):
    told = run("get_world_state_snapshot")
    assert told["objects"] == [] and told["camera"] is None


def test_nobody_is_watched():
    for wish in (True, False):
        assert run("set_telemetry_consent", consent=wish)["consent"] is False
    assert run("get_telemetry_consent") == {"consent": False}
    bpy.ops.object.select_all(action="DESELECT")
    assert run("drain_human_activity") == {"events": []}
