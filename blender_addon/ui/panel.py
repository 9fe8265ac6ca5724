"""The sidebar of the 3D View, tab "Tenon": the button, and the server's true state.

In: snapshots of the bridge, taken anew each time Blender draws. Out: a drawing; nothing is changed and
nothing is remembered, so that what is shown cannot disagree with what is. Main thread only. When to draw
again is decided in `server/redraw.py`.
"""

from __future__ import annotations

import json
from typing import Any

import bpy

from .. import assistants
from ..bridge import bridge
from ..server import control
from ..settings import preferences
from . import sentence_panel, session_panels, wrapped_text
from .sidebar import TenonPanel

ERROR_LINES = 4
QUESTIONS = 2  # each with its code; the others come when these are answered
CODE_LINES = 12
TASK_ROWS = 5  # Blender lays out every row of a panel, seen or not
FAILURE_ROWS = 3
FAILURE_LINES = 2
BAR_CELLS = 12


class TENON_PT_server(TenonPanel, bpy.types.Panel):
    bl_label = "Tenon"

    def draw(self, context: bpy.types.Context) -> None:
        for question in bridge.questions()[:QUESTIONS]:
            _draw_question(self.layout, question, context)
        button = self.layout.column()
        button.scale_y = 1.6
        if not bridge.running:
            problem = control.problem() or preferences.problem()
            button.operator("tenon.connect", icon="PLAY")
            if problem:
                _draw_error(self.layout, problem, context)
            return
        button.operator("tenon.disconnect", icon="SNAP_FACE")
        row = self.layout.row(align=True)
        row.label(text=str(bridge.address), icon="CHECKMARK")
        row.operator("tenon.copy_address", text="", icon="COPYDOWN")
        if bridge.notice:
            column = self.layout.column(align=True)
            column.label(text="Another port", icon="INFO")
            wrapped_text.draw(column, bridge.notice, context, max_lines=ERROR_LINES)
        self.layout.menu(TENON_MT_copy_configuration.bl_idname, icon="COPYDOWN")
        _draw_state(self.layout, bridge.status())
        if problem := control.problem():
            _draw_error(self.layout, problem, context)


class TENON_MT_copy_configuration(bpy.types.Menu):
    bl_idname = "TENON_MT_copy_configuration"
    bl_label = "Copy Configuration"
    bl_description = "Copy what an assistant needs to be told to use this Blender"

    def draw(self, context: bpy.types.Context) -> None:
        for each in assistants.ASSISTANTS:
            self.layout.operator("tenon.copy_configuration", text=each.title).assistant = each.key


class TENON_PT_queue(TenonPanel, bpy.types.Panel):
    bl_label = "Queue"
    bl_parent_id = "TENON_PT_server"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return bool(bridge.running)

    def draw(self, context: bpy.types.Context) -> None:
        queue = bridge.status()["queue"]
        tasks = bridge.tasks(max(TASK_ROWS, FAILURE_ROWS))
        for task in tasks["under_way"][:TASK_ROWS]:
            _draw_task(self.layout, task)
        if not tasks["under_way"]:
            self.layout.label(text="Nothing is under way")
        if queue["waiting"]:
            self.layout.label(text=f"{queue['waiting']:,} waiting", icon="SORTTIME")
        if tasks["failures"]:
            column = self.layout.column(align=True)
            column.label(text="Failed lately")
            for failure in tasks["failures"][:FAILURE_ROWS]:
                _draw_failure(column, failure, context)


class TENON_PT_last_error(TenonPanel, bpy.types.Panel):
    bl_label = "Last Error"
    bl_parent_id = "TENON_PT_server"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return bridge.running and bridge.status()["last_error"] is not None

    def draw_header_preset(self, context: bpy.types.Context) -> None:
        self.layout.operator("tenon.open_log", text="", icon="TEXT", emboss=False)

    def draw(self, context: bpy.types.Context) -> None:
        error = bridge.status()["last_error"]
        if error is None:  # between `poll` and here
            return
        self.layout.label(text=f"{error['code']}, {_clock(error['time'])}")
        wrapped_text.draw(self.layout, _error_text(error["message"]), context, max_lines=ERROR_LINES)


