"""Sentences typed into the sidebar of a windowed Blender.

In: a real mouse and keyboard on a virtual display. Out: what the scene then holds, and what the panel tells.
Test process.
"""

from blender_window import Client

PANEL = "sys.modules['tenon'].ui.sentence_panel"
TALK = f"{PANEL}.conversation"
# Below the sidebar's top: the line while no sentence was said yet, from its left; "Do", from its right.
LINE, DO = 271, 55


def point(blender, x, below):
    """Move the mouse into the sidebar; a button wants to see it come before it takes a click."""
    left, top, width, _ = blender.order("answer = sidebar()")
    for step in range(3):
        blender._xdotool("mousemove", left + (x if x > 0 else width + x) - step, top + below)
        blender.order("sidebar(redraw=True)")
        blender.wait_for("drawn")
    blender.events.clear()


def settled(blender):
    """Once Blender has slid a panel that has grown into its place."""
    for _ in range(20):
        blender.order("sidebar(redraw=True)")
        blender.wait_for("drawn")


def type_line(blender, text, *keys):
    """Click into the line, type, and press the keys."""
    point(blender, 60, LINE)
    blender._xdotool("click", 1)
    blender.order("sidebar(redraw=True)")
    blender._xdotool("type", "--delay", "15", text)
    for key in keys:
        blender._xdotool("key", key)


def answer(blender, icon):
    """What stands below the line, once it is of this kind."""
    blender.until(f"{TALK}.answer and {TALK}.answer[0] == {icon!r}")
    return blender.order(f"answer = {TALK}.answer[1]")


def names(blender):
    return blender.order("answer = sorted(obj.name for obj in bpy.data.objects)")


def test_a_sentence_is_typed_done_refused_and_taken_up_again(blender, tmp_path):
    port = blender.connect()
    blender.order("for obj in list(bpy.data.objects): bpy.data.objects.remove(obj)")
    settled(blender)
    blender.screenshot(tmp_path / "empty.png")
    type_line(blender, "make a red cube", "Return")
    assert "cube" in answer(blender, "CHECKMARK")
    assert names(blender) == ["Cube"]
    assert blender.order("answer = bpy.context.window_manager.tenon_sentence") == ""
    blender.screenshot(tmp_path / "done.png")

    settled(blender)
    type_line(blender, "move it up 2 m", "Return")
    blender.until("bpy.data.objects['Cube'].location.z == 2")
    type_line(blender, "make it frobnicate", "Return")
    assert '"frobnicate"' in answer(blender, "ERROR")
    assert names(blender) == ["Cube"]
    settled(blender)
    blender.screenshot(tmp_path / "refused.png")
    said = ["make it frobnicate", "move it up 2 m", "make a red cube"]
    assert blender.order(f"answer = list({TALK}.recent)") == said

    # In the history they are this session's own words.
    session = blender.order(f"answer = {TALK}._session")
    client = Client(port)
    history = client.call("get_session_history", session_id=session)
    assert [each["user_input"] for each in history] == said[:0:-1]
    client.close()


def test_a_click_beside_the_line_does_nothing_and_the_button_does(blender, tmp_path):
    blender.connect()
    before = names(blender)
    settled(blender)
    type_line(blender, "make a cone")
    blender.click(400, 400)
    blender.until("bpy.context.window_manager.tenon_sentence == 'make a cone'")
    settled(blender)
    assert blender.order(f"answer = {TALK}.answer") is None and names(blender) == before
    point(blender, -DO, LINE)
    blender._xdotool("click", 1)
    blender.until("'Cone' in bpy.data.objects")
    answer(blender, "CHECKMARK")


def test_the_last_five_can_be_taken_up_again_and_blender_goes_on_meanwhile(blender, tmp_path):
    client = Client(blender.connect())
    client.send("execute_code", params={"code": "import time\nfor _ in range(20):\n    time.sleep(0.05)"})
    texts = [f"make a cube at ({number}, 0, 0)" for number in range(6)]
    for text in texts:
        blender.order(f"bpy.context.window_manager.tenon_sentence = {text!r}\nbpy.ops.tenon.do()")
    blender.until("len([obj for obj in bpy.data.objects if obj.name.startswith('Cube')]) == 7")
    answer(blender, "CHECKMARK")
    assert blender.order(f"answer = list({TALK}.recent)") == texts[:0:-1]
    blender.order(f"bpy.ops.tenon.take_up_sentence(text={texts[2]!r})")
    assert blender.order("answer = bpy.context.window_manager.tenon_sentence") == texts[2]
    assert client.reply()["status"] == "success"
    blender.order("bpy.context.window_manager.tenon_sentence = '赤い立方体をほげほげ'\nbpy.ops.tenon.do()")
    assert "ほげほげ" in answer(blender, "ERROR")
    settled(blender)
    blender.screenshot(tmp_path / "five.png")
    client.close()


def test_a_session_that_was_closed_is_followed_by_another(blender):
    blender.connect()
    for number in (1, 2):
        blender.order("bpy.context.window_manager.tenon_sentence = 'make a cone'\nbpy.ops.tenon.do()")
        blender.until(f"len([obj for obj in bpy.data.objects if obj.name.startswith('Cone')]) == {number}")
        blender.until(f"{TALK}.answer[0] == 'CHECKMARK'")
        blender.order(f"bpy.ops.tenon.close_session(target={TALK}._session)")
