"""A call of each registered command, and what must be true of Blender after it.

In: a `Target`. Out: `CALLS`, a generator function for each command: it yields the parameters, is sent the
reply as a client reads it, and asserts in `bpy.data` what that reply says. `OUTSIDE` are those that cannot be
called here, with the reason. Main thread, inside Blender.
"""

from __future__ import annotations

import base64
import contextlib
import json
import math
import os
import re
from itertools import chain

import bpy
from call import run
from mathutils import Matrix, Vector
from matrix_states import STATES
from tenon.bridge import bridge
from tenon.registry.native import offer
from tenon.registry.table import TABLE, find

CALLS = {}
STEPS = {}  # the name of the undo step, where it is not the command's

OUTSIDE = {
    "new_file": "opens another file, which ends the state",
    "open_file": "opens another file, which ends the state",
    "restore_checkpoint": "opens another file, which ends the state",
    "run_in_background_blender": "another process, of half a second each, that sees only files",
}
_TURNS = "needs turns of Blender's main loop, which stands still while a test runs"
IN_A_WINDOW = {"render": _TURNS, "render_image": _TURNS}
# Slow, and what they do does not depend on the state: the states in which they are called all the same.
SELDOM = {
    "screenshot": ("as_started", "edit_mode", "nothing_at_all", "two_thousand_objects"),
    **dict.fromkeys(
        ("export.gltf", "export.fbx", "export.obj"),
        tuple(each for each in STATES if each != "two_thousand_objects"),
    ),
}
# Where Blender takes a file for saved of which a copy was saved (docs/effects_on_blender.md).
MAY_BE_A_STEP = {"checkpoint": "save a copy", "save_file": "save a copy"}


def call(name, step=None):
    def enter(function):
        CALLS[name] = function
        if step:
            STEPS[name] = step
        return function

    return enter


@contextlib.contextmanager
def served():
    """While the native core runs, with all commands."""
    for row in TABLE.values():
        offer(row)
    bridge.start(port=0)
    try:
        yield
    finally:
        bridge.stop()


def near(here, there, tolerance=1e-4) -> bool:
    greatest = max(*map(abs, there), *map(abs, here), 1e-6)
    return len(here) == len(there) and all(
        abs(a - b) <= tolerance * greatest for a, b in zip(here, there, strict=True)
    )


def bare(name) -> str:
    """The name without the library that is told where another data block has the same."""
    return re.sub(r" \[[^]]*\.blend\]$", "", name)


def told(reply, names) -> bool:
    """Whether a note of the reply speaks of one of these."""
    return any(name in note for note in reply.get("notes", ()) for name in names)


def same_transform(obj, reply, rotation="rotation") -> None:
    assert near(reply["location"], obj.location), (reply["location"], obj.location)
    assert near(reply["scale"], obj.scale), (reply["scale"], obj.scale)
    assert near(reply[rotation], obj.rotation_euler), (reply[rotation], obj.rotation_euler)


def same_object(obj, reply) -> None:
    """What `get_object_info` tells of an object."""
    same_transform(obj, reply)
    assert reply["type"] == obj.type
    materials = [slot.material.name for slot in obj.material_slots if slot.material]
    assert [bare(name) for name in reply["materials"]] == materials[: len(reply["materials"])]
    assert len(materials) == len(reply["materials"]) or "materials_count" in reply, reply
    assert reply["visible"] == (visible_in_layer(obj)), reply
    if obj.type == "MESH" and obj.mode != "EDIT":
        assert reply["mesh"]["vertices"] == len(obj.data.vertices)
        assert reply["mesh"]["polygons"] == len(obj.data.polygons)
    low, high = reply["world_bounding_box"]
    assert all(a <= b for a, b in zip(low, high, strict=True))
    assert all(map(math.isfinite, (*low, *high)))


def visible_in_layer(obj) -> bool:
    return obj.name in bpy.context.view_layer.objects and obj.visible_get()


def modifiers_of(obj):
    """Grease pencil had its own before Blender 4.3."""
    return obj.grease_pencil_modifiers if obj.type == "GPENCIL" else obj.modifiers


def keys_of(obj):
    data = obj.animation_data
    if not (data and data.action):
        return {}
    action = data.action
    if hasattr(action, "layers"):
        bags = [bag for layer in action.layers for strip in layer.strips for bag in strip.channelbags]
        curves = [curve for bag in bags if bag.slot == data.action_slot for curve in bag.fcurves]
    else:
        curves = action.fcurves
    return {
        (curve.data_path, curve.array_index): [tuple(each.co) for each in curve.keyframe_points]
        for curve in curves
    }


def children_of(collection) -> list[str]:
    return [each.name for each in collection.children]


# Objects


@call("create_object")
def create_object(at):
    count = len(bpy.data.objects)
    parameters = {"type": "CUBE", "name": "Made", "location": [1, 2, 3], "color": [1, 0, 0]}
    reply = yield {**parameters, "rotation": [0, 0, 0.5], "scale": [1, 2, 1], "size": 4}
    obj = bpy.data.objects[reply["name"]]
    assert len(bpy.data.objects) == count + 1
    same_object(obj, reply)
    assert near(obj.location, [1, 2, 3]) and near(obj.scale, [1, 2, 1])
    assert obj.name in bpy.context.scene.objects, "it is in no collection of the scene"
    assert len(obj.data.vertices) == 8 and len(obj.data.materials) == 1


