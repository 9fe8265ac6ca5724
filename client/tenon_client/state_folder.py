"""Where Tenon keeps what outlives a run of Blender, for this user. Standard library only; the build puts this
file into the add-on too, so that both sides look in the same place.

In: the environment and the platform. Out: a folder, which need not exist.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

VARIABLE = "TENON_STATE_DIR"


def state_folder(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """`platform` is as in `sys.platform`."""
    if chosen := environ.get(VARIABLE):
        return Path(chosen)
    if platform == "win32":
        base = Path(environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return base / "tenon"
