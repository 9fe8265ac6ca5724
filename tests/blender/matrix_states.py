"""States of Blender in which every command is called: what is hidden, edited, linked, animated, foreign.

In: a folder for files. Out: the start-up file put into the state, and what the commands are aimed at. Main
thread, inside Blender.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path

import bpy
from typed_states import layer_collection, link_from_library, move_to_other_scene, set_mode

HAS_GREASE_PENCIL_3 = hasattr(bpy.data, "grease_pencils_v3")


@dataclass
class Target:
    """What the commands are aimed at. Data blocks are found anew each time: an undo makes others of them."""

    name: str = "Cube"  # as a client says it
    key: tuple[str, str | None] = ("Cube", None)  # name and library
    collection: str = "Collection"
    material: str = "Material"
    bone: str | None = None
    folder: Path = Path()  # where commands write
    source: Path = Path()  # where files to be read lie: always one that exists

    @property
    def obj(self):
        return bpy.data.objects.get(self.key)

    def path(self, name: str) -> str:
        return os.path.join(str(self.folder), name)


def aimed_at(obj) -> Target:
    return Target(name=obj.name, key=(obj.name, obj.library and obj.library.filepath))


STATES = {}


def state(function):
    STATES[function.__name__] = function
    return function


def cube():
    return bpy.data.objects["Cube"]


def added(name, data, collection=None):
    obj = bpy.data.objects.new(name, data)
    (collection or bpy.context.scene.collection).objects.link(obj)
    return obj


def activate(obj) -> Target:
    for each in bpy.context.view_layer.objects:
        each.select_set(each == obj)
    bpy.context.view_layer.objects.active = obj
    return aimed_at(obj)


@state
def as_started(folder):
    """In this one every command must succeed."""


# Where the object is, and whether it is seen


@state
def hidden_by_the_eye(folder):
    cube().hide_set(True)


@state
def hidden_in_viewports(folder):
    cube().hide_viewport = cube().hide_render = True


@state
def excluded_collection(folder):
    layer_collection().exclude = True


@state
def unselectable(folder):
    cube().select_set(False)
    cube().hide_select = True


@state
def in_another_scene(folder):
    move_to_other_scene(cube())


@state
def only_an_empty_collection(folder):
    for each in list(bpy.data.objects):
        bpy.data.objects.remove(each)
    bpy.data.batch_remove([*bpy.data.meshes, *bpy.data.materials])


@state
def nothing_at_all(folder):
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)


@state
def several_scenes(folder):
    other = bpy.data.scenes.new("Second")
    other.collection.objects.link(cube())
    empty = bpy.data.scenes.new("Third")
    empty.world = None


@state
def several_view_layers(folder):
    scene = bpy.context.scene
    second = scene.view_layers.new("Second")
    second.layer_collection.children["Collection"].exclude = True


# Modes


@state
def edit_mode(folder):
    set_mode(cube(), "EDIT")


@state
def sculpt_mode(folder):
    set_mode(cube(), "SCULPT")


@state
def weight_paint_mode(folder):
    cube().vertex_groups.new(name="Group")
    set_mode(cube(), "WEIGHT_PAINT")


@state
def vertex_paint_mode(folder):
    set_mode(cube(), "VERTEX_PAINT")


@state
def texture_paint_mode(folder):
    set_mode(cube(), "TEXTURE_PAINT")


def rig(name="Rig"):
    obj = added(name, bpy.data.armatures.new(name))
    set_mode(obj, "EDIT")
    bone = obj.data.edit_bones.new("Bone")
    bone.tail = (0, 0, 2)
    set_mode(obj, "OBJECT")
    return obj


@state
def pose_mode(folder):
    obj = rig()
    set_mode(obj, "POSE")
    return Target(name="Rig", key=("Rig", None), bone="Bone")


# Libraries


@state
def linked_from_a_library(folder):
    return activate(link_from_library(folder))


@state
def overridden(folder):
    linked = link_from_library(folder)
    made = linked.override_create(remap_local_usages=True)
    return activate(made)


@state
def one_name_from_two_libraries(folder):
    for each in ("first", "second"):
        (folder / each).mkdir()
        far = link_from_library(folder / each)
    return Target(name="Far", key=("Far", far.library.filepath))


@state
def one_of_two_libraries_named(folder):
    target = one_name_from_two_libraries(folder)
    target.name = f"Far [{target.key[1]}]"
    return target


# What it hangs on, and what moves it


@state
def parented_to_a_bone(folder):
    parent = rig()
    cube().parent, cube().parent_type, cube().parent_bone = parent, "BONE", "Bone"
    parent.rotation_euler.x = 0.5


@state
def parented_to_a_vertex(folder):
    plane = added("Plane", bpy.data.meshes.new("Plane"))
    plane.data.from_pydata([(0, 0, 1), (1, 0, 1), (0, 1, 1)], [], [(0, 1, 2)])
    cube().parent, cube().parent_type, cube().parent_vertices = plane, "VERTEX", (1, 0, 0)


@state
def driven(folder):
    curve = cube().driver_add("location", 0)
    curve.driver.expression = "frame * 0.1"
    curve = (
        cube()
        .data.materials[0]
        .node_tree.driver_add('nodes["Principled BSDF"].inputs["Roughness"].default_value')
    )
    curve.driver.expression = "0.25"


@state
def animated(folder):
    for frame, place in ((1, 0.0), (20, 5.0)):
        cube().location.x = place
        cube().keyframe_insert("location", frame=frame)
        cube().keyframe_insert("hide_viewport", frame=frame)
    bpy.context.scene.frame_set(10)


@state
def constrained(folder):
    goal = added("Goal", None)
    goal.location = (4, 4, 4)
    constraint = cube().constraints.new("COPY_TRANSFORMS")
    constraint.target = goal


@state
def locked(folder):
    cube().lock_location = cube().lock_rotation = cube().lock_scale = (True, True, True)


# What it is made of


@state
def geometry_nodes(folder):
    group = bpy.data.node_groups.new("Nodes", "GeometryNodeTree")
    group.nodes.new("NodeGroupInput"), group.nodes.new("NodeGroupOutput")
    if hasattr(group, "interface"):
        for direction in ("INPUT", "OUTPUT"):
            group.interface.new_socket("Geometry", in_out=direction, socket_type="NodeSocketGeometry")
        group.interface.new_socket("Amount", in_out="INPUT", socket_type="NodeSocketFloat")
    else:
        group.inputs.new("NodeSocketGeometry", "Geometry")
        group.outputs.new("NodeSocketGeometry", "Geometry")
        group.inputs.new("NodeSocketFloat", "Amount")
    group.links.new(group.nodes[0].outputs[0], group.nodes[1].inputs[0])
    cube().modifiers.new("Nodes", "NODES").node_group = group


@state
def shared_mesh(folder):
    added("Twin", cube().data).location = (3, 0, 0)


@state
def shared_material(folder):
    twin = added("Twin", cube().data.copy())
    twin.location = (3, 0, 0)


@state
def many_material_slots(folder):
    for number in range(40):
        cube().data.materials.append(bpy.data.materials.new(f"Slot {number}") if number % 2 else None)
    cube().active_material_index = 7


@state
def shape_keys(folder):
    cube().shape_key_add(name="Basis")
    cube().shape_key_add(name="Smile").value = 0.5


# The world around


@state
def unit_scale(folder):
    bpy.context.scene.unit_settings.scale_length = 0.01


@state
def imperial(folder):
    bpy.context.scene.unit_settings.system = "IMPERIAL"


@state
def two_thousand_objects(folder):
    for number in range(2000):
        obj = added(f"Many {number}", cube().data)
        obj.location = (number % 50 * 3, number // 50 * 3, 0)


@state
def tiny_and_far(folder):
    cube().scale = (1e-5, 1e-5, 1e-5)
    cube().location = (1e6, -1e6, 1e6)


@state
def no_camera_and_no_light(folder):
    bpy.data.objects.remove(bpy.data.objects["Camera"])
    bpy.data.objects.remove(bpy.data.objects["Light"])
    bpy.context.scene.world = None


# Files and names


@state
def read_only_folder(folder):
    closed = folder / "closed"
    closed.mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(closed / "mine.blend"))
    if os.access("/sys", os.W_OK):  # by the superuser, whom no mode of ours stops
        return Target(folder=Path("/sys"))
    closed.chmod(0o500)
    return Target(folder=closed)


@state
def path_of_another_system(folder):
    image = bpy.data.images.new("Missing", 4, 4)
    image.source, image.filepath = "FILE", r"C:\Users\Ann\wood.png"
    node = bpy.data.materials["Material"].node_tree.nodes.new("ShaderNodeTexImage")
    node.image = image
    return Target(folder=Path(r"C:\Users\Ann"))


NAMES = {
    "dots": "a.b.001.",
    "emoji": "\N{BIRD}\N{ZERO WIDTH JOINER}\N{FIRE}",
    "quotes": """it's "this" \\ [0]""",
    "63_bytes": "n" * 63,
    "multi_byte": "\N{CJK UNIFIED IDEOGRAPH-5BB6}" * 21,
}


