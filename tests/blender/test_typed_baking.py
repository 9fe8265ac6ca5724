"""UV maps unwrapped and pictures baked by commands, in the states that objects can be in."""

import bpy
import pytest
from call import run
from tenon.errors import CommandError
from typed_states import HIDING, link_from_library, set_mode, what_the_user_sees

pytestmark = pytest.mark.usefixtures("default_file")


def cube():
    return bpy.data.objects["Cube"]


def census():
    kinds = ("objects", "meshes", "materials", "scenes", "collections")
    return {kind: len(getattr(bpy.data, kind)) for kind in kinds}


def without_maps(obj):
    while obj.data.uv_layers:
        obj.data.uv_layers.remove(obj.data.uv_layers[0])


@pytest.mark.parametrize("method", ["SMART", "CUBE", "ANGLE"])
def test_a_mesh_without_a_map_is_unwrapped(method):
    without_maps(cube())
    selected = [each.select for each in cube().data.polygons]
    answer = run("unwrap_uv", object_names=["Cube"], method=method)
    (row,) = answer["objects"]
    assert row["uv_map"] == "UVMap" and row["covered_area"] > 0
    assert min(row["bounds"]) >= -1e-4 and max(row["bounds"]) <= 1.0001
    assert [each.select for each in cube().data.polygons] == selected and cube().mode == "OBJECT"
    assert ("seams" in str(answer.get("notes"))) is (method == "ANGLE")
    assert ("overlap" in str(answer.get("notes"))) is (row["covered_area"] > 1.02)


def test_unwrapped_while_another_mesh_is_edited():
    run("create_object", type="CUBE", name="Other")
    cube().select_set(False)
    set_mode(bpy.data.objects["Other"], "EDIT")
    before = what_the_user_sees()
    without_maps(cube())
    assert 0 < run("unwrap_uv", object_names=["Cube"])["objects"][0]["covered_area"] < 1
    assert what_the_user_sees() == before and bpy.data.objects["Other"].mode == "EDIT"


@pytest.mark.parametrize("state", HIDING)
def test_unwrapped_in_every_state(state):
    without_maps(cube())
    HIDING[state](cube())
    before = what_the_user_sees()
    answer = run("unwrap_uv", object_names=["Cube"], uv_map="Light map")
    assert answer["objects"][0]["uv_map"] == "Light map" and what_the_user_sees() == before
    assert cube().data.uv_layers.keys() == ["Light map"]


def test_what_cannot_be_unwrapped_is_refused(tmp_path):
    link_from_library(tmp_path)
    for name, words in (("Light", "LIGHT"), ("Far", r"library\.blend")):
        with pytest.raises(CommandError, match=words):
            run("unwrap_uv", object_names=["Cube", name])
    empty = bpy.data.objects.new("Empty mesh", bpy.data.meshes.new("Empty mesh"))
    bpy.context.scene.collection.objects.link(empty)
    with pytest.raises(CommandError, match="no faces"):
        run("unwrap_uv", object_names=["Empty mesh"])


def bake(folder, **params):
    path = str(folder / "out.png")
    answer = run(
        "bake",
        **{"object_name": "Cube", "filepath": path, "resolution": 16, "samples": 1, "margin": 2, **params},
    )
    image = bpy.data.images.load(answer["filepath"])
    pixels = list(image.pixels)
    bpy.data.images.remove(image)
    return answer, pixels


KINDS = ["COMBINED", "AMBIENT_OCCLUSION", "NORMAL", "DIFFUSE"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_is_baked_and_nothing_left(tmp_path, kind):
    run("set_material", object_name="Cube", color=[1, 0, 0])
    run("unwrap_uv", object_names=["Cube"])
    before, seen, engine = census(), what_the_user_sees(), bpy.context.scene.render.engine
    answer, pixels = bake(tmp_path, type=kind)
    assert census() == before and what_the_user_sees() == seen and answer["bytes"] > 0
    assert bpy.context.scene.render.engine == engine and not cube().hide_render
    assert not any(each.name.startswith("Bake") for each in bpy.data.images)
    assert max(pixels[0::4]) > 0.3
    if kind == "DIFFUSE":
        assert max(pixels[1::4]) < 0.01


@pytest.mark.parametrize("state", HIDING)
def test_baked_in_every_state(tmp_path, state):
    HIDING[state](cube())
    seen = what_the_user_sees()
    _, pixels = bake(tmp_path, type="DIFFUSE")
    assert max(pixels[0::4]) > 0.3 and what_the_user_sees() == seen


def test_baked_without_a_material(tmp_path):
    cube().data.materials.clear()
    before = census()
    _, pixels = bake(tmp_path, type="AMBIENT_OCCLUSION")
    assert max(pixels[0::4]) > 0.3 and census() == before and not cube().material_slots


def test_what_cannot_be_baked_is_refused(tmp_path):
    without_maps(cube())
    with pytest.raises(CommandError, match="unwrap_uv first"):
        bake(tmp_path)
    with pytest.raises(CommandError, match="only a MESH"):
        bake(tmp_path, object_name="Light")
    assert not list(tmp_path.iterdir())


def test_a_bake_without_light_is_told(tmp_path):
    run("set_world", color=[0, 0, 0])
    run("delete_object", name="Light")
    answer, _ = bake(tmp_path)
    assert "one color" in answer["notes"][0]
