"""The test's hand inside a windowed Blender: opens the sidebar, obeys orders, tells what happened.

In: JSON lines {"order": code} over a loopback socket whose port is in TENON_TEST_CONTROL. Out: JSON lines:
{"answer": ...} or {"error": ...} for each order, and {"event": ...} when the panel was drawn, a file
loaded, an undo or a render ended. Runs in Blender (`blender --python inside.py`), on its main thread, and
reaches clients' server only as the user does: through the panel.
"""

import json
import os
import socket
import sys
import traceback

import bpy
from bpy.app.handlers import persistent

control = socket.create_connection(("127.0.0.1", int(os.environ["TENON_TEST_CONTROL"])))
control.setblocking(False)
received = bytearray()
names = {"bpy": bpy, "sys": sys}  # what orders share


def tell(message):
    # Small lines, read at once by the test: they never fill the socket's buffer.
    control.sendall(json.dumps(message).encode() + b"\n")


def panel_drawn(panel, context):
    tenon = sys.modules["tenon"]
    status = tenon.bridge.bridge.status()
    region = context.region
    tell(
        {
            "event": "drawn",
            "running": tenon.bridge.bridge.running,
            "address": tenon.bridge.bridge.address,
            "trouble": tenon.server.control.problem(),
            **tenon.bridge.bridge.tasks(),
            "recent": tenon.bridge.bridge.recent_sessions(),
            "clients": status["clients"] if status else 0,
            "store": status["store"] if status else None,
            "left": region.x,
            "top": context.window.height - region.y - region.height,
            "width": region.width,
            "height": region.height,
        }
    )


def watch_panel():
    """Draw after the panel's own drawing; anew after each registration of the panel."""
    if hasattr(bpy.types, "TENON_PT_server"):
        bpy.types.TENON_PT_server.append(panel_drawn)


def sidebar(redraw=False):
    """Where the sidebar is, once it is open."""
    window = bpy.context.window_manager.windows[0]
    area = next(area for area in window.screen.areas if area.type == "VIEW_3D")
    area.spaces.active.show_region_ui = True
    region = next(region for region in area.regions if region.type == "UI")
    if redraw:
        region.tag_redraw()
    return [region.x, window.height - region.y - region.height, region.width, region.height]


def obey():
    """A timer of its own, so that the test does not depend on the tick that it looks at."""
    try:
        received.extend(control.recv(65536) or sys.exit("The test has gone"))
    except BlockingIOError:
        return 0.02
    while b"\n" in received:
        line, _, rest = bytes(received).partition(b"\n")
        received[:] = rest
        try:
            names["answer"] = None
            exec(json.loads(line)["order"], names)
            tell({"answer": names["answer"]})
        except Exception:
            tell({"error": traceback.format_exc()})
    return 0.02


def telling(event):
    @persistent
    def handler(*_):
        tell({"event": event})

    return handler


for event in ("load_post", "undo_post", "render_complete"):
    getattr(bpy.app.handlers, event).append(telling(event))
names.update(sidebar=sidebar, watch_panel=watch_panel)
watch_panel()
bpy.app.timers.register(obey, first_interval=0.0, persistent=True)
