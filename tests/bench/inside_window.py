"""The bench's hand inside the windowed Blender: obeys orders, and notes when the main loop turns.

In: one JSON string of Python code a line, on standard input; its end quits Blender, so that it never outlives
the bench. Out: for each order, on standard output, `bench: ` and what the code left in `answer` as JSON. Runs
as `blender --python inside_window.py`, on the main thread.
"""

import itertools
import json
import os
import time
import traceback

import bpy

INTERVAL = 0.1  # seconds between two looks for orders; the same in every row, so it cancels out

received = bytearray()
turns = []  # when the main loop turned


def turn():
    """A timer that wants every turn: what an operator or an animation would feel."""
    turns.append(time.perf_counter())
    return 0.0


def watch_turns():
    turns.clear()
    bpy.app.timers.register(turn, persistent=True)


def gaps():
    """Seconds between the turns since `watch_turns`, which ends here."""
    bpy.app.timers.unregister(turn)
    return [after - before for before, after in itertools.pairwise(turns)]


def show_sidebar(shown):
    """The sidebar is redrawn when what Tenon's panel shows has changed: part of what a flood costs."""
    for area in bpy.context.window_manager.windows[0].screen.areas:
        if area.type == "VIEW_3D":
            area.spaces.active.show_region_ui = shown


names = {"bpy": bpy, "watch_turns": watch_turns, "gaps": gaps, "show_sidebar": show_sidebar}


def obey():
    try:
        piece = os.read(0, 65536)
        if not piece:
            bpy.ops.wm.quit_blender()
        received.extend(piece)
    except BlockingIOError:
        return INTERVAL
    while b"\n" in received:
        line, _, rest = bytes(received).partition(b"\n")
        received[:] = rest
        names["answer"] = None
        try:
            exec(json.loads(line), names)
            told = {"answer": names["answer"]}
        except Exception:
            told = {"error": traceback.format_exc()}
        # Whole and at once: other threads print too.
        os.write(1, f"bench: {json.dumps(told)}\n".encode())
    return INTERVAL


bpy.context.preferences.view.show_splash = False
os.set_blocking(0, False)
bpy.app.timers.register(obey, persistent=True)
