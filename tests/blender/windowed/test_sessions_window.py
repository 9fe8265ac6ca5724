"""Sessions in a windowed Blender's panel: what outlasts a client and Blender, buttons, a store that fails.

In: real clicks on a virtual display, real clients. Out: what the panel lists, and what its buttons do. Test
process.
"""

from blender_window import Client

BRIDGE = "sys.modules['tenon'].bridge.bridge"
# Of the first recent session while one line stands under Sessions: below the sidebar's top, from its right.
FIRST_ROW = 486
CLOSE, LOGS, RESTORE = 48, 69, 90


def left(port, *names):
    """The session of a client that makes these objects and goes."""
    client = Client(port)
    for name in names:
        client.send("create_object", params={"type": "CUBE", "name": name})
        reply = client.reply()
        assert reply["status"] == "success", reply
    client.close()
    return reply["session_id"]


def drawn_with(blender, recent):
    """What the panel shows once it lists these, in its place: Blender slides one that has grown."""
    blender.order("sidebar(redraw=True)")
    drawn = blender.wait_for("drawn")
    while [(each["session_id"], each["status"]) for each in drawn["recent"]] != recent:
        drawn = blender.wait_for("drawn")
    for _ in range(20):
        blender.order("sidebar(redraw=True)")
        drawn = blender.wait_for("drawn")
    return drawn


def click(blender, drawn, button):
    x, y = drawn["left"] + drawn["width"] - button, drawn["top"] + FIRST_ROW
    for step in range(3):  # a small button wants to see the mouse come before it takes a click
        blender._xdotool("mousemove", x + 2 - step, y)
        blender.order("sidebar(redraw=True)")
        blender.wait_for("drawn")
    blender.events.clear()
    blender._xdotool("click", 1)


def test_sessions_of_an_earlier_run_are_listed_restored_and_closed(blender, start, tmp_path):
    port = blender.connect()
    first, second, third = left(port, "Table"), left(port, "Chair", "Lamp", "Rug"), left(port, "Door")
    drawn_with(blender, [(third, "parked"), (second, "parked"), (first, "parked")])
    blender.order("bpy.context.preferences.view.use_save_prompt = False")
    blender.press("ctrl+q")
    assert blender.wait() == 0, blender.printed()

    again = start()
    port = again.connect()
    drawn = drawn_with(again, [(third, "parked"), (second, "parked"), (first, "parked")])
    assert [each["command_count"] for each in drawn["recent"]] == [1, 3, 1]
    assert drawn["store"]["state"] == "open"
    again.screenshot(tmp_path / "recent.png")

    click(again, drawn, RESTORE)
    drawn = drawn_with(again, [(second, "parked"), (first, "parked")])
    live = f"answer = [each['session_id'] for each in {BRIDGE}.sessions()]"
    assert again.order(live) == [third]
    client = Client(port)
    client.send("get_session_history", params={}, session_id=third)
    assert [entry["args"]["name"] for entry in client.reply()["result"]] == ["Door"]

    click(again, drawn, CLOSE)
    drawn = drawn_with(again, [(second, "closed"), (first, "parked")])
    again.screenshot(tmp_path / "closed.png")
    click(again, drawn, LOGS)  # what is closed has no Close: there its Restore is
    drawn_with(again, [(first, "parked")])
    assert set(again.order(live)) == {second, third}
    assert client.call("ping")  # whose session it is that was restored first
    assert again.order(f"import os; answer = os.listdir({BRIDGE}.log_folder({second!r}))")


def test_a_store_that_cannot_be_is_told_with_its_reason(start, tmp_path):
    taken = tmp_path / "a file"
    taken.write_text("not a folder")
    blender = start(TENON_STORE_FOLDER=str(taken))
    port = blender.connect()
    session = left(port, "Table")
    drawn = drawn_with(blender, [(session, "parked")])
    assert drawn["store"]["state"] == "failed" and drawn["store"]["reason"]
    blender.screenshot(tmp_path / "failed.png")
    assert Client(port).call("get_scene_info")["object_count"] == 4
