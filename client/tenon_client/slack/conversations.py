"""Which Slack thread goes on in which session of Tenon, kept in a file over restarts.

In: a channel and the timestamp of a thread's first message; a file. Out: session ids; the file,
whole at every moment. Any thread.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
import threading
from pathlib import Path
from typing import NamedTuple

FILE = "threads.json"
MAX_THREADS = 5000  # the oldest are forgotten, and begin a new session if they go on

log = logging.getLogger(__name__)


class Place(NamedTuple):
    """A thread of a channel. Slack names a message by its timestamp, a thread by its first message."""

    channel: str
    thread: str


class Conversations:
    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE
        self._lock = threading.Lock()
        self._sessions = self._read()

    def session(self, place: Place) -> str | None:
        with self._lock:
            return self._sessions.get(_key(place))

    def remember(self, place: Place, session: str) -> None:
        """Kept on disk when this returns; if that fails it is logged, and known until the bot ends."""
        with self._lock:
            self._sessions.pop(_key(place), None)
            self._sessions[_key(place)] = session
            while len(self._sessions) > MAX_THREADS:
                del self._sessions[next(iter(self._sessions))]
            try:
                self._write()
            except OSError as error:
                log.error("%s cannot be written: %s. Threads begin anew after a restart.", self._file, error)

    def _read(self) -> dict[str, str]:
        try:
            whole = json.loads(self._file.read_text(encoding="utf-8"))
            return {str(key): str(session) for key, session in whole["threads"].items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            aside = self._file.with_name(f"{FILE}.unreadable")
            log.error("%s cannot be read (%s); moved to %s", self._file, error, aside.name)
            try:
                os.replace(self._file, aside)
            except OSError as failed:
                log.error("it could not be moved: %s", failed)
            return {}

    def _write(self) -> None:
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        opened, name = tempfile.mkstemp(dir=self._file.parent, prefix=FILE)
        try:
            with os.fdopen(opened, "w", encoding="utf-8") as file:
                json.dump({"threads": self._sessions}, file, indent=0)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, self._file)
        except BaseException:
            os.unlink(name)
            raise


def _key(place: Place) -> str:
    return f"{place.channel}:{place.thread}"
