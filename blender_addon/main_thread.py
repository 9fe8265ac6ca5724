"""Blender's main thread at work for clients: the one bridge, its tick, and serving without a window.

In: settings (a plain dict, see `settings.py`) and the command table. Out: a running server, and a
sidebar that is redrawn when what it shows has changed. Everything here runs on Blender's main thread;
sockets, sessions and queues live on native threads behind `bridge` and never wait for Python.

`bridge` is the one thing that the rest of the add-on needs: the panel reads its snapshots, a command
reads `bridge.session_id` while it runs. Nothing here imports the commands; `offer` is given them.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import logging
import signal
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import bpy
from bpy.app.handlers import persistent

from . import preferences
from ._native import Bridge, configure_logging

logger = logging.getLogger(__name__)

bridge = Bridge()
served: dict[str, Any] = {}  # the settings of the running server, its token among them
trouble: str | None = None  # why the last connect failed, or what broke the tick; None: nothing

REDRAW_INTERVAL = 0.5  # seconds between two redraws at least, doubled up to the next while changes go on:
REDRAW_INTERVAL_MOST = 2.0  # a flood of commands must not cost frames, and a redraw costs as much as one
AGE_REDRAW_INTERVAL = 60.0  # seconds: the panel says how many minutes ago something was
RUNNING_REDRAW_INTERVAL = 1.0  # seconds, while something runs: its seconds count up in the panel
RETRY_INTERVAL = 0.05  # seconds until the next tick after one that raised

_between: Callable[[], float | None] | None = None  # called after each turn, or while no command waits
_drawn_generation = -1
_drawn_at = 0.0
_interval = REDRAW_INTERVAL  # the one in force
_looked_at = 0.0  # when it was last asked whether something runs


def offer(commands: Iterable[Any]) -> None:
    """Give clients these commands."""
    for command in commands:
        bridge.register(
            command.name,
            command.function,
            title=command.title,
            description=command.description,
            schema=json.dumps(command.schema),
            aliases=list(command.aliases),
            reads_only=command.reads_only,
            destructive=command.destructive,
            idempotent=command.idempotent,
            open_world=command.open_world,
            tool=command.tool,
            output_schema=json.dumps(command.output_schema) if command.output_schema else "",
        )


def attend(after: Callable[[str, bool], None], between: Callable[[], float | None]) -> None:
    """Have `after(name, succeeded)` called after each command that may change data, and `between()` whenever
    there is time for it; it returns the seconds until it wants to be called again, or None.
    """
    global _between
    _between = between
    bridge.on_change(after)
    bridge.on_pause(between)


def connect(chosen: Mapping[str, Any] | None = None) -> str:
    """Start serving and return the address; ValueError and OSError say in words why it cannot be.

    `chosen` goes over the environment, which goes over the preferences.
    """
    global trouble, served
    disconnect()
    _start_logging()
    _describe()
    try:
        settings = {**preferences.current(), **(chosen or {})}
        bridge.start(**settings)
    except (ValueError, OSError) as error:
        trouble = str(error)
        logger.error("Tenon server not started: %s", trouble)
        redraw()
        raise
    trouble, served = None, settings
    _ensure_tick()
    redraw()
    if bridge.notice:
        _tell(bridge.notice)
    _tell(f"Tenon server started on {bridge.address}")
    return str(bridge.address)


def disconnect() -> None:
    """Stop serving; every client that waits is told. Does nothing when nothing is served."""
    if not bridge.running:
        return
    bridge.stop()
    redraw()
    _tell("Tenon server stopped")


def serve(chosen: Mapping[str, Any] | None = None) -> None:
    """Connect, and serve on this thread until SIGINT, SIGTERM or `bridge.request_stop()`: needs no window."""
    _stop_on_signals()
    connect(chosen)
    try:
        bridge.run_forever()
    finally:
        disconnect()


def _stop_on_signals() -> None:
    """Have SIGINT and SIGTERM stop the server from the moment it exists, and raise nothing into its work.

    `run_forever` hears them itself, even while Python does not. Once per process: set again, these handlers
    would take the place of the native ones, which call them too.
    """
    for number, default in (
        (signal.SIGINT, signal.default_int_handler),
        (signal.SIGTERM, signal.SIG_DFL),
    ):
        if signal.getsignal(number) is default:
            signal.signal(number, _asked_to_end)


def _asked_to_end(*_: Any) -> None:
    if not bridge.running:
        raise KeyboardInterrupt
    bridge.request_stop()


def _tell(text: str) -> None:
    """Print for whoever started Blender, also from inside a client's code, whose own output is captured."""
    print(text, file=sys.__stdout__, flush=True)


