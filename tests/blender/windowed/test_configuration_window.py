"""The menu that copies an assistant's configuration, used with a real mouse: what is copied, what is shown.

In: clicks on a virtual display. Out: the clipboard, and what Blender printed.
"""

import json

MENU_BELOW_TOP = 109  # from the sidebar's top to the middle of "Copy Configuration"
THIRD_BELOW_IT = 70  # from there to the middle of the menu's third entry, Codex


def turns(blender, count=10):
    """Let Blender's main loop take notice of the mouse."""
    for _ in range(count):
        blender.order("answer = None")


def rest_on(blender, x, y):
    """As a hand does it, in several moves: Blender opens a menu for a mouse that has rested on it."""
    for near in (20, 1, 0):
        blender._xdotool("mousemove", x + near, y)
        turns(blender)


def copied(blender, assistant):
    """What the menu's entry copies."""
    blender.order(
        "with bpy.context.temp_override(window=bpy.context.window_manager.windows[0]):\n"
        f"    bpy.ops.tenon.copy_configuration(assistant={assistant!r})"
    )
    return blender.order("answer = bpy.context.window_manager.clipboard")


def test_a_click_in_the_menu_copies(blender):
    port = blender.connect()
    blender.order(
        "bpy.context.window_manager.clipboard = 'before'\n"
        "note = lambda menu, context: bpy.app.driver_namespace.__setitem__('menu', True)\n"
        "bpy.types.TENON_MT_copy_configuration.append(note)"
    )
    left, top, width, _ = blender.order("answer = sidebar()")
    x, y = left + width // 2, top + MENU_BELOW_TOP
    rest_on(blender, x, y)
    blender._xdotool("click", 1)
    blender.until("bpy.app.driver_namespace.get('menu')")
    turns(blender, 20)
    rest_on(blender, x, y + THIRD_BELOW_IT)
    blender._xdotool("click", 1)
    blender.until("bpy.context.window_manager.clipboard != 'before'")
    text = blender.order("answer = bpy.context.window_manager.clipboard")
    assert text == f'[mcp_servers.blender]\nurl = "http://127.0.0.1:{port}/mcp"\n'


def test_each_assistant_is_told_this_blender(blender):
    url = f"http://127.0.0.1:{blender.connect()}/mcp"
    assert json.loads(copied(blender, "cursor")) == {"mcpServers": {"blender": {"url": url}}}
    assert copied(blender, "claude-code") == f"claude mcp add --transport http --scope user blender {url}\n"


def test_a_token_is_copied_where_it_is_needed_and_never_shown(start):
    blender = start(TENON_TOKEN="s3cret-word")
    blender.connect()
    assert "s3cret" not in copied(blender, "cursor"), "programs on this computer need none"
    blender.press_button()
    blender.wait_for("drawn", running=False)
    blender.order("bpy.context.preferences.addons['tenon'].preferences.require_token = True")
    blender.press_button()
    blender.wait_for("drawn", running=True)
    told = json.loads(copied(blender, "cursor"))
    assert told["mcpServers"]["blender"]["headers"] == {"Authorization": "Bearer s3cret-word"}
    assert "It holds your token" in blender.printed() and "s3cret-word" not in blender.printed()
