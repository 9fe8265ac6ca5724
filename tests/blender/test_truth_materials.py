"""Looks set where they are seen, textures that are pictures, and nothing left over in the file."""

import bpy
import pytest
from call import run
from tenon.errors import CommandError

pytestmark = pytest.mark.usefixtures("empty_file")


@pytest.fixture
def material():
    made = bpy.data.materials.new("M")
    if bpy.app.version < (5, 0):
        made.use_nodes = True
    return made


def principled(material, name):
    node = material.node_tree.nodes.new("ShaderNodeBsdfPrincipled")
    node.name = name
    return node


def connect(material, shader, output=None):
    output = output or material.node_tree.get_output_node("ALL")
    material.node_tree.links.new(shader.outputs[0], output.inputs["Surface"])


def color_of(node):
    return list(node.inputs["Base Color"].default_value)


@pytest.fixture
def save_picture(tmp_path):
    """Write a picture of one color, return its path."""

    def save(name, color=(1, 0, 0, 1), file_format="PNG"):
        image = bpy.data.images.new("made", 32, 32)
        image.pixels.foreach_set(list(color) * (32 * 32))
        image.filepath_raw, image.file_format = str(tmp_path / name), file_format
        image.save()
        bpy.data.images.remove(image)
        return tmp_path / name

    return save


