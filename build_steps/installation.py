"""The release zip in, a real Blender with the add-on installed, enabled and saved out.

That Blender does both itself, in the background: once to install, once, freshly started, to prove it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from .project import ROOT, BuildError, say, version

SCRIPT = ROOT / "build_steps" / "inside_blender.py"


def install(blender: str, archive: Path) -> None:
    program = find(blender)
    say(f"installing {archive.name} into {program}")
    inside(program, "install", archive)
    say("starting it once more to see the add-on enabled")
    for line in inside(program, "verify", archive).splitlines():
        if line.startswith("tenon:"):
            print(line)


def find(blender: str) -> str:
    program = shutil.which(blender)
    if not program:
        raise BuildError(
            f"{blender} is not a program; type: python3 build_addon.py install --blender "
            + (shutil.which("blender") or "/path/to/blender")
        )
    return program


def inside(program: str, step: str, archive: Path) -> str:
    """One background start of that Blender; its output, or a BuildError that holds it."""
    command = [program, "--background", "--python-exit-code", "1", "--python", str(SCRIPT)]
    command += ["--", step, str(archive), version()]
    # Python's view of the environment: a bpy in this process adds its own colour profiles (OCIO) to the
    # process's, which another version of Blender cannot read.
    environment = dict(os.environ)
    answer = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, env=environment
    )
    if answer.returncode != 0:
        raise BuildError(f"{program} could not {step} the add-on:\n{answer.stdout.strip()}")
    return answer.stdout
