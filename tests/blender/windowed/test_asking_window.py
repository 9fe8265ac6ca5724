"""Code that waits for the user's yes, in a windowed Blender: the panel's question and its buttons.

In: real clicks on a virtual display, real clients. Out: code that ran or did not, and what the panel shows.
Test process.
"""

from blender_window import Client

BRIDGE = "sys.modules['tenon'].bridge.bridge"
CODE = "\n".join(
    ["import math", "for number in range(20):", *["    print('a line of code')"] * 20, "print(7)"]
)
# From the sidebar's top, where the question of code of more lines than are shown stands.
YES, NO = 342, 405


def click(blender, below):
    left, top, width, _ = blender.order("answer = sidebar()")
    for step in range(3):  # a small button wants to see the mouse come before it takes a click
        blender._xdotool("mousemove", left + width // 2 - 10 - step, top + below)
        blender.order("sidebar(redraw=True)")
        blender.wait_for("drawn")
    blender.events.clear()
    blender._xdotool("click", 1)


def asked(blender, count):
    """Once so many questions are open and the sidebar has been drawn with them: their codes."""
    blender.until(f"len({BRIDGE}.questions()) == {count}")
    blender.events.clear()
    for _ in range(20):  # Blender slides a panel that has grown into its place
        blender.order("sidebar(redraw=True)")
        blender.wait_for("drawn")
    return [each["code"] for each in blender.order(f"answer = {BRIDGE}.questions()")]


def test_the_panel_asks_and_its_buttons_answer(start, tmp_path):
    blender = start(TENON_ALLOW_CODE="ask")
    client, other = Client(blender.connect()), None
    client.send("execute_code", params={"code": CODE})
    assert asked(blender, 1) == [CODE]
    blender.screenshot(tmp_path / "asked.png")
    status = blender.order("answer = sys.modules['tenon'].server.redraw._status_text")
    assert "A client asks to run code" in status
    other = Client(client.port)
    assert other.call("get_scene_info")["object_count"] == 3, "nobody else waits"

    click(blender, YES)
    assert client.reply()["result"]["result"].endswith("7\n")
    client.send("execute_code", params={"code": CODE})
    asked(blender, 1)
    click(blender, NO)
    refused = client.reply()
    assert refused["code"] == "blocked" and "its user said no" in refused["message"]
    assert asked(blender, 0) == []
    blender.screenshot(tmp_path / "answered.png")
    assert blender.order("answer = sys.modules['tenon'].server.redraw._status_text") is None


def test_always_is_kept_in_the_preferences(start):
    blender = start(TENON_ALLOW_CODE="ask")
    client = Client(blender.connect())
    chosen = "bpy.context.preferences.addons['tenon'].preferences"
    blender.order(f"{chosen}.allow_code = 'ask'")
    for answer, then in (("session", "ask"), ("always", "on")):
        fresh = Client(client.port)
        fresh.send("execute_code", params={"code": "print(1)"})
        blender.until(f"len({BRIDGE}.questions()) == 1")
        blender.order(
            f"bpy.ops.tenon.copy_code(target={BRIDGE}.questions()[0]['task_id'])\n"
            f"bpy.ops.tenon.answer_question(target={BRIDGE}.questions()[0]['task_id'], answer={answer!r})"
        )
        assert fresh.reply()["result"]["result"] == "1\n"
        assert blender.order("answer = bpy.context.window_manager.clipboard") == "print(1)"
        assert blender.order(f"answer = {chosen}.allow_code") == then
    assert client.call("execute_code", code="print(2)")["result"] == "2\n"
