"""Runs inside a Python whose `bpy` is Blender without a window: THIS [HOST [PORT [BLEND [SETTINGS]]]].

An empty argument leaves its setting to the environment variables and the preferences. SETTINGS, a JSON
object, are for those without a variable. Serves on this, the main thread, until SIGINT or SIGTERM.
"""

import json
import sys
from pathlib import Path

STAGE = Path(__file__).resolve().parent.parent / "target" / "addon"


def main(host: str = "", port: str = "", blend: str = "", settings: str = "{}") -> None:
    sys.dont_write_bytecode = True  # the staged add-on is what a release zip holds, and nothing else
    sys.path.insert(0, str(STAGE))
    import bpy  # isort: split
    import addon_utils  # bpy makes this importable

    if blend:
        bpy.ops.wm.open_mainfile(filepath=blend)
    tenon = addon_utils.enable("tenon", default_set=True)
    if tenon is None:
        sys.exit("tenon: the add-on could not be enabled; its reason is above")
    place = {**({"host": host} if host else {}), **({"port": int(port)} if port else {})}
    try:
        tenon.server.headless.serve({**json.loads(settings), **place})
    except (OSError, ValueError) as error:
        sys.exit(f"tenon: not started: {error}")


main(*sys.argv[1:])
