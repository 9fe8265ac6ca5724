"""Looking at the scene: every view, shading and moment shows what it should, and leaves no trace.

Runs without a window and, by `test_commands_blenders.py`, in a window.
"""

import base64

import bpy
import house_scene
import pytest
from call import run
from picture import Picture, state
from tenon._native import Cancelled
from tenon.errors import CommandError
from tenon.imaging import bitmap_font, contact_sheet
from tenon.registry.table import find

pytestmark = pytest.mark.usefixtures("default_file")


@pytest.fixture
def house(default_file):
    house_scene.build()


@pytest.fixture
def look(tmp_path):
    """Look, and read the picture; whatever was asked for, everything is as it was."""

    def look(**asked):
        before = state(), view()
        answer = run("look", **asked)
        assert (state(), view()) == before
        (image,) = answer["images"]
        path = tmp_path / image["name"]
        path.write_bytes(base64.b64decode(image["data"], validate=True))
        magic = {"image/png": b"\x89PNG", "image/jpeg": b"\xff\xd8\xff"}[image["mime_type"]]
        assert path.read_bytes().startswith(magic)
        picture = Picture(path)
        assert picture.size == (answer["width"], answer["height"])
        return answer, picture

    return look


def view():
    """What the user sees by, and where things are."""
    areas = [each for screen in bpy.data.screens for each in screen.areas if each.type == "VIEW_3D"]
    spaces = [each.spaces.active for each in areas]
    return repr(
        (
            [(each.shading.type, each.overlay.show_overlays) for each in spaces],
            [list(map(list, each.region_3d.view_matrix)) for each in spaces if each.region_3d],
            [(each.name, *each.location, each.select_get(), each.hide_render) for each in bpy.data.objects],
            bpy.context.scene.frame_current,
            [each.name for each in bpy.context.view_layer.objects],
        )
    )


def is_like(pixel, name):
    """Whether a pixel has the hue of a material: the order of its colors."""
    color = house_scene.COLORS[name]
    order = sorted(range(3), key=lambda at: color[at])
    return pixel[order[2]] > pixel[order[0]] + 0.08


@pytest.mark.usefixtures("house")
@pytest.mark.parametrize("shading", ["solid", "material", "rendered"])
def test_each_shading_shows_the_house(look, shading):
    answer, picture = look(view="front", shading=shading, size=200)
    assert answer["tiles"] == [
        {"view": "front", "frame": 1, "too_large_to_frame": ["Ground"], "shading": shading}
    ]
    assert picture.size == (200, 150)
    assert is_like(picture.at(0.64, 0.33), "Tiles"), "the roof is above"
    assert is_like(picture.at(0.64, 0.72), "Oak"), "the door is below"
    assert max(picture.at(0.73, 0.6)[:3]) > 0.4, "the wall is light"


def test_what_has_no_surface_is_not_framed(look):
    """Meshes without a vertex, and with one, are in no picture and make nothing else too large for it."""
    cube = bpy.data.objects["Cube"]
    meshes = [bpy.data.meshes.new("Nothing"), bpy.data.meshes.new("Point")]
    meshes[1].from_pydata([(0, 0, 0)], [], [])
    for at in range(20):
        point = bpy.data.objects.new(f"Point.{at}", meshes[at % 2])
        point.location.x = at
        bpy.context.scene.collection.objects.link(point)
    answer, picture = look(view="front", size=200)
    assert "too_large_to_frame" not in answer["tiles"][0]
    middle, above = picture.at(0.5, 0.5), picture.at(0.5, 0.02)
    assert middle != above and middle != picture.at(0.05, 0.5)
    cube.scale = (3, 1, 0.2)
    _, flat = look(view="front", size=200)
    assert flat.at(0.5, 0.2) != picture.at(0.5, 0.2), "the picture follows the cube, and nothing else"


@pytest.mark.usefixtures("house")
def test_a_wireframe_has_dark_lines_on_light_paper(look):
    _, picture = look(view="front", shading="wireframe", size=400)
    pixels = [picture.at(x / 200, 0.6)[0] for x in range(200)]
    assert max(pixels) > 0.9 and min(pixels) < 0.6
    assert sum(pixel < 0.8 for pixel in pixels) < 60, "lines, not areas"


@pytest.mark.usefixtures("house")
def test_directions_are_those_of_blender(look):
    """The ball lies at the left in front: seen from above at the lower left."""
    for name, x, y in (("front", 0.09, 0.9), ("right", 0.07, 0.9), ("top", 0.09, 0.92)):
        _, picture = look(view=name, size=400)
        near = [picture.at(x + i / 100, min(y + j / 100, 1)) for i in range(-6, 7) for j in range(-8, 8)]
        assert any(is_like(each, "Ball") for each in near), name


