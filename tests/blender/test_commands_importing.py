"""What was exported comes back, whatever the format; and other blend files' objects come too."""

import bpy
import numpy
import pytest
from call import run
from tenon.commands.files.exporting import FORMATS
from tenon.errors import CommandError

pytestmark = pytest.mark.usefixtures("default_file")


@pytest.mark.parametrize("format", FORMATS)
def test_an_exported_cube_comes_back_in_its_size(format, tmp_path):
    path = tmp_path / f"cube.{format}"
    try:
        run("export_scene", filepath=str(path), object_names=["Cube"])
    except CommandError as error:
        pytest.skip(error.message)  # this Blender has no such exporter
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    if format in ("glb", "gltf") and bpy.app.version < (3, 6) and not hasattr(numpy, "bool"):
        # The importer that comes with this Blender needs an older numpy, and the client is told so.
        with pytest.raises(CommandError, match="numpy"):
            run("import_file", filepath=str(path))
        return
    told = run("import_file", filepath=str(path))
    assert told["count"] == len(told["objects"]) >= 1
    assert told["size"] == pytest.approx([2, 2, 2], abs=1e-3)
    assert {each.name for each in bpy.context.view_layer.objects.selected} >= set(told["objects"])
    assert sum(len(each.data.polygons) for each in bpy.data.objects if each.type == "MESH") in (6, 12)


def test_the_extension_tells_the_format(tmp_path):
    told = run("export_scene", filepath=str(tmp_path / "a.obj"))
    assert told["format"] == "obj" and (tmp_path / "a.obj").read_text().startswith("#")
    assert run("export_scene", filepath=str(tmp_path / "a"))["path"] == str(tmp_path / "a.glb")
    with pytest.raises(CommandError, match=r"'\.doc' tells no format"):
        run("export_scene", filepath=str(tmp_path / "a.doc"))


def test_the_objects_of_another_blend_file(tmp_path):
    bpy.data.objects["Cube"].name = "Guest"
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "other.blend"), copy=True)
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    told = run("import_file", filepath=str(tmp_path / "other.blend"))
    assert told["count"] == 3 and "Guest" in told["objects"]
    guest = bpy.data.objects["Guest"]
    assert guest.library is None and guest.name in bpy.context.scene.objects


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("none.glb", None, "No such file"),
        ("a.doc", "x", "'.doc' cannot be imported; known: blend, glb"),
        ("a.blend", "x", "Cannot read"),
        ("a.glb", "x", "Cannot read|Nothing came"),
    ],
)
def test_what_cannot_be_read(name, content, words, tmp_path):
    if content:
        (tmp_path / name).write_text(content)
    with pytest.raises(CommandError, match=words):
        run("import_file", filepath=str(tmp_path / name))
