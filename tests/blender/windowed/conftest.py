"""A Blender with a window, and in it the add-on, installed from a zip as a user does.

In: the staged add-on (`python3 build_addon.py build`), or the zip in TENON_ZIP. Out: the fixtures `home`
(a user folder of the test's own), `start` (a factory of windows) and `blender` (one window). Without the
programs that this takes, the tests are skipped with the line that installs them.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from blender_window import BlenderWindow, Display, user_folders

ROOT = Path(__file__).resolve().parents[3]
STAGED = ROOT / "target" / "addon" / "tenon"
PROGRAMS = {"blender": "blender", "Xvfb": "xvfb", "xdotool": "xdotool", "import": "imagemagick"}

INSTALL = """
import sys, bpy
bpy.ops.preferences.addon_install(filepath=sys.argv[-1])
bpy.ops.preferences.addon_enable(module="tenon")
bpy.context.preferences.view.show_splash = False
bpy.ops.wm.save_userpref()
"""


@pytest.fixture(scope="session")
def programs():
    missing = [package for program, package in PROGRAMS.items() if not shutil.which(program)]
    if missing:
        pytest.skip(f"a window needs: apt-get install -y {' '.join(missing)}")


@pytest.fixture(scope="session")
def addon_zip(tmp_path_factory):
    """What the user downloads."""
    if given := os.environ.get("TENON_ZIP"):
        return Path(given).resolve()
    if not any(STAGED.glob("_native*")):
        pytest.fail("the add-on is not built: python3 build_addon.py build")
    folder = tmp_path_factory.mktemp("zip")
    return Path(shutil.make_archive(str(folder / "tenon"), "zip", STAGED.parent, "tenon"))


@pytest.fixture(scope="session")
def installed(programs, addon_zip, tmp_path_factory):
    """A user folder in which the zip was installed, enabled and saved by a Blender that has quit since."""
    home = tmp_path_factory.mktemp("installed")
    script = home / "install.py"
    script.write_text(INSTALL)
    run = subprocess.run(
        ["blender", "--background", "--python-exit-code", "1", "--python", script, "--", addon_zip],
        env=user_folders(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
    assert run.returncode == 0 and "Traceback" not in run.stdout, run.stdout
    return home


@pytest.fixture
def home(installed, tmp_path):
    """A copy: Blender saves changed preferences when it quits."""
    return Path(shutil.copytree(installed, tmp_path / "home"))


@pytest.fixture(scope="session")
def display(programs):
    display = Display()
    yield display
    display.close()


@pytest.fixture
def start(display, home):
    """Starts windows; none of them may print a traceback that the test does not expect."""
    windows = []

    def start(**settings):
        windows.append(BlenderWindow(display, home, settings))
        return windows[-1]

    yield start
    for window in windows:
        window.close()
        printed = window.printed()
        assert printed.count("Traceback") == window.tracebacks, printed
        assert "Error:" not in printed.replace("Error: Tenon:", ""), printed


@pytest.fixture
def blender(start):
    return start()