@pytest.mark.usefixtures("house")
def test_all_angles_are_one_sheet_with_labels(look):
    answer, picture = look(view="all")
    assert [each["view"] for each in answer["tiles"]] == ["front", "right", "top", "iso"]
    assert picture.size == (1200, 900)
    corners = [picture.at(x + 0.003, y + 0.003)[:3] for x in (0, 0.505) for y in (0, 0.505)]
    assert all(max(corner) < 0.15 for corner in corners), "a dark ground for the label in each tile"
    for x in (0, 0.505):
        for y in (0, 0.505):
            assert any(min(picture.at(x + i / 1200, y + 0.012)[:3]) > 0.9 for i in range(5, 60)), (
                "and letters"
            )


@pytest.mark.usefixtures("house")
def test_frames_are_moments_and_the_users_own_comes_back(look):
    ball = bpy.data.objects["Ball"]
    bpy.context.scene.frame_set(12)
    ball.location = (0, -5, 4)  # moved, and not keyed
    bpy.context.view_layer.update()
    answer, _ = look(view="front", frames=[1, 24, 48], focus="House", size=900)
    assert [each["frame"] for each in answer["tiles"]] == [1, 24, 48]
    assert tuple(ball.location) == (0, -5, 4)
    assert bpy.context.scene.frame_current == 12
    answer, _ = look(view="camera", frames=4, size=400)
    assert [each["frame"] for each in answer["tiles"]] == [1, 17, 32, 48]
    answer, _ = look(view="camera", frames="10:20:2", size=400)
    assert [each["frame"] for each in answer["tiles"]] == [10, 20]


@pytest.mark.usefixtures("house")
def test_what_is_hidden_by_a_wall_is_seen_when_it_is_asked_for(look):
    _, picture = look(view="front", focus="Table", shading="solid", size=200)
    assert is_like(picture.at(0.5, 0.5), "Oak")
    _, picture = look(view="front", focus=["House"], shading="solid", size=200)
    assert not is_like(picture.at(0.62, 0.5), "Oak")


@pytest.mark.usefixtures("house")
def test_black_is_told_and_shown_in_another_shading(look):
    bpy.data.objects.remove(bpy.data.objects["Sun"])
    bpy.context.scene.world = None
    answer, picture = look(view="camera", shading="rendered", size=100)
    (tile,) = answer["tiles"]
    assert tile["shading"] == "solid" and "no light" in tile["note"]
    assert max(picture.at(0.5, 0.5)[:3]) > 0.2


def test_the_present_view_needs_nothing(look):
    answer, picture = look(size=300)
    assert max(picture.size) == 300
    assert answer["method"] == ("render" if bpy.app.background else "offscreen")


@pytest.mark.usefixtures("empty_file")
def test_an_empty_scene_has_pictures_too(look):
    for asked in ({}, {"view": "all"}, {"view": "iso", "shading": "wireframe"}, {"shading": "material"}):
        look(**asked, size=100)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"view": "above"}, "There is no view 'above'; there are: viewport, camera, front"),
        ({"view": []}, "There is no view"),
        ({"focus": "Nothing"}, "Objects not found: Nothing"),
        ({"frames": "1-5"}, "is not first:last"),
        ({"frames": 0}, "At least one frame"),
        ({"frames": 100}, "too many for a sheet"),
        ({"view": "all", "frames": 5}, "20 pictures are too many"),
    ],
)
def test_what_cannot_be_shown(asked, words):
    before = state()
    with pytest.raises(CommandError, match=words):
        run("look", **asked)
    assert state() == before


def test_without_a_camera_its_view_says_so():
    bpy.data.objects.remove(bpy.data.objects["Camera"])
    with pytest.raises(CommandError, match="no camera"):
        run("look", view="camera")


def test_a_cancelled_look_leaves_nothing_behind():
    before = state(), view()
    looking = find("look").function(view="all", frames=[1, 5], size=200)
    assert next(looking) == (0.0, "front at frame 1")
    assert next(looking)[0] == 1 / 8
    assert (state(), view()) == before, "between two tiles the user finds everything in place"
    with pytest.raises(Cancelled):
        looking.throw(Cancelled())
    assert (state(), view()) == before


def test_letters_and_grids():
    assert bitmap_font.mask("I").sum() == 5 + 6 and bitmap_font.mask("I", 2).sum() == 4 * 11
    assert bitmap_font.mask("front 12").shape == (7, 8 * 6 - 1)
    assert bitmap_font.mask("ü").tolist() == bitmap_font.mask("?").tolist()
    assert [contact_sheet.grid(1, count) for count in (1, 2, 3, 4, 6, 9)] == [
        (1, 1), (2, 1), (3, 1), (2, 2), (3, 2), (3, 3)
    ]  # fmt: skip
    assert contact_sheet.grid(2, 4) == (4, 2)


def test_several_views_of_a_frame_go_there_once(look):
    frames = []

    def note(scene, *_):
        frames.append(scene.frame_current)

    bpy.app.handlers.frame_change_post.append(note)
    try:
        answer, _ = look(view=["front", "right", "top"], frames=[1, 5, 9], shading="wireframe", size=300)
    finally:
        bpy.app.handlers.frame_change_post.remove(note)
    assert frames == [5, 1, 9, 1]
    assert [(each["view"], each["frame"]) for each in answer["tiles"]] == [
        (view, frame) for view in ("front", "right", "top") for frame in (1, 5, 9)
    ]
