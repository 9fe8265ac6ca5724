"""The real assistant's client once more, against the add-on in a windowed Blender, connected by a click.

In: every test of `test_client_mcp_for_blender`. Out: the same answers with a window. Test process.
"""

import shutil

import pytest
from blender_window import BlenderWindow
from test_client_mcp_for_blender import *  # noqa: F403  # the tests and their other fixtures


@pytest.fixture(scope="module")
def blender(display, installed, tmp_path_factory):
    home = shutil.copytree(installed, tmp_path_factory.mktemp("window") / "home")
    window = BlenderWindow(display, home)
    window.address = f"127.0.0.1:{window.connect()}"
    yield window
    window.close()
    assert "Traceback" not in window.printed(), window.printed()
