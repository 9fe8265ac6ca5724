"""Pictures that show nothing, and looks that nobody sees, are told."""

import bpy
import pytest
from call import run
from tenon.errors import CommandError

pytestmark = pytest.mark.usefixtures("default_file")

QUICK = {"engine": "CYCLES", "samples": 1, "resolution_x": 16, "resolution_y": 16}


def test_a_black_render_is_told(tmp_path):
    bpy.data.objects.remove(bpy.data.objects["Light"])
    bpy.context.scene.world = None
    asked = {"filepath": str(tmp_path / "a.png"), "engine": "CYCLES", "samples": 1, "resolution": [16, 16]}
    (note,) = run("render", **asked)["notes"]
    assert note.startswith("The picture is black all over")


@pytest.mark.parametrize("transparent", [False, True])
def test_a_render_of_nothing_is_told(transparent, tmp_path):
    bpy.data.objects["Camera"].rotation_euler = (0, 3.14, 0)
    answer = run("render_image", filepath=str(tmp_path / "a.png"), transparent=transparent, **QUICK)
    assert answer["notes"] == ["The picture is of one color all over: the camera may see no object."]


def test_a_render_of_something_needs_no_note(tmp_path):
    assert "notes" not in run("render_image", filepath=str(tmp_path / "a.png"), **QUICK)


def test_a_slot_that_no_face_shows_is_told():
    answer = run("set_material", object_name="Cube", slot=1, color=[1, 0, 0])
    assert "No face of 'Cube' uses slot 1, so it is not seen; faces use: 0." in answer["notes"]
    assert "notes" not in run("set_material", object_name="Cube", slot=0, color=[1, 0, 0])


def test_a_muted_shader_is_not_the_one_that_is_seen():
    material = bpy.data.materials["Material"]
    muted = next(node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
    muted.mute = True
    answer = run("set_material", material_name="Material", color=[1, 0, 0])
    assert list(muted.inputs["Base Color"].default_value) != [1, 0, 0, 1]
    seen = material.node_tree.get_output_node("ALL").inputs["Surface"].links[0].from_node
    assert list(seen.inputs["Base Color"].default_value) == [1, 0, 0, 1]
    assert "made the look" in answer["notes"][0]


@pytest.fixture
def drawing(default_file):
    kind = "grease_pencils_v3" if hasattr(bpy.data, "grease_pencils_v3") else "grease_pencils"
    made = bpy.data.objects.new("Drawing", getattr(bpy.data, kind).new("Drawing"))
    bpy.context.collection.objects.link(made)
    return made


def test_grease_pencil_has_a_color_of_its_own(drawing):
    answer = run("set_material", object_name="Drawing", color=[1, 0, 0], alpha=0.5, roughness=0.25)
    style = drawing.material_slots[0].material.grease_pencil
    assert list(style.color) == list(style.fill_color) == [1, 0, 0, 0.5] == answer["color"]
    assert answer["notes"] == ["A material for grease pencil has color and alpha only, so not: roughness."]


@pytest.mark.usefixtures("drawing")
def test_materials_of_the_other_kind_are_refused(tmp_path):
    run("set_material", object_name="Drawing", material_name="Ink", color=[1, 0, 0])
    for obj, material in (("Cube", "Ink"), ("Drawing", "Material")):
        with pytest.raises(CommandError, match="a material for grease pencil, and"):
            run("set_material", object_name=obj, material_name=material)
    with pytest.raises(CommandError, match="takes no texture"):
        run("set_material", object_name="Drawing", texture=str(tmp_path / "a.png"))
