"""What is in Blender, so that two moments can be compared.

In: `bpy.data` and the context. Out: facts by data block or by subject; `differences` names those that differ.
Main thread, inside Blender.
"""

from __future__ import annotations

import hashlib
from array import array

import bpy

LOADED_BY_BLENDER = ("brushes", "libraries", "fonts", "palettes", "workspaces", "window_managers", "screens")


def digest() -> dict[str, object]:
    """Matrices are evaluated; of a mesh it is what the object's data hold, not what an edit mode does."""
    layer = bpy.context.view_layer
    layer.update()
    scene = bpy.context.scene
    found: dict[str, object] = {
        "mode": bpy.context.mode,
        "active": layer.objects.active and _key(layer.objects.active),
        "selected": sorted(map(_key, layer.objects.selected)),
        "scene": (scene.name, layer.name, scene.frame_current),
        "hidden": sorted(_key(each) for each in layer.objects if each.hide_get()),
        "layers": _layers(layer.layer_collection),
    }
    for row in bpy.types.BlendData.bl_rna.properties:
        if row.type == "COLLECTION" and row.identifier not in LOADED_BY_BLENDER:
            found[f"names of {row.identifier}"] = sorted(map(_key, getattr(bpy.data, row.identifier)))
    for obj in bpy.data.objects:
        found[f"object {_key(obj)}"] = _object(obj)
    for mesh in bpy.data.meshes:
        found[f"mesh {_key(mesh)}"] = _mesh(mesh)
    for material in bpy.data.materials:
        found[f"material {_key(material)}"] = _material(material)
    for collection in bpy.data.collections:
        found[f"collection {_key(collection)}"] = _collection(collection)
    for each in bpy.data.scenes:
        found[f"scene {each.name}"] = _scene(each)
    for action in bpy.data.actions:
        found[f"action {_key(action)}"] = [
            (curve.data_path, curve.array_index, [tuple(point.co) for point in curve.keyframe_points])
            for curve in _curves(action)
        ]
    for world in bpy.data.worlds:
        found[f"world {_key(world)}"] = (tuple(world.color), _nodes(world.node_tree))
    for image in bpy.data.images:
        found[f"image {_key(image)}"] = (image.filepath, image.source)
    return found


def differences(before: dict[str, object], after: dict[str, object]) -> list[str]:
    """A line for each fact that differs, in so many words that it can be mended."""
    lines = []
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            lines.append(f"{name}: {_short(before.get(name), after.get(name))}")
    return lines[:8]


def _short(before, after) -> str:
    if isinstance(before, dict) and isinstance(after, dict):
        parts = [name for name in before if before[name] != after.get(name)]
        return "; ".join(
            f"{name} {str(before[name])[:150]} -> {str(after.get(name))[:150]}" for name in parts
        )
    if isinstance(before, list) and isinstance(after, list):
        gone, new = [x for x in before if x not in after], [x for x in after if x not in before]
        return f"gone {str(gone)[:150]}, new {str(new)[:150]}"
    return f"{str(before)[:150]} -> {str(after)[:150]}"


def _key(block) -> str:
    return f"{block.name} [{block.library.name}]" if block.library else block.name


def _name(block) -> str | None:
    return block and _key(block)


def _numbers(matrix) -> list[float]:
    return [value for row in matrix for value in row]


def _object(obj) -> dict[str, object]:
    return {
        "type": obj.type,
        "data": _name(obj.data),
        "basis": _numbers(obj.matrix_basis),
        "world": _numbers(obj.matrix_world) if obj.visible_get() else None,
        "parent": (_name(obj.parent), obj.parent_type, obj.parent_bone),
        "inverse": _numbers(obj.matrix_parent_inverse),
        "flags": (obj.hide_viewport, obj.hide_render, obj.hide_select, obj.mode),
        "slots": [(slot.link, _name(slot.material)) for slot in obj.material_slots],
        "modifiers": [_settings(each) for each in obj.modifiers],
        "constraints": [_settings(each) for each in obj.constraints],
        "bones": [[_settings(each) for each in bone.constraints] for bone in obj.pose.bones]
        if obj.pose
        else None,
        "groups": [group.name for group in obj.vertex_groups] if obj.type in ("MESH", "LATTICE") else [],
        "animation": _animation(obj),
    }


