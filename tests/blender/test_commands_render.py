"""Renders: the file asked for, the scene as it was, and errors that say what to do."""

import base64
import os

import bpy
import pytest
from call import run
from picture import Picture, state
from tenon._native import Cancelled
from tenon.blender.temporary_settings import TemporarySettings
from tenon.commands.render import still as render
from tenon.errors import CommandError
from tenon.imaging.image_formats import FORMATS
from tenon.imaging.render_engine import choose

pytestmark = [
    pytest.mark.usefixtures("default_file"),
    pytest.mark.skipif(
        not bpy.app.background, reason="test_commands_render_window drives the window's renders"
    ),
]

QUICK = {"engine": "CYCLES", "samples": 1, "resolution_x": 32, "resolution_y": 16}


@pytest.fixture
def unchanged(default_file):
    """At the end everything is as it was."""
    before = state()
    yield
    assert state() == before


@pytest.mark.usefixtures("unchanged")
def test_a_render_is_the_file_that_was_asked_for(tmp_path):
    path = str(tmp_path / "new folder" / "render.png")
    result = run("render_image", filepath=path, **QUICK)
    seconds = result.pop("seconds")
    assert 0 < seconds < 60
    assert result == {
        "filepath": path,
        "width": 32,
        "height": 16,
        "format": "PNG",
        "engine": "CYCLES",
        "camera": "Camera",
        "frame": 1,
    }
    picture = Picture(path)
    assert picture.size == (32, 16) and picture.at(0.5, 0.5)[0] > 0.1


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("format", FORMATS)
def test_every_format(format, tmp_path):
    result = run("render_image", filepath=str(tmp_path / "render"), format=format, **QUICK)
    extension = FORMATS[format][0]
    assert result["filepath"] == str(tmp_path / f"render{extension}") and result["format"] == format
    assert Picture(result["filepath"]).size == (32, 16)


def test_the_extension_tells_the_format(tmp_path):
    run("render_image", filepath=str(tmp_path / "a.JPEG"), **QUICK)
    assert (tmp_path / "a.JPEG").read_bytes().startswith(b"\xff\xd8\xff")


def test_without_a_path_there_is_a_file_all_the_same_and_its_bytes_where_wanted():
    result = run("render_image", inline=True, **QUICK)
    with open(result["filepath"], "rb") as file:
        assert base64.b64decode(result["image"]) == file.read()
    os.remove(result["filepath"])


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("engine", ["workbench", "EEVEE", "BLENDER_EEVEE_NEXT", "cycles"])
def test_engines_by_the_names_that_people_use(engine, tmp_path):
    size = {"resolution_x": 16, "resolution_y": 16}
    samples = {} if engine == "workbench" else {"samples": 1}
    result = run("render_image", filepath=str(tmp_path / "x.png"), engine=engine, **size, **samples)
    assert engine.upper().removeprefix("BLENDER_").removesuffix("_NEXT") in result["engine"]


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(
    ("names", "word"),
    [
        (
            ["BLENDER_EEVEE", "BLENDER_EEVEE_NEXT", "EEVEE_NEXT", "eevee", "Eevee Next", "blender_eevee"],
            "EEVEE",
        ),
        (["CYCLES", "cycles", " Cycles"], "CYCLES"),
        (["BLENDER_WORKBENCH", "workbench", "Workbench-Next"], "WORKBENCH"),
    ],
)
def test_every_name_that_an_engine_has_or_had(names, word):
    for name in names:
        with TemporarySettings() as temporary:
            choose(temporary, bpy.context.scene, name)
            assert word in bpy.context.scene.render.engine, name


@pytest.mark.usefixtures("unchanged")
def test_the_tool_takes_these_names_too(tmp_path):
    answer = run("render", filepath=str(tmp_path / "a.png"), engine="cycles", samples=1, resolution=[16, 16])
    assert answer["engine"] == "CYCLES"


