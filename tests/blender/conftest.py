"""The add-on's Python files as the package `tenon`, inside the `bpy` module, and a file to start from.

The sources are read where they lie, so no test sees a stale copy; the built native module, if there is one,
is found in the staged add-on.
"""

import importlib.util
import sys
from pathlib import Path

import bpy
import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "blender_addon"
STAGED = ROOT / "target" / "addon" / "tenon"


def load_package() -> None:
    """Make `import tenon` mean the sources."""
    spec = importlib.util.spec_from_file_location(
        "tenon", SOURCES / "__init__.py", submodule_search_locations=[str(SOURCES), str(STAGED)]
    )
    package = importlib.util.module_from_spec(spec)
    sys.modules["tenon"] = package
    if (SOURCES / "__init__.py").exists():
        spec.loader.exec_module(package)
        if hasattr(package, "hooks"):  # the native module is there
            package.hooks.register()  # as in an enabled add-on


if "tenon" not in sys.modules:
    load_package()


@pytest.fixture
def default_file():
    """Blender's own start-up file: Cube, Light, Camera and the material "Material"."""
    bpy.ops.wm.read_homefile(use_factory_startup=True)


@pytest.fixture
def empty_file():
    """A file with a scene and nothing in it."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)


@pytest.fixture(scope="module")
def blender(tmp_path_factory):
    """A Blender without a window that serves, for all tests of a file."""
    from headless import Headless  # here: inside another Blender there is nobody who starts one

    with Headless(tmp_path_factory.mktemp("user")) as blender:
        yield blender


@pytest.fixture
def fresh_blender(tmp_path):
    """The same for one test only."""
    from headless import Headless

    with Headless(tmp_path / "user") as blender:
        yield blender


@pytest.fixture
def fresh_client(fresh_blender):
    from wire import Client

    with Client(fresh_blender.address) as client:
        yield client
