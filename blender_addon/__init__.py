"""Tenon: programs outside drive this Blender. What Blender loads, and the order in which parts come and go.

`register` is called when the user enables the add-on, `unregister` when they disable it or quit; both on
the main thread, each any number of times. The parts, in order:

    preferences      what the user chose
    hooks            the table of commands handed to the bridge, and what happens around a command
    control          the server, and the tick that does clients' work
    undo_tracker     one undo step for each change a client made
    scene_tracker    what changes in the scene, for subscribers and for the state of sessions
    code_changes     which objects a client's code has changed, for its reply
    render_progress  how far a render is, for those who wait for it
    operators        Connect, Disconnect and the smaller buttons
    panel            the sidebar that shows the true state
    public_api       `tenon_api`, what other add-ons use; last, because they come in here

Importing `commands` and `compat` fills the table. No folder imports one above it; their order is in
`tests/style/test_layers.py`.
"""

import sys

if "_is_kept" in globals():  # an update was installed: Blender reloads this file only, not the parts below
    if globals()["_is_kept"]():
        globals()["unregister"]()
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

from . import native_library

try:
    native_library.load(__name__, __path__, bl_info)  # before all others, which import it by its name
    from . import _native  # noqa: F401
except ImportError as _error:  # built for another system: say so in the panel instead of a traceback
    from .settings import preferences
    from .ui import load_error_panel

    load_error_panel.reason = str(_error)
    PARTS = (preferences, load_error_panel)
else:
    from . import commands, compat  # noqa: F401
    from .api import public_api

    # headless: for those who start Blender
    from .server import control, headless, hooks, preferences_reset  # noqa: F401
    from .settings import preferences
    from .tracking import code_changes, render_progress, scene_tracker, undo_tracker
    from .ui import operators, panel

    PARTS = (
        preferences,
        hooks,
        control,
        undo_tracker,
        scene_tracker,
        code_changes,
        render_progress,
        operators,
        panel,
        public_api,
    )


def _is_kept() -> bool:
    """Whether all parts are registered still, through a reset of the preferences."""
    return "preferences_reset" in globals() and preferences_reset.is_pending()


def register() -> None:
    if _is_kept():
        return
    unregister()  # whatever an earlier call left behind, whole or half
    try:
        for part in PARTS:
            part.register()
    except BaseException:
        unregister()
        raise


def unregister() -> None:
    """Every part's `unregister` may be called when it is not registered."""
    if "preferences_reset" in globals():
        if preferences_reset.keeps_registered():
            return
        preferences_reset.forget()
    for part in reversed(PARTS):
        part.unregister()
