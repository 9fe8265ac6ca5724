"""Materials of what things are built of: each made of nodes, once, and as large as it is in the world."""

from itertools import chain
from typing import get_args

import bpy
import pytest
from call import run
from picture import Picture
from tenon.commands.material_presets import _BUILDERS, Preset, preset
from tenon.errors import CommandError

pytestmark = pytest.mark.usefixtures("empty_file")

NAMES = get_args(Preset)
SIZE = 80  # pixels of a picture's side


def shader_of(material):
    return next(node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED")


def reached(material):
    """The nodes that have a part in what is seen."""
    waiting = [next(node for node in material.node_tree.nodes if node.type == "OUTPUT_MATERIAL")]
    for node in waiting:
        links = [link for socket in node.inputs for link in socket.links]
        assert all(link.is_valid for link in links)
        waiting += [link.from_node for link in links if link.from_node not in waiting]
    return waiting


def test_every_name_has_its_builder():
    of_shapes = {"ROOFING", "TATAMI", "CLOTH", "PAPER"}
    assert {*NAMES, *of_shapes} == set(_BUILDERS) and len(NAMES) == 10


@pytest.mark.parametrize("name", _BUILDERS)
def test_each_is_made_of_nodes_that_are_all_seen(name):
    material = preset(name)
    nodes = reached(material)
    assert material.name == f"Tenon {name.title()}"
    assert set(nodes) == set(material.node_tree.nodes), "a node has no part in the look"
    assert {node.type for node in nodes} & {"TEX_NOISE", "TEX_WAVE", "TEX_VORONOI", "TEX_BRICK"}
    assert shader_of(material) in nodes
    places = [tuple(node.location) for node in nodes]
    assert len(set(places)) == len(places), "nodes lie on each other"


@pytest.mark.parametrize("name", NAMES)
def test_each_is_made_once(name):
    first = preset(name)
    count = len(bpy.data.node_groups)
    first.name = "Mine"
    assert preset(name) == first and len(bpy.data.materials) == 1
    assert len(bpy.data.node_groups) == count == 1


def test_they_share_one_group_of_coordinates():
    for name in NAMES:
        preset(name)
    assert len(bpy.data.materials) == 10 and len(bpy.data.node_groups) == 1


def test_an_unknown_one():
    with pytest.raises(CommandError, match="no material preset 'CHEESE': give one of WOOD, CONCRETE"):
        preset("CHEESE")
    assert not bpy.data.materials


def test_metals_and_glass():
    for name in NAMES:
        material = preset(name)
        inputs = shader_of(material).inputs
        transmission = inputs.get("Transmission Weight") or inputs["Transmission"]
        assert inputs["Metallic"].default_value == (name in ("METAL", "GOLD"))
        assert transmission.default_value == (name == "GLASS")
        assert material.metallic == (name in ("METAL", "GOLD"))


def test_those_of_a_library_are_not_taken(tmp_path):
    path = str(tmp_path / "library.blend")
    far = preset("WOOD")
    bpy.data.libraries.write(path, {far})
    bpy.data.materials.remove(far)
    with bpy.data.libraries.load(path, link=True) as (_, into):
        into.materials = ["Tenon Wood"]
    near = preset("WOOD")
    assert near.library is None and near != into.materials[0]


def wall(name, *, scale=(1, 1, 1), size=(1, 1, 1)):
    """A box that is as large as size and scale say."""
    info = run("create_object", type="CUBE", name="Wall", size=1)
    obj = bpy.data.objects[info["name"]]
    for vertex in obj.data.vertices:
        vertex.co = [a * b for a, b in zip(vertex.co, size, strict=True)]
    obj.scale = scale
    run("color_objects", names=[obj.name], material=name)
    return obj


def picture(path, side=1.0, turned=0.0):
    """Its front in a picture as wide as `side`, which it fills: the pixels in rows. Eye and light turn with
    the wall."""
    run("create_object", type="CAMERA", name="Eye", location=[0, -10 * side, 0])
    run("create_object", type="LIGHT", name="Sun", light_type="SUN", energy=3, rotation=[0.9, 0.3, 0])
    run("aim_objects", names=["Eye"], target=[0, 0, 0])
    run("parent_objects", names=["Eye", "Sun"], parent="Wall")
    run("rotate_objects", names=["Wall"], axis="Z", angle=turned)
    camera = bpy.data.objects["Eye"].data
    camera.type, camera.ortho_scale, camera.clip_end = "ORTHO", side, 100 * side
    return rendered(path)


def rendered(path):
    scene = bpy.context.scene
    scene.camera = bpy.data.objects["Eye"]
    scene.render.engine, scene.cycles.samples, scene.cycles.use_denoising = "CYCLES", 8, False
    scene.render.resolution_x = scene.render.resolution_y = SIZE
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)
    shown = Picture(path)
    return [shown.at((x + 0.5) / SIZE, (y + 0.5) / SIZE)[:3] for y in range(SIZE) for x in range(SIZE)]


