"""The tests of the commands once more, in the Blender that the system has: windowless, and from a timer.

In: the other `test_commands_*` files beside this one, `test_typed_*`, building elements and `test_matrix`.
Out: pytest's verdict from inside that Blender. Skipped where there is no Blender of the same Python version,
because pytest is temporary from this one.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
AREAS = (
    *("registry", "scene", "objects", "materials", "history", "files", "look"),
    *("overview", "importing", "code_errors", "arranging", "material_presets"),
)
PATIENCE = 900  # seconds; it takes some 200

XVFB = ["xvfb-run", "-a", "-s", "-screen 0 1280x800x24"]
MODES = {"without a window": ["blender", "-b"], "from a timer in a window": [*XVFB, "blender"]}


COMMANDS = [
    *(str(HERE / f"test_commands_{area}.py") for area in AREAS),
    *(str(path) for path in sorted(HERE.glob("test_typed_*.py"))),
    str(HERE / "test_truth_left_as_found.py"),
]
BUILDING = [str(HERE / "test_building_elements.py")]


@pytest.mark.parametrize("files", [COMMANDS, BUILDING], ids=["commands", "building"])
@pytest.mark.parametrize("start", MODES.values(), ids=MODES.keys())
def test_commands_in_the_systems_blender(start, files):
    for program in ("blender", start[0]):
        if shutil.which(program) is None:
            pytest.skip(f"no {program} here")
    version = "import sys; print('Python', *sys.version_info[:2])"
    asked = subprocess.run(
        ["blender", "-b", "--factory-startup", "--python-expr", version], capture_output=True, text=True
    )
    if f"Python {sys.version_info[0]} {sys.version_info[1]}\n" not in asked.stdout:
        pytest.skip("the system's Blender has another Python")
    in_window = start is MODES["from a timer in a window"]
    done = subprocess.run(
        [*start, "--factory-startup", "--python", str(HERE / "pytest_in_blender.py"), "--"]
        + [str(Path(pytest.__file__).parents[1]), "-q", "-p", "no:cacheprovider"]
        + files
        # In a window only: without one Blender 3.4 ends in a ray cast over 2,000 objects after an undo.
        + ([str(HERE / "test_matrix.py")] if in_window and files is COMMANDS else []),
        env={**os.environ, "LIBGL_ALWAYS_SOFTWARE": "1"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert " passed" in done.stdout, done.stdout + done.stderr  # it ran at all
    assert done.returncode == 0, done.stdout + done.stderr