@call("duplicate_object")
def duplicate_object(at):
    original = at.obj
    place = original and original.location.copy()
    reply = yield {"name": at.name, "offset": [1, 0, 0], "new_name": "Copy"}
    copy, original = bpy.data.objects[reply["name"], None], at.obj
    same_object(copy, reply)
    moved = [place.x + 1, place.y, place.z]
    assert near(copy.location, moved) or told(reply, ("location", "drive", "animat", "Constraint"))
    assert copy.type == original.type
    assert copy.users_collection
    if original.data:
        assert copy.data != original.data


@call("modify_object")
def modify_object(at):
    reply = yield {"name": at.name, "location": [1, 2, 3], "scale": [2, 2, 2], "rotation": [0, 0, 0.5]}
    obj = at.obj
    same_object(obj, reply)
    overruled = ("drive", "animat", "keyframe", "Constraint", "curve", "location", "scale")
    assert near(obj.location, [1, 2, 3]) or told(reply, overruled), list(obj.location)
    assert near(obj.scale, [2, 2, 2]) or told(reply, overruled), list(obj.scale)
    if visible_in_layer(obj) and not obj.parent:
        stands = obj.matrix_world.translation
        assert near(stands, [1, 2, 3]) or told(reply, overruled), (list(stands), reply.get("notes"))


@call("delete_object")
def delete_object(at):
    data = at.obj and at.obj.data
    users = data.users if data else 0
    kind, name = (data.bl_rna.identifier, data.name) if data else ("", "")
    reply = yield {"name": at.name}
    assert at.obj is None, "it is still there"
    assert reply["deleted"] == at.name
    if users == 1 and kind == "Mesh" and not at.key[1]:
        assert name not in bpy.data.meshes, "its mesh is left"


@call("select_objects")
def select_objects(at):
    reply = yield {"names": [at.name]}
    selected = [each.name for each in bpy.context.view_layer.objects.selected]
    assert selected == [at.key[0]] == [bare(name) for name in reply["selected"]]
    assert bpy.context.view_layer.objects.active == at.obj


@call("get_selection")
def get_selection(at):
    reply = yield {}
    active = bpy.context.view_layer.objects.active
    assert sorted(bare(name) for name in reply["selected"]) == sorted(
        each.name for each in bpy.context.view_layer.objects.selected
    )
    assert (reply["active"] is None) == (active is None)
    assert reply["mode"] == bpy.context.mode or (active and reply["mode"] == active.mode), reply


@call("get_object")
def get_object(at):
    reply = yield {"name": at.name}
    same_object(at.obj, reply)
    assert [each["name"] for each in reply.get("modifiers", ())] == [each.name for each in at.obj.modifiers][
        :20
    ]
    assert bool(reply.get("animation")) == bool(keys_of(at.obj))


@call("get_object_info")
def get_object_info(at):
    reply = yield {"name": at.name}
    same_object(at.obj, reply)


@call("object.get_transform")
def get_transform(at):
    reply = yield {"name": at.name}
    same_transform(at.obj, reply, "rotation_euler")


@call("object.get_hierarchy")
def get_hierarchy(at):
    reply = yield {"name": at.name}
    assert reply["type"] == at.obj.type
    assert len(reply["children"]) == len(at.obj.children)


@call("object.create_mesh")
def create_mesh(at):
    reply = yield {"type": "plane", "name": "Sheet", "location": [0, 0, 7]}
    obj = bpy.data.objects[reply["name"], None]
    same_object(obj, reply)
    assert near(obj.location, [0, 0, 7]) and len(obj.data.vertices) == 4


@call("object.rotate")
def rotate(at):
    reply = yield {"name": at.name, "rotation": [0, 0, 90]}
    same_transform(at.obj, reply, "rotation_euler")
    assert near(at.obj.rotation_euler, [0, 0, math.pi / 2]), list(at.obj.rotation_euler)


@call("object.translate")
def translate(at):
    before = at.obj and at.obj.location.copy()
    reply = yield {"name": at.name, "offset": [2, 0, 0]}
    same_object(at.obj, reply)
    moved = [before.x + 2, before.y, before.z]
    assert near(at.obj.location, moved) or told(reply, ("location", "drive", "animat", "Constraint"))


# Several objects


HELD = ("drive", "animat", "keyframe", "Constraint", "constraint", "curve", "not where", "location", "scale")


def stands(obj, row) -> None:
    """The row of an answer tells the object's place in the world."""
    assert bare(row["name"]) == obj.name
    if visible_in_layer(obj):
        assert near(row["location"], obj.matrix_world.translation), (row, list(obj.matrix_world.translation))


