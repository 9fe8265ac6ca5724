"""The bench's rows of tasks and events work: tiny counts, and every count is exact. No time is judged here.

In: the staged add-on, cargo. Out: the figures of one `bench.py --few`, and what the load generator counts
when the queue has no room.
"""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from programs import STAGED, Load, Unavailable, Windowless  # noqa: E402
from stage import FEW  # noqa: E402
from test_bench import run_bench  # noqa: E402

pytestmark = pytest.mark.skipif(not STAGED.is_dir(), reason="nothing is staged: python3 build_addon.py build")
CAPACITY = 100  # the queue's default


@pytest.fixture(scope="module")
def figures(tmp_path_factory):
    return run_bench(
        tmp_path_factory.mktemp("bench"), ["accept", "fetch", "events", "keep_alive", "sentences"]
    )


@pytest.mark.parametrize("row", range(2), ids=["http", "json"])
def test_tasks_are_accepted_and_all_run(figures, row):
    report = figures["accept"][row]["data"]
    assert report["sent"] == report["accepted"] == report["ran"] == 4 * FEW.small
    assert (report["full"], report["lost"], report["doubled"]) == (0, 0, 0)


def test_a_task_is_asked_for_while_it_runs(figures):
    [row] = figures["fetch"]
    assert row["data"]["fresh"]["count"] > 0 and row["data"]["kept"]["count"] > 0


def test_every_event_reaches_every_subscriber(figures):
    one, many, free, beside, (calm, crowded) = (row["data"] for row in figures["events"])
    assert one["deliveries"] == FEW.events
    assert many["deliveries"] == FEW.subscribers * many["events"] == 2 * FEW.subscribers * FEW.events
    assert many["bare"]["count"] == many["deliveries"]
    for report in (*free, *beside):
        assert report["deliveries"] + report["missed"] == FEW.subscribers * FEW.flat_out
    assert calm["deliveries"] == crowded["deliveries"] == 40 * 10 * FEW.flat_out
    assert [report["stalled"] for report in (*free, *beside)] == [0, 0, 20, 20]


def test_requests_on_a_kept_connection_are_all_timed(figures):
    rows = [row["data"] for row in figures["keep_alive"]]
    assert [row["count"] for row in rows] == [FEW.sequential] * 3
    assert all(row["p50"] > 0 for row in rows)


def test_a_sentence_is_timed_beside_its_commands_in_each_language(figures):
    rows = [row["data"] for row in figures["sentences"]]
    assert len(rows) == 3 and all(row["do"] > 0 and row["batch"] > 0 for row in rows)


@pytest.mark.parametrize("door", ["http", "json"])
def test_what_the_queue_has_no_room_for_is_counted_apart(door, tmp_path):
    load, blender = Load(release=False), Windowless(tmp_path)
    try:
        report = load.run("accept", port=blender.port, door=door, clients=4, window=8, count=50, hold=3)
        assert (report["sent"], report["accepted"], report["full"]) == (200, CAPACITY, 200 - CAPACITY)
        assert (report["waiting"], report["lost"], report["doubled"]) == (CAPACITY, 0, 0)
        with pytest.raises(Unavailable, match="status 404"):
            load.run("keep_alive", port=blender.port, count=1, path="/nothing/here")
    finally:
        blender.close()
