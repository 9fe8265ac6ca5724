"""The add-on outlives a client's code that loads other preferences.

In: Blender's call to unregister, on the way of `wm.read_factory_settings` and its like, which disable every
add-on; the end of the command. Out: whether to stay registered; the add-on in the preferences again, as the
user had set it. Main thread only.

Only while a command runs: a user who loads the factory settings by hand switches Tenon off, as all add-ons.
"""

from __future__ import annotations

import sys
from typing import Any

from ..bridge import bridge
from ..registry import notes
from ..settings import preferences

NOTE = (
    "The code loaded other preferences, which disables add-ons. Tenon stays enabled, with its settings; "
    "enable others that you need with bpy.ops.preferences.addon_enable(module=...)."
)
_MAX_FRAMES = 4  # from `unregister` of the add-on out to the function of addon_utils that asks for it

_chosen: dict[str, Any] | None = None  # the user's settings, from a reset until the end of its command


def keeps_registered() -> bool:
    """Whether Blender asks to unregister because a client's code resets the preferences."""
    global _chosen
    if bridge.task_id is None or not _by_disable_all():
        return False
    if _chosen is None:
        _chosen = preferences.snapshot()
        notes.add(NOTE)
    return True


def is_pending() -> bool:
    """Whether the add-on is registered although Blender takes it for disabled."""
    return _chosen is not None


def settle() -> bool:
    """The command has ended: be enabled again, if Blender has not done so itself. True after a reset."""
    global _chosen
    if _chosen is None:
        return False
    chosen, _chosen = _chosen, None
    notes.take()  # if nobody told them
    preferences.restore(chosen)
    sys.modules[preferences.ADDON].__addon_enabled__ = True  # type: ignore[attr-defined]  # Blender's own mark
    return True


def forget() -> None:
    """The add-on is unregistered after all."""
    global _chosen
    _chosen = None


def _by_disable_all() -> bool:
    frame = sys._getframe(1)
    for _ in range(_MAX_FRAMES):
        if frame is None:
            return False
        if frame.f_code.co_name == "disable_all" and frame.f_globals.get("__name__") == "addon_utils":
            return True
        frame = frame.f_back  # type: ignore[assignment]
    return False
