"""The buttons: connect, disconnect, copy the address or a configuration, open the log; and those about one
session or task.

In: a click, or `bpy.ops.tenon.*` from a script. Out: the bridge started or stopped; errors are reported in
Blender's status bar and stay in the panel. Main thread only.
"""

from __future__ import annotations

import os

import bpy
from bpy.props import EnumProperty, StringProperty

from .. import assistants
from ..bridge import bridge
from ..server import control
from ..server.redraw import redraw
from ..settings import preferences, server_settings


class TENON_OT_connect(bpy.types.Operator):
    """Start the server, so that MCP servers and other programs can drive this Blender"""

    bl_idname = "tenon.connect"
    bl_label = "Connect to MCP server"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return not bridge.running

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            address = control.connect()
        except (ValueError, OSError) as error:
            self.report({"ERROR"}, f"Tenon: {error}")
            return {"CANCELLED"}
        self.report({"INFO"}, f"Tenon server started on {address}")
        return {"FINISHED"}


class TENON_OT_disconnect(bpy.types.Operator):
    """Stop the server; clients that wait for an answer are told"""

    bl_idname = "tenon.disconnect"
    bl_label = "Disconnect"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return bridge.running

    def execute(self, context: bpy.types.Context) -> set[str]:
        control.disconnect()
        self.report({"INFO"}, "Tenon server stopped")
        return {"FINISHED"}


class TENON_OT_copy_address(bpy.types.Operator):
    """Copy the server's address to the clipboard"""

    bl_idname = "tenon.copy_address"
    bl_label = "Copy Address"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return bridge.running

    def execute(self, context: bpy.types.Context) -> set[str]:
        context.window_manager.clipboard = str(bridge.address)
        self.report({"INFO"}, f"Copied {bridge.address}")
        return {"FINISHED"}


