"""States of Blender that typed commands meet: hidden, edited, elsewhere, linked.

In: an object. Out: the state made. Main thread, inside Blender.
"""

import bpy
from tenon.blender.context_override import first_window


def set_mode(obj, mode):
    bpy.context.view_layer.objects.active = obj
    with first_window():
        bpy.ops.object.mode_set(mode=mode)


def move_to_other_scene(obj):
    elsewhere = bpy.data.scenes.new("Elsewhere")
    for each in obj.users_collection:
        each.objects.unlink(obj)
    elsewhere.collection.objects.link(obj)


HIDING = {
    "eye": lambda obj: obj.hide_set(True),
    "monitor": lambda obj: setattr(obj, "hide_viewport", True),
    "excluded": lambda obj: setattr(layer_collection(), "exclude", True),
    "edit mode": lambda obj: set_mode(obj, "EDIT"),
    "other scene": move_to_other_scene,
}


def layer_collection():
    return bpy.context.view_layer.layer_collection.children["Collection"]


def link_from_library(folder, name="Far", modifier=None):
    """An object of another file, linked into the scene."""
    path = str(folder / "library.blend")
    obj = bpy.data.objects.new(name, bpy.data.meshes.new(name))
    if modifier:
        obj.modifiers.new("Old", modifier)
    bpy.data.libraries.write(path, {obj})
    bpy.data.objects.remove(obj)
    with bpy.data.libraries.load(path, link=True) as (_, into):
        into.objects = [name]
    bpy.context.scene.collection.objects.link(into.objects[0])
    return into.objects[0]


def what_the_user_sees():
    """What a command must leave as it was."""
    layer = bpy.context.view_layer
    layer.update()
    active = layer.objects.active
    return (
        [(each.name, each.hide_viewport, each.hide_select) for each in bpy.data.objects],
        [(each.name, each.hide_get(), each.select_get()) for each in layer.objects],
        [each.name for each in bpy.data.scenes],
        bpy.context.scene.name,
        active and active.name,
    )
