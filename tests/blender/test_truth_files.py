"""Paths that clients name: what is reported is on the disk under that name, and what cannot be is refused."""

import os
from pathlib import Path

import bpy
import pytest
from call import run
from tenon.blender.file_paths import is_foreign, tells_type
from tenon.errors import CommandError

pytestmark = pytest.mark.usefixtures("default_file")

QUICK = {"engine": "CYCLES", "samples": 1, "resolution_x": 16, "resolution_y": 16}
WRITERS = {"save_file": "filepath", "export_scene": "path", "render_image": "filepath"}


def write(command, filepath, **more):
    """The file that the command says it wrote."""
    quick = QUICK if command == "render_image" else {}
    return Path(run(command, filepath=str(filepath), **quick, **more)[WRITERS[command]])


@pytest.fixture
def in_folder(tmp_path, monkeypatch):
    """A working folder in which nothing must be written."""
    monkeypatch.chdir(tmp_path)
    yield
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="they are paths of this system there")
@pytest.mark.usefixtures("in_folder")
@pytest.mark.parametrize(
    "path", [r"C:\Users\x\a.blend", "C:/Users/x/a.png", r"\\server\share\a", r"folder\a.glb"]
)
@pytest.mark.parametrize("command", [*WRITERS, "get_viewport_screenshot", "open_file", "import_file"])
def test_a_path_of_windows_is_refused(command, path):
    with pytest.raises(CommandError, match="is a path of Windows, and Blender runs on") as raised:
        run(command, filepath=path)
    assert raised.value.code == "invalid_params"


def test_a_path_of_linux_is_refused_on_windows():
    assert is_foreign("/no-such-folder/a.blend", windows=True)
    assert not is_foreign("//textures/a.png", windows=True)
    assert not is_foreign(r"C:\Users\x\a.blend", windows=True)


@pytest.mark.skipif(os.name == "nt", reason="no such name there")
def test_an_existing_file_may_have_such_a_name(tmp_path):
    path = tmp_path / r"a\b.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path), copy=True)
    assert run("open_file", filepath=str(path), discard_changes=True)["filepath"] == str(path)


@pytest.mark.usefixtures("in_folder")
@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("file:///home/x/a.blend", "is a web address"),
        ("https://example.org/a.glb", "is a web address"),
        ("//a.glb", "this one was never saved"),
        ("", "filepath is empty"),
        ("a\0b", "zero bytes"),
        ("x" * 300, "too long"),
        ("folder/" * 200 + "a", "too long"),
    ],
)
@pytest.mark.parametrize("command", WRITERS)
def test_other_paths_that_cannot_be(command, path, words):
    with pytest.raises(CommandError, match=words):
        write(command, path)


@pytest.mark.parametrize(
    "name", ["chair.v2", "scene v1.2", "Cube.001", "stuhl \U0001f600", "plain", ".hidden"]
)
@pytest.mark.parametrize(
    ("command", "ending"), [("save_file", ".blend"), ("export_scene", ".glb"), ("render_image", ".png")]
)
def test_an_ending_is_added(command, name, ending, tmp_path):
    assert write(command, tmp_path / name) == tmp_path / (name + ending)
    assert [each.name for each in tmp_path.iterdir()] == [name + ending]


@pytest.mark.parametrize(
    ("command", "name", "more", "written"),
    [
        ("save_file", "a.glb", {}, "a.glb.blend"),
        ("save_file", "a.BLEND", {}, "a.BLEND"),
        ("export_scene", "a.v2", {"format": "obj"}, "a.v2.obj"),
        ("export_scene", "a.obj", {"format": "glb"}, "a.obj.glb"),
        ("export_scene", "a v1.2.STL", {}, "a v1.2.STL"),
        ("export_scene", "a.FBX", {"format": "fbx"}, "a.FBX"),
        ("render_image", "a.v2", {"format": "JPEG"}, "a.v2.jpg"),
        ("render_image", "a.jpg", {"format": "PNG"}, "a.jpg.png"),
        ("render_image", "a.TIFF", {"format": "TIFF"}, "a.TIFF"),
    ],
)
def test_an_ending_is_never_replaced(command, name, more, written, tmp_path):
    path = write(command, tmp_path / name, **more)
    assert path == tmp_path / written
    assert path.stat().st_size > 100 and (command != "save_file" or bpy.data.filepath == str(path))


def test_kinds_of_files_are_told_from_parts_of_names():
    for ending in (".dae", ".3ds", ".mp4", ".PSD", ".pdf", ".gz"):
        assert tells_type(ending), ending
    for ending in ("", ".", ".v2", ".001", ".2", ".final"):
        assert not tells_type(ending), ending


@pytest.mark.parametrize("command", [*WRITERS, "get_viewport_screenshot"])
def test_a_folder_or_a_file_in_the_way(command, tmp_path):
    (tmp_path / "file").write_bytes(b"x")
    for ending in ("blend", "glb", "png"):
        (tmp_path / f"folder.{ending}").mkdir()
    ending = {"save_file": "blend", "export_scene": "glb"}.get(command, "png")
    for wrong, words in (
        (tmp_path, "is a folder"),
        (f"{tmp_path}/new/", "is a folder"),
        (tmp_path / f"folder.{ending}", "is a folder"),
        (tmp_path / "file" / f"a.{ending}", "is a file, and no folder"),
    ):
        with pytest.raises(CommandError, match=words):
            run(command, filepath=str(wrong))
    assert sorted(tmp_path.rglob("*.*")) == sorted(tmp_path.glob("folder.*"))


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a disk that is full, on Linux only")
@pytest.mark.parametrize("format", ["glb", "obj", "stl", "ply", "fbx"])
def test_a_full_disk_is_no_success(format, tmp_path):
    path = tmp_path / f"a.{format}"
    path.symlink_to("/dev/full")
    with pytest.raises(CommandError, match=r"Cannot write|wrote nothing"):
        run("export_scene", filepath=str(path))


@pytest.mark.parametrize("name", ["a{b}c.png", "a##.png", "{blend_name}.png", "a%04d.png"])
def test_a_picture_of_the_view_has_the_name_that_was_asked_for(name, tmp_path):
    answer = run("get_viewport_screenshot", filepath=str(tmp_path / name), max_size=64)
    assert answer["filepath"] == str(tmp_path / name)
    assert [each.name for each in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["a{b}c", "a##", "{blend_name}", "a%04d"])
@pytest.mark.parametrize("command", WRITERS)
def test_a_name_is_no_pattern(command, name, tmp_path):
    path = write(command, tmp_path / name)
    assert [each.name for each in tmp_path.iterdir()] == [path.name] and path.stem == name
