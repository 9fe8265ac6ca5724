"""Questions about the scene: the shapes that existing clients read, and what they say of a known scene."""

import re
from pathlib import Path

import bpy
import pytest
import tenon
from call import run
from tenon.commands.assets import LIBRARIES
from tenon.commands.scene.listing import get_addon_info, get_object_info, get_scene_info, list_scene_items
from tenon.errors import CommandError
from tenon.registry.table import TABLE

pytestmark = pytest.mark.usefixtures("default_file")

STATUSES = [
    "get_polyhaven_status",
    "get_sketchfab_status",
    "get_hyper3d_status",
    "get_hunyuan3d_status",
    "get_polypizza_status",
    "get_meshy_status",
    "get_tripo_status",
]


def test_scene_info_of_the_default_scene():
    info = get_scene_info()
    assert list(info) == ["name", "object_count", "objects", "materials_count"]
    assert (info["name"], info["object_count"], info["materials_count"]) == (
        "Scene",
        3,
        len(bpy.data.materials),
    )
    assert info["objects"][0] == {"name": "Cube", "type": "MESH", "location": [0, 0, 0]}
    assert {each["name"] for each in info["objects"]} == {"Cube", "Light", "Camera"}


def test_scene_info_pages_through_all_objects():
    for number in range(20):
        run("create_object", type="EMPTY", name=f"E{number:02}")
    names = [obj.name for obj in bpy.context.scene.objects]
    assert [each["name"] for each in get_scene_info()["objects"]] == names[:10]
    pages = [get_scene_info(limit=7, offset=start) for start in range(0, 28, 7)]
    assert [each["name"] for page in pages for each in page["objects"]] == names
    assert {page["object_count"] for page in pages} == {23}
    assert get_scene_info(limit=0)["objects"] == []


def test_object_info_of_a_mesh():
    info = get_object_info("Cube")
    assert info == {
        "name": "Cube",
        "type": "MESH",
        "location": [0, 0, 0],
        "rotation": [0, 0, 0],
        "scale": [1, 1, 1],
        "visible": True,
        "materials": ["Material"],
        "world_bounding_box": [[-1, -1, -1], [1, 1, 1]],
        "mesh": {"vertices": 8, "edges": 12, "polygons": 6},
    }


def test_object_info_of_what_has_no_mesh():
    light = get_object_info("Light")
    assert "mesh" not in light
    place = list(bpy.data.objects["Light"].location)
    assert light["world_bounding_box"] == [pytest.approx(place)] * 2


def test_the_bounding_box_knows_the_last_change_and_the_modifiers():
    cube = bpy.data.objects["Cube"]
    cube.location.x = 5
    cube.scale.z = 3
    array = cube.modifiers.new("Array", "ARRAY")
    array.count = 2
    assert get_object_info("Cube")["world_bounding_box"] == [[4, -1, -3], [8, 1, 3]]


def test_rotation_is_told_in_euler_angles_whatever_the_mode():
    cube = bpy.data.objects["Cube"]
    for mode in ("XYZ", "QUATERNION", "AXIS_ANGLE"):
        cube.rotation_mode = mode
        run("modify_object", name="Cube", rotation=[0, 0, 1.25])
        assert get_object_info("Cube")["rotation"] == pytest.approx([0, 0, 1.25], abs=1e-5)


@pytest.mark.parametrize("hide", ["hide_viewport", "hide_set"])
def test_a_hidden_object_is_not_visible_and_still_has_its_place(hide):
    cube = bpy.data.objects["Cube"]
    run("modify_object", name="Light", location=[10, 0, 0])
    run("modify_object", name="Cube", parent="Light")
    if hide == "hide_set":
        cube.hide_set(True)
    else:
        cube.hide_viewport = True
    bpy.context.view_layer.update()
    cube.location.x = 3
    info = get_object_info("Cube")
    assert info["visible"] is False
    assert info["world_bounding_box"] == [pytest.approx([2, -1, -1]), pytest.approx([4, 1, 1])]


def test_an_object_outside_the_scene_is_not_visible():
    bpy.data.objects.new("Loose", None)
    assert get_object_info("Loose")["visible"] is False


def test_no_such_object():
    with pytest.raises(CommandError, match=r"^Object not found: X$"):
        get_object_info("X")


def test_scene_items_of_every_kind():
    items = list_scene_items()
    kinds = {(item["kind"], item["name"]) for item in items["items"]}
    assert kinds == {
        ("object", "Cube"),
        ("object", "Light"),
        ("object", "Camera"),
        *(("material", material.name) for material in bpy.data.materials),
        ("collection", "Collection"),
    }
    assert items["total"] == len(kinds)
    details = {item["name"]: item["detail"] for item in items["items"]}
    assert details["Cube"] == "Mesh object"
    assert details["Material"] == "Material with 1 user"
    assert details["Collection"] == "Collection of 3 objects"


def test_scene_items_match_without_case_and_by_their_beginning_first():
    found = list_scene_items(query=" A")["items"]  # spaces around it do not count
    assert [item["name"] for item in found] == ["Camera", "Material"]
    run("create_object", type="EMPTY", name="apple")
    assert list_scene_items(query="A")["items"][0]["name"] == "apple"
    limited = list_scene_items(query="a", limit=1)
    assert (len(limited["items"]), limited["total"]) == (1, 3)
    assert list_scene_items(query="nothing like it") == {"items": [], "total": 0}


def test_addon_info():
    info = get_addon_info()
    assert list(info) == ["name", "addon_version", "protocol_version", "capabilities", "blender_version"]
    assert info["name"] == "Tenon"
    assert len(info["addon_version"]) == 3
    assert isinstance(info["protocol_version"], int)
    assert info["protocol_version"] >= 12  # below it, clients fall back to poorer commands
    assert info["blender_version"] == bpy.app.version_string
    assert set(info["capabilities"]) == set(TABLE)


def test_the_version_is_the_one_that_blender_shows():
    declared = re.search(r'"version": \((\d+), (\d+), (\d+)\)', Path(tenon.__file__).read_text())
    assert get_addon_info()["addon_version"] == [int(part) for part in declared.groups()]


@pytest.mark.parametrize("name", STATUSES)
def test_asset_libraries_are_off(name):
    answer = run(name)
    assert answer["enabled"] is False
    assert "not available" in answer["message"]
    assert TABLE[name].reads_only


def test_every_library_is_asked_about():
    assert {f"get_{library}_status" for library in LIBRARIES} == set(STATUSES)


def test_no_telemetry():
    assert run("get_telemetry_consent") == {"consent": False}


def test_dialect_c_scene():
    info = run("scene.get_info")
    assert (info["object_count"], info["frame_start"], info["frame_end"]) == (3, 1, 250)
    assert (info["resolution_x"], info["resolution_y"]) == (1920, 1080)
    listed = run("scene.list_objects", type="mesh")["objects"]
    assert listed == [{"name": "Cube", "type": "MESH", "location": [0, 0, 0], "visible": True}]
    assert len(run("scene.list_objects")["objects"]) == 3


def test_dialect_c_hierarchy():
    run("modify_object", name="Light", parent="Cube")
    tree = {"name": "Cube", "type": "MESH", "children": [{"name": "Light", "type": "LIGHT", "children": []}]}
    assert run("object.get_hierarchy", name="Cube") == tree
    assert tree in run("object.get_hierarchy")["roots"]
