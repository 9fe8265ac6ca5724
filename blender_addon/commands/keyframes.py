"""Keyframes: set, deleted and listed; the frames and the speed of the scene.

In: an object, or something that hangs on it, the path of a property, and values on frames. Out: the curves as
they are then. Main thread only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

import bpy

from ..blender.animation import curves_of, driven, ensured_curves, remove_curve
from ..blender.data_access import find_object, rotation_property, with_notes
from ..blender.evaluation import hidden_notes
from ..blender.libraries import origin, refuse_linked, told_name
from ..blender.paging import page
from ..blender.rna_settings import enum_value, one_of
from ..errors import CommandError
from ..registry.schema import Constraint
from ..registry.table import command

Owner = Literal["object", "data", "shape_keys", "material", "material_nodes", "scene", "world", "world_nodes"]
Interpolation = Literal[
    "CONSTANT", "LINEAR", "BEZIER", "SINE", "QUAD", "CUBIC", "QUART", "QUINT", "EXPO", "CIRC", "BACK",
    "BOUNCE", "ELASTIC",
]  # fmt: skip
Frame = Annotated[float, Constraint(minimum=-1048574, maximum=1048574)]
WholeFrame = Annotated[int, Constraint(minimum=-1048574, maximum=1048574)]

MAX_KEYS = 50  # keys of a curve that are told
_LAST_NAME = re.compile(r"(?:^|\.)(\w+)$|(\[[\"'].*[\"']\])$")
_TRANSFORMS = ("location", "rotation_euler", "rotation_quaternion", "rotation_axis_angle", "scale")


@command(title="Set keyframes")
def set_keyframes(
    path: str,
    keys: Annotated[list[dict[str, Any]], Constraint(minItems=1, maxItems=10_000)],
    object_name: str | None = None,
    owner: Owner = "object",
    index: Annotated[int, Constraint(minimum=0)] | None = None,
    interpolation: Interpolation = "BEZIER",
    replace: bool = False,
) -> dict[str, Any]:
    """Animate a property: give its values on frames. Other keyframes of it stay.

    path: of the property, as "location", "rotation_euler", "hide_render", "energy" (owner data),
        'key_blocks["Smile"].value' (shape_keys), 'nodes["Emission"].inputs[1].default_value' (material_nodes)
    keys: each {"frame": 1, "value": 2.5}; a value is a number, true or false, a name of a choice, or an array
        for all parts of a vector; may have an "interpolation" of its own
    object_name: whose; not for the scene and the world
    owner: what of the object the path begins at
    index: one part of a vector, 0 being X; values are numbers then
    interpolation: from each of these keys to the next
    replace: first remove all other keyframes of the property
    """
    block = _block(object_name, owner)
    refuse_linked(block)
    action = block.animation_data and block.animation_data.action
    refuse_linked(action)
    prop = _Property(block, path)
    rows = [_key(prop, each, index, interpolation) for each in keys]
    curves = ensured_curves(block)
    parts = [index] if index is not None else list(range(prop.length or 1))
    for part in parts:
        curve = curves.find(path, index=part) or curves.new(path, index=part)
        if replace:
            _clear(curve)
        for frame, value, how in rows:
            _insert(curve, frame, value if index is not None or not prop.length else value[part], how, prop)
        curve.update()
    _evaluate(block)
    notes = _key_notes(block, path, [frame for frame, _, _ in rows], prop)
    for part in parts:
        curve = curves.find(path, index=part)
        notes += [f"The curve {path}[{part}] is muted: it moves nothing"] if curve.mute else []
        notes += [f"Modifiers of the curve {path}[{part}] change its values"] if curve.modifiers else []
    found = [curves.find(path, index=part) for part in parts]
    told = {"curves": [_curve(each) for each in found], "value_now": _now(block, path)}
    return with_notes({**_named(block, object_name, owner), **_action(block), **told}, notes)


@command(title="Delete keyframes", destructive=True)
def delete_keyframes(
    object_name: str | None = None,
    owner: Owner = "object",
    path: str | None = None,
    index: Annotated[int, Constraint(minimum=0)] | None = None,
    frame_start: Frame | None = None,
    frame_end: Frame | None = None,
) -> dict[str, Any]:
    """Delete keyframes: all of an object, of one property, or those of some frames. Values stay as they are.

    object_name: whose; not for the scene and the world
    owner: what of the object has them
    path: only of this property
    index: only this part of a vector
    frame_start: only from this frame on
    frame_end: only up to this frame
    """
    block = _block(object_name, owner)
    refuse_linked(block)
    animation = block.animation_data
    if animation is None or animation.action is None:
        raise CommandError(f"'{block.name}' has no action, so no keyframes")
    refuse_linked(animation.action)
    chosen = [
        curve
        for curve in curves_of(animation)
        if path in (None, curve.data_path) and index in (None, curve.array_index)
    ]
    if not chosen:
        there = ", ".join(sorted({each.data_path for each in curves_of(animation)})) or "none"
        raise CommandError(f"No keyframes of {path or 'any property'}; animated are: {there}")
    least = float("-inf") if frame_start is None else frame_start
    most = float("inf") if frame_end is None else frame_end
    deleted = sum(_delete(block, curve, least, most) for curve in chosen)
    _evaluate(block)
    notes = [] if deleted else ["No keyframe is on these frames: nothing was deleted"]
    left = [_curve(each) for each in curves_of(animation)]
    answer = {**_named(block, object_name, owner), **_action(block), "deleted": deleted}
    return with_notes({**answer, "curves_left": len(left)}, notes)


@command(title="List animation", reads_only=True)
def list_animation(
    object_name: str | None = None,
    limit: Annotated[int, Constraint(minimum=1)] = 100,
    offset: Annotated[int, Constraint(minimum=0)] = 0,
) -> dict[str, Any]:
    """List the animation curves with their keyframes, and the drivers, of an object and its data, or of all
    in the scene.

    object_name: whose; without it those of everything in the scene
    limit: curves at most
    offset: curves to pass over
    """
    scene = bpy.context.scene
    objects = [find_object(object_name)] if object_name is not None else list(scene.objects)
    blocks = dict.fromkeys(block for obj in objects for block in _blocks_of(obj))
    if object_name is None:
        nodes = scene.world and scene.world.node_tree
        blocks |= dict.fromkeys(each for each in (scene, scene.world, nodes) if each)
    rows = [row for block in blocks for row in _rows(block)]
    answer = page("curves", rows, lambda row: row(), limit=limit, offset=offset)
    return {**_frames(scene), **answer}


@command(title="Set frames and speed")
def set_frame_range(
    frame_start: WholeFrame | None = None,
    frame_end: WholeFrame | None = None,
    frame_current: WholeFrame | None = None,
    fps: Annotated[float, Constraint(minimum=1, maximum=32767)] | None = None,
) -> dict[str, Any]:
    """Set the scene's first and last frame, the present one, and frames per second; what is not given stays.

    frame_start: first
    frame_end: last
    frame_current: to go to
    fps: as 24, 25, 29.97
    """
    scene = bpy.context.scene
    refuse_linked(scene)
    start = scene.frame_start if frame_start is None else frame_start
    end = scene.frame_end if frame_end is None else frame_end
    if start < 0 or end < start:
        raise CommandError(
            f"The frames {start} to {end} are no range: 0 or more, and the last not before the first",
            code="invalid_params",
        )
    scene.frame_end = max(end, scene.frame_start)
    scene.frame_start, scene.frame_end = start, end
    if fps is not None:
        whole = int(fps) if fps == int(fps) else int(fps) + 1
        scene.render.fps, scene.render.fps_base = whole, whole / fps
        if abs(fps * 1.001 - whole) < 0.01:  # as televisions count: 29.97 is 30 / 1.001
            scene.render.fps_base = 1.001
    if frame_current is not None:
        scene.frame_set(frame_current)
    answer = _frames(scene)
    notes = []
    if scene.use_preview_range:
        notes.append("A preview range is on: playback shows its frames, and renders all")
    if not start <= scene.frame_current <= end:
        notes.append(f"The present frame {scene.frame_current} is outside of {start} to {end}")
    return with_notes(answer, notes)


class _Property:
    """A property at a path, which keyframes may hold."""

    def __init__(self, block: Any, path: str):
        try:
            self.value = block.path_resolve(path)
        except ValueError as error:
            names = [each.identifier for each in block.bl_rna.properties if each.is_animatable]
            one_of(path, names, f"property of '{block.name}'")  # raises with the nearest ones
            raise CommandError(f"'{block.name}' has no property {path}: {error}") from error
        self.definition = self._definition(block, path)
        if self.definition and not self.definition.is_animatable:
            raise CommandError(f"{path} of '{block.name}' cannot be animated")
        is_vector = hasattr(self.value, "__len__") and not isinstance(self.value, (str, set))
        self.length = len(self.value) if is_vector else 0
        kind = self.definition.type if self.definition else ""
        if hasattr(self.value, "bl_rna") or kind in ("STRING", "POINTER", "COLLECTION"):
            raise CommandError(
                f"{path} of '{block.name}' is no value that can be animated: name a part of it"
            )

    def _definition(self, block: Any, path: str) -> Any:
        """What Blender says of it; None for a custom property."""
        last = _LAST_NAME.search(path)
        if not last or not last[1]:
            return None
        before = path[: last.start()]
        above = block.path_resolve(before) if before else block
        return above.bl_rna.properties.get(last[1])

    @property
    def is_whole(self) -> bool:
        kind = self.definition.type if self.definition else ""
        return kind in ("BOOLEAN", "INT", "ENUM") or isinstance(self.value, (bool, int))

    def number(self, value: Any) -> float:
        """What a curve holds for this value."""
        kind = self.definition.type if self.definition else ""
        if kind == "ENUM" and isinstance(value, str):
            return float(self.definition.enum_items[enum_value(self.definition, value, "choice")].value)
        if not isinstance(value, (bool, int, float)):
            raise CommandError(f"A key's value is a number here, not {value!r:.60}", code="invalid_params")
        return float(value)


def _key(prop: _Property, key: dict[str, Any], index: int | None, how: str) -> tuple[float, Any, str]:
    """Frame, value and interpolation of one key; CommandError for what is none."""
    frame, value = key.get("frame"), key.get("value")
    unknown = set(key) - {"frame", "value", "interpolation"}
    if isinstance(frame, bool) or not isinstance(frame, (int, float)) or value is None or unknown:
        raise CommandError(
            f"A key is an object of frame, value and perhaps interpolation, not {key!r:.80}",
            code="invalid_params",
        )
    known = Interpolation.__args__  # type: ignore[attr-defined]
    how = one_of(str(key.get("interpolation", how)), known, "interpolation")
    if index is not None and index >= prop.length:
        raise CommandError(f"The property has {prop.length or 'no'} parts: no index {index}")
    if not prop.length or index is not None:
        return float(frame), prop.number(value), how
    if not isinstance(value, (list, tuple)) or len(value) != prop.length:
        raise CommandError(
            f"A value has {prop.length} parts here, not {value!r:.80}: give an array, or an index",
            code="invalid_params",
        )
    return float(frame), [prop.number(each) for each in value], how


def _block(object_name: str | None, owner: str) -> Any:
    """The data block that the path begins at."""
    scene = bpy.context.scene
    if owner in ("scene", "world", "world_nodes"):
        found = scene if owner == "scene" else scene.world
        found = found.node_tree if found and owner == "world_nodes" else found
        return _present(found, f"The scene '{scene.name}'", owner)
    if object_name is None:
        raise CommandError(f"object_name is missing: the owner is '{owner}'", code="invalid_params")
    obj = find_object(object_name)
    material = obj.active_material
    found = {
        "object": obj,
        "data": obj.data,
        "shape_keys": getattr(obj.data, "shape_keys", None),
        "material": material,
        "material_nodes": material and material.node_tree,
    }[owner]
    return _present(found, f"'{obj.name}'", owner)


def _present(found: Any, who: str, owner: str) -> Any:
    if found is None:
        raise CommandError(f"{who} has no {owner.replace('_', ' ')}")
    return found


def _blocks_of(obj: Any) -> Iterator[Any]:
    """What of an object may be animated."""
    yield obj
    if obj.data:
        yield obj.data
        if keys := getattr(obj.data, "shape_keys", None):
            yield keys
        if obj.type == "LIGHT" and obj.data.node_tree:
            yield obj.data.node_tree
    for slot in obj.material_slots:
        if slot.material:
            yield slot.material
            if slot.material.node_tree:
                yield slot.material.node_tree


def _insert(curve: Any, frame: float, value: float, how: str, prop: _Property) -> None:
    key = curve.keyframe_points.insert(frame, value)
    key.interpolation = "CONSTANT" if prop.is_whole and how == "BEZIER" else how
    if how == "BEZIER":
        key.handle_left_type = key.handle_right_type = "AUTO_CLAMPED"


def _clear(curve: Any) -> None:
    for key in reversed(curve.keyframe_points[:]):
        curve.keyframe_points.remove(key, fast=True)


def _delete(block: Any, curve: Any, least: float, most: float) -> int:
    points = curve.keyframe_points
    doomed = [each for each in points if least <= each.co.x <= most]
    count = len(doomed)
    if count == len(points):
        remove_curve(block, curve)
        return count
    for key in reversed(doomed):
        points.remove(key, fast=True)
    curve.update()
    return count


def _evaluate(block: Any) -> None:
    """Have the present frame show what the curves say."""
    block.update_tag()
    bpy.context.view_layer.update()


def _now(block: Any, path: str) -> Any:
    value = block.path_resolve(path)
    return list(value) if hasattr(value, "__len__") and not isinstance(value, (str, set)) else value


def _key_notes(block: Any, path: str, frames: Sequence[float], prop: _Property) -> list[str]:
    """What keeps the keyframes from being seen as they are."""
    scene = bpy.context.scene
    notes = driven(block, path)
    outside = [each for each in frames if not scene.frame_start <= each <= scene.frame_end]
    if outside:
        notes.append(
            f"{len(outside)} keyframes are outside of the scene's frames {scene.frame_start} to "
            f"{scene.frame_end}, which are played and rendered: see set_frame_range"
        )
    action = block.animation_data.action
    if action.users - action.use_fake_user > 1:
        notes.append(f"{action.users - 1} other users of the action '{action.name}' may move with it")
    if isinstance(block, bpy.types.Object):
        if path.startswith("rotation_") and path in _TRANSFORMS and path != rotation_property(block):
            notes.append(f"'{block.name}' rotates by {rotation_property(block)}: {path} has no effect on it")
        active = [each.name for each in block.constraints if not each.mute and each.influence > 0]
        if active and path in _TRANSFORMS:
            notes.append(f"Constraints of '{block.name}' may overrule this: {', '.join(active[:5])}")
        physics = block.rigid_body
        if physics and physics.type == "ACTIVE" and not physics.kinematic and path in _TRANSFORMS:
            notes.append(f"Physics move '{block.name}', not its keyframes: make its rigid body animated")
        notes += hidden_notes(block)
    return notes


def _named(block: Any, object_name: str | None, owner: str) -> dict[str, Any]:
    shown = {"object": object_name} if owner not in ("scene", "world", "world_nodes") else {}
    return {**shown, "owner": owner, "data_block": block.name}


def _action(block: Any) -> dict[str, Any]:
    action = block.animation_data.action
    slot = getattr(block.animation_data, "action_slot", None)
    told = {"action": action.name, **origin(action)}
    return {**told, "slot": slot.name_display} if slot else told


def _curve(curve: Any) -> dict[str, Any]:
    keys = [
        {
            "frame": float(f"{key.co.x:.7g}"),
            "value": float(f"{key.co.y:.7g}"),
            "interpolation": key.interpolation,
        }
        for key in curve.keyframe_points[:MAX_KEYS]
    ]
    told = {
        "path": curve.data_path,
        "index": curve.array_index,
        "key_count": len(curve.keyframe_points),
        "keys": keys,
    }
    if curve.mute:
        told["muted"] = True
    if curve.modifiers:
        told["modifiers"] = [each.type for each in curve.modifiers]
    return told


def _rows(block: Any) -> Iterator[Any]:
    """Functions that tell each curve and driver of a data block: only those of a page are called."""
    animation = block.animation_data
    if animation is None:
        return
    named = {"data_block": told_name(block), "kind": block.bl_rna.identifier}
    if animation.action:
        for curve in curves_of(animation):
            yield lambda curve=curve: {**named, **_action(block), **_curve(curve)}
    for each in animation.drivers:
        yield lambda each=each: {
            **named,
            "path": each.data_path,
            "index": each.array_index,
            "driver": each.driver.expression if each.driver.type == "SCRIPTED" else each.driver.type,
            "valid": each.driver.is_valid,
        }


def _frames(scene: Any) -> dict[str, Any]:
    fps = scene.render.fps / scene.render.fps_base
    return {
        "scene": scene.name,
        "frame_start": scene.frame_start,
        "frame_end": scene.frame_end,
        "frame_current": scene.frame_current,
        "fps": round(fps, 4),
        "seconds": round((scene.frame_end - scene.frame_start + 1) / fps, 4),
    }
