"""The scene at a glance and one object in full: right, and short however much there is."""

import json

import bpy
import house_scene
import pytest
from call import run

pytestmark = pytest.mark.usefixtures("default_file")


def add(name, kind="MESH", **more):
    data = {"MESH": bpy.data.meshes.new, "LIGHT": lambda name: bpy.data.lights.new(name, "POINT")}[kind](name)
    obj = bpy.data.objects.new(name, data)
    for key, value in more.items():
        setattr(obj, key, value)
    bpy.context.scene.collection.objects.link(obj)
    return obj


def test_the_default_scene():
    told = run("get_scene")
    assert told["counts"] == {"MESH": 1, "CAMERA": 1, "LIGHT": 1}
    assert (told["camera"], told["mode"], told["frame"], told["frames"]) == ("Camera", "OBJECT", 1, [1, 250])
    assert told["objects"][-1] == "Cube MESH at 0,0,0 size 2,2,2"
    assert {each.split()[1] for each in told["objects"][:2]} == {"CAMERA", "LIGHT"}
    assert (told["active"], told["selected"]) == ("Cube", ["Cube"])
    assert told["collections"] == ["Collection (3)"] and "more" not in told


def test_what_lies_where_and_what_is_hidden():
    cube = bpy.data.objects["Cube"]
    cube.location = (1.23456, 0, -1e-12)
    lamp = add("Lamp", "LIGHT", parent=cube)
    lamp.hide_set(True)
    lines = run("get_scene")["objects"]
    assert "Cube MESH at 1.235,0,0 size 2,2,2" in lines
    assert "Lamp LIGHT at 1.235,0,0 in Cube hidden" in lines


def test_a_large_scene_is_a_few_lines_with_the_way_to_the_rest():
    for at in range(480):
        add(f"{'Tree' if at % 2 else 'Rock'}.{at:03}")
    for at in range(40):
        add(f"Thing {chr(97 + at // 26)}{chr(97 + at % 26)}")
    told = run("get_scene", limit=10)
    assert told["counts"]["MESH"] == 521
    assert len(told["objects"]) == 10 and told["more"] == "35 more lines: offset=10, or query=part of a name"
    every = run("get_scene", limit=500)["objects"]
    assert "240 MESH: Rock.000 … Rock.478" in every and "240 MESH: Tree.001 … Tree.479" in every
    assert run("get_scene", offset=10, limit=35)["objects"] == every[10:]
    assert len(json.dumps(run("get_scene"))) < 2500
    assert len(run("get_scene", query="TREE", limit=500)["objects"]) == 240, "asked for, they stand apart"


def test_one_object_in_full():
    house_scene.build()
    ball, house = bpy.data.objects["Ball"], bpy.data.objects["House"]
    ball.parent = house
    house.modifiers.new("Bevel", "BEVEL")
    house["floors"] = 2
    told = run("get_object", name="House")
    assert told["children"] == ["Ball"] and told["materials"] == ["Plaster"]
    assert told["modifiers"] == [{"name": "Bevel", "type": "BEVEL"}]
    assert told["custom_properties"] == {"floors": 2}
    assert "animation" not in told and "parent" not in told and "constraints" not in told
    told = run("get_object", name="Ball")
    assert told["parent"] == "House" and told["animation"]["frames"] == [1, 48]
    assert run("get_object", name="Sun")["light"]["energy"] == 3
    assert run("get_object", name="Camera")["camera"]["lens"] == 35


def test_assistants_are_told_what_to_paste_and_never_the_token():
    told = run("list_assistants", address="localhost:1234", with_token=True)["assistants"]
    assert {"claude-desktop", "claude-code", "codex", "cursor"} <= {each["key"] for each in told}
    by_key = {each["key"]: each for each in told}
    assert "http://127.0.0.1:1234/mcp" in by_key["claude-code"]["text"]
    assert "Bearer YOUR_TOKEN" in by_key["claude-code"]["text"]
    assert json.loads(by_key["cursor"]["text"])["mcpServers"]["blender"]["url"] == "http://127.0.0.1:1234/mcp"
    assert all(each["place"] and each["documentation"].startswith("https://") for each in told)