def _named(name):
    def rename(folder):
        obj = cube()
        obj.name = obj.data.name = name
        bpy.data.materials["Material"].name = bpy.data.collections["Collection"].name = name
        assert obj.name == name
        return Target(name=name, key=(name, None), collection=name, material=name)

    return rename


for kind, text in NAMES.items():
    STATES[f"name_with_{kind}"] = _named(text)


# Other types of object


@state
def curve_active(folder):
    data = bpy.data.curves.new("Curve", "CURVE")
    data.dimensions = "3D"
    data.splines.new("POLY").points.add(1)
    data.splines[0].points[1].co = (0, 1, 1, 1)
    data.bevel_depth = 0.1
    return activate(added("Curve", data))


@state
def text_active(folder):
    return activate(added("Text", bpy.data.curves.new("Text", "FONT")))


@state
def meta_active(folder):
    data = bpy.data.metaballs.new("Meta")
    data.elements.new()
    return activate(added("Meta", data))


@state
def lattice_active(folder):
    return activate(added("Lattice", bpy.data.lattices.new("Lattice")))


@state
def armature_active(folder):
    obj = rig()
    target = activate(obj)
    target.bone = "Bone"
    return target


@state
def light_active(folder):
    return activate(bpy.data.objects["Light"])


@state
def camera_active(folder):
    return activate(bpy.data.objects["Camera"])