class TENON_OT_copy_configuration(bpy.types.Operator):
    """Copy what this assistant needs to be told to use this Blender"""

    bl_idname = "tenon.copy_configuration"
    bl_label = "Copy Configuration"

    assistant: StringProperty(name="Assistant", options={"HIDDEN", "SKIP_SAVE"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return bridge.running

    @classmethod
    def description(cls, context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        assistant = assistants.named(properties.assistant)
        return f"Copy what {assistant.title} needs to use this Blender, to paste into {assistant.place}"

    def execute(self, context: bpy.types.Context) -> set[str]:
        assistant = assistants.named(self.assistant)
        token = server_settings.needed_token(control.served)
        url = assistants.url_of(str(bridge.address))
        context.window_manager.clipboard = assistant.pasted(url, token)
        secret = ". It holds your token: keep it to yourself" if token else ""
        self.report({"INFO"}, f"Copied for {assistant.title}: paste it into {assistant.place}{secret}")
        return {"FINISHED"}


class SingleTargetOperator:
    """What the button in a row of a list does to the one thing that the row is about."""

    target: StringProperty(name="Id", options={"HIDDEN", "SKIP_SAVE"})

    tooltip = "{target}"

    @classmethod
    def description(cls, context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        return cls.tooltip.format(target=properties.target)

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            self.act(self.target)
        except (ValueError, RuntimeError) as error:
            self.report({"WARNING"}, str(error))  # type: ignore[attr-defined]  # every operator has it
            return {"CANCELLED"}
        redraw()
        return {"FINISHED"}

    def act(self, target: str) -> None:
        """ValueError: why it cannot be, for the user."""
        raise NotImplementedError


class TENON_OT_close_session(SingleTargetOperator, bpy.types.Operator):
    """End this session and disconnect its client"""

    bl_idname = "tenon.close_session"
    bl_label = "Close Session"
    tooltip = "End session {target} and disconnect its client"

    def act(self, target: str) -> None:
        bridge.ask("close_session", session_id=target)


class TENON_OT_restore_session(SingleTargetOperator, bpy.types.Operator):
    """Make this session live again, for its client to go on with"""

    bl_idname = "tenon.restore_session"
    bl_label = "Restore Session"
    tooltip = "Make session {target} live again, for its client to go on with"

    def act(self, target: str) -> None:
        bridge.ask("restore_session", session_id=target)


class TENON_OT_open_session_logs(SingleTargetOperator, bpy.types.Operator):
    """Open the folder of this session's logs"""

    bl_idname = "tenon.open_session_logs"
    bl_label = "Open Log Folder"
    tooltip = "Open the folder of the logs of session {target}"

    def act(self, target: str) -> None:
        folder = bridge.log_folder(target)
        if folder is None or not os.path.isdir(folder):
            raise ValueError(f"Session {target} has no logs")
        bpy.ops.wm.path_open(filepath=folder)


class TENON_OT_cancel_task(SingleTargetOperator, bpy.types.Operator):
    """Stop this task; its client is told that it was cancelled"""

    bl_idname = "tenon.cancel_task"
    bl_label = "Cancel Task"
    tooltip = "Stop task {target}; its client is told that it was cancelled"

    def act(self, target: str) -> None:
        if not bridge.cancel_task(target):
            raise ValueError(f"There is no task {target}")


class TENON_OT_answer_question(bpy.types.Operator):
    """Say whether this code may run in Blender"""

    bl_idname = "tenon.answer_question"
    bl_label = "Answer"

    target: StringProperty(name="Task", options={"HIDDEN", "SKIP_SAVE"})
    answer: EnumProperty(
        name="Answer",
        items=[
            ("yes", "Yes", "Run this code"),
            ("session", "Yes, This Session", "Run this code, and all later code of this session"),
            (
                "always",
                "Always",
                "Run this code and all later code, and do not ask again: changes the preferences",
            ),
            ("no", "No", "Refuse this code; its client is told"),
        ],
        default="no",
        options={"HIDDEN", "SKIP_SAVE"},
    )

    @classmethod
    def description(cls, context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        item = properties.bl_rna.properties["answer"].enum_items[properties.answer]
        return str(item.description)

    def execute(self, context: bpy.types.Context) -> set[str]:
        if not bridge.answer_question(self.target, self.answer):
            self.report({"WARNING"}, "This code does not wait for an answer any more")
            redraw()
            return {"CANCELLED"}
        if self.answer == "always":
            preferences.stop_asking()
        redraw()
        return {"FINISHED"}


class TENON_OT_copy_code(SingleTargetOperator, bpy.types.Operator):
    """Copy the code that waits for your answer, to read it as a whole"""

    bl_idname = "tenon.copy_code"
    bl_label = "Copy Code"
    tooltip = "Copy the code that waits for your answer, to read it as a whole"

    def act(self, target: str) -> None:
        code = next((each["code"] for each in bridge.questions() if each["task_id"] == target), None)
        if code is None:
            raise ValueError("This code does not wait for an answer any more")
        bpy.context.window_manager.clipboard = code


class TENON_OT_open_log(bpy.types.Operator):
    """Open the log file in the system's viewer"""

    bl_idname = "tenon.open_log"
    bl_label = "Open Log"

    def execute(self, context: bpy.types.Context) -> set[str]:
        path = preferences.log_file()
        if path is None or not os.path.exists(path):
            self.report(
                {"WARNING"},
                "There is no log yet" if path else "The log's folder cannot be written",
            )
            return {"CANCELLED"}
        bpy.ops.wm.path_open(filepath=path)
        return {"FINISHED"}


CLASSES = (
    TENON_OT_connect,
    TENON_OT_disconnect,
    TENON_OT_copy_address,
    TENON_OT_copy_configuration,
    TENON_OT_close_session,
    TENON_OT_restore_session,
    TENON_OT_open_session_logs,
    TENON_OT_cancel_task,
    TENON_OT_answer_question,
    TENON_OT_copy_code,
    TENON_OT_open_log,
)


def register() -> None:
    for operator in CLASSES:
        bpy.utils.register_class(operator)


def unregister() -> None:
    for operator in reversed(CLASSES):
        if operator.is_registered:
            bpy.utils.unregister_class(operator)