def difference(first, second):
    """The mean of how far the colors are from each other."""
    pairs = zip(chain(*first), chain(*second), strict=True)
    return sum(abs(a - b) for a, b in pairs) / (3 * len(first))


def mean(pixels):
    return [sum(each[channel] for each in pixels) / len(pixels) for channel in range(3)]


@pytest.mark.parametrize("name", ["WOOD", "CONCRETE", "BRICK", "PLASTER", "TILE", "STONE"])
def test_each_shows_a_pattern(tmp_path, name):
    wall(name)
    pixels = picture(tmp_path / "wall.png")
    flat = [mean(pixels)] * len(pixels)
    assert difference(pixels, flat) > 0.005 and max(mean(pixels)) > 0.1


def test_bricks_are_red_and_in_courses(tmp_path):
    wall("BRICK")
    pixels = picture(tmp_path / "wall.png")
    red, green, blue = mean(pixels)
    assert red > 1.3 * green > 0 and red > 1.3 * blue
    rows = [mean(pixels[row * SIZE : (row + 1) * SIZE]) for row in range(SIZE)]
    grey = [row[2] / row[0] for row in rows]  # mortar is less red
    middle = (min(grey) + max(grey)) / 2
    joints = [at for at in range(1, SIZE) if grey[at - 1] <= middle < grey[at]]
    assert 12 <= len(joints) <= 14, joints  # a course has 7.5 cm


@pytest.mark.parametrize("name", ["BRICK", "WOOD"])
def test_the_pattern_is_as_large_on_a_scaled_object(tmp_path, name):
    wall(name, scale=(3, 1, 0.5), size=(1 / 3, 1, 2))
    scaled = picture(tmp_path / "scaled.png")
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    wall(name)
    plain = picture(tmp_path / "plain.png")
    assert difference(scaled, plain) < 0.01
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    wall(name, scale=(1, 1, 1), size=(2, 2, 2))
    assert difference(picture(tmp_path / "larger.png", side=2.0), plain) > 0.02


def test_the_pattern_turns_with_the_object(tmp_path):
    wall("BRICK")
    straight = picture(tmp_path / "straight.png")
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    wall("BRICK")
    assert difference(picture(tmp_path / "turned.png", turned=0.7), straight) < 0.02


def test_a_scene_in_centimetres(tmp_path):
    wall("BRICK")
    metres = picture(tmp_path / "metres.png")
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.context.scene.unit_settings.scale_length = 0.01
    wall("BRICK", size=(100, 100, 100))
    assert difference(picture(tmp_path / "centimetres.png", side=100.0), metres) < 0.02


def test_through_glass_comes_light(tmp_path):
    """Onto the ground below it, where all else throws a shadow."""
    lit = {}
    for name in ("GLASS", "CONCRETE"):
        bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
        wall(name, size=(6, 6, 0.02))
        run("create_object", type="PLANE", name="Ground", size=6, location=[0, 0, -4], color=[1, 1, 1])
        run("create_object", type="LIGHT", name="Sun", light_type="SUN", energy=3)
        run("create_object", type="CAMERA", name="Eye", location=[0, 0, -1])
        lit[name] = mean(rendered(tmp_path / f"{name}.png"))[0]
    assert lit["GLASS"] > 0.5 and lit["CONCRETE"] < 0.05