@call("move_objects")
def move_objects(at):
    obj = at.obj
    place = obj and obj.matrix_world.translation.copy()
    seen = obj and visible_in_layer(obj)
    reply = yield {"names": [at.name], "offset": [1, 2, 3]}
    (row,) = reply["objects"]
    stands(at.obj, row)
    if seen:
        moved = [place.x + 1, place.y + 2, place.z + 3]
        assert near(row["location"], moved) or told(reply, HELD), (row, moved)
    assert reply["names"] == [at.name]


@call("rotate_objects")
def rotate_objects(at):
    before = at.obj and at.obj.matrix_world.to_3x3()
    reply = yield {"names": [at.name], "axis": "Z", "angle": math.pi / 2}
    obj = at.obj
    stands(obj, reply["objects"][0])
    assert near(reply["objects"][0]["rotation"], obj.rotation_euler)
    if visible_in_layer(obj):
        turned = Matrix.Rotation(math.pi / 2, 3, "Z") @ before
        here, there = (list(chain(*matrix)) for matrix in (obj.matrix_world.to_3x3(), turned))
        assert near(here, there) or told(reply, (*HELD, "turned exactly")), (here, there)


@call("resize_objects")
def resize_objects(at):
    scale = at.obj and at.obj.scale.copy()
    reply = yield {"names": [at.name], "factor": 2}
    obj = at.obj
    stands(obj, reply["objects"][0])
    assert near(obj.scale, scale * 2) or told(reply, HELD), list(obj.scale)
    assert all(map(math.isfinite, reply["objects"][0]["size"]))


@call("aim_objects")
def aim_objects(at):
    reply = yield {"names": [at.name], "target": [1, 2, 300]}
    obj = at.obj
    stands(obj, reply["objects"][0])
    if visible_in_layer(obj):
        matrix = obj.matrix_world
        looks_by = (0, 0, -1) if obj.type in ("LIGHT", "CAMERA") else (0, -1, 0)
        way = Vector((1, 2, 300)) - matrix.translation
        off = (matrix.to_3x3() @ Vector(looks_by)).angle(way)
        assert off < 0.01 or told(reply, (*HELD, "past the target")), off


@call("place_objects")
def place_objects(at):
    reply = yield {"names": [at.name], "relation": "ON", "target": ["Light"]}
    (row,) = reply["objects"]
    stands(at.obj, row)
    low = row["bounds"][0][2]
    goal = bpy.data.objects["Light"].matrix_world.translation.z
    assert abs(low - goal) <= 1e-3 * max(1, abs(goal)) or told(reply, HELD), (low, goal)


@call("align_objects")
def align_objects(at):
    reply = yield {"names": ["Light", at.name], "axis": "X", "side": "CENTER"}
    for name, row in zip(("Light", at.key[0]), reply["objects"], strict=True):
        assert bare(row["name"]) == name
    stands(at.obj, reply["objects"][1])
    first, other = (sum(corner[0] for corner in row["bounds"]) / 2 for row in reply["objects"])
    assert abs(first - other) <= 1e-3 * max(1, abs(first)) or told(reply, HELD), (first, other)


@call("stack_objects")
def stack_objects(at):
    reply = yield {"names": ["Light", at.name]}
    stands(at.obj, reply["objects"][1])
    below, above = reply["objects"]
    (top, low) = below["bounds"][1][2], above["bounds"][0][2]
    assert abs(top - low) <= 1e-3 * max(1, abs(top)) or told(reply, HELD), (top, low)


@call("array_objects")
def array_objects(at):
    count, place = len(bpy.data.objects), at.obj and at.obj.matrix_world.translation.copy()
    seen = at.obj and visible_in_layer(at.obj)
    reply = yield {"names": [at.name], "count": 3, "pattern": "ROW", "spacing": 4}
    assert len(bpy.data.objects) == count + 2 and len(reply["names"]) == 3
    last = bpy.data.objects[bare(reply["names"][2]), None]
    stands(last, reply["objects"][2])
    assert last.type == at.obj.type and (not last.data or last.data != at.obj.data)
    if seen:
        assert near(reply["objects"][2]["location"], [place.x + 8, place.y, place.z]) or told(reply, HELD)


@call("color_objects")
def color_objects(at):
    reply = yield {"names": [at.name], "material": "BRICK"}
    assert at.obj.material_slots and {slot.material.name for slot in at.obj.material_slots} == {"Tenon Brick"}
    assert reply["objects"][0]["material"] == "Tenon Brick"


@call("show_objects")
def show_objects(at):
    reply = yield {"names": [at.name], "visible": False}
    assert at.obj.hide_viewport and at.obj.hide_render and not visible_in_layer(at.obj)
    assert reply["objects"] == [{"name": at.name, "visible": False}]


@call("delete_objects")
def delete_objects(at):
    reply = yield {"names": [at.name], "children": True}
    assert at.obj is None, "it is still there"
    assert bare(reply["names"][0]) == at.key[0]


@call("parent_objects")
def parent_objects(at):
    before = at.obj and at.obj.matrix_world.copy()
    seen = at.obj and visible_in_layer(at.obj)
    reply = yield {"names": [at.name], "parent": "Light"}
    assert at.obj.parent.name == "Light" and reply["objects"][0]["parent"] == "Light"
    stands(at.obj, reply["objects"][0])
    if seen:
        here, there = (list(chain(*matrix)) for matrix in (at.obj.matrix_world, before))
        assert near(here, there) or told(reply, (*HELD, "stay in place")), (here, there)


