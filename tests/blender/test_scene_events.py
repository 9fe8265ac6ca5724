"""What the channel `scene` tells, for everything that can happen to a scene, and what it costs.

In: changes made in Blender as scripts, operators and undo make them. Out: the changes that are told of. The
way to a subscriber is tested in `test_serving_events.py`.
"""

import time

import bpy
import pytest
from tenon.tracking import scene_tracker

pytestmark = pytest.mark.usefixtures("default_file")


@pytest.fixture
def told(default_file):
    """What has changed since it was called last."""
    scene_tracker.unregister()
    scene_tracker.register()
    events = scene_tracker._events = scene_tracker.EventChanges()

    def told():
        bpy.context.evaluated_depsgraph_get()
        return events.drain_changes()

    yield told
    scene_tracker.unregister()


def cube():
    return bpy.data.objects["Cube"]


def add(name, data=None):
    obj = bpy.data.objects.new(name, data)
    bpy.context.collection.objects.link(obj)
    return obj


def test_nothing_happened(told):
    assert told() == {}
    assert bpy.data.materials[0].name and told() == {}  # reading is no change


def test_added_and_removed(told):
    add("New")
    assert told() == {"added": ["New"]}
    bpy.data.objects.remove(bpy.data.objects["New"])
    assert told() == {"removed": ["New"]}


def test_added_by_an_operator_is_selected_and_active_too(told):
    bpy.ops.mesh.primitive_cube_add()
    assert told() == {"added": ["Cube.001"], "selected": ["Cube.001"], "active": "Cube.001"}


def test_unlinked_from_the_scene_is_removed_from_it(told):
    bpy.context.collection.objects.unlink(bpy.data.objects["Light"])
    assert told() == {"removed": ["Light"]}


def test_renamed(told):
    cube().name = "Box"
    assert told() == {"renamed": [["Cube", "Box"]], "selected": ["Box"], "active": "Box"}


def test_renamed_and_moved_at_once(told):
    light = bpy.data.objects["Light"]
    light.name = "Lamp"
    light.location.x += 1
    assert told() == {"renamed": [["Light", "Lamp"]], "transformed": ["Lamp"]}


def test_one_gone_and_another_come_is_no_renaming(told):
    for turn in range(20):  # Blender may well give the new one the address of the old one
        add(f"First {turn}")
        told()
        bpy.data.objects.remove(bpy.data.objects[f"First {turn}"])
        add(f"Second {turn}")
        assert told() == {"added": [f"Second {turn}"], "removed": [f"First {turn}"]}


def test_moved_turned_scaled(told):
    cube().location = (1, 2, 3)
    bpy.data.objects["Light"].rotation_euler.z = 1
    bpy.data.objects["Camera"].scale = (2, 2, 2)
    assert told() == {"transformed": ["Camera", "Cube", "Light"]}


def test_a_child_moves_with_its_parent(told):
    bpy.data.objects["Light"].parent = cube()
    told()
    cube().location.x = 5
    assert told() == {"transformed": ["Cube", "Light"]}


def test_selected_and_active(told):
    light = bpy.data.objects["Light"]
    light.select_set(True)
    assert told() == {"selected": ["Cube", "Light"]}
    bpy.context.view_layer.objects.active = light
    assert told() == {"active": "Light"}
    bpy.ops.object.select_all(action="DESELECT")
    assert told() == {"selected": []}


def test_frame(told):
    bpy.context.scene.frame_set(7)
    assert told() == {"frame": 7}


def test_what_an_animation_moves(told):
    cube().keyframe_insert("location", frame=1)
    cube().location.x = 10
    cube().keyframe_insert("location", frame=10)
    told()
    bpy.context.scene.frame_set(5)
    assert told() == {"frame": 5, "transformed": ["Cube"]}


def test_mode(told):
    bpy.ops.object.mode_set(mode="EDIT")
    assert told()["mode"] == "EDIT"
    bpy.ops.object.mode_set(mode="OBJECT")
    assert told()["mode"] == "OBJECT"