@pytest.mark.usefixtures("unchanged")
def test_one_side_follows_the_other(tmp_path):
    for given, size in (({"resolution_x": 160}, (160, 90)), ({"resolution_y": 180}, (320, 180))):
        result = run("render_image", filepath=str(tmp_path / "x.png"), engine="CYCLES", samples=1, **given)
        assert (result["width"], result["height"]) == size == Picture(tmp_path / "x.png").size


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"engine": "NOTHING"}, "no render engine 'NOTHING' here; there are: BLENDER_EEVEE"),
        ({"engine": "WORKBENCH", "samples": 4}, "not for BLENDER_WORKBENCH"),
        ({"camera": "nobody"}, "Object not found: nobody"),
        ({"camera": "Cube"}, "'Cube' is no camera; cameras in the scene: Camera"),
        ({"filepath": "/tmp/x.mp4"}, "does not tell the format: end it in one of .png"),
        ({"filepath": "/tmp/"}, "is a folder: add the name of a file"),
        ({"filepath": "/proc/nowhere/x.png"}, "Cannot make the folder"),
    ],
)
@pytest.mark.usefixtures("unchanged")
def test_what_is_wrong_is_said(parameters, words):
    with pytest.raises(CommandError) as raised:
        run("render_image", **{**QUICK, **parameters})
    assert words in raised.value.message


def test_a_scene_without_a_camera():
    bpy.data.objects.remove(bpy.data.objects["Camera"])
    with pytest.raises(CommandError, match="no camera"):
        run("render_image", **QUICK)


def test_another_camera_wins_over_those_of_markers(tmp_path):
    scene = bpy.context.scene
    away = bpy.data.objects.new("Away", bpy.data.cameras.new("Away"))
    away.location = (0, 0, -50)  # looks down, into nothing
    scene.collection.objects.link(away)
    marker = scene.timeline_markers.new("M", frame=1)
    marker.camera = scene.camera
    run("render_image", filepath=str(tmp_path / "away.png"), camera="Away", transparent=True, **QUICK)
    assert Picture(tmp_path / "away.png").at(0.5, 0.5)[3] == 0
    assert marker.camera == scene.camera == bpy.data.objects["Camera"]
    run("render_image", filepath=str(tmp_path / "seen.png"), transparent=True, **QUICK)
    assert Picture(tmp_path / "seen.png").at(0.5, 0.5)[3] == 1


def test_another_frame(tmp_path):
    cube = bpy.data.objects["Cube"]
    for frame, x in ((1, 0), (20, 100)):
        cube.location.x = x
        cube.keyframe_insert("location", frame=frame)
    bpy.context.scene.frame_set(1)
    result = run("render_image", filepath=str(tmp_path / "x.png"), frame=20, transparent=True, **QUICK)
    assert result["frame"] == 20 and Picture(tmp_path / "x.png").at(0.5, 0.5)[3] == 0
    assert bpy.context.scene.frame_current == 1 and cube.matrix_world.translation.x == 0


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("end", [Cancelled, GeneratorExit])
def test_a_cancelled_render_leaves_nothing(end, tmp_path):
    generator = render.render_image(filepath=str(tmp_path / "x.png"), **QUICK)
    assert next(generator) == (0.0, "rendering")
    assert bpy.context.scene.render.engine == "CYCLES"
    with pytest.raises(end):
        generator.throw(end())
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("unchanged")
def test_a_second_render_waits_its_turn(tmp_path):
    first = render.render_image(filepath=str(tmp_path / "1.png"), **QUICK)
    second = render.render_image(filepath=str(tmp_path / "2.png"), **{**QUICK, "resolution_x": 64})
    assert next(first)[1] == "rendering"
    assert next(second)[1] == next(second)[1] == "waiting for another render to end"
    first.close()
    assert next(second)[1] == "rendering"
    with pytest.raises(StopIteration) as end:
        next(second)
    assert end.value.value["width"] == 64 and Picture(tmp_path / "2.png").size == (64, 16)


def test_a_user_who_renders_films_gets_the_settings_back(tmp_path):
    image = bpy.context.scene.render.image_settings
    if hasattr(image, "media_type"):
        image.media_type = "VIDEO"
    image.file_format = "FFMPEG"
    before = state()
    run("render_image", filepath=str(tmp_path / "x.exr"), **QUICK)
    assert state() == before