def _draw_question(layout: bpy.types.UILayout, question: dict[str, Any], context: bpy.types.Context) -> None:
    """Code that waits for the user's answer: who sent it, how it begins, and the buttons."""
    box = layout.box()
    row = box.row(align=True)
    row.alert = True
    row.label(text="May this code run?", icon="QUESTION")
    row.operator("tenon.copy_code", text="", icon="COPYDOWN").target = question["task_id"]
    sender = box.column(align=True)
    sender.label(text=question["command"])
    sender.label(text=question["session_id"])
    wrapped_text.draw_lines(box, question["code"], context, max_lines=CODE_LINES)
    buttons = box.column(align=True)
    for answer, text in (
        ("yes", "Yes"),
        ("session", "Yes, This Session"),
        ("always", "Always"),
        ("no", "No"),
    ):
        button = buttons.operator("tenon.answer_question", text=text)
        button.target, button.answer = question["task_id"], answer


def _draw_state(layout: bpy.types.UILayout, status: dict[str, Any]) -> None:
    facts = [
        ("Clients", f"{status['clients']}"),
        ("Sessions", f"{status['sessions']}"),
        ("Commands", f"{status['commands_served']:,}"),
        ("Now", _activity(status)),
    ]
    box = layout.box().column(align=True)
    for name, value in facts:
        halves = box.split(factor=0.45)
        halves.label(text=name)
        halves.label(text=value)


def _activity(status: dict[str, Any]) -> str:
    main = status["main_thread"]
    if main["state"] == "running":
        return f"{main['command']}, {main['seconds']:.0f} s"
    suspended = status["queue"]["suspended"]
    return f"{suspended} in progress" if suspended else "Idle"


def _draw_task(layout: bpy.types.UILayout, task: dict[str, Any]) -> None:
    """What it is and how long it has run, with the button that cancels it; below, how far it is."""
    column = layout.column(align=True)
    row = column.row(align=True)
    row.label(text=f"{task['command']}, {task['seconds']:.0f} s", icon="PLAY")
    if task["cancelling"]:
        row.label(text="Cancelling…")
    else:
        row.operator("tenon.cancel_task", text="", icon="X").target = task["task_id"]
    progress = task["progress"] or {}
    fraction, message = progress.get("fraction"), progress.get("message") or ""
    if fraction is None:
        if message:
            column.label(text=message)
    elif hasattr(column, "progress"):  # from Blender 4.0 on
        column.progress(factor=fraction, text=f"{fraction:.0%} {message}".strip())
    else:
        _draw_bar(column, fraction, message)


def _draw_bar(layout: bpy.types.UILayout, fraction: float, message: str) -> None:
    """A bar of the text's own letters, for a Blender that has no other."""
    filled = round(fraction * BAR_CELLS)
    layout.label(text=f"{fraction:.0%} {'█' * filled}{'░' * (BAR_CELLS - filled)}")
    if message:
        layout.label(text=message)


def _draw_failure(layout: bpy.types.UILayout, failure: dict[str, Any], context: bpy.types.Context) -> None:
    layout.label(text=f"{failure['command']}, {_clock(failure['finished_at'])}", icon="ERROR")
    wrapped_text.draw(layout, _error_text(failure["error"]["message"]), context, max_lines=FAILURE_LINES)


def _error_text(message: str) -> str:
    """The message of an error for people: what `execute_code` answers is JSON, with a traceback."""
    try:
        error = json.loads(message)
        return f"{error['exception_type']}: {error['message']}"
    except (ValueError, TypeError, KeyError):
        return message


def _clock(time: str) -> str:
    return time[len("2026-01-06T") :][: len("18:52:24")]


def _draw_error(layout: bpy.types.UILayout, message: str, context: bpy.types.Context) -> None:
    column = layout.column(align=True)
    column.alert = True
    column.label(
        text="Not connected" if not bridge.running else "Trouble",
        icon="ERROR",
    )
    wrapped_text.draw(column, message, context)


CLASSES = (
    TENON_MT_copy_configuration,
    TENON_PT_server,
    *sentence_panel.CLASSES,
    TENON_PT_queue,
    TENON_PT_last_error,
    *session_panels.CLASSES,
)


def register() -> None:
    sentence_panel.register()
    for each in CLASSES:
        bpy.utils.register_class(each)


def unregister() -> None:
    for each in reversed(CLASSES):
        if each.is_registered:
            bpy.utils.unregister_class(each)
    sentence_panel.unregister()
