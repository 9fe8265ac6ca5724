"""Each typed command is one undo step, also for objects that are shown in a scene of their own meanwhile."""

import bpy
import pytest
from call import run

pytestmark = pytest.mark.usefixtures("default_file")


def state():
    cube = bpy.data.objects["Cube"]
    return {
        "objects": sorted(bpy.data.objects.keys()),
        "collections": sorted(bpy.data.collections.keys()),
        "scenes": sorted(bpy.data.scenes.keys()),
        "modifiers": cube.modifiers.keys(),
        "vertices": len(cube.data.vertices),
        "maps": cube.data.uv_layers.keys(),
        "hidden": (cube.hide_viewport, cube.hide_get()),
        "end": bpy.context.scene.frame_end,
        "animated": bool(cube.animation_data and cube.animation_data.action),
    }


STEPS = [
    ("modify_collection", {"collection": "Collection", "hide_render": True}),
    ("create_collection", {"name": "Props", "object_names": ["Cube"]}),
    ("add_modifier", {"object_name": "Cube", "type": "SUBSURF"}),
    (
        "modify_modifier",
        {"object_name": "Cube", "modifier": "Subdivision Surface", "settings": {"levels": 2}},
    ),
    ("unwrap_uv", {"object_names": ["Cube"], "uv_map": "Second"}),
    ("apply_modifier", {"object_name": "Cube"}),
    ("add_constraint", {"object_name": "Cube", "type": "TRACK_TO", "settings": {"target": "Light"}}),
    (
        "set_keyframes",
        {"object_name": "Cube", "path": "location", "keys": [{"frame": 1, "value": [1, 1, 1]}]},
    ),
    ("add_turntable", {"object_names": ["Cube"], "frames": 30}),
    ("add_light_rig", {"object_names": ["Cube"]}),
    ("set_world", {"color": [1, 0, 0]}),
    ("delete_collection", {"collection": "Turntable", "delete_objects": True}),
]


@pytest.mark.parametrize("hidden", [False, True])
def test_every_command_is_one_undo_step(hidden):
    run("modify_object", name="Cube", visible=not hidden)
    before = []
    for command, params in STEPS:
        before.append(state())
        run(command, **params)
    for (command, _), then in zip(reversed(STEPS), reversed(before), strict=True):
        assert run("undo")["steps"] == [command]
        assert state() == then, command
