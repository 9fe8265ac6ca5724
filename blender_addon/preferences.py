"""What the user chose, in Blender's Preferences under Add-ons.

In: the user's clicks, `TENON_*` environment variables. Out: the settings to start with (`current`), where
the log and the sessions go, and, while the user edits, words about what would not work. Main thread only.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import bpy
from bpy.props import (
    BoolProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    StringProperty,
)

from . import settings

MIB = 1024 * 1024

# What the server is told under names that no property has.
COMPUTED = ("max_message", "store_folder", "state_folder")

LEVELS = (
    ("error", "Errors", "Only what went wrong"),
    ("warn", "Warnings", "What went wrong or looks wrong"),
    ("info", "Information", "Also starts, stops and connections"),
    ("debug", "Debugging", "Also every command"),
    ("trace", "Everything", "Also every message; slow"),
)

LANGUAGES = (
    ("en", "English", "English headings"),
    ("ja", "日本語", "Japanese headings"),
)


class TENON_AP_preferences(bpy.types.AddonPreferences):
    bl_idname = __package__

    host: StringProperty(
        name="Host",
        description="Address to listen on. localhost lets only programs on this computer in; "
        "any other address needs a token",
        default=settings.DEFAULTS["host"],
    )
    port: IntProperty(
        name="Port",
        description="TCP port to listen on; clients expect 9876. 0 takes any free one",
        default=settings.DEFAULTS["port"],
        min=0,
        max=65535,
    )
    find_free_port: BoolProperty(
        name="Find a Free Port",
        description="When another Blender or program has the port, take the next free one. "
        "The panel shows which",
        default=settings.DEFAULTS["find_free_port"],
    )
    token: StringProperty(
        name="Token",
        description="A secret that clients must send. Needed when the host is not this computer. "
        "Blender stores it unencrypted in the user preferences",
        default="",
        subtype="PASSWORD",
    )
    require_token: BoolProperty(
        name="Require the Token on This Computer Too",
        description="Ask clients for the token even when only this computer can connect",
        default=settings.DEFAULTS["require_token"],
    )
    allow_code: BoolProperty(
        name="Allow Python Code",
        description="Let clients run Python code in Blender. Off: they have only Tenon's own commands, and "
        "assistants are not shown the others",
        default=settings.DEFAULTS["allow_code"],
    )
    read_only: BoolProperty(
        name="Read Only",
        description="Let clients look at the scene but change nothing in it",
        default=settings.DEFAULTS["read_only"],
    )
    allowed_origins: StringProperty(
        name="Allowed Web Pages",
        description="Where web pages may come from that use Tenon, such as http://localhost:3000; parted by "
        "commas. Pages from anywhere else are refused",
    )
    auto_start: BoolProperty(
        name="Start with Blender",
        description="Connect as soon as Blender's window opens, without a click",
        default=False,
    )
    keep_connected: BoolProperty(
        name="Keep Connected Clients",
        description="Let an idle client stay connected: its session rests and resumes with the next command. "
        "Off: an idle client is disconnected",
        default=settings.DEFAULTS["keep_connected"],
    )
    idle_timeout: FloatProperty(
        name="Idle Timeout",
        description="A session without a command for this long counts as idle. 0: never",
        default=settings.DEFAULTS["idle_timeout"],
        min=0.0,
        max=31_536_000.0,
        precision=0,
        step=1000,
        subtype="TIME_ABSOLUTE",
    )
    reaper_interval: FloatProperty(
        name="Look for Idle Sessions Every",
        description="Time between two looks for idle sessions",
        default=settings.DEFAULTS["reaper_interval"],
        min=0.1,
        max=86_400.0,
        precision=0,
        step=1000,
        subtype="TIME_ABSOLUTE",
    )
    store: BoolProperty(
        name="Keep Sessions",
        description="Keep sessions, their histories and tasks' results in Blender's user folder, "
        "so that they outlast Blender",
        default=True,
    )
    keep_days: IntProperty(
        name="Forget After (Days)",
        description="A kept session that nobody has used for so many days is deleted. 0: never",
        default=int(settings.DEFAULTS["keep_days"]),
        min=0,
        max=36_500,
    )
    session_logs: BoolProperty(
        name="Write Session Logs",
        description="Write each session's commands, results and a summary as text files beside the store",
        default=settings.DEFAULTS["session_logs"],
    )
    log_language: EnumProperty(
        name="Summary In",
        description="Language of the headings in a session's summary, design.md",
        items=LANGUAGES,
        default=settings.DEFAULTS["log_language"],
    )
    queue_size: IntProperty(
        name="Queue Size",
        description="How many asynchronous tasks may wait; one more is refused",
        default=settings.DEFAULTS["queue_size"],
        min=1,
        max=1_000_000,
    )
    tick_budget: FloatProperty(
        name="Budget per Turn",
        description="Time that commands may take of one turn of Blender's main loop, beyond the command "
        "in hand. More serves clients faster, less keeps Blender smoother",
        default=settings.DEFAULTS["tick_budget"],
        min=0.0005,
        max=1.0,
        precision=3,
        step=0.1,
        subtype="TIME_ABSOLUTE",
    )
    tick_linger: FloatProperty(
        name="Wait for the Next Command",
        description="How long a turn waits for an active client's next command before Blender goes on. "
        "0: not at all",
        default=settings.DEFAULTS["tick_linger"],
        min=0.0,
        max=0.1,
        precision=3,
        step=0.1,
        subtype="TIME_ABSOLUTE",
    )
    idle_interval: FloatProperty(
        name="Look for Commands Every",
        description="Time between two looks for commands while no client is active",
        default=settings.DEFAULTS["idle_interval"],
        min=0.001,
        max=1.0,
        precision=3,
        step=1,
        subtype="TIME_ABSOLUTE",
    )
    max_message_mib: IntProperty(
        name="Largest Message (MiB)",
        description="A longer message is refused and its connection closed",
        default=settings.DEFAULTS["max_message"] // MIB,
        min=1,
        max=1024,
    )
    max_depth: IntProperty(
        name="Deepest Nesting",
        description="How many levels deep the JSON of a message may be",
        default=settings.DEFAULTS["max_depth"],
        min=4,
        max=1000,
    )
    message_timeout: FloatProperty(
        name="Time to Finish a Message",
        description="A message that is not complete this long after it began is refused",
        default=settings.DEFAULTS["message_timeout"],
        min=0.1,
        max=3600.0,
        precision=0,
        step=100,
        subtype="TIME_ABSOLUTE",
    )
    keep_tasks: IntProperty(
        name="Finished Tasks",
        description="How many finished tasks are kept, so that their results can be fetched",
        default=settings.DEFAULTS["keep_tasks"],
        min=1,
        max=1_000_000,
    )
    keep_tasks_for: FloatProperty(
        name="Keep Them For",
        description="How long a finished task is kept",
        default=settings.DEFAULTS["keep_tasks_for"],
        min=1.0,
        max=31_536_000.0,
        precision=0,
        step=1000,
        subtype="TIME_ABSOLUTE",
    )
    max_connections: IntProperty(
        name="Most Connections",
        description="How many clients may be connected at once",
        default=settings.DEFAULTS["max_connections"],
        min=1,
        max=1_000_000,
    )
    log_level: EnumProperty(
        name="Level",
        description="How much is written to the log file",
        items=LEVELS,
        default="info",
    )

    def chosen(self) -> settings.Settings:
        """The settings as the server names them; the folders are not among them."""
        values = {name: getattr(self, name) for name in settings.DEFAULTS if name not in COMPUTED}
        # Blender keeps floats in 32 bits: its 0.1 is a little more than 0.1, and over the limit.
        floats = {name: round(value, 6) for name, value in values.items() if isinstance(value, float)}
        return {
            **values,
            **floats,
            "host": self.host.strip(),
            "max_message": self.max_message_mib * MIB,
            "allowed_origins": settings.origins(self.allowed_origins),
        }

    def folders(self) -> settings.Settings:
        """Where the server keeps things; it makes the folders itself, and tells why if it cannot."""
        return {
            "store_folder": _in_user_folder("sessions", create=False) if self.store else "",
            "state_folder": settings.state_folder(os.environ, sys.platform),
        }

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        self._draw_problem(layout)

        column = layout.column(heading="Blender")
        column.prop(self, "auto_start")
        notes = settings.overridden(os.environ)
        for name in ("host", "port", "find_free_port", "token", "allowed_origins"):
            self._draw_overridable(layout, name, notes)
        column = layout.column(heading="Security")
        for name in ("require_token", "allow_code", "read_only"):
            column.prop(self, name)

        self._draw_group(layout, "Sessions", "keep_connected", "idle_timeout", "reaper_interval")
        self._draw_overridable(layout, "store", notes)
        column = layout.column()
        column.active = self.store
        for name in ("keep_days", "session_logs", "log_language"):
            column.prop(self, name)
        self._draw_group(layout, "Main Loop", "tick_budget", "tick_linger", "idle_interval")
        self._draw_group(
            layout,
            "Limits",
            "queue_size",
            "keep_tasks",
            "keep_tasks_for",
            "max_message_mib",
            "max_depth",
            "message_timeout",
            "max_connections",
        )
        self._draw_group(layout, "Log", "log_level")
        layout.label(text="Changes take effect at the next Connect", icon="INFO")

    def _draw_problem(self, layout: bpy.types.UILayout) -> None:
        if words := settings.problem(self.chosen(), os.environ):
            row = layout.row()
            row.alert = True
            row.label(text=words, icon="ERROR")

    def _draw_overridable(self, layout: bpy.types.UILayout, name: str, notes: dict[str, str]) -> None:
        column = layout.column()
        column.active = name not in notes
        column.prop(self, name)
        if name in notes:
            layout.label(text=f"Overridden: {notes[name]} in the environment", icon="INFO")

    def _draw_group(self, layout: bpy.types.UILayout, title: str, *names: str) -> None:
        layout.separator()
        layout.label(text=title)
        column = layout.column()
        for name in names:
            column.prop(self, name)


def current() -> settings.Settings:
    """The settings to start with: the preferences, overridden by the environment. ValueError in words."""
    stored = _stored()
    return settings.resolve({**stored.chosen(), **stored.folders()} if stored else {}, os.environ)


def problem() -> str | None:
    """Why `current` cannot be served; None: it can."""
    stored = _stored()
    return settings.problem(stored.chosen() if stored else {}, os.environ)


def starts_with_blender() -> bool:
    stored = _stored()
    return bool(stored and stored.auto_start)


def log_level() -> str:
    stored = _stored()
    return stored.log_level if stored else "info"


def log_file() -> str | None:
    """Path of the log in the user's Blender folder; None when that cannot be written."""
    try:
        return _in_user_folder("tenon.log", create=True) or None
    except OSError:
        return None


def _in_user_folder(name: str, *, create: bool) -> str:
    """A path in the folder that Blender has for what an add-on keeps; empty when `create` fails."""
    if __package__.startswith("bl_ext."):
        folder = bpy.utils.extension_path_user(__package__, create=create)
    else:
        folder = bpy.utils.user_resource("DATAFILES", path=__package__, create=create)
    return os.path.join(folder, name) if folder else ""


def _stored() -> Any:
    """The user's preferences; None where the package is imported without being enabled as an add-on."""
    addon = bpy.context.preferences.addons.get(__package__)
    return addon.preferences if addon else None


def register() -> None:
    bpy.utils.register_class(TENON_AP_preferences)


def unregister() -> None:
    if TENON_AP_preferences.is_registered:
        bpy.utils.unregister_class(TENON_AP_preferences)
