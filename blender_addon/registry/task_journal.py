"""Which command runs right now, for whoever has to tell what ended Blender; and those that are not run again.

In: two files, named by the variables below, which `tenon service` sets. Out: the one holds what runs; the
other says what is refused. Without the variables nothing is written and nothing wrapped. Main thread only.
"""

from __future__ import annotations

import functools
import hashlib
import json
import logging
import os
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import replace
from pathlib import Path
from types import GeneratorType
from typing import Any

from ..bridge import bridge
from ..cancellation import retry_on_cancel
from ..errors import CommandError
from .table import Command

logger = logging.getLogger(__name__)

RUNNING_VARIABLE = "TENON_RUNNING_TASKS"
REFUSED_VARIABLE = "TENON_REFUSED_TASKS"
# Which process took the file: a Blender that this one starts inherits the variables, and is not meant.
OWNER_VARIABLE = "TENON_RUNNING_TASKS_OWNER"

Entry = dict[str, Any]


def digest(command: str, params: Mapping[str, Any]) -> str:
    """The same for the same command with the same parameters, in every run of Blender."""
    text = json.dumps([command, params], sort_keys=True, default=repr)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


class Journal:
    """The file of what runs: `active` has the main thread, `suspended` are generators between two steps."""

    def __init__(self, file: str, refused: Mapping[str, str]) -> None:
        # Open as long as Blender lives.
        self._file = open(file, "w+b", buffering=0)  # noqa: SIM115
        self._refused = refused
        self._suspended: list[Entry] = []
        self._failed = False
        self._write(None)

    def guarded(self, row: Command) -> Command:
        """The command, noted while it runs, and refused if it is among those."""
        function = row.function

        @functools.wraps(function)
        def call(**params: Any) -> Any:
            entry = self._entry(row.name, params)
            self._write(entry)
            try:
                result = function(**params)
            finally:
                retry_on_cancel(lambda: self._write(None))
            return self._steps(entry, result) if isinstance(result, GeneratorType) else result

        return replace(row, function=call)

    def _entry(self, command: str, params: Mapping[str, Any]) -> Entry:
        known_as = digest(command, params)
        if why := self._refused.get(known_as):
            raise CommandError(why, code="blocked", data={"digest": known_as})
        return {"command": command, "digest": known_as, "task_id": bridge.task_id, "since": time.time()}

    def _steps(self, entry: Entry, steps: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        """The same generator, each step of it noted."""
        advance: Callable[[], Any] = functools.partial(next, steps)
        while True:
            self._write(entry)
            try:
                progress = advance()
            except BaseException as error:
                retry_on_cancel(lambda: self._write(None))
                if isinstance(error, StopIteration):
                    return error.value
                raise
            self._suspended.append(entry)
            retry_on_cancel(lambda: self._write(None))
            try:
                yield progress
                advance = functools.partial(next, steps)
            except BaseException as error:  # it puts back what it changed
                advance = functools.partial(steps.throw, error)
            finally:
                self._suspended.remove(entry)

    def _write(self, active: Entry | None) -> None:
        """One line in front; whatever is behind it is of before. A process that dies loses no write."""
        line = json.dumps({"active": active, "suspended": self._suspended}) + "\n"
        try:
            self._file.seek(0)
            self._file.write(line.encode())
        except OSError as error:  # a full disk is no reason not to serve
            if not self._failed:
                logger.warning("What runs cannot be noted for the service: %s", error)
            self._failed = True


def _read_refused(file: str) -> dict[str, str]:
    """Digest -> why; none if there is no such file."""
    try:
        return dict(json.loads(Path(file).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        logger.warning("%s cannot be read, so no command is refused: %s", file, error)
        return {}


def open_journal() -> Journal | None:
    """The journal, if a service wants one."""
    file = os.environ.get(RUNNING_VARIABLE)
    if not file or os.environ.setdefault(OWNER_VARIABLE, str(os.getpid())) != str(os.getpid()):
        return None
    refused = os.environ.get(REFUSED_VARIABLE)
    try:
        return Journal(file, _read_refused(refused) if refused else {})
    except OSError as error:
        logger.warning("What runs is not noted for the service: %s", error)
        return None
