"""The sessions in the sidebar: those in use, and those that can be gone on with.

In: snapshots of the bridge, taken anew each time Blender draws; none of them waits for the store. Out: a
drawing. Main thread only.
"""

from __future__ import annotations

import time
from typing import Any

import bpy

from ..bridge import bridge
from . import wrapped_text
from .sidebar import TenonPanel

SESSION_ROWS = 12  # Blender lays out every row of a panel, seen or not
RECENT_ROWS = 8
UNITS = ((86_400, "day"), (3600, "h"), (60, "min"))
STATUS = {  # icon, and word behind the id
    "parked": ("SORTTIME", ""),
    "closed": ("CHECKBOX_DEHLT", ", closed"),
    "live": ("BLENDER", ", elsewhere"),  # in another Blender that shares the store
}


class TENON_PT_sessions(TenonPanel, bpy.types.Panel):
    bl_label = "Sessions"
    bl_parent_id = "TENON_PT_server"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return bool(bridge.running)

    def draw(self, context: bpy.types.Context) -> None:
        sessions = sorted(
            bridge.sessions(),
            key=lambda row: row["last_activity"],
            reverse=True,
        )
        if not sessions:
            self.layout.label(text="No client yet", icon="INFO")
        for session in sessions[:SESSION_ROWS]:
            _draw_session(self.layout, session)
        if len(sessions) > SESSION_ROWS:
            self.layout.label(text=f"and {len(sessions) - SESSION_ROWS} more")


class TENON_PT_recent_sessions(TenonPanel, bpy.types.Panel):
    bl_label = "Recent Sessions"
    bl_parent_id = "TENON_PT_server"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return bool(bridge.running)

    def draw(self, context: bpy.types.Context) -> None:
        store = bridge.status()["store"]
        if store["state"] == "open":
            self.layout.label(text="Kept on disk", icon="FILE_TICK")
        elif store["state"] == "off" and not store.get("reason"):
            self.layout.label(text="Not kept on disk", icon="INFO")
        else:
            column = self.layout.column(align=True)
            column.alert = True
            column.label(text="Not kept on disk", icon="ERROR")
            reason, path = store.get("reason", ""), store.get("path", "")
            wrapped_text.draw(column, reason if path in reason else f"{path}: {reason}", context)
        sessions = bridge.recent_sessions(RECENT_ROWS)
        if not sessions:
            self.layout.label(text="None yet")
        now = time.time()
        for session in sessions:
            _draw_recent(self.layout, session, now, logs=store["state"] == "open")


def _draw_session(layout: bpy.types.UILayout, session: dict[str, Any]) -> None:
    """One row: the telling end of the id, and the commands. The button's tooltip has the whole id."""
    row = layout.row(align=True)
    halves = row.split(factor=0.66)
    halves.label(text=session["session_id"][-8:], icon="SORTTIME" if session["idle"] else "LINKED")
    halves.label(text=f"{session['command_count']:,}")
    row.operator("tenon.close_session", text="", icon="X", emboss=False).target = session["session_id"]


def _draw_recent(layout: bpy.types.UILayout, session: dict[str, Any], now: float, logs: bool) -> None:
    """Two rows: the telling end of the id and the buttons; when it was used last, and the commands."""
    column = layout.column(align=True)
    row = column.row(align=True)
    icon, suffix = STATUS[session["status"]]
    row.label(text=session["session_id"][-8:] + suffix, icon=icon)
    buttons = []
    if session["status"] != "live":
        buttons.append(("tenon.restore_session", "LOOP_BACK"))
    if logs:
        buttons.append(("tenon.open_session_logs", "FILE_FOLDER"))
    if session["status"] == "parked":
        buttons.append(("tenon.close_session", "X"))
    for operator, icon in buttons:
        row.operator(operator, text="", icon=icon, emboss=False).target = session["session_id"]
    count = session["command_count"]
    commands = f"{count:,} command{'s' if count != 1 else ''}"
    below = column.row()
    below.active = False
    below.label(text=f"{age(now - session['last_activity'])}, {commands}", icon="BLANK1")


def age(seconds: float) -> str:
    """How long ago, in the largest unit that fits."""
    for size, unit in UNITS:
        if (count := int(seconds // size)) > 0:
            return f"{count} {unit}{'s' if unit == 'day' and count > 1 else ''} ago"
    return "just now"


CLASSES = (TENON_PT_sessions, TENON_PT_recent_sessions)