def redraw() -> None:
    """Ask Blender to draw the sidebars again; what they show is read when they are drawn."""
    global _drawn_generation, _drawn_at
    _drawn_generation, _drawn_at = bridge.generation, time.monotonic()
    # During registration, and while Blender quits, the context has no windows to offer.
    manager = getattr(bpy.context, "window_manager", None)
    for window in manager.windows if manager else ():
        for area in window.screen.areas:
            if area.type == "VIEW_3D" and area.spaces.active.show_region_ui:
                for region in area.regions:
                    if region.type == "UI":
                        region.tag_redraw()


def _start_logging() -> None:
    try:
        configure_logging(preferences.log_level(), preferences.log_file())
    except OSError as error:  # a full disk is no reason not to serve
        logger.warning("No log file: %s", error)


def _tick() -> float | None:
    """One turn of Blender's main loop: run what clients asked for, say when to be called again."""
    global trouble
    # Blender removes a timer that raises, and clients would wait for ever. BaseException, because the
    # watchdog's `Cancelled` is one and may arrive a moment after its command has ended.
    try:
        wait = bridge.tick()
        _redraw_when_due()
        if _between:
            _between()
    except BaseException as error:
        words = f"{type(error).__name__}: {error}"
        if words != trouble:  # once, not twenty times a second
            trouble = words
            logger.exception("The tick raised")
        return RETRY_INTERVAL
    return wait


def _redraw_when_due() -> None:
    global _looked_at, _interval
    now = time.monotonic()
    if not bridge.running or now - _drawn_at < _interval:  # stopped: by the command that just ran
        return
    if now - _drawn_at >= AGE_REDRAW_INTERVAL:
        redraw()
        return
    if bridge.generation != _drawn_generation:
        _interval = min(2 * _interval, REDRAW_INTERVAL_MOST)
        redraw()
        return
    _interval = REDRAW_INTERVAL
    if now - _looked_at >= RUNNING_REDRAW_INTERVAL:
        _looked_at = now
        queue = bridge.status()["queue"]
        if queue["running"] or queue["suspended"]:
            redraw()


def _ensure_tick() -> None:
    # Without a window timers never fire; `serve` ticks there.
    if not bpy.app.background and not bpy.app.timers.is_registered(_tick):
        bpy.app.timers.register(_tick, first_interval=0.0, persistent=True)


def _describe() -> None:
    """Let other programs see which Blender this is, by what is open in it."""
    bridge.describe(file=bpy.data.filepath, blender=bpy.app.version_string)


@persistent
def _after_load(*_: Any) -> None:
    """A loaded file must leave a running server with its tick."""
    _describe()
    if bridge.running:
        _ensure_tick()


@persistent
def _after_save(*_: Any) -> None:
    """The file may have another name from now on."""
    _describe()


def _start_with_blender() -> None:
    """A one-shot timer: by now Blender has its window, and the context that registration lacks."""
    # The words are in the panel and in the log by then.
    with contextlib.suppress(ValueError, OSError):
        connect()


def register() -> None:
    atexit.register(disconnect)  # the safety net; Blender normally unregisters add-ons as it quits
    bpy.app.handlers.load_post.append(_after_load)
    bpy.app.handlers.save_post.append(_after_save)
    if preferences.starts_with_blender() and not bpy.app.background:
        bpy.app.timers.register(_start_with_blender, first_interval=0.1, persistent=True)


def unregister() -> None:
    disconnect()
    for timer in (_tick, _start_with_blender):
        if bpy.app.timers.is_registered(timer):
            bpy.app.timers.unregister(timer)
    for handlers, handler in (
        (bpy.app.handlers.load_post, _after_load),
        (bpy.app.handlers.save_post, _after_save),
    ):
        if handler in handlers:
            handlers.remove(handler)
    atexit.unregister(disconnect)
