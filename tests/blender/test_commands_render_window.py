"""Renders as Blender's own job and pictures off screen, in the windowed Blender that the system has.

In: `render_in_window.py`, run once in it. Out: a verdict on each of its parts.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PATIENCE = 120  # seconds; it takes about 15


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What the script has written."""
    for program in ("blender", "xvfb-run"):
        if shutil.which(program) is None:
            pytest.skip(f"no {program} here")
    folder = tmp_path_factory.mktemp("window")
    done = subprocess.run(
        [
            *("xvfb-run", "-a", "-s", "-screen 0 1280x800x24", "blender", "--factory-startup", "--python"),
            *(str(HERE / "render_in_window.py"), "--", str(Path(pytest.__file__).parents[1]), str(folder)),
        ],
        env={**os.environ, "LIBGL_ALWAYS_SOFTWARE": "1"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert (folder / "told.json").exists(), done.stdout + done.stderr
    return json.loads((folder / "told.json").read_text())


def part(told, name):
    assert isinstance(told[name], dict), told[name]  # else it is a traceback
    return told[name]


def test_a_render_gives_the_main_loop_back_and_opens_no_window(told):
    result = part(told, "a_render")
    assert (result["width"], result["height"], result["engine"]) == (64, 36, "CYCLES")
    assert result["turns"] >= 2 and result["windows"] == 1 and result["unchanged"]


def test_a_cancelled_render_stops_and_changes_nothing(told):
    result = part(told, "a_cancelled_render")
    assert result == {"running": False, "unchanged": True, "x": 0.5, "written": False}


def test_two_renders_take_turns(told):
    assert part(told, "two_renders_at_once") == {"first": 64, "second": 96}


@pytest.mark.parametrize(
    ("name", "method"),
    [("view", "offscreen"), ("cycles", "offscreen"), ("hidden", "offscreen"), ("none", "render")],
)
def test_a_picture_is_never_black(told, name, method):
    picture = part(told, "pictures")[name]
    assert picture["method"] == method and max(picture["size"]) == 300
    assert picture["darkest"] > 0.05 and picture["unchanged"]
    assert picture.get("shading", "RENDERED") == "RENDERED"


def test_screenshots_show_the_window_as_it_is_now(told):
    told = part(told, "screenshots")
    assert told["whole"] == told["window"] and told["notes"] == [] and told["changed"]
    assert max(told["outliner"]) == 200 and told["outliner"] == told["png"]
    assert told["outliner"][0] / told["outliner"][1] == pytest.approx(told["shape"], rel=0.05)
    words = ("There is no editor 'CLIP_EDITOR'", "There is no editor 'VIEW_3D:1'", "There are 1 windows")
    assert len(told["errors"]) == 3
    assert all(error.startswith(word) for error, word in zip(told["errors"], words, strict=True))
