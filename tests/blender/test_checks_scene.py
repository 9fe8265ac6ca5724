"""Scenes with one known fault each, and pictures that are black or white."""

import bpy
import pytest
from call import run
from tenon.errors import CommandError

pytestmark = pytest.mark.usefixtures("default_file")


def problems(**more):
    return {each["kind"]: each for each in run("check_scene", **more)["problems"]}


def test_the_start_up_file_is_ok():
    answer = run("check_scene")
    assert answer["ok"] and answer["problems"] == [] and answer["visible_objects"] == 3
    assert answer["libraries"] == {"count": 0, "first": []}


def test_an_empty_file():
    run("new_file", empty=True, discard_changes=True)
    found = problems()
    assert set(found) >= {"no_camera", "no_light"}
    assert run("check_scene", render=True)["notes"] == ["There was no test render: the scene has no camera"]


def test_light_that_is_no_lamp():
    run("delete_object", name="Light")
    assert "no_light" in problems()
    run("set_material", object_name="Cube", emission_color=[1, 1, 1], emission_strength=2)
    assert "no_light" not in problems()


def test_files_data_and_looks(tmp_path):
    image = bpy.data.images.new("Gone", 4, 4)
    image.source, image.filepath = "FILE", str(tmp_path / "gone.png")
    bpy.data.meshes.new("Nobody's")
    run("create_object", type="CUBE", name="Bare", location=[5, 0, 0])
    run("create_object", type="CUBE", name="Far", location=[5000, 0, 0], color=[1, 0, 0])
    found = problems()
    assert found["missing_files"]["first"] == [f"image 'Gone' ({tmp_path / 'gone.png'})"]
    assert "meshes: Nobody's" in run("check_scene")["unused_data"]["first"]
    assert found["no_material"]["first"] == ["Bare"] and found["far_from_origin"]["first"] == ["Far"]
    assert "far_from_origin" not in problems(far=10_000)


def test_twins_and_half_hidden_objects():
    cube = bpy.data.objects["Cube"]
    run("duplicate_object", name="Cube", new_name="Twin")
    assert problems()["duplicates"]["first"] == ["Cube = Twin"]
    bpy.data.objects["Twin"].location.x = 0.5
    assert "duplicates" not in problems()
    cube.hide_viewport = True
    bpy.data.objects["Twin"].hide_render = True
    found = problems()
    assert found["only_in_renders"]["first"] == ["Cube"] and found["only_in_viewport"]["first"] == ["Twin"]


def test_names_are_bounded():
    before = run("check_scene")["unused_data"]["count"]
    for at in range(30):
        bpy.data.meshes.new(f"M{at}")
    found = run("check_scene", limit=3)["unused_data"]
    assert found["count"] == before + 30 and len(found["first"]) == 3


@pytest.mark.parametrize(("level", "words"), [(0.0, "is black all over"), (1.0, "white without detail")])
def test_a_picture_is_measured(tmp_path, level, words):
    path = tmp_path / "a.png"
    image = bpy.data.images.new("made", 16, 16)
    image.pixels = [level, level, level, 1.0] * 256
    image.filepath_raw, image.file_format = str(path), "PNG"
    image.save()
    bpy.data.images.remove(image)
    answer = run("check_scene", image=str(path))
    assert answer["image"]["mean_brightness"] == level
    assert any(words in each["what"] for each in answer["problems"]) and not answer["ok"]


def test_what_is_no_picture(tmp_path):
    (tmp_path / "a.png").write_text("text")
    for path, words in ((tmp_path / "a.png", "no picture"), (tmp_path / "b.png", "No such image file")):
        with pytest.raises(CommandError, match=words):
            run("check_scene", image=str(path))


def test_a_test_render_shows_that_it_is_dark():
    assert run("check_scene", render=True)["ok"]
    run("delete_object", name="Light")
    bpy.context.scene.world.node_tree.nodes["Background"].inputs["Strength"].default_value = 0
    before = bpy.context.scene.render.resolution_x, bpy.context.scene.render.engine
    answer = run("check_scene", render=True)
    assert answer["render"]["black_part"] == 1 and "picture" in [each["kind"] for each in answer["problems"]]
    assert (bpy.context.scene.render.resolution_x, bpy.context.scene.render.engine) == before