def test_the_shader_that_is_seen_is_changed(material):
    first = next(node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
    seen = principled(material, "Seen")
    connect(material, seen)
    answer = run("set_material", material_name="M", color=[0, 0, 1], roughness=0.25)
    assert color_of(seen) == [0, 0, 1, 1] and color_of(first) != [0, 0, 1, 1]
    assert answer["color"] == [0, 0, 1, 1] and "notes" not in answer
    assert run("list_materials")["materials"][0]["roughness"] == 0.25


def test_of_two_outputs_the_active_one_counts(material):
    seen = principled(material, "Seen")
    output = material.node_tree.nodes.new("ShaderNodeOutputMaterial")
    connect(material, seen, output)
    material.node_tree.get_output_node("ALL").is_active_output = False
    output.is_active_output = True
    run("set_material", material_name="M", color=[0, 0, 1])
    assert color_of(seen) == [0, 0, 1, 1]


@pytest.mark.parametrize("engine", ["CYCLES", "EEVEE"])
def test_an_output_for_one_engine(material, engine):
    run_engine = engine if engine == "CYCLES" else bpy.context.scene.render.engine
    for each in ("EEVEE", "CYCLES"):
        output = material.node_tree.nodes.new("ShaderNodeOutputMaterial")
        output.target = each
        connect(material, principled(material, f"For {each}"), output)
    bpy.context.scene.render.engine = run_engine
    run("set_material", material_name="M", color=[0, 0, 1])
    colors = {node.name: color_of(node) for node in material.node_tree.nodes if "For" in node.name}
    assert [name for name, color in colors.items() if color == [0, 0, 1, 1]] == [f"For {engine}"]


def test_mixed_shaders_are_told(material):
    tree = material.node_tree
    mix = tree.nodes.new("ShaderNodeMixShader")
    near, far = principled(material, "Near"), principled(material, "Far")
    tree.links.new(near.outputs[0], mix.inputs[1])
    tree.links.new(far.outputs[0], mix.inputs[2])
    connect(material, mix)
    answer = run("set_material", material_name="M", color=[0, 0, 1])
    assert color_of(near) == [0, 0, 1, 1] != color_of(far)
    assert answer["notes"] == ["Several shaders are mixed: 'Near' was changed, and not 'Far'."]


def test_another_shader_is_replaced_and_told(material):
    emission = material.node_tree.nodes.new("ShaderNodeEmission")
    connect(material, emission)
    answer = run("set_material", material_name="M", color=[0, 0, 1])
    output = material.node_tree.get_output_node("ALL")
    assert color_of(output.inputs["Surface"].links[0].from_node) == [0, 0, 1, 1]
    assert "'Emission' made the look before" in answer["notes"][0]


def test_an_unconnected_shader_is_used_where_nothing_is_seen(material):
    material.node_tree.links.clear()
    run("set_material", material_name="M", color=[0, 0, 1])
    assert len([node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED"]) == 1
    assert run("list_materials")["materials"][0]["color"] == [0, 0, 1, 1]


def test_repeated_textures_leave_no_dead_nodes(material, save_picture):
    nodes, images = len(material.node_tree.nodes), len(bpy.data.images)
    for number in range(3):
        run("set_material", material_name="M", texture=str(save_picture(f"{number}.png")))
        run("set_material", material_name="M", texture=str(save_picture(f"{number}.png")))
    assert len(material.node_tree.nodes) == nodes + 1 and len(bpy.data.images) == images + 1
    (texture,) = (node for node in material.node_tree.nodes if node.type == "TEX_IMAGE")
    assert texture.image.filepath.endswith("2.png")
    run("set_material", material_name="M", color=[1, 0, 0])
    assert len(material.node_tree.nodes) == nodes and len(bpy.data.images) == images


def test_a_users_own_nodes_stay_and_are_told(material, save_picture):
    tree = material.node_tree
    noise = tree.nodes.new("ShaderNodeTexNoise")
    shader = next(node for node in tree.nodes if node.type == "BSDF_PRINCIPLED")
    tree.links.new(noise.outputs[0], shader.inputs["Base Color"])
    answer = run("set_material", material_name="M", texture=str(save_picture("a.png")))
    assert noise.name in tree.nodes
    assert answer["notes"] == ["'Noise Texture' made the Base Color before; it is still there, unconnected."]


def test_a_texture_that_others_need_stays(material, save_picture):
    run("set_material", material_name="M", texture=str(save_picture("a.png")))
    other = bpy.data.materials.new("Other")
    tree = material.node_tree
    texture = next(node for node in tree.nodes if node.type == "TEX_IMAGE")
    extra = principled(material, "Extra")
    tree.links.new(texture.outputs[0], extra.inputs["Base Color"])
    run("set_material", material_name="M", texture=str(save_picture("b.png")))
    assert texture.image.filepath.endswith("a.png")
    assert len([node for node in tree.nodes if node.type == "TEX_IMAGE"]) == 2
    assert other.name in bpy.data.materials


@pytest.mark.parametrize(
    "name", ["text.png", "empty.png", "half.png", "half.jpg", "half.webp", "a.blend", "folder.png"]
)
def test_what_is_no_picture_leaves_nothing_behind(name, save_picture, tmp_path):
    kind = {"jpg": "JPEG", "webp": "WEBP"}.get(name.split(".")[1], "PNG")
    path = tmp_path / name
    if name.startswith("half"):
        whole = save_picture(name, file_format=kind).read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
    elif name.startswith("folder"):
        path.mkdir()
    else:
        path.write_bytes(b"" if name == "empty.png" else b"I am no picture")
    run("create_object", type="CUBE", name="Cube")
    before = [each.name for each in (*bpy.data.images, *bpy.data.materials, *bpy.data.textures)]
    with pytest.raises(CommandError, match=r"no picture|is empty|incomplete|is a folder"):
        run("set_material", object_name="Cube", texture=str(path))
    assert [each.name for each in (*bpy.data.images, *bpy.data.materials, *bpy.data.textures)] == before
    assert not bpy.data.objects["Cube"].material_slots


def test_a_missing_material_leaves_no_image(save_picture):
    with pytest.raises(CommandError, match="Material not found"):
        run("set_material", material_name="X", create_if_missing=False, texture=str(save_picture("a.png")))
    assert not bpy.data.images


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "WEBP", "OPEN_EXR", "TARGA", "TIFF", "BMP", "HDR"])
def test_every_whole_picture_is_taken(file_format, save_picture):
    path = save_picture(f"a picture.{file_format.lower()}", file_format=file_format)
    run("set_material", material_name="M", texture=str(path))
    assert tuple(bpy.data.images[0].size) == (32, 32)


def test_a_file_that_changed_is_read_anew(save_picture):
    path = str(save_picture("a.png"))
    run("set_material", material_name="M", texture=path)
    assert list(bpy.data.images[0].pixels[:3]) == [1, 0, 0]
    save_picture("a.png", color=(0, 1, 0, 1))
    run("set_material", material_name="M", texture=path)
    assert list(bpy.data.images[0].pixels[:3]) == [0, 1, 0]


def test_who_shares_the_material_is_told():
    for name in ("A", "B"):
        run("create_object", type="CUBE", name=name)
        answer = run("set_material", object_name=name, material_name="M", color=[1, 0, 0])
    assert answer["notes"] == ["The material 'M' is also that of 'A'."]
    assert "notes" not in run("set_material", object_name="A", material_name="Own", color=[1, 0, 0])


@pytest.mark.skipif(bpy.app.version >= (5, 0), reason="every material has nodes there")
def test_a_material_without_nodes_keeps_its_look():
    plain = bpy.data.materials.new("M")
    plain.use_nodes = False
    plain.diffuse_color = (1, 0, 0, 1)
    answer = run("set_material", material_name="M", roughness=0.25)
    assert answer["color"] == [1, 0, 0, 1] and answer["roughness"] == 0.25
