"""Checkpoints: what they hold, which file is open after one is restored, and what is removed."""

import os
import time

import bpy
import pytest
from call import run
from tenon.commands.files import checkpoints
from tenon.errors import CommandError
from tenon.tracking.undo_tracker import tracker

pytestmark = pytest.mark.usefixtures("default_file")


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "a.blend"
    run("save_file", filepath=str(path))
    return path


@pytest.fixture
def never_saved(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoints, "in_user_folder", lambda name, create: str(tmp_path / name))
    return tmp_path / "checkpoints"


def names():
    return [each["name"] for each in run("list_checkpoints")["checkpoints"]]


def x():
    return bpy.data.objects["Cube"].location.x


def test_restoring_keeps_the_path_and_the_file(saved):
    run("modify_object", name="Cube", location=[1, 0, 0])
    made = run("checkpoint", name="before the roof")
    assert made["filepath"] == f"{saved}.checkpoints/before the roof.blend"
    assert made["bytes"] == os.path.getsize(made["filepath"])
    run("modify_object", name="Cube", location=[2, 0, 0])
    run("save_file")
    on_disk = saved.read_bytes()
    beside = sorted(os.listdir(saved.parent))
    answer = run("restore_checkpoint", name="before the roof", discard_changes=True)
    assert x() == 1 and answer["filepath"] == bpy.data.filepath == str(saved) and "notes" not in answer
    assert saved.read_bytes() == on_disk and sorted(os.listdir(saved.parent)) == beside
    assert run("get_scene")["unsaved_changes"]
    run("save_file")
    assert saved.read_bytes() != on_disk and names() == ["before the roof"]
    run("open_file", filepath=str(saved), discard_changes=True)
    assert x() == 1


def test_a_checkpoint_saves_nothing_else(saved):
    run("modify_object", name="Cube", location=[1, 0, 0])
    assert tracker.has_unsaved_changes()
    run("checkpoint")
    assert run("get_scene")["unsaved_changes"] and bpy.data.filepath == str(saved)
    run("save_file", filepath=str(saved.with_name("copy.blend")), copy=True)
    assert run("get_scene")["unsaved_changes"]


def test_paths_stay_relative_to_the_file(saved):
    picture = saved.with_name("a.png")
    image = bpy.data.images.new("made", 4, 4)
    image.filepath_raw, image.file_format = str(picture), "PNG"
    image.save()
    image = bpy.data.images.load("//a.png")
    image.use_fake_user = True
    assert image.filepath == "//a.png"
    run("checkpoint", name="a")
    answer = run("restore_checkpoint", name="a", discard_changes=True)
    assert bpy.data.images["a.png"].filepath == "//a.png" and "notes" not in answer
    assert bpy.data.filepath == str(saved)
    assert sorted(os.listdir(saved.parent)) == ["a.blend", "a.blend.checkpoints", "a.png"]
    run("open_file", filepath=str(saved.parent / "a.blend.checkpoints" / "a.blend"), discard_changes=True)
    assert os.path.samefile(bpy.path.abspath(bpy.data.images["a.png"].filepath), picture)


def test_undo_and_redo_after_restoring(saved):
    run("modify_object", name="Cube", location=[1, 0, 0])
    run("checkpoint", name="a")
    run("restore_checkpoint", name="a", discard_changes=True)
    run("modify_object", name="Cube", location=[3, 0, 0])
    run("undo")
    assert x() == 1 and bpy.data.filepath == str(saved)
    run("redo")
    assert x() == 3 and bpy.data.filepath == str(saved)


def test_a_file_that_was_never_saved(never_saved):
    run("modify_object", name="Cube", location=[1, 0, 0])
    run("checkpoint", name="a")
    assert os.listdir(never_saved) == ["a.blend"]
    run("new_file", discard_changes=True)
    assert names() == ["a"]
    run("restore_checkpoint", name="a", discard_changes=True)
    assert x() == 1 and bpy.data.filepath == "" and not bpy.data.is_saved
    with pytest.raises(CommandError, match="was never saved"):
        run("save_file")


def test_edit_mode_is_in_it(saved):
    cube = bpy.data.objects["Cube"]
    bpy.context.view_layer.objects.active = cube
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.select_all(action="SELECT")
    bpy.ops.mesh.subdivide()
    run("checkpoint", name="a")
    assert bpy.context.mode == "EDIT_MESH"
    run("restore_checkpoint", name="a", discard_changes=True)
    assert len(bpy.data.objects["Cube"].data.vertices) == 26


def test_the_oldest_go_and_are_told(saved, monkeypatch):
    monkeypatch.setattr(checkpoints, "MAX_COUNT", 2)
    for at, name in enumerate("abc"):
        answer = run("checkpoint", name=name)
        os.utime(answer["filepath"], (time.time() - 100 + at,) * 2)
    assert answer["notes"] == ["Old checkpoints were removed: a"] and answer["checkpoints"] == 2
    assert names() == ["c", "b"]
    monkeypatch.setattr(checkpoints, "MAX_BYTES", 1)
    assert run("checkpoint", name="d")["notes"] == ["Old checkpoints were removed: b, c"]
    assert names() == ["d"]


def test_names(saved):
    made = run("checkpoint")["name"]
    assert names() == [made] and run("checkpoint")["name"] != made
    run("checkpoint", name="Dach v1.2")
    with pytest.raises(CommandError, match="There is a checkpoint"):
        run("checkpoint", name="dach v1.2")
    for name in ("", "../a", "a/b", "a\\b", ".hidden", "a.", "C:", "x" * 101):
        with pytest.raises(CommandError) as raised:
            run("checkpoint", name=name)
        assert raised.value.code == "invalid_params"


def test_deleting(saved):
    run("checkpoint", name="a")
    assert run("delete_checkpoint", name="a")["checkpoints"] == 0 and names() == []
    for command in ("delete_checkpoint", "restore_checkpoint"):
        with pytest.raises(CommandError, match="There is no checkpoint 'a' of this file; there are: none"):
            run(command, name="a")


def test_a_checkpoint_that_is_no_blend_file(saved):
    path = run("checkpoint", name="a")["filepath"]
    with open(path, "wb") as file:
        file.write(b"no blend file")
    with pytest.raises(CommandError, match="Cannot open the checkpoint"):
        run("restore_checkpoint", name="a", discard_changes=True)
    assert bpy.data.filepath == str(saved) and "Cube" in bpy.data.objects