@call("count_objects")
def count_objects(at):
    reply = yield {"kind": "MESH"}
    names = [each.name for each in bpy.context.scene.objects if each.type == "MESH"]
    assert (
        reply["count"] == len(names)
        and [bare(name) for name in reply["names"]] == names[: len(reply["names"])]
    )
    assert len(reply["names"]) == len(names) or reply["names_count"] == len(names)


# Collections


@call("create_collection")
def create_collection(at):
    reply = yield {"name": "Box", "object_names": [at.name]}
    made = bpy.data.collections[reply["collection"], None]
    assert made.objects[:] == [at.obj] and at.obj.users_collection == (made,)
    assert made.name in bpy.context.scene.collection.children


@call("modify_collection")
def modify_collection(at):
    reply = yield {"collection": at.collection, "hide_render": True, "hide": True, "color_tag": "COLOR_02"}
    found = bpy.data.collections[at.collection]
    assert found.hide_render and found.color_tag == "COLOR_02" and reply["hide_render"]
    assert bpy.context.view_layer.layer_collection.children[at.collection].hide_viewport == reply["hide"]


@call("move_to_collection")
def move_to_collection(at):
    reply = yield {"object_names": [at.name], "collection": "Scene Collection"}
    assert at.obj.users_collection == (bpy.context.scene.collection,)
    assert reply["collection"] == "Scene Collection"


@call("delete_collection")
def delete_collection(at):
    inside = bpy.data.collections.get(at.collection)
    names = inside and [each.name for each in inside.objects]
    reply = yield {"collection": at.collection}
    assert at.collection not in bpy.data.collections
    assert reply["moved"] == names
    for name in names:
        assert bpy.data.objects[name].users_collection, f"{name} is in no collection"


@call("list_collections")
def list_collections(at):
    reply = yield {}
    assert [each["name"] for each in reply["tree"].get("children", ())] == children_of(
        bpy.context.scene.collection
    )


# Materials and the world


def same_material(reply, name) -> None:
    shader = next(
        (node for node in bpy.data.materials[name].node_tree.nodes if node.type == "BSDF_PRINCIPLED"), None
    )
    if shader:
        assert near(reply["color"], shader.inputs["Base Color"].default_value[:])
        assert near([reply["roughness"]], [shader.inputs["Roughness"].default_value])


