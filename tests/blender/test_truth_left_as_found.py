"""What is written, baked, looked at or asked leaves the mode, the frame, the objects and the redo steps."""

import os

import bpy
import pytest
from call import run
from tenon.blender.context_override import first_window
from tenon.errors import CommandError
from tenon.tracking import undo_tracker
from typed_states import set_mode

pytestmark = pytest.mark.usefixtures("default_file")

MODES = ["EDIT", "SCULPT", "WEIGHT_PAINT", "TEXTURE_PAINT"]


def another(name):
    made = bpy.data.objects.new(name, bpy.data.objects["Cube"].data.copy())
    bpy.context.collection.objects.link(made)
    return made


def modes():
    return {each.name: each.mode for each in bpy.data.objects}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("command", ["bake", "export_scene"])
def test_the_mode_is_kept(mode, command, tmp_path):
    set_mode(bpy.data.objects["Cube"], mode)
    if command == "bake":
        asked = {"object_name": "Cube", "filepath": str(tmp_path / "a.png"), "resolution": 4, "samples": 1}
    else:
        asked = {"filepath": str(tmp_path / "a.obj"), "object_names": ["Cube"]}
    assert "notes" not in run(command, **asked)
    assert bpy.data.objects["Cube"].mode == mode
    assert bpy.context.view_layer.objects.active.name == "Cube"


def test_what_is_edited_is_written(tmp_path):
    set_mode(bpy.data.objects["Cube"], "EDIT")
    with first_window():
        bpy.ops.mesh.select_all(action="SELECT")
        bpy.ops.mesh.subdivide()
    run("export_scene", filepath=str(tmp_path / "a.obj"))
    assert (tmp_path / "a.obj").read_text().count("\nv ") == 26


def test_only_those_that_left_the_mode_come_back(tmp_path):
    together, apart = another("Together"), another("Apart")
    apart.select_set(False)
    together.select_set(True)
    set_mode(bpy.data.objects["Cube"], "EDIT")
    apart.select_set(True)
    together.select_set(False)
    before = modes()
    assert before["Together"] == "EDIT" and before["Apart"] == "OBJECT"
    run("export_scene", filepath=str(tmp_path / "a.obj"))
    assert modes() == before
    assert not together.select_get() and apart.select_get()


def test_the_exports_of_another_dialect_tell_what_they_left_out(tmp_path):
    answer = run("export.obj", filepath=str(tmp_path / "a.obj"))
    assert answer["notes"] == ["obj has no place for: Light (LIGHT), Camera (CAMERA)"]


def test_fbx_leaves_animated_objects_without_materials_as_they_are(tmp_path):
    cube = bpy.data.objects["Cube"]
    cube.data.materials.clear()
    for frame in (1, 10):
        cube.keyframe_insert("location", frame=frame)
    run("export_scene", filepath=str(tmp_path / "a.fbx"))
    assert not cube.material_slots and not cube.data.materials


@pytest.fixture
def tracked():
    undo_tracker.register()
    yield
    undo_tracker.unregister()


@pytest.mark.usefixtures("tracked")
@pytest.mark.parametrize(
    ("command", "asked"),
    [("describe_node_type", {"bl_idname": "ShaderNodeMath"}), ("look", {"view": "front", "size": 64})],
)
def test_what_reads_leaves_what_can_be_redone(command, asked):
    if command == "look" and bpy.app.background and bpy.app.version < (4, 0):
        pytest.skip(
            "there Blender keeps the Render Result for itself, and its new block ends what can be redone"
        )
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)  # without a "Render Result"
    run("create_object", type="CUBE")
    run("undo")
    images = bpy.data.images.keys()
    run(command, **asked)
    assert bpy.data.images.keys() == images
    assert run("redo")["steps"] == ["create_object"]


@pytest.fixture
def closed_folder(tmp_path):
    if os.access("/sys", os.W_OK):  # by the superuser, whom no mode of ours stops
        yield "/sys"
        return
    tmp_path.chmod(0o500)
    yield str(tmp_path)
    tmp_path.chmod(0o700)


def test_a_scene_that_cannot_be_written_stays_on_its_frame(closed_folder):
    cube = bpy.data.objects["Cube"]
    for frame in (1, 30):
        cube.keyframe_insert("location", frame=frame)
    bpy.context.scene.frame_set(7)
    with pytest.raises(CommandError, match="Cannot write glb"):
        run("export_scene", filepath=closed_folder + "/a.glb")
    assert bpy.context.scene.frame_current == 7


@pytest.mark.skipif(not bpy.app.background, reason="a render in a window needs turns of the main loop")
def test_why_a_picture_cannot_be_written_is_told_in_a_line(closed_folder):
    asked = {"filepath": closed_folder + "/a.png", "resolution_x": 4, "resolution_y": 4, "samples": 1}
    with pytest.raises(CommandError, match="could be written") as caught:
        run("render_image", engine="CYCLES", **asked)
    assert "\n" not in caught.value.message and "Error:" not in caught.value.message


def test_a_bake_leaves_no_shape_keys(tmp_path):
    cube = bpy.data.objects["Cube"]
    for name in ("Basis", "Smile"):
        cube.shape_key_add(name=name)
    run("bake", object_name="Cube", filepath=str(tmp_path / "a.png"), resolution=4, samples=1)
    assert len(bpy.data.shape_keys) == 1
