"""The buttons: connect, disconnect, copy an address or a configuration, cancel a task, end a session, open
the log.

In: a click, or `bpy.ops.tenon.*` from a script. Out: the bridge started or stopped; errors are reported in
Blender's status bar and stay in the panel. Main thread only.
"""

from __future__ import annotations

import os

import bpy
from bpy.props import StringProperty

from . import assistants, main_thread, preferences, settings


class TENON_OT_connect(bpy.types.Operator):
    """Start the server, so that MCP servers and other programs can drive this Blender"""

    bl_idname = "tenon.connect"
    bl_label = "Connect to MCP server"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return not main_thread.bridge.running

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            address = main_thread.connect()
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
        return main_thread.bridge.running

    def execute(self, context: bpy.types.Context) -> set[str]:
        main_thread.disconnect()
        self.report({"INFO"}, "Tenon server stopped")
        return {"FINISHED"}


class TENON_OT_copy_address(bpy.types.Operator):
    """Copy the server's address to the clipboard"""

    bl_idname = "tenon.copy_address"
    bl_label = "Copy Address"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return main_thread.bridge.running

    def execute(self, context: bpy.types.Context) -> set[str]:
        context.window_manager.clipboard = str(main_thread.bridge.address)
        self.report({"INFO"}, f"Copied {main_thread.bridge.address}")
        return {"FINISHED"}


class TENON_OT_copy_configuration(bpy.types.Operator):
    """Copy what this assistant needs to be told to use this Blender"""

    bl_idname = "tenon.copy_configuration"
    bl_label = "Copy Configuration"

    assistant: StringProperty(name="Assistant", options={"HIDDEN", "SKIP_SAVE"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return main_thread.bridge.running

    @classmethod
    def description(cls, context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        assistant = assistants.named(properties.assistant)
        return f"Copy what {assistant.title} needs to use this Blender, to paste into {assistant.file}"

    def execute(self, context: bpy.types.Context) -> set[str]:
        assistant = assistants.named(self.assistant)
        token = settings.needed_token(main_thread.served)
        url = assistants.url_of(str(main_thread.bridge.address))
        context.window_manager.clipboard = assistants.text(assistant.key, url, token)
        secret = ". It holds your token: keep it to yourself" if token else ""
        self.report({"INFO"}, f"Copied for {assistant.title}: paste it into {assistant.file}{secret}")
        return {"FINISHED"}


class TENON_OT_close_session(bpy.types.Operator):
    """End this session and disconnect its client"""

    bl_idname = "tenon.close_session"
    bl_label = "Close Session"

    session_id: StringProperty(name="Session", options={"HIDDEN", "SKIP_SAVE"})

    @classmethod
    def description(cls, context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        return f"End session {properties.session_id} and disconnect its client"

    def execute(self, context: bpy.types.Context) -> set[str]:
        if not main_thread.bridge.close_session(self.session_id):
            self.report({"WARNING"}, f"Session {self.session_id} has already ended")
            return {"CANCELLED"}
        main_thread.redraw()
        return {"FINISHED"}


class TENON_OT_cancel_task(bpy.types.Operator):
    """Stop this task; its client is told that it was cancelled"""

    bl_idname = "tenon.cancel_task"
    bl_label = "Cancel Task"

    task_id: StringProperty(name="Task", options={"HIDDEN", "SKIP_SAVE"})

    @classmethod
    def description(cls, context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        return f"Stop task {properties.task_id}; its client is told that it was cancelled"

    def execute(self, context: bpy.types.Context) -> set[str]:
        if not main_thread.bridge.cancel_task(self.task_id):
            self.report({"WARNING"}, f"There is no task {self.task_id}")
            return {"CANCELLED"}
        main_thread.redraw()
        return {"FINISHED"}


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
    TENON_OT_cancel_task,
    TENON_OT_open_log,
)


def register() -> None:
    for operator in CLASSES:
        bpy.utils.register_class(operator)


def unregister() -> None:
    for operator in reversed(CLASSES):
        if operator.is_registered:
            bpy.utils.unregister_class(operator)
