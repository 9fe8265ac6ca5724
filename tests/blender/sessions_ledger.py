"""A client under load that writes down what Tenon acknowledged, to hold a later Tenon to it.

In: an address, a session that it makes or goes on with. Out: its ledger: what was acknowledged, and what may
have happened besides, because the answer never came. A thread of its own; it ends when Tenon does.
"""

from __future__ import annotations

import random
import threading
import uuid
from collections import Counter
from typing import Any

from wire import PATIENCE, Client

PAGE = 1000
TASKS = 100  # that are asked for again and again


class Ledger:
    """One session's client. Lives through any number of Tenons, one after the other."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.session: str | None = None
        self.number = 0  # of the last command sent; its mark in the history
        self.answered: list[int] = []  # commands whose reply came
        self.sent: set[int] = set()
        self.step: int | None = None  # of the state, as acknowledged
        self.steps: set[int | None] = {None}  # that the state may have
        self.queued: dict[str, int] = {}  # accepted tasks by id, with their commands
        self.finished: set[str] = set()  # those that were told to have ended
        self.made: list[str] = []  # further sessions
        self.closed: list[str] = []
        self.acknowledged = 0
        self.failure: BaseException | None = None
        self._thread: threading.Thread | None = None

    def work(self, address: str, told: threading.Semaphore) -> None:
        """Begin; `told` is released at each acknowledgement."""
        self._thread = threading.Thread(target=self._run, args=(address, told))
        self._thread.start()

    def end(self) -> None:
        """Tenon has gone: so has the thread."""
        assert self._thread
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive(), "a client that nobody answers must have been let go"
        if self.failure:
            raise self.failure

    def _run(self, address: str, told: threading.Semaphore) -> None:
        try:
            with Client(address) as client:
                while True:
                    self._act(client)
                    self.acknowledged += 1
                    told.release()
        except (EOFError, OSError):
            pass  # killed
        except BaseException as error:
            self.failure = error

    def _act(self, client: Client) -> None:
        if self.session is None:
            self.session = client.result("create_session")["session_id"]
        else:
            acts = (self._run_here, self._run_here, self._run_later, self._change_state, self._make_session)
            self.random.choice(acts)(client)

    def _mark(self) -> dict[str, Any]:
        self.number += 1
        self.sent.add(self.number)
        return {"code": f"result = {self.number}"}

    def _run_here(self, client: Client) -> None:
        params, number = self._mark(), self.number
        client.result("execute_code", params, session_id=self.session)
        self.answered.append(number)

    def _run_later(self, client: Client) -> None:
        task = str(uuid.UUID(int=self.random.getrandbits(128), version=4))
        params, number = self._mark(), self.number
        client.result("execute_code", params, session_id=self.session, task_id=task, **{"async": True})
        self.queued[task] = number
        if self.random.random() < 0.7:
            ended = client.task(task)
            assert ended["status"] == "completed", ended
            self.finished.add(task)
            self.answered.append(number)

    def _change_state(self, client: Client) -> None:
        self.number += 1
        self.steps.add(self.number)
        state = client.result("update_state", {"step": self.number, "session_id": self.session})
        assert state["step"] == self.number
        self.step, self.steps = self.number, {self.number}

    def _make_session(self, client: Client) -> None:
        other = client.result("create_session")["session_id"]
        self.made.append(other)
        if self.random.random() < 0.3:
            client.result("close_session", {"session_id": other})
            self.closed.append(other)

    def hold(self, client: Client) -> None:
        """What was acknowledged is there, once, and nothing that was never sent."""
        if self.session is None:
            return
        entries = history(client, self.session)
        assert [entry["id"] for entry in entries] == list(range(1, len(entries) + 1))
        assert len({entry["task_id"] for entry in entries}) == len(entries)
        marks = Counter(
            int(entry["args"]["code"].split()[-1]) for entry in entries if "code" in entry["args"]
        )
        assert not [mark for mark, count in marks.items() if count > 1], "nothing is there twice"
        missing = [number for number in self.answered if number not in marks]
        assert not missing, f"acknowledged and gone: {missing} of {len(self.answered)}"
        assert set(marks) <= self.sent
        state = client.result("get_session", {"session_id": self.session})["state"]
        assert state.get("step") in self.steps, (state.get("step"), self.steps)
        self.step, self.steps = state.get("step"), {state.get("step")}
        for task, number in self.queued.items():
            self._hold_task(client, task, number in marks)
        # Of finished tasks Tenon keeps the last ones only (setting `keep_tasks`), of all clients together.
        self.queued = dict(list(self.queued.items())[-TASKS:])
        for other in self.made:
            exists = client.result("session_exists", {"session_id": other})
            assert exists["exists"], other
            assert exists["status"] == "closed" or other not in self.closed, exists

    def _hold_task(self, client: Client, task: str, has_run: bool) -> None:
        told = client.result("get_task", {"task_id": task})
        if told["status"] == "completed":
            assert has_run, f"{told} is not in the history"
        else:
            assert task not in self.finished, f"told to have ended, and now: {told}"
            assert (told["status"], told["error"]["code"]) == ("failed", "interrupted"), told


def history(client: Client, session: str) -> list[dict[str, Any]]:
    """All of it, page by page, oldest first."""
    entries: list[dict[str, Any]] = []
    while True:
        before = {"before": entries[0]["id"]} if entries else {}
        page = client.result("get_session_history", {"session_id": session, "limit": PAGE, **before})
        entries = page + entries
        if len(page) < PAGE:
            return entries
