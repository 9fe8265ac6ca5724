"""What the server can be told, as the native core declares it, and what the environment overrides.

In: plain mappings (what the preferences hold, `os.environ`). Out: the keyword arguments of
`Bridge.start`, or words that say what is wrong. No bpy, any thread.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from typing import Any

Settings = dict[str, Any]

try:
    from .._native import settings

    TABLE: list[dict[str, Any]] = settings()
except ImportError:  # the panel tells why; there is nothing to set
    TABLE = []

DEFAULTS: Settings = {each["name"]: each["default"] for each in TABLE}
VARIABLES: dict[str, str] = {each["name"]: each["environment"] for each in TABLE if each["environment"]}

OFF = "off"  # as the value of a folder's variable
SWITCH = {"1": True, "on": True, "true": True, "0": False, "off": False, "false": False}


def resolve(chosen: Mapping[str, Any], environment: Mapping[str, str]) -> Settings:
    """Defaults, under what was chosen, under the environment. ValueError names the bad variable."""
    return {**DEFAULTS, **chosen, **from_environment(environment)}


def from_environment(environment: Mapping[str, str]) -> Settings:
    """The settings that the environment overrides; an empty variable counts as not set."""
    found: Settings = {}
    for setting in TABLE:
        if text := environment.get(setting["environment"] or "", ""):
            read = text if setting["type"] == "secret" else _read(setting, text.strip())
            if read is not None:
                found[setting["name"]] = read
    return found


def _read(setting: Mapping[str, Any], text: str) -> Any:
    """The variable's text as the setting's type; None: it says nothing. ValueError names the variable."""
    variable, kind = setting["environment"], setting["type"]
    if not text:
        return None
    if kind == "switch":
        if text.lower() not in SWITCH:
            raise ValueError(f"{variable} must be on or off, but is {text.lower()!r}")
        return SWITCH[text.lower()]
    if kind == "whole":
        # ASCII digits only: int() would also read "9_876" and digits of other scripts.
        most = int(setting["maximum"])
        if text.isascii() and text.isdigit() and setting["minimum"] <= int(text) <= most:
            return int(text)
        least = int(setting["minimum"])
        raise ValueError(f"{variable} must be a number from {least} to {most}, but is {text!r}")
    if kind == "folder":
        return "" if text.lower() == OFF else _absolute(text)
    if kind == "list":
        return origins(text) or None
    return text


def _absolute(folder: str) -> str:
    return os.path.abspath(os.path.expanduser(folder))


def origins(text: str) -> list[str]:
    """The origins in a text, which commas or spaces part."""
    return text.replace(",", " ").split()


def overridden(environment: Mapping[str, str]) -> dict[str, str]:
    """Setting -> what the preferences say about the variable that overrides it. Never shows the token."""
    notes = {}
    for setting in TABLE:
        variable = setting["environment"] or ""
        if value := environment.get(variable, "").strip():
            secret = setting["type"] == "secret"
            notes[setting["name"]] = f"{variable} is set" if secret else f"{variable}={value}"
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
