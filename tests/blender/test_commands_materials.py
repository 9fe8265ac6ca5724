"""Materials: looks set and read back, slots, textures, and dialect C's names for them."""

import bpy
import pytest
from call import run
from tenon.commands.materials import SOCKETS
from tenon.errors import CommandError

pytestmark = pytest.mark.usefixtures("empty_file")


@pytest.fixture
def cube():
    run("create_object", type="CUBE", name="Cube")
    return bpy.data.objects["Cube"]


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "dots.png"
    image = bpy.data.images.new("dots", 4, 4)
    image.filepath_raw, image.file_format = str(path), "PNG"
    image.save()
    bpy.data.images.remove(image)
    return str(path)


def shader(name):
    nodes = bpy.data.materials[name].node_tree.nodes
    return next(node for node in nodes if node.type == "BSDF_PRINCIPLED")


def test_every_part_of_the_look(cube):
    look = {
        "color": [1, 0.5, 0.25, 1],
        "metallic": 0.5,
        "roughness": 0.125,
        "alpha": 0.75,
        "emission_color": [0, 1, 0, 1],
        "emission_strength": 3.0,
        "transmission": 0.25,
        "ior": 1.75,
        "specular": 0.625,
    }
    assert look.keys() == SOCKETS.keys()
    answer = run("set_material", object_name="Cube", material_name="M", **look)
    assert (answer["object"], answer["material"], answer["slot"]) == ("Cube", "M", 0)
    for name, value in look.items():
        if name != "color":
            assert answer[name] == pytest.approx(value), name
    assert answer["color"] == pytest.approx([1, 0.5, 0.25, 1])
    assert cube.active_material.name == "M"
    material = cube.active_material
    assert list(material.diffuse_color) == pytest.approx([1, 0.5, 0.25, 0.75])
    assert (material.metallic, material.roughness) == pytest.approx((0.5, 0.125))
    assert material.blend_method != "OPAQUE"


def test_what_is_not_given_stays(cube):
    run("set_material", object_name="Cube", color=[1, 0, 0], roughness=0.2)
    answer = run("set_material", object_name="Cube", metallic=1)
    assert answer["color"] == [1, 0, 0, 1]
    assert (answer["roughness"], answer["metallic"]) == (pytest.approx(0.2), 1)
    assert len(bpy.data.materials) == 1


def test_a_color_with_alpha(cube):
    assert run("set_material", object_name="Cube", color=[1, 1, 1, 0.5])["alpha"] == 0.5


def test_an_emission_color_alone_shines(cube):
    assert run("set_material", object_name="Cube", emission_color=[1, 0, 0])["emission_strength"] == 1


def test_slots(cube):
    run("set_material", object_name="Cube", material_name="A")
    run("set_material", object_name="Cube", material_name="C", slot=2)
    names = [slot.material.name if slot.material else None for slot in cube.material_slots]
    assert names == ["A", None, "C"]


def test_a_material_without_an_object():
    assert run("set_material", material_name="M", color=[0, 0, 1])["user_count"] == 0
    run("set_material", material_name="M", color=[0, 1, 0])
    assert [material.name for material in bpy.data.materials] == ["M"]
    assert list(shader("M").inputs["Base Color"].default_value) == [0, 1, 0, 1]


def test_a_missing_principled_node_is_made():
    material = bpy.data.materials.new("M")
    if bpy.app.version < (5, 0):
        material.use_nodes = True
    material.node_tree.nodes.clear()
    run("set_material", material_name="M", roughness=0.25)
    output = material.node_tree.get_output_node("ALL")
    assert output.inputs["Surface"].links[0].from_node == shader("M")
    assert shader("M").inputs["Roughness"].default_value == 0.25


def test_texture_and_back_to_a_color(cube, picture):
    run("set_material", object_name="Cube", material_name="M", texture=picture)
    link = shader("M").inputs["Base Color"].links[0]
    assert bpy.path.abspath(link.from_node.image.filepath) == picture
    run("set_material", material_name="M", color=[1, 0, 0])
    assert not shader("M").inputs["Base Color"].is_linked


def test_list(cube):
    assert run("list_materials") == {"materials": [], "total": 0}
    run("set_material", object_name="Cube", material_name="M", color=[1, 0, 0])
    (row,) = run("list_materials")["materials"]
    assert (row["name"], row["user_count"], row["use_nodes"]) == ("M", 1, True)
    assert row["color"] == [1, 0, 0, 1]
    shader("M").id_data.nodes.clear()
    assert "roughness" not in run("list_materials")["materials"][0]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({}, "Give object_name, material_name or both"),
        ({"object_name": "X"}, "Object not found: X"),
        ({"object_name": "Empty"}, "An object of type EMPTY has no materials: Empty"),
        ({"material_name": "X", "create_if_missing": False}, "Material not found: X"),
        ({"material_name": "X", "texture": "/nowhere/x.png"}, "No such image file: /nowhere/x.png"),
        ({"object_name": "Cube", "slot": 1000}, "Slot 1000 is out of reach"),
    ],
)
def test_errors_leave_nothing_behind(cube, wrong, message):
    run("create_object", type="EMPTY")
    with pytest.raises(CommandError, match=f"^{message}"):
        run("set_material", **wrong)
    assert len(bpy.data.materials) == 0
    assert not cube.material_slots


def test_dialect_c(cube, picture):
    assert run("material.create", name="M", color=[1, 0, 0]) == {"name": "M", "use_nodes": True}
    assigned = run("material.assign", object="Cube", material="M")
    assert (assigned["object"], assigned["material"]) == ("Cube", "M")
    assert run("material.set_color", name="M", color=[0, 1, 0])["color"] == [0, 1, 0, 1]
    assert run("material.set_texture", name="M", filepath=picture)["texture"] == picture
    assert run("material.list")["materials"][0]["name"] == "M"
    for name, parameters in {
        "material.assign": {"object": "Cube", "material": "X"},
        "material.set_color": {"name": "X", "color": [0, 0, 0]},
        "material.set_texture": {"name": "X", "filepath": picture},
    }.items():
        with pytest.raises(CommandError, match=r"^Material not found: X$"):
            run(name, **parameters)
