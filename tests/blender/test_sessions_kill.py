"""Blender killed (SIGKILL) at random moments under load: whatever was acknowledged is there afterwards, once.

In: `TENON_KILLS`, how often (10), `TENON_SEED` to repeat a run. Out of the same store comes one Blender after
the other, and several clients go on in their sessions.
"""

from __future__ import annotations

import os
import random
import sqlite3
import threading
from pathlib import Path

import pytest
from headless import Headless
from sessions_ledger import Ledger
from wire import PATIENCE, Client

KILLS = int(os.environ.get("TENON_KILLS", "10"))
SEED = int(os.environ.get("TENON_SEED") or random.SystemRandom().randrange(1 << 32))
CLIENTS = 4
MOST = 300  # acknowledgements in a round


def check_database(store: Path) -> None:
    """What SQLite itself says of the file, read beside the Tenon that has it open."""
    with sqlite3.connect(f"file:{store / 'tenon.db'}?mode=ro", uri=True) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        twice = "SELECT session, number FROM entry GROUP BY session, number HAVING count(*) > 1"
        assert database.execute(twice).fetchall() == []
    assert not list(store.glob("*.corrupt-*"))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_nothing_acknowledged_is_lost(tmp_path):
    chance = random.Random(SEED)
    print(f"TENON_SEED={SEED}")  # shown when it fails
    store = tmp_path / "store"
    ledgers = [Ledger(chance.getrandbits(32)) for _ in range(CLIENTS)]
    for _ in range(KILLS):
        with Headless(tmp_path, TENON_STORE_FOLDER=str(store)) as blender:
            with Client(blender.address) as client:
                for ledger in ledgers:
                    ledger.hold(client)
                check_database(store)
            told = threading.Semaphore(0)
            for ledger in ledgers:
                ledger.work(blender.address, told)
            for _ in range(chance.randrange(CLIENTS, MOST)):
                assert told.acquire(timeout=PATIENCE), [ledger.failure for ledger in ledgers]
            blender.process.kill()
            for ledger in ledgers:
                ledger.end()
    with Headless(tmp_path, TENON_STORE_FOLDER=str(store)) as blender, Client(blender.address) as client:
        for ledger in ledgers:
            ledger.hold(client)
        check_database(store)
        listed = client.result("list_sessions", {"limit": 10_000})
        ids = [row["session_id"] for row in listed]
        assert len(set(ids)) == len(ids) and {ledger.session for ledger in ledgers} <= set(ids)
    assert all(ledger.answered for ledger in ledgers), "every client got somewhere"
