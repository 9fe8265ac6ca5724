"""Files that are missing, old or cut off: told or refused, and nothing is left of them."""

import os

import bpy
import pytest
from call import run
from tenon.blender import file_paths
from tenon.errors import CommandError

pytestmark = pytest.mark.usefixtures("default_file")
QUICK = {"engine": "CYCLES", "samples": 1, "resolution_x": 16, "resolution_y": 16}
KINDS = ("objects", "meshes", "materials", "lights", "cameras", "collections", "images", "libraries")


def blocks():
    return {kind: [each.name for each in getattr(bpy.data, kind)] for kind in KINDS}


@pytest.fixture
def without_picture(tmp_path):
    """A saved file whose one picture has gone."""
    path = tmp_path / "gone.png"
    image = bpy.data.images.new("made", 8, 8)
    image.filepath_raw, image.file_format = str(path), "PNG"
    image.save()
    bpy.data.images.remove(image)
    assert "notes" not in run("set_material", object_name="Cube", texture=str(path))
    saved = tmp_path / "a.blend"
    assert "notes" not in run("save_file", filepath=str(saved))
    path.unlink()
    return saved


def test_missing_pictures_are_told(without_picture, tmp_path):
    words = "Image files are missing, so these images are pink: 'gone.png' ("
    assert run("open_file", filepath=str(without_picture), discard_changes=True)["notes"][0].startswith(words)
    answer = run("export_scene", filepath=str(tmp_path / "a.obj"))
    assert any(each.startswith(words) for each in answer["notes"])
    answer = run("render_image", filepath=str(tmp_path / "a.png"), **QUICK)
    assert any(each.startswith(words) for each in answer["notes"])
    answer = run("look", view="camera", size=64, shading="material")
    assert any(each.startswith(words) for each in answer["notes"])
    assert "notes" not in run("look", view="camera", size=64, shading="solid")
    assert run("import_file", filepath=str(tmp_path / "a.obj"))["notes"][0].startswith(words)


def test_a_missing_library_is_told(tmp_path):
    library, path = tmp_path / "library.blend", tmp_path / "a.blend"
    run("save_file", filepath=str(library), copy=True)
    with bpy.data.libraries.load(str(library), link=True) as (_, here):
        here.objects = ["Cube"]
    bpy.context.collection.objects.link(here.objects[0])
    run("save_file", filepath=str(path))
    library.unlink()
    (note,) = run("open_file", filepath=str(path), discard_changes=True)["notes"]
    assert note.startswith("Linked files are missing") and "library.blend" in note


def test_a_packed_picture_is_not_missing(without_picture):
    run("open_file", filepath=str(without_picture), discard_changes=True)
    image = bpy.data.images.new("packed", 8, 8)
    image.pack()
    bpy.data.images["gone.png"].user_remap(image)
    run("save_file")
    assert "notes" not in run("open_file", filepath=str(without_picture), discard_changes=True)


def test_an_old_file_is_not_taken_for_the_new_one(tmp_path):
    path = tmp_path / "old.obj"
    path.write_text("old")
    os.utime(path, (1e9, 1e9))
    before = file_paths.state_on_disk(str(path))
    with pytest.raises(CommandError, match="is there unchanged"):
        file_paths.written_size(str(path), before)
    path.write_text("new")
    assert file_paths.written_size(str(path), before) == 3
    assert file_paths.written_size(str(path), file_paths.state_on_disk(str(path))) == 3  # quickly again


def test_an_import_tells_the_true_path(tmp_path, monkeypatch):
    run("export_scene", filepath=str(tmp_path / "a.obj"))
    monkeypatch.chdir(tmp_path)
    assert run("import_file", filepath="a.obj")["filepath"] == str(tmp_path / "a.obj")


BUILT_IN = {"usd": "usd", "abc": "alembic"}  # parts of Blender that Debian's lacks


@pytest.mark.parametrize("ending", ["glb", "fbx", "obj", "stl", "ply", "usd", "abc", "blend"])
def test_half_a_file_leaves_nothing_behind(ending, tmp_path):
    """Some formats are read as far as they go; what is not read leaves nothing, and Blender lives."""
    if ending in BUILT_IN and not getattr(bpy.app.build_options, BUILT_IN[ending]):
        pytest.skip(f"this Blender was built without {ending}")
    path = tmp_path / f"a.{ending}"
    write = "save_file" if ending == "blend" else "export_scene"
    run(write, filepath=str(path), **({"copy": True} if ending == "blend" else {}))
    whole = path.read_bytes()
    for part in (0, 10, len(whole) // 2, len(whole) - 4):
        path.write_bytes(whole[:part])
        before = blocks()
        try:
            answer = run("import_file", filepath=str(path))
        except CommandError:
            assert blocks() == before
        else:
            assert answer["objects"]


def test_a_file_that_one_importer_fails_at(tmp_path):
    """Blender 5.0's older FBX importer fails at a lamp, and the newer one reads it."""
    run("export_scene", filepath=str(tmp_path / "a.fbx"))
    before = blocks()
    try:
        answer = run("import_file", filepath=str(tmp_path / "a.fbx"))
    except CommandError:
        assert blocks() == before and bpy.app.version < (4, 5)
    else:
        assert answer["count"] == 3 and len(bpy.data.lights) == 2


def test_a_texture_for_a_linked_material_leaves_no_image(without_picture, tmp_path):
    picture = tmp_path / "new.png"
    image = bpy.data.images.new("made", 8, 8)
    image.filepath_raw, image.file_format = str(picture), "PNG"
    image.save()
    run("new_file", empty=True, discard_changes=True)
    with bpy.data.libraries.load(str(without_picture), link=True) as (_, here):
        here.materials = ["Material"]
    before = blocks()
    with pytest.raises(CommandError, match="is linked from"):
        run("set_material", material_name="Material", texture=str(picture))
    assert blocks() == before
