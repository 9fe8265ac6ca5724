"""The bench works: tiny counts, and every count is exact. No time is judged here; a table is for that.

In: the staged add-on, cargo. Out: the figures of one `bench.py --few`, and what the load generator says of a
server that answers wrongly.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from programs import STAGED, Load, Unavailable  # noqa: E402
from stage import FEW  # noqa: E402

pytestmark = pytest.mark.skipif(not STAGED.is_dir(), reason="nothing is staged: python3 build_addon.py build")
ROWS = ["sequential", "throughput", "crowd", "large", "sessions"]


@pytest.fixture(scope="module")
def load() -> Load:
    return Load(release=False)


def run_bench(folder, names):
    """Row name -> its rows, of one run of the program."""
    file = folder / "figures.json"
    command = [sys.executable, HERE / "bench.py", "--few", "--json", file, *names]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert ended.returncode == 0, ended.stderr
    told = json.loads(file.read_text(encoding="utf-8"))
    assert "Blender" in told["machine"]
    assert ended.stdout.startswith("| what | measured | ratio | goal | reached |\n| --- |")
    found = {name: [row for row in told["rows"] if row["name"] == name] for name in names}
    assert all(row["what"] in ended.stdout for rows in found.values() for row in rows)
    return found


@pytest.fixture(scope="module")
def figures(load, tmp_path_factory):
    return run_bench(tmp_path_factory.mktemp("bench"), ROWS)


def test_sequential_commands_are_all_timed(figures):
    echo, tenon = figures["sequential"]
    assert tenon["data"]["count"] == FEW.rounds * FEW.sequential
    assert echo["data"] > 0 and tenon["data"]["p50"] > 0


@pytest.mark.parametrize("row", range(2), ids=["execute_code", "ping"])
def test_pipelined_commands_are_all_answered(figures, row):
    report = figures["throughput"][row]["data"]
    assert report["sent"] == report["right"] == 4 * FEW.small
    assert (report["lost"], report["wrong"], report["surplus"], report["sessions"]) == (0, 0, 0, 4)


def test_clients_at_once_each_get_their_own(figures):
    [row] = figures["crowd"]
    assert row["reached"] is True
    assert row["data"]["sent"] == row["data"]["right"] == FEW.clients * FEW.each


def test_large_commands_arrive_whole(figures):
    largest, growth = figures["large"]
    assert list(largest["data"]) == FEW.mib.split(",")
    assert all(0 < seconds < 60 for seconds in largest["data"].values())
    assert "ms" in growth["measured"]


def test_sessions_are_held(figures):
    [row] = figures["sessions"]
    assert row["data"]["open"] == row["data"]["sessions"] == FEW.sessions


def test_both_clients_ask_both_commands(load, tmp_path):
    rows = run_bench(tmp_path, ["handover"])["handover"]
    assert len(rows) == 4 or not shutil.which("blender")
    for row in rows:
        if row["data"]:
            assert row["data"]["rounds"] == FEW.rounds and row["data"]["count"] == FEW.sequential
            assert row["data"]["ping"] > 0 and row["data"]["execute"] > 0
    assert rows[0]["data"]


@pytest.mark.skipif(
    not (shutil.which("blender") and shutil.which("Xvfb")),
    reason="needs: apt-get install -y blender xvfb",
)
def test_a_window_turns_while_clients_flood_it(load, tmp_path):
    closed, open_sidebar = run_bench(tmp_path, ["flood"])["flood"]
    for row in (closed, open_sidebar):
        report = row["data"]
        assert report["sent"] == report["right"] > 0
        assert report["turns"] > 1
    assert "sidebar" in open_sidebar["what"]


def test_a_server_that_answers_wrongly_is_noticed(load):
    with load.running("echo") as echo:
        report = load.run("crowd", port=echo["port"], clients=3, window=2, count=5)
        assert (report["sent"], report["right"], report["wrong"], report["lost"]) == (15, 0, 15, 0)
        with pytest.raises(Unavailable, match="not the reply that was expected"):
            load.run("sequential", port=echo["port"], count=1)