@state
def empty_active(folder):
    return activate(added("Empty", None))


@state
def grease_pencil_active(folder):
    kind = "grease_pencils_v3" if HAS_GREASE_PENCIL_3 else "grease_pencils"
    data = getattr(bpy.data, kind).new("Drawing")
    layer = data.layers.new("Lines")
    layer.frames.new(1)
    return activate(added("Drawing", data))


def build(name: str, folder: Path) -> Target:
    """The start-up file in this state, with what commands need to have something to work on."""
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    folder.mkdir()
    target = STATES[name](folder) or Target()
    if target.folder == Path():
        target.folder = folder
    if not bpy.data.materials:
        target.material = "Nowhere"
    bpy.context.scene.render.engine = "CYCLES"
    bpy.context.scene.cycles.samples = 1
    bpy.context.scene.cycles.use_denoising = False
    target.source = folder
    _write_sources(folder)
    _furnish(target.obj)
    bpy.context.view_layer.update()
    return target


def _furnish(obj) -> None:
    """A modifier, a constraint and keys, where Blender lets the object have them."""
    if obj is None or obj.library:
        return
    if obj.type in ("MESH", "CURVE", "FONT"):
        # Blender 3.4 crashes where a subdivided mesh is drawn or hit by a ray after an undo whose `undo_post`
        # evaluated the scene, if its main loop had no turn meanwhile, as here.
        subdivides = obj.type == "MESH" and bpy.app.version >= (4, 0)
        obj.modifiers.new("Old", "SUBSURF" if subdivides else "SOLIDIFY")
    constraint = obj.constraints.new("LIMIT_ROTATION")
    constraint.name = "Old"
    constraint.use_limit_x, constraint.max_x, constraint.min_x = True, math.tau, -math.tau
    obj.keyframe_insert("scale", frame=1)
    obj.keyframe_insert("scale", frame=30)


TRIANGLE = "o Triangle\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"


def _write_sources(folder) -> None:
    """Files that commands read."""
    (folder / "triangle.obj").write_text(TRIANGLE)
    image = bpy.data.images.new("Picture", 4, 4)
    image.filepath_raw, image.file_format = str(folder / "picture.png"), "PNG"
    image.save()
    bpy.data.images.remove(image)
    other = bpy.data.objects.new("Other", None)
    bpy.data.libraries.write(str(folder / "other.blend"), {other})
    bpy.data.objects.remove(other)
