"""What the user chose, in Blender's Preferences under Add-ons.

In: the user's clicks, `TENON_*` environment variables. Out: the settings to start with (`current`), where
the log and the sessions go, and, while the user edits, words about what would not work. Main thread only.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import bpy
from bpy.props import (
    BoolProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    StringProperty,
)

from . import server_settings

MIB = 1024 * 1024

ADDON = __package__.rpartition(".")[0]  # as Blender knows the add-on: "tenon", or an extension's longer name

# What the server is told under names that no property has.
COMPUTED = ("max_message", "store_folder", "state_folder", "web_folder")

# The built management page, where there was npm to build it.
WEB = Path(__file__).resolve().parent.parent / "web"

LEVELS = (
    ("error", "Errors", "Only what went wrong"),
    ("warn", "Warnings", "What went wrong or looks wrong"),
    ("info", "Information", "Also starts, stops and connections"),
    ("debug", "Debugging", "Also every command"),
    ("trace", "Everything", "Also every message; slow"),
)

CHOICES = {"en": "English", "ja": "日本語"}  # what is shown of a choice; of others, the word itself


def _property(setting: dict[str, Any]) -> Any:
    """The property that a setting is in the preferences."""
    kind, default = setting["type"], setting["default"]
    shown = {"name": setting["label"], "description": setting["description"]}
    if kind == "switch":
        return BoolProperty(**shown, default=default)
    if kind == "choice":
        shown_as = {word: CHOICES.get(word, word.capitalize()) for word in setting["choices"]}
        # Numbered, so that what was stored of a switch is read as the choice that it was.
        items = [(word, text, "", number) for number, (word, text) in enumerate(shown_as.items())]
        return EnumProperty(**shown, items=items, default=default)
    if kind in ("whole", "number"):
        least, most = setting["minimum"], setting["maximum"]
        if setting["unit"] != "seconds":
            return IntProperty(**shown, default=int(default), min=int(least), max=int(most))
        fine = {"precision": 3, "step": 0.1} if default < 1 else {"precision": 0, "step": 100}
        return FloatProperty(**shown, default=default, min=least, max=most, subtype="TIME_ABSOLUTE", **fine)
    if kind == "secret":
        return StringProperty(**shown, default=default, subtype="PASSWORD")
    return StringProperty(**shown, default="" if kind == "list" else default)


class TENON_AP_preferences(bpy.types.AddonPreferences):
    """One property for each setting of the server; beside them, the add-on's own."""

    bl_idname = ADDON

    auto_start: BoolProperty(
        name="Start with Blender",
        description="Connect as soon as Blender's window opens, without a click",
        default=False,
    )
    store: BoolProperty(
        name="Keep Sessions",
        description="Keep sessions, their histories and tasks' results in Blender's user folder, "
        "so that they outlast Blender",
        default=True,
    )
    max_message_mib: IntProperty(
        name="Largest Message (MiB)",
        description="A longer message is refused and its connection closed",
        default=server_settings.DEFAULTS.get("max_message", 64 * MIB) // MIB,
        min=1,
        max=1024,
    )
    log_level: EnumProperty(
        name="Level",
        description="How much is written to the log file",
        items=LEVELS,
        default="info",
    )

    def chosen(self) -> server_settings.Settings:
        """The settings as the server names them; the folders are not among them."""
        values = {name: getattr(self, name) for name in server_settings.DEFAULTS if name not in COMPUTED}
        # Blender keeps floats in 32 bits: its 0.1 is a little more than 0.1, and over the limit.
        floats = {name: round(value, 6) for name, value in values.items() if isinstance(value, float)}
        return {
            **values,
            **floats,
            "max_message": self.max_message_mib * MIB,
            "host": self.host.strip(),
            "allowed_origins": server_settings.origins(self.allowed_origins),
        }

    def folders(self) -> server_settings.Settings:
        """Where the server keeps things; it makes the folders itself, and tells why if it cannot."""
        from ..state_folder import state_folder  # here: sources that were never built lack it

        return {
            "store_folder": in_user_folder("sessions", create=False) if self.store else "",
            "state_folder": str(state_folder()),
            "web_folder": str(WEB),
        }

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        if not server_settings.TABLE:
            layout.label(text="Tenon's native part could not be loaded: nothing can be set", icon="ERROR")
            return
        self._draw_problem(layout)

        column = layout.column(heading="Blender")
        column.prop(self, "auto_start")
        notes = server_settings.overridden(os.environ)
        for name in ("host", "port", "find_free_port", "token", "allowed_origins"):
            self._draw_overridable(layout, name, notes)
        column = layout.column(heading="Security")
        for name in ("require_token", "read_only"):
            column.prop(self, name)
        self._draw_overridable(column, "allow_code", notes)
        if self.allow_code == "ask":
            column.prop(self, "ask_timeout")

        self._draw_overridable(layout.column(heading="Assistants"), "tools", notes)
        column = layout.column(heading="Language Model")
        self._draw_overridable(column, "llm", notes)
        if self.llm or "llm" in notes:
            for name in ("llm_address", "llm_model", "llm_key"):
                self._draw_overridable(column, name, notes)
            column.prop(self, "llm_timeout")
        self._draw_group(layout, "Sessions", "keep_connected", "idle_timeout", "reaper_interval")
        kept = {"store": notes["store_folder"]} if "store_folder" in notes else {}
        self._draw_overridable(layout, "store", kept)
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
            "sync_timeout",
            "max_connections",
            "max_mcp_sessions",
            "ping_interval",
            "ping_timeout",
        )
        self._draw_group(layout, "Log", "log_level")
        layout.label(text="Changes take effect at the next Connect", icon="INFO")

    def _draw_problem(self, layout: bpy.types.UILayout) -> None:
        if words := server_settings.problem(self.chosen(), os.environ):
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


