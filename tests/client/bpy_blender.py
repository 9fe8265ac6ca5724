"""Behaves as the program `blender` without a window, by the `bpy` of this Python: a newer Blender's own code.

In: the options of `blender` that Tenon's programs use. Out: what those do there; the preferences are read as
the program reads them at its start, which the module leaves out.
"""

from __future__ import annotations

import argparse
import sys
import traceback


def main() -> int:
    words = sys.argv[1 : sys.argv.index("--")] if "--" in sys.argv else sys.argv[1:]
    parser = argparse.ArgumentParser()
    parser.add_argument("--version", action="store_true")
    parser.add_argument("--background", action="store_true", required="--version" not in words)
    parser.add_argument("--factory-startup", action="store_true")
    parser.add_argument("--python-exit-code", type=int, default=0)
    parser.add_argument("--python-expr", default="")
    parser.add_argument("blend", nargs="?")
    options = parser.parse_args(words)
    import bpy

    if options.version:
        print(f"Blender {bpy.app.version_string}")
        return 0
    if not options.factory_startup:
        bpy.ops.wm.read_userpref()
    if options.blend:
        bpy.ops.wm.open_mainfile(filepath=options.blend)
    try:
        exec(compile(options.python_expr, "<expression>", "exec"), {"__name__": "__main__"})
    except Exception:
        traceback.print_exc()
        return int(options.python_exit_code)
    return 0


if __name__ == "__main__":
    sys.exit(main())
