"""Files opened, saved, started and exported; scenes added."""

import json
import os
import struct
from pathlib import Path

import bpy
import pytest
from call import run
from tenon.commands.files.exporting import FORMATS
from tenon.errors import CommandError

pytestmark = pytest.mark.usefixtures("default_file")


def test_save_and_open_again(tmp_path):
    path = tmp_path / "new folder" / "scene"
    saved = run("save_file", filepath=str(path))
    assert saved["filepath"] == f"{path}.blend"
    assert saved["bytes"] == os.path.getsize(saved["filepath"])
    assert bpy.data.filepath == saved["filepath"]
    run("modify_object", name="Cube", new_name="Other")
    assert run("save_file")["filepath"] == saved["filepath"]
    run("new_file", empty=True, discard_changes=True)
    assert len(bpy.data.objects) == 0
    opened = run("open_file", filepath=saved["filepath"], discard_changes=True)
    assert opened == {"filepath": saved["filepath"], "scene": "Scene", "object_count": 3}
    assert "Other" in bpy.data.objects


def test_a_copy_leaves_the_present_file(tmp_path):
    path = tmp_path / "copy.blend"
    assert run("save_file", filepath=str(path), copy=True, compress=True)["copy"] is True
    assert path.exists()
    assert bpy.data.filepath == ""


@pytest.mark.skipif(bpy.app.background, reason="only a Blender with a window keeps account of changes")
def test_the_user_loses_no_changes_unasked(tmp_path):
    path = run("save_file", filepath=str(tmp_path / "scene.blend"))["filepath"]
    run("create_object", type="CUBE", name="Precious")
    for name, parameters in {"open_file": {"filepath": path}, "new_file": {}}.items():
        with pytest.raises(CommandError, match="changes that are not saved"):
            run(name, **parameters)
    assert "Precious" in bpy.data.objects
    run("new_file", discard_changes=True)
    assert "Precious" not in bpy.data.objects


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("open_file", {"filepath": "/nowhere/x.blend"}, "No such file: /nowhere/x.blend"),
        ("save_file", {}, "This file was never saved: give filepath"),
        ("save_file", {"filepath": "/proc/no/x.blend"}, "Cannot make the folder of '/proc/no/x.blend': "),
        ("save_file", {"filepath": "/proc/x.blend"}, "Cannot save '/proc/x.blend': "),
        ("export_scene", {"filepath": ""}, "filepath is empty"),
        ("export_scene", {"filepath": "/tmp/x", "object_names": ["X"]}, "Objects not found: X"),
    ],
)
def test_errors(name, parameters, message):
    with pytest.raises(CommandError, match=f"^{message}"):
        run(name, **parameters)


def test_a_file_that_is_no_blend_file(tmp_path):
    path = tmp_path / "no.blend"
    path.write_text("no")
    with pytest.raises(CommandError, match=r"^Cannot open"):
        run("open_file", filepath=str(path), discard_changes=True)
    assert "Cube" in bpy.data.objects


def test_new_scene():
    bpy.context.scene.render.resolution_x = 77
    answer = run("new_scene", name="Second")
    assert answer == {"name": "Second", "scenes": ["Scene", "Second"]}
    assert (bpy.context.scene.name, bpy.context.scene.render.resolution_x) == ("Second", 77)
    assert len(bpy.context.scene.objects) == 0
    assert run("new_scene", name="Second", copy_settings=False)["name"] == "Second.001"
    assert bpy.context.scene.render.resolution_x == 1920
    assert run("create_object", type="CUBE")["visible"]


def has_exporter(format):
    operators = (each.operator.split(".") for each in FORMATS[format])
    return any(name in dir(getattr(bpy.ops, group)) for group, name in operators)


@pytest.mark.parametrize("format", FORMATS)
def test_export_in_every_format(tmp_path, format):
    if not has_exporter(format):  # a distribution may build Blender without some
        with pytest.raises(
            CommandError, match=f"^This Blender cannot write {format}: its exporter is missing"
        ):
            run("export_scene", filepath=str(tmp_path / "out"), format=format)
        return
    answer = run("export_scene", filepath=str(tmp_path / "out"), format=format)
    assert answer["path"] == str(tmp_path / f"out.{format}")
    assert answer["bytes"] == os.path.getsize(answer["path"]) > 100
    assert answer["selection_only"] is False
    surfaces_only = format in ("obj", "stl", "ply")
    assert set(answer["exported"]) == ({"Cube"} if surfaces_only else {"Cube", "Light", "Camera"})
    assert ("Light (LIGHT)" in str(answer.get("notes"))) is surfaces_only


def count_vertices(path):
    """By the name of the object; read from the GLB's own JSON, which stands behind 20 bytes of headers."""
    data = Path(path).read_bytes()
    (length,) = struct.unpack_from("<I", data, 12)
    content = json.loads(data[20 : 20 + length])
    counts = {}
    for node in content["nodes"]:
        if "mesh" in node:
            (primitive,) = content["meshes"][node["mesh"]]["primitives"]
            counts[node["name"]] = content["accessors"][primitive["attributes"]["POSITION"]]["count"]
    return counts


def test_export_of_some_objects_with_what_hangs_on_them(tmp_path):
    run("create_object", type="CUBE", name="Child", parent="Cube")
    run("create_object", type="CUBE", name="Other")
    run("select_objects", names=["Light"])
    answer = run("export_scene", filepath=str(tmp_path / "out.glb"), object_names=["Cube"])
    assert answer["exported"] == ["Cube", "Child"]
    assert run("get_selection")["selected"] == ["Light"]
    assert run("get_selection")["active"] == "Light"
    assert set(count_vertices(answer["path"])) == {"Cube", "Child"}


def test_export_of_the_selection(tmp_path):
    run("create_object", type="CUBE", name="Other")
    run("select_objects", names=["Other"])
    answer = run("export_scene", filepath=str(tmp_path / "out.glb"), selection_only=True)
    assert (answer["exported"], answer["selection_only"]) == (["Other"], True)
    assert set(count_vertices(answer["path"])) == {"Other"}
    run("select_objects", names=[])
    with pytest.raises(CommandError, match="Nothing is selected"):
        run("export_scene", filepath=str(tmp_path / "out.glb"), selection_only=True)


@pytest.mark.parametrize(("apply", "vertices"), [(True, 48), (False, 24)])
def test_modifiers_are_applied_or_not(tmp_path, apply, vertices):
    bpy.data.objects["Cube"].modifiers.new("Array", "ARRAY").count = 2
    path = run("export_scene", filepath=str(tmp_path / "out.glb"), apply_modifiers=apply)["path"]
    assert count_vertices(path) == {"Cube": vertices}


def test_dialect_c_exports(tmp_path):
    for name, extension, label in (("gltf", "glb", "glTF"), ("obj", "obj", "OBJ"), ("fbx", "fbx", "FBX")):
        answer = run(f"export.{name}", filepath=str(tmp_path / name))
        assert (answer["filepath"], answer["format"]) == (str(tmp_path / f"{name}.{extension}"), label)
        assert os.path.getsize(answer["filepath"]) > 100
    assert run("export.gltf", filepath=str(tmp_path / "a.gltf"))["filepath"].endswith("a.gltf")
    assert (tmp_path / "a.bin").exists()