TENON_AP_preferences.__annotations__.update(
    {each["name"]: _property(each) for each in server_settings.TABLE if each["name"] not in COMPUTED}
)


def current() -> server_settings.Settings:
    """The settings to start with: the preferences, overridden by the environment. ValueError in words."""
    stored = _stored()
    return server_settings.resolve({**stored.chosen(), **stored.folders()} if stored else {}, os.environ)


def problem() -> str | None:
    """Why `current` cannot be served; None: it can."""
    stored = _stored()
    return server_settings.problem(stored.chosen() if stored else {}, os.environ)


def starts_with_blender() -> bool:
    stored = _stored()
    return bool(stored and stored.auto_start)


def stop_asking() -> None:
    """The user lets all code run from now on, without being asked."""
    stored = _stored()
    if stored is not None:
        stored.allow_code = "on"


def log_level() -> str:
    stored = _stored()
    return stored.log_level if stored else "info"


def log_file() -> str | None:
    """Path of the log in the user's Blender folder; None when that cannot be written."""
    try:
        return in_user_folder("tenon.log", create=True) or None
    except OSError:
        return None


def in_user_folder(name: str, *, create: bool) -> str:
    """A path in the folder that Blender has for what an add-on keeps; empty when `create` fails."""
    if ADDON.startswith("bl_ext."):
        folder = bpy.utils.extension_path_user(ADDON, create=create)
    else:
        folder = bpy.utils.user_resource("DATAFILES", path=ADDON, create=create)
    return os.path.join(folder, name) if folder else ""


def _stored() -> Any:
    """The user's preferences; None where the package is imported without being enabled as an add-on."""
    addon = bpy.context.preferences.addons.get(ADDON)
    return addon.preferences if addon else None


def snapshot() -> dict[str, Any]:
    """What the user has chosen, by property, for `restore`."""
    stored = _stored()
    if stored is None:
        return {}
    names = (each.identifier for each in stored.bl_rna.properties if not each.is_readonly)
    return {name: getattr(stored, name) for name in names if stored.is_property_set(name)}


def restore(chosen: dict[str, Any]) -> None:
    """Enter the add-on in Blender's preferences again, where it is missing, with what the user chose."""
    blenders = bpy.context.preferences
    unsaved = blenders.is_dirty
    if ADDON not in blenders.addons:
        blenders.addons.new().module = ADDON
    stored = _stored()
    for name, value in chosen.items() if stored is not None else ():
        setattr(stored, name, value)
    blenders.is_dirty = unsaved  # else Blender would save the other preferences over the user's when it quits


def register() -> None:
    bpy.utils.register_class(TENON_AP_preferences)


def unregister() -> None:
    if TENON_AP_preferences.is_registered:
        bpy.utils.unregister_class(TENON_AP_preferences)
