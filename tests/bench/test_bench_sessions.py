"""The bench's rows of sessions and of the protocol work: every count is exact. No time is judged here.

In: the staged add-on, cargo. Out: the figures of one `bench.py --few`.
"""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from programs import STAGED  # noqa: E402
from stage import FEW  # noqa: E402
from test_bench import run_bench  # noqa: E402

MCP = ["tool_call", "tools_while_busy", "abandoned"]
pytestmark = pytest.mark.skipif(not STAGED.is_dir(), reason="nothing is staged: python3 build_addon.py build")


@pytest.fixture(scope="module")
def figures(tmp_path_factory):
    return run_bench(tmp_path_factory.mktemp("bench"), ["recording", "creating", "archive", *MCP])


def test_a_command_is_timed_with_sessions_kept_and_not(figures):
    [row] = figures["recording"]
    assert row["data"]["kept"] > 0 and row["data"]["forgotten"] > 0


def test_each_session_is_made(figures):
    [row] = figures["creating"]
    assert row["data"]["right"] == row["data"]["sent"] == FEW.sessions // 2 * 2


def test_the_store_has_what_it_was_filled_with(figures):
    filled, asked, start = figures["archive"]
    assert filled["data"]["entries"] == FEW.stored * FEW.entries
    assert asked["data"]["statistics"]["entries"] == FEW.stored * FEW.entries
    assert asked["data"]["statistics"]["sessions"] == FEW.stored
    assert start["data"]["full"] > 0


def test_tools_are_called_in_both_eras_and_listed_while_blender_is_busy(figures):
    calls, [listed], [left] = (figures[name] for name in MCP)
    assert [row["data"]["count"] for row in calls] == [FEW.sequential, FEW.sequential]
    assert listed["data"]["count"] == FEW.sequential
    assert left["data"]["sessions"] == FEW.sessions // 2