def _animation(block) -> tuple[str | None, int]:
    data = block.animation_data
    return (_name(data.action), len(data.drivers)) if data else (None, 0)


def _settings(item) -> dict[str, object]:
    """The plain settings of a modifier or a constraint."""
    found: dict[str, object] = {}
    for row in item.bl_rna.properties:
        if row.type in ("BOOLEAN", "INT", "FLOAT", "STRING", "ENUM") and not getattr(row, "is_array", False):
            if row.identifier not in ("error_location", "error_rotation", "execution_time", "is_active"):
                found[row.identifier] = getattr(item, row.identifier)
        elif row.type == "POINTER" and isinstance(value := getattr(item, row.identifier), bpy.types.ID):
            found[row.identifier] = _key(value)
    return found


def _hash(collection, name, kind, width) -> str:
    values = array(kind, bytes(array(kind).itemsize * len(collection) * width))
    collection.foreach_get(name, values)
    return hashlib.blake2b(values.tobytes(), digest_size=8).hexdigest()


def _mesh(mesh) -> dict[str, object]:
    return {
        "size": (len(mesh.vertices), len(mesh.edges), len(mesh.polygons)),
        "co": _hash(mesh.vertices, "co", "f", 3),
        "loops": _hash(mesh.loops, "vertex_index", "i", 1),
        "slots": _hash(mesh.polygons, "material_index", "i", 1),
        "smooth": _hash(mesh.polygons, "use_smooth", "b", 1),
        "uv": [(each.name, each.active, _hash(each.data, "uv", "f", 2)) for each in mesh.uv_layers],
        "materials": [_name(each) for each in mesh.materials],
        "keys": [(each.name, each.value) for each in mesh.shape_keys.key_blocks] if mesh.shape_keys else None,
    }


def _nodes(tree) -> object:
    if tree is None:
        return None
    nodes = []
    for node in tree.nodes:
        values = []
        for socket in node.inputs:
            value = getattr(socket, "default_value", None)
            if isinstance(value, bpy.types.ID):
                value = _key(value)
            values.append(tuple(value) if hasattr(value, "__len__") and not isinstance(value, str) else value)
        nodes.append((node.name, node.bl_idname, node.mute, str(values)))
    return nodes, [(link.from_node.name, link.to_node.name, link.to_socket.name) for link in tree.links]


def _material(material) -> dict[str, object]:
    return {
        "use_nodes": material.use_nodes,
        "nodes": _nodes(material.node_tree),
        "animation": _animation(material),
    }


def _collection(collection) -> dict[str, object]:
    return {
        "objects": sorted(map(_key, collection.objects)),
        "children": sorted(map(_key, collection.children)),
        "flags": (
            collection.hide_viewport,
            collection.hide_render,
            collection.hide_select,
            collection.color_tag,
        ),
    }


def _layers(top) -> list[tuple[str, bool, bool]]:
    found, waiting = [], [top]
    for node in waiting:
        found.append((node.name, node.exclude, node.hide_viewport))
        waiting.extend(node.children)
    return found


def _scene(scene) -> dict[str, object]:
    render, units = scene.render, scene.unit_settings
    return {
        "objects": sorted(map(_key, scene.collection.objects)),
        "children": sorted(map(_key, scene.collection.children)),
        "camera": _name(scene.camera),
        "world": _name(scene.world),
        "frames": (scene.frame_start, scene.frame_end, scene.frame_current, render.fps, render.fps_base),
        "render": (render.engine, render.resolution_x, render.resolution_y, render.resolution_percentage),
        "output": (render.filepath, render.image_settings.file_format, render.film_transparent),
        "samples": scene.cycles.samples,
        "units": (units.system, units.scale_length, units.length_unit),
        "layers": [each.name for each in scene.view_layers],
        "view": (scene.view_settings.view_transform, scene.view_settings.look),
    }


def _curves(action):
    if hasattr(action, "layers"):
        for layer in action.layers:
            for strip in layer.strips:
                for bag in strip.channelbags:
                    yield from bag.fcurves
    else:
        yield from action.fcurves
