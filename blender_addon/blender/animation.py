"""What moves or computes a property, so that a value which is set there does not stay.

In: data blocks and the names of properties. Out: curves, and sentences for people. Main thread only.

Since Blender 4.4 an action keeps the curves of each data block that it moves in a slot; before, it has one
set.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy


def curves_of(animation: Any) -> Iterator[Any]:
    """The curves of its action, in the slot that it uses."""
    action = animation.action
    if not hasattr(action, "layers"):  # before Blender 4.4
        yield from action.fcurves
        return
    handle = getattr(animation, "action_slot_handle", None)
    for layer in action.layers:
        for strip in layer.strips:
            for bag in strip.channelbags:
                if bag.slot_handle == handle:
                    yield from bag.fcurves


def ensured_curves(block: Any) -> Any:
    """The curves of the block's action, made with its slot, layer and strip where they are missing."""
    animation = block.animation_data or block.animation_data_create()
    if animation.action is None:
        animation.action = bpy.data.actions.new(f"{block.name}Action")
    action = animation.action
    if not hasattr(action, "layers"):  # before Blender 4.4
        return action.fcurves
    if animation.action_slot is None:
        suitable = list(animation.action_suitable_slots)
        animation.action_slot = (
            suitable[0] if suitable else action.slots.new(id_type=block.id_type, name=block.name)
        )
    layer = action.layers[0] if action.layers else action.layers.new("Layer")
    strip = layer.strips[0] if layer.strips else layer.strips.new(type="KEYFRAME")
    return strip.channelbag(animation.action_slot, ensure=True).fcurves


def remove_curve(block: Any, curve: Any) -> None:
    action = block.animation_data.action
    if not hasattr(action, "layers"):
        action.fcurves.remove(curve)
        return
    handle = block.animation_data.action_slot_handle
    for bag in [bag for layer in action.layers for strip in layer.strips for bag in strip.channelbags]:
        if bag.slot_handle == handle and any(each == curve for each in bag.fcurves):
            bag.fcurves.remove(curve)
            return


def driven(block: Any, path: str) -> list[str]:
    """Whether something wins over the keyframes of this property."""
    animation = block.animation_data
    if animation is None:
        return []
    notes = []
    if any(each.data_path == path and not each.mute for each in animation.drivers):
        notes.append(f"A driver computes {path} of '{block.name}', and wins over its keyframes")
    if any(track.strips and not track.mute for track in animation.nla_tracks):
        notes.append(f"NLA tracks animate '{block.name}' too, and are mixed with its keyframes")
    return notes


def overruled(block: Any, properties: set[str]) -> list[str]:
    """Which of these properties of the data block a driver or an animation sets again."""
    animation = block.animation_data
    if animation is None:
        return []
    notes = []
    driven = {each.data_path for each in animation.drivers if not each.mute} & properties
    if driven:
        notes.append(
            f"A driver computes {_list(driven)} of '{block.name}': what was set does not stay. "
            "Change or remove the driver"
        )
    if animation.action:
        curves = [each for each in curves_of(animation) if not each.mute]
        if animated := {each.data_path for each in curves} & properties - driven:
            notes.append(
                f"The action '{animation.action.name}' animates {_list(animated)} of '{block.name}': "
                "it jumps back at the next frame, unless a keyframe is inserted or the animation removed"
            )
    if any(track.strips and not track.mute for track in animation.nla_tracks):
        notes.append(f"NLA tracks animate '{block.name}': it may jump back at the next frame")
    return notes


def _list(names: set[str]) -> str:
    return ", ".join(sorted(names))