@call("set_material")
def set_material(at):
    reply = yield {"object_name": at.name, "color": [0, 1, 0], "roughness": 0.25}
    obj = at.obj
    if obj.type in ("LIGHT", "CAMERA", "EMPTY"):
        raise AssertionError("it has no materials")
    material = obj.material_slots[reply["slot"]].material
    assert material and material.name == reply["material"]
    if obj.type != "GPENCIL" and obj.type != "GREASEPENCIL":
        shader = next(node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
        assert near(shader.inputs["Base Color"].default_value[:], [0, 1, 0, 1])
        same_material(reply, material.name)


@call("material.assign")
def assign(at):
    reply = yield {"object": at.name, "material": at.material}
    assert at.obj.material_slots[reply["slot"]].material == bpy.data.materials[at.material]


@call("material.create")
def create_material(at):
    count = len(bpy.data.materials)
    reply = yield {"name": "New", "color": [0, 0, 1]}
    assert len(bpy.data.materials) == count + 1
    shader = bpy.data.materials[reply["name"]].node_tree.nodes["Principled BSDF"]
    assert near(shader.inputs["Base Color"].default_value[:], [0, 0, 1, 1])


@call("material.set_color")
def set_color(at):
    reply = yield {"name": at.material, "color": [0, 0, 1]}
    assert near(reply["color"], [0, 0, 1, 1])
    same_material(reply, at.material)


@call("material.set_texture")
def set_texture(at):
    reply = yield {"name": at.material, "filepath": str(at.source / "picture.png")}
    nodes = bpy.data.materials[at.material].node_tree.nodes
    shader = next(node for node in nodes if node.type == "BSDF_PRINCIPLED")
    image = shader.inputs["Base Color"].links[0].from_node.image
    assert os.path.samefile(bpy.path.abspath(image.filepath), reply["texture"])


@call("list_materials")
def list_materials(at):
    reply = yield {}
    assert len(reply["materials"]) == len(bpy.data.materials)
    for row in reply["materials"]:
        assert row["user_count"] == bpy.data.materials[bare(row["name"])].users


@call("set_world")
def set_world(at):
    reply = yield {"color": [0, 0, 1], "strength": 0.5}
    world = bpy.context.scene.world
    assert world.name == reply["world"]
    background = next(node for node in world.node_tree.nodes if node.type == "BACKGROUND")
    assert near(background.inputs["Color"].default_value[:3], [0, 0, 1])
    assert near([background.inputs["Strength"].default_value], [0.5])


# Modifiers, nodes, constraints


@call("add_modifier")
def add_modifier(at):
    reply = yield {"object_name": at.name, "type": "ARRAY", "settings": {"count": 3}}
    row = reply["modifier"]
    modifier = modifiers_of(at.obj)[row["name"]]
    assert modifier.type in ("ARRAY", "GP_ARRAY", "GREASE_PENCIL_ARRAY")
    assert modifier.count == 3 == row["settings"]["count"]
    assert modifiers_of(at.obj)[row["index"]] == modifier


@call("modify_modifier")
def modify_modifier(at):
    reply = yield {"object_name": at.name, "modifier": "Old", "new_name": "Newer", "enabled": False}
    modifier = at.obj.modifiers["Newer"]
    assert not modifier.show_viewport and not modifier.show_render
    assert reply["modifier"]["name"] == "Newer" and reply["modifier"]["show_viewport"] is False


@call("apply_modifier")
def apply_modifier(at):
    reply = yield {"object_name": at.name, "modifier": "Old", "single_user": True}
    assert "Old" not in at.obj.modifiers and reply["applied"] == ["Old"]
    if at.obj.type == "MESH" and not at.obj.modifiers:
        assert len(at.obj.data.vertices) == reply["result"]["vertices"]


@call("remove_modifier")
def remove_modifier(at):
    reply = yield {"object_name": at.name, "modifier": "Old"}
    assert "Old" not in at.obj.modifiers and reply["removed"] == "Old"


@call("list_modifiers")
def list_modifiers(at):
    reply = yield {"object_name": at.name}
    assert [each["name"] for each in reply["modifiers"]] == [each.name for each in at.obj.modifiers]


@call("list_geometry_inputs")
def list_geometry_inputs(at):
    reply = yield {"object_name": at.name}
    assert [each["name"] for each in reply["inputs"]] == ["Amount"], reply


@call("set_geometry_inputs")
def set_geometry_inputs(at):
    yield {"object_name": at.name, "inputs": {"Amount": 2.5}}
    modifier = at.obj.modifiers["Nodes"]
    keys = [key for key in modifier.keys() if key.startswith(("Input_", "Socket_"))]  # noqa: SIM118
    assert 2.5 in [modifier[key] for key in keys]


def constraint_owner(at):
    return at.obj.pose.bones[at.bone] if at.bone else at.obj


@call("add_constraint")
def add_constraint(at):
    bone = {"bone": at.bone} if at.bone else {}
    settings = {"use_max_z": True, "max_z": 3.0}
    reply = yield {"object_name": at.name, "type": "LIMIT_LOCATION", "settings": settings, **bone}
    made = constraint_owner(at).constraints[reply["constraint"]["name"]]
    assert made.type == "LIMIT_LOCATION" and made.use_max_z and made.max_z == 3.0


@call("modify_constraint")
def modify_constraint(at):
    reply = yield {"object_name": at.name, "constraint": "Old", "settings": {"influence": 0.5}}
    assert at.obj.constraints["Old"].influence == 0.5 == reply["constraint"]["influence"]


@call("remove_constraint")
def remove_constraint(at):
    reply = yield {"object_name": at.name, "constraint": "Old"}
    assert "Old" not in at.obj.constraints and reply["removed"] == "Old"


@call("list_constraints")
def list_constraints(at):
    reply = yield {"object_name": at.name}
    assert [each["name"] for each in reply["constraints"]] == [each.name for each in at.obj.constraints]


# Animation


@call("set_keyframes")
def set_keyframes(at):
    keys = [{"frame": 2, "value": [1, 1, 1]}, {"frame": 9, "value": [2, 1, 1]}]
    reply = yield {"object_name": at.name, "path": "location", "keys": keys, "replace": True}
    curves = keys_of(at.obj)
    for index in range(3):
        assert [frame for frame, _ in curves["location", index]] == [2, 9]
    assert [value for _, value in curves["location", 0]] == [1, 2]
    assert bare(reply["data_block"]) == at.obj.name


@call("delete_keyframes")
def delete_keyframes(at):
    before = sum(map(len, keys_of(at.obj).values())) if at.obj else 0
    reply = yield {"object_name": at.name, "path": "scale"}
    after = keys_of(at.obj)
    assert not [path for path, _ in after if path == "scale"]
    assert reply["deleted"] == before - sum(map(len, after.values())), reply


@call("list_animation")
def list_animation(at):
    reply = yield {"object_name": at.name}
    own = [each for each in reply["curves"] if each["kind"] == "Object" and "keys" in each]
    assert len(own) >= len(keys_of(at.obj)), reply["curves"]


@call("set_frame_range")
def set_frame_range(at):
    reply = yield {"frame_start": 5, "frame_end": 50, "frame_current": 7, "fps": 25}
    scene = bpy.context.scene
    assert (scene.frame_start, scene.frame_end, scene.frame_current) == (5, 50, 7)
    assert scene.render.fps / scene.render.fps_base == reply["fps"] == 25


# What is staged


@call("add_light_rig")
def add_light_rig(at):
    reply = yield {"object_names": [at.name]}
    assert bpy.data.collections[reply["collection"]].users
    for row in reply["lights"]:
        light = bpy.data.objects[row["name"]]
        assert light.type == "LIGHT" and light.data.type == row["type"]
        assert near([light.data.energy], [row["energy"]]) and near(light.location, row["location"])


@call("add_turntable")
def add_turntable(at):
    reply = yield {"object_names": [at.name], "frames": 10}
    scene = bpy.context.scene
    assert (scene.frame_start, scene.frame_end) == (reply["frame_start"], reply["frame_end"])
    assert scene.camera.name == reply["camera"]
    assert scene.camera.parent == bpy.data.objects[reply["pivot"]]


@call("unwrap_uv")
def unwrap_uv(at):
    reply = yield {"object_names": [at.name], "uv_map": "Laid"}
    (row,) = reply["objects"]
    layer = at.obj.data.uv_layers[row["uv_map"]]
    if at.obj.mode != "EDIT":
        assert len(at.obj.data.polygons) == row["faces"]
        assert any(each.uv.length for each in layer.data)


@call("bake")
def bake(at):
    path = at.path("baked.png")
    reply = yield {"object_name": at.name, "filepath": path, "resolution": 4, "samples": 1, "margin": 0}
    assert os.path.getsize(reply["filepath"]) == reply["bytes"]


# Building elements


def element_of(obj):
    return json.loads(obj["tenon_element"])


def is_closed(mesh) -> bool:
    """Each edge is between two faces."""
    uses = {}
    for polygon in mesh.polygons:
        for key in polygon.edge_keys:
            uses[key] = uses.get(key, 0) + 1
    return bool(uses) and set(uses.values()) == {2}


def _built(kind, **parameters):
    def build(at):
        count = len(bpy.data.objects)
        reply = yield {"location": [1, 2, 3], **parameters}
        objects = [bpy.data.objects[bare(name), None] for name in reply["names"]]
        assert len(bpy.data.objects) == count + len(objects)
        for obj in objects:
            assert obj.name in bpy.context.scene.objects, "it is in no collection of the scene"
            assert obj.type == "EMPTY" or is_closed(obj.data), obj.name
        first = objects[0]
        assert element_of(first)["kind"] == kind == reply["kind"]
        assert near(first.location, [1, 2, 3]) and near(reply["location"], [1, 2, 3])
        if first.type == "MESH" and visible_in_layer(first):
            assert near(reply["dimensions"], first.dimensions), (reply["dimensions"], first.dimensions[:])

    return build


for _name in ("wall", "column", "beam", "slab", "foundation", "ceiling", "pillar_base", "shoji", "roof"):
    call(f"build_{_name}")(_built(_name))
for _name in ("eaves", "curtain_wall", "stairs", "ramp", "railing", "balcony", "chimney", "fence", "gate"):
    call(f"build_{_name}")(_built(_name))
for _name in ("mats", "room", "tatami_room", "corridor", "house"):
    call(f"build_{_name}")(_built(_name))


def _built_in_a_wall(kind):
    def build(at):
        wall = find("build_wall").function(name="Its wall")["names"][0]  # without a step of its own
        reply = yield {"wall": wall}
        obj = bpy.data.objects[bare(reply["names"][0]), None]
        above = obj.parent
        assert element_of(above)["kind"] == "wall" and reply["wall"] == bare(wall)
        assert is_closed(obj.data) and is_closed(above.data)
        assert len(element_of(above)["openings"]) == 1
        assert len(above.data.polygons) > 6, "no opening was cut"

    return build


call("build_window")(_built_in_a_wall("window"))
call("build_door")(_built_in_a_wall("door"))


@call("update_element")
def update_element(at):
    name = find("build_wall").function(name="To be changed")["names"][0]
    reply = yield {"names": [name], "change": {"length": 2}, "set": {"material": "BRICK"}}
    obj = bpy.data.objects[bare(reply["names"][0]), None]
    (row,) = reply["elements"]
    assert row["parameters"]["length"] == 6 and near(row["dimensions"], [6, 0.15, 2.5])
    assert is_closed(obj.data) and near([max(each.co.x for each in obj.data.vertices)], [6])
    assert obj.material_slots[0].material.name.startswith("Tenon Brick")


# Scenes and files


@call("new_scene")
def new_scene(at):
    reply = yield {"name": "Act 2"}
    assert bpy.context.scene.name == reply["name"] and not bpy.context.scene.objects[:]
    assert reply["scenes"] == bpy.data.scenes.keys()


@call("save_file")
def save_file(at):
    reply = yield {"filepath": at.path("copy.blend"), "copy": True}
    assert os.path.getsize(reply["filepath"]) == reply["bytes"] > 1000
    assert not bpy.data.filepath or not os.path.samefile(bpy.data.filepath, reply["filepath"])


@call("export_scene")
def export_scene(at):
    reply = yield {"filepath": at.path("out.obj"), "object_names": [at.name]}
    assert os.path.getsize(reply["path"]) == reply["bytes"]
    if at.obj.type == "MESH" and at.obj.data.polygons:
        with open(reply["path"], encoding="utf-8") as file:
            assert any(line.startswith("v ") for line in file), "no vertex was written"


def _exported(ending):
    def export(at):
        reply = yield {"filepath": at.path("all" + ending)}
        assert os.path.getsize(reply["filepath"])

    return export


call("export.fbx")(_exported(".fbx"))
call("export.gltf")(_exported(".glb"))
call("export.obj")(_exported(".obj"))


@call("import_file")
def import_file(at):
    count = len(bpy.data.objects)
    reply = yield {"filepath": str(at.source / "triangle.obj")}
    assert len(bpy.data.objects) == count + reply["count"] == count + 1
    obj = bpy.data.objects[reply["objects"][0], None]
    assert len(obj.data.vertices) == 3 and obj.name in bpy.context.scene.objects


@call("inspect_blend_file")
def inspect_blend_file(at):
    reply = yield {"filepath": str(at.source / "other.blend")}
    assert reply["counts"] == {"objects": 1} and reply["names"]["objects"] == ["Other"]


@call("checkpoint")
def checkpoint(at):
    reply = yield {"name": "matrix"}
    assert os.path.getsize(reply["filepath"]) == reply["bytes"]


@call("list_checkpoints")
def list_checkpoints(at):
    reply = yield {}
    assert reply["total"] == len(reply["checkpoints"])
    for row in reply["checkpoints"]:
        assert os.path.exists(os.path.join(reply["folder"], row["name"] + ".blend")), row


@call("delete_checkpoint")
def delete_checkpoint(at):
    reply = yield {"name": "matrix"}
    assert reply["name"] == "matrix" and reply["checkpoints"] >= 0


# What is asked


@call("assert_scene")
def assert_scene(at):
    obj = at.obj
    place = list(obj.matrix_world.translation) if obj else [0, 0, 0]
    kinds = [
        {"kind": "exists", "object": at.name},
        {"kind": "position", "object": at.name, "value": place},
        {"kind": "visible", "object": at.name},
        {"kind": "count", "value": len(bpy.context.scene.objects)},
    ]
    reply = yield {"assertions": kinds}
    assert reply["passed"] == all(each["passed"] for each in reply["results"])
    assert reply["results"][0]["passed"] == (obj is not None and obj.name in bpy.context.scene.objects)
    assert reply["results"][3]["passed"], reply["results"][3]
    if obj and visible_in_layer(obj):
        assert reply["results"][2]["passed"], reply["results"][2]


@call("check_mesh")
def check_mesh(at):
    reply = yield {"name": at.name, "evaluated": False}
    assert at.obj.type in ("MESH", "CURVE", "FONT", "META"), reply
    if at.obj.type == "MESH":
        assert reply["vertices"] == len(at.obj.data.vertices)


@call("check_scene")
def check_scene(at):
    reply = yield {}
    assert reply["scene"] == bpy.context.scene.name
    assert reply["ok"] == (not reply["problems"])
    assert ("no camera" in str(reply["problems"]).lower()) == (bpy.context.scene.camera is None), reply


@call("measure")
def measure(at):
    reply = yield {"objects": [at.name]}
    (row,) = reply["objects"]
    assert row["type"] == at.obj.type
    if visible_in_layer(at.obj):
        assert near(row["origin"], at.obj.matrix_world.translation)


@call("get_scene")
def get_scene(at):
    reply = yield {}
    scene = bpy.context.scene
    assert reply["scene"] == scene.name and reply["frame"] == scene.frame_current
    assert sum(reply["counts"].values()) == len(scene.objects)


@call("get_scene_info")
def get_scene_info(at):
    reply = yield {"limit": 1000}
    assert reply["object_count"] == len(bpy.context.scene.objects)
    assert reply["materials_count"] == len(bpy.data.materials)
    for row in reply["objects"]:
        assert bare(row["name"]) in bpy.context.scene.objects


@call("scene.get_info")
def scene_get_info(at):
    reply = yield {}
    assert reply["object_count"] == len(bpy.context.scene.objects)
    assert reply["render_engine"] == "CYCLES"


@call("scene.list_objects")
def scene_list_objects(at):
    reply = yield {}
    assert len(reply["objects"]) == min(1000, len(bpy.context.scene.objects)) or "next_offset" in reply
    for row in reply["objects"]:
        obj = bpy.context.scene.objects[bare(row["name"])]
        assert row["visible"] == obj.visible_get()


@call("get_world_state_snapshot")
def get_world_state_snapshot(at):
    reply = yield {}
    assert reply["object_count"] == len(bpy.context.scene.objects)
    assert reply["objects_listed"] == len(reply["objects"])


@call("list_scene_items")
def list_scene_items(at):
    reply = yield {"query": at.key[0]}
    if at.obj and at.obj.name in bpy.context.scene.objects:
        names = [bare(each["name"]) for each in reply["items"] if each["kind"] == "object"]
        assert at.key[0] in names


@call("bpy_api_lookup")
def bpy_api_lookup(at):
    reply = yield {"query": "Object.location"}
    assert reply["type"] == bpy.types.Object.bl_rna.properties["location"].type


@call("describe_node_type")
def describe_node_type(at):
    reply = yield {"bl_idname": "ShaderNodeMath"}
    assert reply["bl_idname"] == "ShaderNodeMath"


def _answers_without_looking(at):
    reply = yield {}
    assert isinstance(reply, dict) and reply


for _name in (
    "get_addon_info",
    "list_assistants",
    "get_telemetry_consent",
    "set_telemetry_consent",
    "drain_human_activity",
    *(f"get_{each}_status" for each in ("hunyuan3d", "hyper3d", "meshy", "polyhaven", "polypizza")),
    *(f"get_{each}_status" for each in ("sketchfab", "tripo")),
):
    call(_name)(_answers_without_looking)


# Pictures


def is_png(text) -> bool:
    return base64.b64decode(text).startswith(b"\x89PNG")


@call("look")
def look(at):
    reply = yield {"view": "front", "size": 64}
    assert all(is_png(each["data"]) for each in reply["images"]) and reply["images"]


@call("get_viewport_screenshot")
def get_viewport_screenshot(at):
    reply = yield {"max_size": 16}
    assert is_png(reply["image"]) and max(reply["width"], reply["height"]) <= 16


@call("screenshot")
def screenshot(at):
    reply = yield {"size": 64}
    assert not bpy.app.background and reply["images"]


@call("render")
def render(at):
    reply = yield {"filepath": at.path("render.png"), "resolution": [4, 4], "samples": 1, "preview": 0}
    assert os.path.exists(reply["filepath"])


@call("render_image")
def render_image(at):
    parameters = {"resolution_x": 4, "resolution_y": 4, "samples": 1}
    reply = yield {"filepath": at.path("image.png"), **parameters}
    assert os.path.exists(reply["filepath"])


IDENTITY = [[1.0 if row == column else 0.0 for column in range(4)] for row in range(4)]


@call("pick_viewport_object")
def pick_viewport_object(at):
    view = [row[:] for row in IDENTITY]
    view[2][3] = -50.0
    ortho = [row[:] for row in IDENTITY]
    ortho[2][2] = -0.01
    reply = yield {
        "view_matrix": view,
        "window_matrix": ortho,
        "width": 10,
        "height": 10,
        "x": 0.5,
        "y": 0.5,
    }
    if found := reply.get("object"):
        assert visible_in_layer(bpy.data.objects[bare(found["name"])])


# Code, and commands made of commands

CODE = "obj = bpy.data.objects.new('By code', None)\nbpy.context.scene.collection.objects.link(obj)\n"


@call("execute_code")
def execute_code(at):
    reply = yield {"code": CODE + "print(obj.name)"}
    assert bpy.data.objects[reply["result"].strip()].users_scene == (bpy.context.scene,)


@call("execute")
def execute(at):
    reply = yield {"code": "import bpy\n" + CODE + "result['name'] = obj.name"}
    assert bpy.data.objects[reply["result"]["name"]].users_scene == (bpy.context.scene,)


@call("python.execute")
def python_execute(at):
    reply = yield {"code": "import bpy\n" + CODE + "__result__ = obj.name"}
    assert bpy.data.objects[reply["result"]].users_scene == (bpy.context.scene,)


EMPTY = {"type": "EMPTY", "name": "Extra"}


@call("batch", step="batch")
def batch(at):
    commands = [
        {"command": "create_object", "params": EMPTY, "reads_only": False},
        {"command": "get_selection", "params": {}, "reads_only": True},
        {"command": "create_object", "params": EMPTY, "reads_only": False},
    ]
    count = len(bpy.data.objects)
    reply = yield {"commands": commands, "atomic": True}
    assert reply["success"] and reply["completed"] == 3
    assert len(bpy.data.objects) == count + 2


@call("with_preview", step="create_object")
def with_preview(at):
    reply = yield {"command": "create_object", "params": EMPTY}
    assert bpy.data.objects[reply["result"]["name"], None].type == "EMPTY"
    assert (reply["preview"] is None and reply["preview_error"]) or is_png(reply["preview"])


@call("do", step="create_object")
def do(at):
    count = len(bpy.data.objects)
    with served():  # the native core reads the sentence
        reply = yield {"text": "make a red cube"}
    (step,), (name,) = reply["steps"], reply["names"]
    obj = bpy.data.objects[name, None]
    assert len(bpy.data.objects) == count + 1 and step["command"] == "create_object"
    same_object(obj, step["result"])
    assert near(obj.active_material.diffuse_color, [1, 0, 0, 1])
    assert reply["echo"] and reply["language"] == "en"


# Undo and redo


@call("undo")
def undo(at):
    run("create_collection", name="Undone")
    reply = yield {}
    assert reply["steps"] in (["create_collection"], [None]) and reply["can_redo"]
    assert "Undone" not in bpy.data.collections


@call("redo", step="create_collection")
def redo(at):
    run("create_collection", name="Redone")
    run("undo")
    reply = yield {}
    assert reply["steps"] in (["create_collection"], [None])
    assert not reply["can_redo"] or bpy.context.mode != "OBJECT"
    assert "Redone" in bpy.data.collections
