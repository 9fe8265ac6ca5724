"""Pictures of the view: never black, rightly framed, without a trace; and what lies under their points."""

import base64
import os
import subprocess
import sys
from pathlib import Path

import bpy
import pytest
from call import run
from mathutils import Matrix
from picture import Picture, state
from tenon.errors import CommandError

pytestmark = pytest.mark.usefixtures("default_file")


@pytest.fixture
def red():
    """The cube is red, and nothing else has a colour."""
    bpy.data.materials["Material"].diffuse_color = (0.8, 0.05, 0.05, 1)


def is_red(pixel):
    return pixel[0] > 0.3 and pixel[0] > 2 * pixel[1]


def test_the_picture_shows_the_scene(red, tmp_path):
    path = tmp_path / "new folder" / "view.png"
    before = state()
    result = run("get_viewport_screenshot", max_size=400, filepath=str(path), format="png")
    assert state() == before
    assert result["success"] is True and result["filepath"] == str(path) and "error" not in result
    assert (result["file"], result["scene"], result["scene_count"]) == ("", "Scene", 1)
    assert result["method"] == ("render" if bpy.app.background else "offscreen")
    assert max(result["width"], result["height"]) == 400
    picture = Picture(path)
    assert picture.size == (result["width"], result["height"])
    assert is_red(picture.at(0.51, 0.52)), "beside the middle, where a window draws the cube's origin"
    assert not is_red(picture.at(0.02, 0.02))
    assert min(picture.at(0.02, 0.02)[:3]) > 0.05, "the background is black"


def test_a_change_that_was_just_made_is_in_the_picture(red, tmp_path):
    bpy.data.objects["Cube"].location.x = 100
    run("get_viewport_screenshot", max_size=200, filepath=str(tmp_path / "view.png"))
    assert not is_red(Picture(tmp_path / "view.png").at(0.5, 0.5))


@pytest.mark.parametrize(
    ("format", "kind", "magic"), [("jpg", "jpeg", b"\xff\xd8\xff"), ("png", "png", b"\x89PNG")]
)
def test_without_a_path_the_picture_is_in_the_reply(format, kind, magic):
    result = run("get_viewport_screenshot", max_size=64, format=format)
    assert base64.b64decode(result["image"], validate=True).startswith(magic)
    assert result["mime_type"] == f"image/{kind}" and "filepath" not in result


def test_a_path_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_bytes(b"x")
    for wrong in (tmp_path / "file" / "view.png", tmp_path):
        with pytest.raises(CommandError):
            run("get_viewport_screenshot", max_size=64, filepath=str(wrong))


def test_without_a_camera_everything_is_framed(red, tmp_path):
    bpy.data.objects.remove(bpy.data.objects["Camera"])
    bpy.data.objects["Cube"].location = (50, -20, 300)
    before = state()
    result = run("get_viewport_screenshot", max_size=300, filepath=str(tmp_path / "view.png"))
    assert state() == before
    if bpy.app.background:  # with a window it is the user's view, wherever that looks
        picture = Picture(tmp_path / "view.png")
        assert is_red(picture.at(0.5, 0.5))
        edges = [
            picture.at(x, y) for x in (0.01, 0.5, 0.99) for y in (0.01, 0.5, 0.99) if (x, y) != (0.5, 0.5)
        ]
        assert not any(map(is_red, edges))
        assert run("pick_viewport_object", **result["view"], x=0.5, y=0.5)["object"]["name"] == "Cube"


@pytest.mark.usefixtures("empty_file")
def test_an_empty_file_has_a_picture_too():
    before = state()
    assert run("get_viewport_screenshot", max_size=64)["success"]
    assert state() == before


@pytest.mark.skipif(not bpy.app.background, reason="with a window the view is not rendered")
def test_the_users_own_render_stays(tmp_path):
    run(
        "render_image",
        filepath=str(tmp_path / "own.png"),
        engine="CYCLES",
        samples=1,
        resolution_x=32,
        resolution_y=16,
    )
    run("get_viewport_screenshot", max_size=64)
    bpy.data.images["Render Result"].save_render(str(tmp_path / "after.png"))
    assert Picture(tmp_path / "after.png").size == (32, 16)


def place_of(view, name):
    """Where the object's origin lies in the picture, from the left and from the top."""
    point = bpy.data.objects[name].matrix_world.translation.to_4d()
    clip = Matrix(view["window_matrix"]) @ Matrix(view["view_matrix"]) @ point
    return {"x": (clip.x / clip.w + 1) / 2, "y": (1 - clip.y / clip.w) / 2}


def test_what_lies_under_a_point():
    bpy.data.objects["Light"].location = (-1, -1, 2)
    bpy.data.objects["Cube"].location = (0, 0, 0.5)
    bpy.context.view_layer.update()
    view = run("get_viewport_screenshot", max_size=400)["view"]
    cube = run("pick_viewport_object", **view, **place_of(view, "Cube"))["object"]
    assert cube == {"name": "Cube", "type": "MESH", "detail": "Mesh object", "location": [0, 0, 0.5]}
    assert run("pick_viewport_object", **view, **place_of(view, "Light"))["object"]["name"] == "Light"
    assert run("pick_viewport_object", **view, x=0.02, y=0.02) == {"object": None}
    bpy.data.objects["Cube"].location.x = 100
    assert run("pick_viewport_object", **view, **place_of(view, "Light"))["object"]["name"] == "Light"


def test_a_picture_of_something_else_is_told():
    view = run("get_viewport_screenshot", max_size=64)["view"]
    other = run("pick_viewport_object", **{**view, "file": "/other.blend"}, x=0.5, y=0.5)
    assert other == {"object": None, "mismatch": "file", "current": ""}
    other = run("pick_viewport_object", **{**view, "scene": "Other"}, x=0.5, y=0.5)
    assert other == {"object": None, "mismatch": "scene", "current": "Scene"}
    nothing = [[0.0] * 4] * 4
    with pytest.raises(CommandError, match="matrices"):
        run("pick_viewport_object", **{**view, "view_matrix": nothing}, x=0.5, y=0.5)


@pytest.mark.skipif(
    not (getattr(bpy.app, "module", False) and sys.platform == "linux"), reason="needs Linux and bpy"
)
@pytest.mark.parametrize("lights", [True, False], ids=["lit", "without a light"])
def test_without_opengl_there_is_a_picture_and_no_abort(lights, tmp_path):
    """In a process of its own: Blender without a window aborts where Workbench finds no OpenGL."""
    script = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import conftest, bpy
from call import run
from tenon.errors import CommandError
bpy.ops.wm.read_homefile(use_factory_startup=True)
{"pass" if lights else "bpy.data.objects.remove(bpy.data.objects['Light'])"}
from picture import state
before = state()
assert run("get_viewport_screenshot", max_size=100, filepath={str(tmp_path / "view.png")!r})["success"]
assert state() == before, (state(), before)
try:
    run("render_image", engine="WORKBENCH")
except CommandError as error:
    print("told:", error)
"""
    nowhere = {"__EGL_VENDOR_LIBRARY_DIRS": "/nonexistent"}
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, **nowhere},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "told: BLENDER_WORKBENCH needs OpenGL" in done.stdout
    picture = Picture(tmp_path / "view.png")
    assert max(picture.at(0.5, 0.4)[:3]) > 0.1
