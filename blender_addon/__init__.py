"""Tenon: programs outside drive this Blender. What Blender loads, and the order in which parts come and go.

`register` is called when the user enables the add-on, `unregister` when they disable it or quit; both on
the main thread, each any number of times. The parts, in order:

    preferences   what the user chose
    main_thread   the bridge to the native server, and the tick that does clients' work
    undo          one undo step for each change a client made
    scene_events  what changes in the scene, told to those who listen
    scene_state   the scene as sessions tell it, right by the time a command is answered
    render_events how far a render is, told to those who wait for it
    interface     `tenon_api`, what other add-ons use
    operators     Connect, Disconnect and the smaller buttons
    panel         the sidebar that shows the true state

and `commands`, the table of what clients can ask for, which is offered to the bridge.
"""

import sys

if "bl_info" in globals():  # an update was installed: Blender reloads this file only, not the parts below
    for _name in [name for name in sys.modules if name.startswith(f"{__name__}.")]:
        del sys.modules[_name]
        globals().pop(_name.rpartition(".")[2], None)

bl_info = {
    "name": "Tenon",
    "description": "Serves AI assistants, scripts and other programs that want to drive Blender",
    "author": "The Tenon authors",
    "version": (0, 1, 0),
    "blender": (3, 4, 0),
    "location": "3D View > Sidebar > Tenon",
    "category": "Development",
}

from . import preferences

try:
    from . import _native  # noqa: F401
except ImportError as _error:  # built for another system: say so in the panel instead of a traceback
    from . import unavailable

    unavailable.reason = str(_error)
    commands = None
    PARTS = (preferences, unavailable)
else:
    from . import (
        commands,
        interface,
        main_thread,
        operators,
        panel,
        render_events,
        scene_events,
        scene_state,
        undo,
    )

    PARTS = (preferences, main_thread, undo, scene_events, scene_state, render_events, operators, panel)


def register() -> None:
    unregister()  # whatever an earlier call left behind, whole or half
    try:
        for part in PARTS:
            part.register()
        if commands:
            main_thread.attend(_after, _between)
            main_thread.offer(commands.TABLE.values())
            interface.register()  # last: other add-ons come in here
    except BaseException:
        unregister()
        raise


def _after(command: str, acted: bool) -> None:
    ran = undo.has_begun()
    undo.after(command, acted)
    scene_state.after(command, ran)


def _between() -> float | None:
    scene_state.flush()
    return scene_events.flush()


def unregister() -> None:
    """Every part's `unregister` may be called when it is not registered."""
    if commands:
        interface.unregister()
    for part in reversed(PARTS):
        part.unregister()
