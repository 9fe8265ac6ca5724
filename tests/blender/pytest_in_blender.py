"""Run pytest inside a Blender: `blender [-b] --python pytest_in_blender.py -- SITE_PACKAGES ARGUMENTS...`

In: after `--`, the folder where pytest lies (Blender's own Python has none), then pytest's arguments. Out:
pytest's report; Blender ends with its exit code. Without a window at once, with one from a timer, as clients'
commands run.
"""

import os
import sys

import bpy

site_packages, *arguments = sys.argv[sys.argv.index("--") + 1 :]
sys.path.append(site_packages)  # last: Blender's own bpy must win over one that lies there


def run() -> None:
    import pytest

    code = pytest.main(arguments)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # Blender would end with 0, and ask about changes first


if bpy.app.background:
    run()
else:
    bpy.app.timers.register(run, first_interval=0.5, persistent=True)
