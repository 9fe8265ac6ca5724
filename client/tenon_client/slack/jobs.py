"""A request that is being worked on, as its one message in Slack shows it: edited while it runs.

In: what became of it, and Blender's own word for how far it is. Out: edits of the message, at the speed that
Slack allows. Lanes start and finish jobs; the thread `slack-progress` edits them meanwhile.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from ..errors import TenonError, Unreachable
from . import texts
from .blender import Blender
from .conversations import Place
from .message import Request
from .web_api import SlackError, WebApi

INTERVAL = 0.5  # seconds between two looks at the tasks
PATIENCE_AT_END = 3.0  # seconds for the last words

log = logging.getLogger(__name__)


class Job:
    """`ts` is its message."""

    def __init__(self, place: Place, user: str, ts: str, shown: str) -> None:
        self.place, self.user, self.ts, self.shown = place, user, ts, shown
        self.request: Request | None = None
        self.task_id: str | None = None
        self.is_finished = False
        self.lock = threading.Lock()  # held while its message is edited


class Jobs:
    """`blender` is one whose calls fail at once when nothing answers."""

    def __init__(self, api: WebApi, blender: Blender, closing: threading.Event) -> None:
        self._api, self._blender, self._closing = api, blender, closing
        self._lock = threading.Lock()
        self._active: list[Job] = []
        self._wake = threading.Event()  # there are jobs
        self._thread = threading.Thread(target=self._follow, name="slack-progress", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def begin(self, place: Place, user: str, ts: str | None = None) -> Job:
        """Shows that the request has come, in a new message or in the one that is there."""
        text = "On it …"
        if ts is None:
            ts = self._api.post(place.channel, place.thread, text)
        job = Job(place, user, ts, text)
        with self._lock:
            self._active.append(job)
            self._wake.set()
        return job

    def finish(self, job: Job, text: str, *buttons: dict[str, Any]) -> None:
        """The last edit. A text is cut where it is too long for a message."""
        with self._lock:
            if job in self._active:
                self._active.remove(job)
        with job.lock:
            job.is_finished = True
            text = text if len(text) <= texts.MAX_TEXT else f"{text[: texts.MAX_TEXT - 1]}…"
            self._api.update(job.place.channel, job.ts, text, texts.blocks(text, *buttons))

    def in_thread(self, place: Place) -> list[Job]:
        with self._lock:
            return [each for each in self._active if each.place == place]

    def abandon(self) -> None:
        """The bot ends: says so in what is not finished, as far as Slack lets it."""
        text = "The bot was ended. What runs in Blender goes on; its result will not be told here."
        with self._lock:
            left, self._active = self._active, []
        give_up = time.monotonic() + PATIENCE_AT_END
        for job in left:
            with job.lock:
                job.is_finished = True
            while not self._api.update_if_free(job.place.channel, job.ts, text, texts.blocks(text)):
                if time.monotonic() > give_up:
                    return
                time.sleep(0.1)

    def _follow(self) -> None:
        while not self._closing.is_set():
            self._wake.wait()
            with self._lock:
                active = list(self._active)
                if not active:
                    self._wake.clear()
            for job in active:
                try:
                    self._show(job)
                except SlackError as error:
                    log.warning("%s", error.message)
                except Exception:
                    log.exception("the progress of a job could not be shown")
            self._closing.wait(INTERVAL)

    def _show(self, job: Job) -> None:
        text, buttons = self._state(job)
        with job.lock:
            if job.is_finished or text == job.shown:
                return
            blocks = texts.blocks(text, *buttons)
            if self._api.update_if_free(job.place.channel, job.ts, text, blocks):
                job.shown = text

    def _state(self, job: Job) -> tuple[str, list[dict[str, Any]]]:
        task_id, request = job.task_id, job.request
        try:
            if task_id is None or request is None:
                self._blender.status()
                return job.shown if job.shown != texts.LOST else texts.BACK, []
            task = self._blender.task(task_id)
        except Unreachable:
            return texts.LOST, []
        except TenonError as error:  # what becomes of it is told by whoever waits for it
            log.info("task %s: %s", task_id, error.message)
            return job.shown, []
        stop = texts.button(texts.CANCEL, "Cancel", {"task": task_id, "user": job.user})
        return texts.working(request, task), [stop]