def test_undo_and_redo(told):
    bpy.ops.ed.undo_push(message="before")
    add("New")
    cube().name = "Box"
    bpy.ops.ed.undo_push(message="after")
    told()
    bpy.ops.ed.undo()
    undone = told()
    assert undone["removed"] == ["New"] and undone["renamed"] == [["Box", "Cube"]]
    bpy.ops.ed.redo()
    redone = told()
    assert redone["added"] == ["New"] and redone["renamed"] == [["Cube", "Box"]]


def test_another_file(told, tmp_path):
    path = str(tmp_path / "one.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    cube().location.x = 5
    bpy.ops.wm.open_mainfile(filepath=path)
    news = {"loaded": path, "scene": "Scene", "active": "Cube", "mode": "OBJECT", "frame": 1, "objects": 3}
    assert told() == news
    assert told() == {}
    cube().location.x = 6
    assert told() == {"transformed": ["Cube"]}


def test_a_long_list_is_cut_and_counted(told):
    for number in range(150):
        add(f"Part {number:03}")
    names = [f"Part {number:03}" for number in range(100)]
    assert told() == {"added": names, "added_count": 150}
    for obj in bpy.context.scene.objects:
        obj.location.x += 1
        obj.select_set(True)
    news = told()
    assert (len(news["transformed"]), news["transformed_count"]) == (100, 153)
    assert (len(news["selected"]), news["selected_count"]) == (100, 153)


def test_a_renders_own_copy_is_not_told(told):
    class OfARender:
        mode = "RENDER"

    scene_tracker._evaluated(bpy.context.scene, OfARender())
    assert told() == {}


@pytest.fixture
def crowd(told):
    """A scene of 10,000 objects, and the events."""
    for number in range(10_000):
        add(f"o{number}")
    told()
    return bpy.context.scene.objects


def seconds(work, times=20):
    """The shortest of some runs: what the work costs where nothing comes between."""
    spans = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        spans.append(time.perf_counter() - began)
    return min(spans)


def evaluation(change):
    change()
    began = time.perf_counter()
    bpy.context.view_layer.update()
    return time.perf_counter() - began


def test_next_to_nothing_in_a_scene_of_ten_thousand(crowd):
    """Ceilings far above what is measured (see `scene_tracker.py`), far below what would be felt."""
    events = scene_tracker._events
    noted = []
    note = events.note

    def timed(depsgraph):
        began = time.perf_counter()
        note(depsgraph)
        noted.append(time.perf_counter() - began)

    def move(objects):
        for obj in objects:
            obj.location.x += 1

    events.note = timed
    whole = {}
    for name, objects in {"one moved": crowd[:1], "all moved": crowd[:]}.items():
        noted.clear()
        evaluations = []
        for _ in range(5):
            evaluations.append(evaluation(lambda objects=objects: move(objects)))
            events.drain_changes()
        whole[name] = (min(noted), min(evaluations))
    for name, (note_cost, evaluation_cost) in whole.items():
        print(f"{name}: note {note_cost * 1e6:.0f} µs of an evaluation of {evaluation_cost * 1e6:.0f} µs")
        assert note_cost < evaluation_cost / 5, name
    idle = seconds(events.drain_changes)
    crowd["o5"].location.x += 1
    bpy.context.view_layer.update()
    moved = seconds(lambda: (events.moved.add("o5"), events.drain_changes()))
    added = seconds(lambda: (events.note_undo(), events.drain_changes()))
    scene_tracker._events = None
    deaf = seconds(lambda: scene_tracker._evaluated(None, None))
    print(
        f"message: idle {idle * 1e6:.1f} µs, one moved {moved * 1e6:.1f} µs, names and selection compared "
        f"{added * 1e6:.0f} µs; nobody listens: {deaf * 1e9:.0f} ns an evaluation"
    )
    assert idle < 1e-4 and moved < 1e-4 and added < 0.02 and deaf < 1e-5
