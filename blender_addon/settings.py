"""What the server can be told, with defaults and limits, and what the environment overrides.

In: plain mappings (what the preferences hold, `os.environ`). Out: the keyword arguments of
`Bridge.start`, or words that say what is wrong. Pure: no bpy, no native module, any thread.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from typing import Any

Settings = dict[str, Any]

DEFAULTS: Settings = {
    "host": "localhost",
    "port": 9876,
    "token": "",
    "require_token": False,
    "allow_code": True,
    "read_only": False,
    "idle_timeout": 300.0,  # seconds; 0: never
    "reaper_interval": 60.0,  # seconds
    "keep_connected": True,
    "queue_size": 100,
    "keep_tasks": 1000,
    "keep_tasks_for": 3600.0,  # seconds
    "tick_budget": 0.008,  # seconds
    "tick_linger": 0.004,  # seconds
    "idle_interval": 0.05,  # seconds
    "max_message": 64 * 1024 * 1024,  # bytes
    "max_depth": 128,
    "message_timeout": 30.0,  # seconds
    "max_connections": 10_000,
    "allowed_origins": [],  # of web pages, as "http://localhost:3000"
    "find_free_port": False,
    "store_folder": "",  # where sessions are kept; empty: nowhere
    "state_folder": "",  # where running Tenons are described to other programs; empty: nowhere
    "keep_days": 90.0,  # a stored session that is not used; 0: for ever
    "session_logs": True,
    "log_language": "en",  # or "ja"
}

HOST, PORT, TOKEN, ORIGINS = "TENON_HOST", "TENON_PORT", "TENON_TOKEN", "TENON_ALLOWED_ORIGINS"
FREE, STORE, STATE = "TENON_FIND_FREE_PORT", "TENON_STORE_FOLDER", "TENON_STATE_DIR"
OFF = "off"  # as the value of TENON_STORE_FOLDER
SWITCH = {"1": True, "on": True, "true": True, "0": False, "off": False, "false": False}


def resolve(chosen: Mapping[str, Any], environment: Mapping[str, str]) -> Settings:
    """Defaults, under what was chosen, under the environment. ValueError names the bad variable."""
    return {**DEFAULTS, **chosen, **from_environment(environment)}


def from_environment(environment: Mapping[str, str]) -> Settings:
    """The settings that the environment overrides; an empty variable counts as not set."""
    found: Settings = {}
    if host := environment.get(HOST, "").strip():
        found["host"] = host
    if port := environment.get(PORT, "").strip():
        found["port"] = _port(port)
    if token := environment.get(TOKEN, ""):
        found["token"] = token
    if listed := origins(environment.get(ORIGINS, "")):
        found["allowed_origins"] = listed
    if switch := environment.get(FREE, "").strip().lower():
        if switch not in SWITCH:
            raise ValueError(f"{FREE} must be on or off, but is {switch!r}")
        found["find_free_port"] = SWITCH[switch]
    if folder := environment.get(STORE, "").strip():
        found["store_folder"] = "" if folder.lower() == OFF else _absolute(folder)
    return found


def state_folder(environment: Mapping[str, str], platform: str) -> str:
    """Where this user's programs look for running Tenons: the client package computes the same.

    `platform` is as in `sys.platform`.
    """
    if folder := environment.get(STATE):
        return folder
    home = os.path.expanduser("~")
    if platform == "win32":
        parent = environment.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local")
    elif platform == "darwin":
        parent = os.path.join(home, "Library", "Application Support")
    else:
        parent = environment.get("XDG_STATE_HOME") or os.path.join(home, ".local", "state")
    return os.path.join(parent, "tenon")


def _absolute(folder: str) -> str:
    return os.path.abspath(os.path.expanduser(folder))


def origins(text: str) -> list[str]:
    """The origins in a text, which commas or spaces part."""
    return text.replace(",", " ").split()


def overridden(environment: Mapping[str, str]) -> dict[str, str]:
    """Setting -> what the preferences say about the variable that overrides it. Never shows the token."""
    notes = {}
    for setting, variable in (
        ("host", HOST),
        ("port", PORT),
        ("find_free_port", FREE),
        ("token", TOKEN),
        ("allowed_origins", ORIGINS),
        ("store", STORE),
    ):
        if value := environment.get(variable, "").strip():
            notes[setting] = f"{variable} is set" if variable == TOKEN else f"{variable}={value}"
    return notes


def problem(chosen: Mapping[str, Any], environment: Mapping[str, str]) -> str | None:
    """Why these settings cannot be served, in words for the user; None: they can."""
    try:
        settings = resolve(chosen, environment)
    except ValueError as error:
        return str(error)
    host = settings["host"].strip()
    if not host:
        return "The host is empty; localhost is the usual one"
    if not settings["token"]:
        if not is_loopback(host):
            return f"Host {host} lets other computers in: set a token first"
        if settings["require_token"]:
            return "A token is required but none is set"
    return None


def needed_token(settings: Mapping[str, Any]) -> str | None:
    """The token that clients must send to a server with these settings; None: they need none."""
    if settings["require_token"] or not is_loopback(settings["host"].strip()):
        return settings["token"] or None
    return None


def is_loopback(host: str) -> bool:
    """Whether only programs on this computer can reach `host`. A name that is not known counts as foreign."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _port(text: str) -> int:
    # ASCII digits only: int() would also read "9_876" and digits of other scripts.
    if text.isascii() and text.isdigit() and int(text) <= 65535:
        return int(text)
    raise ValueError(f"{PORT} must be a number from 0 to 65535, but is {text!r}")
