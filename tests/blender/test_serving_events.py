"""What a subscriber hears of a headless Blender at work: the scene, progress, searches, other add-ons.

In: a Blender in a process of its own, commands over a connection. Out: the events that a WebSocket
client gets.
"""

from __future__ import annotations

import itertools
import time

import pytest
from listener import Listener
from wire import Client


@pytest.fixture
def client(blender):
    with Client(blender.address) as client:
        client.result("new_file")
        yield client


@pytest.fixture
def hear(blender):
    """Subscribes: `hear("scene")` gives the channel's events as they come."""
    listeners = []

    def hear(channel):
        listeners.append(Listener(blender.address, channel))
        return listeners[-1].events(channel)

    yield hear
    for listener in listeners:
        listener.__exit__()


def run(client, source):
    return client.result("execute_code", {"code": source})["result"]


def until(events, key):
    """The changes of the events up to the first that tells of `key`, as one."""
    heard = {}
    for event in events:
        assert event["type"] == "scene_changed"
        heard.update(event["data"])
        if key in heard:
            break
    return heard


def test_commands_change_the_scene(client, hear):
    scene = hear("scene")
    client.result("create_object", {"type": "CUBE", "name": "Heard"})
    assert next(scene)["data"] == {
        "scene": "Scene",
        "active": "Cube",
        "mode": "OBJECT",
        "frame": 1,
        "objects": 3,
    }
    assert until(scene, "added")["added"] == ["Heard"]
    client.result("select_objects", {"names": ["Heard"]})
    assert until(scene, "selected")["selected"] == ["Heard"]
    run(client, "bpy.data.objects['Heard'].name = 'Renamed'")
    assert until(scene, "renamed")["renamed"] == [["Heard", "Renamed"]]
    run(client, "bpy.data.objects['Renamed'].location.x = 4")  # evaluated by nobody but the watch
    assert until(scene, "transformed")["transformed"] == ["Renamed"]
    run(client, "bpy.context.scene.frame_set(12)")
    assert until(scene, "frame")["frame"] == 12
    client.result("delete_object", {"name": "Renamed"})
    assert until(scene, "removed")["removed"] == ["Renamed"]
    client.result("undo")
    assert until(scene, "added")["added"] == ["Renamed"]
    client.result("new_file")
    assert until(scene, "loaded")["objects"] == 3


def test_a_flood_of_changes_is_at_most_twenty_messages_a_second(client, hear):
    scene = hear("scene")
    began = time.monotonic()
    for number in range(600):
        run(client, f"bpy.data.objects['Cube'].location.x = {number + 1}")
    run(client, "bpy.context.scene.frame_set(99)")
    count = 1 + sum(1 for _ in itertools.takewhile(lambda event: event["data"].get("frame") != 99, scene))
    assert count <= (time.monotonic() - began) * 20 + 2


def progress(tasks, command):
    """What the command's task has told until it ended."""
    told = []
    for event in tasks:
        if event["data"]["type"] == command and event["type"] == "task_progress":
            told.append((event["data"]["progress"]["fraction"], event["data"]["progress"]["message"]))
        elif event["data"]["type"] == command and event["data"]["finished_at"]:
            break
    return told


def test_a_script_tells_how_far_it_is(client, hear):
    tasks = hear("tasks")
    run(client, "import tenon_api\nfor n in range(4): tenon_api.progress(n / 4, f'part {n}')")
    assert progress(tasks, "execute_code") == [(n / 4, f"part {n}") for n in range(4)]
    run(client, "import tenon_api\ntenon_api.progress(message='no number'); tenon_api.progress(7.5)")
    assert progress(tasks, "execute_code") == [(None, "no number"), (1.0, None)]


def test_a_render_tells_its_samples(client, hear, tmp_path):
    tasks = hear("tasks")
    options = {"filepath": str(tmp_path / "a.png"), "engine": "CYCLES", "samples": 256}
    client.result("render_image", {**options, "resolution_x": 256, "resolution_y": 256})
    told = progress(tasks, "render_image")
    fractions = [fraction for fraction, _ in told if fraction is not None]
    assert fractions == sorted(fractions) and any(0 < fraction < 1 for fraction in fractions), told
    assert any("Sample" in (message or "") for _, message in told), told


def test_an_animation_tells_its_frames(client, hear, tmp_path):
    tasks = hear("tasks")
    run(
        client,
        "scene = bpy.context.scene; scene.render.engine = 'CYCLES'; scene.cycles.samples = 1\n"
        "scene.render.resolution_x = scene.render.resolution_y = 32\n"
        f"scene.render.filepath = {str(tmp_path / 'frame')!r}; scene.frame_end = 4\n"
        "bpy.ops.render.render(animation=True)",
    )
    told = progress(tasks, "execute_code")
    frames = dict.fromkeys(message.partition(":")[0] for _, message in told)
    assert list(frames) == ["frame 1", "frame 2", "frame 3", "frame 4"]
    fractions = [fraction for fraction, _ in told if fraction is not None]
    assert fractions == sorted(fractions) and {0.25, 0.5, 0.75} <= set(fractions)


def test_an_export_says_what_it_writes(client, hear, tmp_path):
    tasks = hear("tasks")
    client.result("export_scene", {"filepath": str(tmp_path / "a.obj"), "format": "obj"})
    assert progress(tasks, "export_scene") == [(None, "writing 1 objects as obj")]


def test_searches_are_told(client, hear):
    searches = hear("vector_search")
    client.result("list_scene_items")  # no search
    client.result("list_scene_items", {"query": "cube"})
    client.result("bpy_api_lookup", {"query": "Object.location"})
    client.error("describe_node_type", {"bl_idname": "NoSuchNode"})
    told = [next(searches) for _ in range(6)]
    assert {event["type"] for event in told} == {"search_progress"}
    words = [(event["data"]["query"], event["data"]["progress"], event["data"]["status"]) for event in told]
    assert words == [
        ("cube", 0.0, "searching"),
        ("cube", 1.0, "completed"),
        ("Object.location", 0.0, "searching"),
        ("Object.location", 1.0, "completed"),
        ("NoSuchNode", 0.0, "searching"),
        ("NoSuchNode", 1.0, "failed"),
    ]
    assert len({event["data"]["query_id"] for event in told}) == 3


def test_another_addon_is_heard(client, hear):
    alerts = hear("system_alerts")
    source = "import tenon_api; print(tenon_api.notify('system_alerts', 'kettle_boils', {'degrees': 100}))"
    assert run(client, source) == "1\n"
    event = next(alerts)
    assert (event["type"], event["data"]) == ("kettle_boils", {"degrees": 100})
