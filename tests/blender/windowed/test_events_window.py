"""Events and the queue in a windowed Blender: what the user does is told, what clients do is seen.

In: real clicks and keys on a virtual display, real clients. Out: the scene's events, a render's progress, and
the panel's queue with its Cancel button. Test process.
"""

import select

from blender_window import Client
from listener import Listener


def until(events, key):
    """The changes of the events up to the first that tells of `key`, as one."""
    heard = {}
    for event in events:
        heard.update(event["data"])
        if key in heard:
            break
    return heard


def test_what_the_user_does_is_told(blender, tmp_path):
    port = blender.connect()
    with Listener(f"localhost:{port}", "scene") as listener:
        scene = listener.events("scene")
        assert until(scene, "scene")["objects"] == 3  # from now on it is followed
        blender.press("a")  # select everything
        assert until(scene, "selected")["selected"] == ["Camera", "Cube", "Light"]
        for key in ("g", "x", "2", "Return"):
            blender.press(key)
        assert until(scene, "transformed")["transformed"] == ["Camera", "Cube", "Light"]
        blender.press("shift+d")
        blender.press("Return")
        assert until(scene, "added")["added"] == ["Camera.001", "Cube.001", "Light.001"]
        blender.press("ctrl+z")
        assert until(scene, "removed")["removed"] == ["Camera.001", "Cube.001", "Light.001"]
        blender.press("Right")
        assert until(scene, "frame")["frame"] == 2
        blender.press("alt+a")
        assert until(scene, "selected")["selected"] == []
        blender.order("bpy.data.objects['Cube'].name = 'Box'")
        assert until(scene, "renamed")["renamed"] == [["Cube", "Box"]]
        blender.order("bpy.context.view_layer.objects.active = bpy.data.objects['Box']")
        blender.press("Tab")
        assert until(scene, "mode")["mode"] == "EDIT"
        blender.order("bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)")
        assert until(scene, "loaded")["objects"] == 0
        Client(port).call("create_object", type="CUBE", name="By a client")
        assert until(scene, "added")["added"] == ["By a client"]


def test_the_queue_is_seen_and_a_render_cancelled(blender, tmp_path):
    port = blender.connect()
    client, other = Client(port), Client(port)
    other.send("execute_code", params={"code": "bpy.data.objects['Nobody']"})
    assert other.reply()["status"] == "error"
    with Listener(f"localhost:{port}", "tasks") as listener:
        options = {"engine": "CYCLES", "samples": 100000, "resolution_x": 1920}
        client.send("render_image", params={**options, "filepath": str(tmp_path / "never.png")})
        client.send("get_scene_info")  # waits behind it
        for event in listener.events("tasks"):
            if event["type"] == "task_progress" and "rendering, 1 s" in event["data"]["progress"]["message"]:
                break
        task_id = event["data"]["task_id"]
        blender.order("sidebar(redraw=True)")
        drawn = blender.wait_for("drawn")
        while not drawn["under_way"]:
            drawn = blender.wait_for("drawn")
        (task,) = drawn["under_way"]
        assert task["task_id"] == task_id and task["command"] == "render_image" and not task["cancelling"]
        assert [failure["command"] for failure in drawn["failures"]] == ["execute_code"]
        blender.screenshot(tmp_path / "queue.png")
        tries = 0
        while not select.select([client.socket], [], [], 1)[0]:  # a window that renders may miss a click
            assert (tries := tries + 1) < 20
            blender.click(*cancel_button(drawn))
        reply = client.reply()
        assert (reply["status"], reply["code"]) == ("error", "cancelled")
        assert "cancelled in Blender" in reply["message"]
        assert client.reply()["status"] == "success"
        for event in listener.events("tasks"):
            if event["type"] == "task_cancelled":
                assert event["data"]["task_id"] == task_id
                break
    blender.until("not bpy.app.is_job_running('RENDER')")
    assert not (tmp_path / "never.png").exists()


def test_progress_is_drawn(blender, tmp_path):
    """A command that says how far it is, seen in the panel."""
    port = blender.connect()
    blender.order(
        "import tenon_api\n"
        "def slowly():\n"
        "    while not bpy.app.driver_namespace.get('enough'):\n"
        "        yield 0.35, 'Scattering stones'\n"
        "    return 'done'\n"
        "tenon_api.register_command(slowly, reads_only=True)"
    )
    client = Client(port)
    client.send("slowly")
    drawn = blender.wait_for("drawn")
    while not (drawn["under_way"] and drawn["under_way"][0]["progress"]):
        drawn = blender.wait_for("drawn")
    assert drawn["under_way"][0]["progress"] == {"fraction": 0.35, "message": "Scattering stones"}
    for _ in range(3):  # Blender slides a panel that has grown into its place
        drawn = blender.wait_for("drawn", running=True)
    blender.screenshot(tmp_path / "progress.png")
    blender.order("bpy.app.driver_namespace['enough'] = True")
    assert client.reply()["result"] == "done"


def cancel_button(drawn):
    """Where the first task's Cancel button is."""
    return drawn["left"] + drawn["width"] - 48, drawn["top"] + 334
