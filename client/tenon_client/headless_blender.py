"""The command line of an installed Blender that serves Tenon, with a window or without one.

In: Blender's program and where to serve. Out: words to start. Pure; the script runs in that Blender.
A token is never on a command line, which others can read: set TENON_TOKEN in its environment.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

# The add-on may be a legacy one, or an extension of any repository. It is enabled here if it is not, which
# `--factory-startup` needs, and has preferences then; without them it keeps no sessions. The exit code tells
# whoever started Blender.
SCRIPT = """
import sys, addon_utils
names = [each.__name__ for each in addon_utils.modules() if each.__name__.rpartition(".")[2] == "tenon"]
tenon = addon_utils.enable(names[0], default_set=True) if names else None
if tenon is None:
    print("tenon: not started: the add-on is not installed in this Blender, or cannot be enabled", flush=True)
    sys.exit(3)
try:
    tenon.server.SERVE(SETTINGS)
except (OSError, ValueError) as error:
    print(f"tenon: not started: {error}", flush=True)
    sys.exit(4)
"""

# What Blender ends with when the script above does.
NOT_INSTALLED, NOT_STARTED = 3, 4


def command(
    blender: str | Path,
    *,
    host: str | None = None,
    port: int | None = None,
    blend: str | Path | None = None,
    more: Sequence[str] = (),
    window: bool = False,
) -> list[str]:
    """`more` are options of Blender's own, as `--factory-startup`.

    Without a window the script serves until it is told to end. With one, which needs a display, Blender's
    own main loop goes on, and serves from a timer.
    """
    settings = {**({"host": host} if host else {}), **({"port": port} if port else {})}
    serve = "control.connect" if window else "headless.serve"
    script = SCRIPT.replace("SERVE", serve).replace("SETTINGS", repr(settings))
    options = [*([] if window else ["--background"]), *more, *([str(blend)] if blend else [])]
    return [str(blender), *options, "--python-exit-code", "1", "--python-expr", script]
