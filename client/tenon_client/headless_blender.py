"""The command line of an installed Blender that serves Tenon without a window, until it is told to end.

In: Blender's program and where to serve. Out: words to start. Pure; the script runs in that Blender.
A token is never on a command line, which others can read: set TENON_TOKEN in its environment.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

# The add-on may be a legacy one, or an extension of any repository. It is enabled here if it is not, which
# `--factory-startup` leads to. The exit code tells whoever started Blender.
SCRIPT = """
import sys, addon_utils
names = [each.__name__ for each in addon_utils.modules() if each.__name__.rpartition(".")[2] == "tenon"]
tenon = addon_utils.enable(names[0]) if names else None
if tenon is None:
    print("tenon: not started: the add-on is not installed in this Blender, or cannot be enabled", flush=True)
    sys.exit(3)
try:
    tenon.server.headless.serve(SETTINGS)
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
) -> list[str]:
    """`more` are options of Blender's own, as `--factory-startup`."""
    settings = {**({"host": host} if host else {}), **({"port": port} if port else {})}
    script = SCRIPT.replace("SETTINGS", repr(settings))
    opened = [str(blend)] if blend else []
    return [str(blender), "--background", *more, *opened, "--python-exit-code", "1", "--python-expr", script]
