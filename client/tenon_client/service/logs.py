"""A service's log: what the supervisor and Blender say, a line each with its time, in files of bounded size.

In: lines, from any thread. Out: `service.log`, `service.log.1` … the older the higher; the last lines in
memory too. A disk that is full loses lines and nothing else: how many is told once there is room again.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import IO

KEPT = 50  # lines in memory, to be told with a failure


class Log:
    def __init__(self, file: Path, most_bytes: int, most_files: int) -> None:
        self.last: deque[str] = deque(maxlen=KEPT)  # Blender's own since its last start
        self.trouble: str | None = None  # why the last line is not in the file
        self._file, self._most_bytes, self._most_files = file, most_bytes, most_files
        self._opened: IO[bytes] | None = None
        self._lost = 0
        self._lock = threading.Lock()

    def write(self, who: str, text: str) -> None:
        """`who` is `blender` or `service`."""
        with self._lock:
            if who == "blender":
                self.last.append(text)
            if not (self._catch_up() and self._try(who, text)):
                self._lost += 1

    def retry(self) -> None:
        """Whether there is room again."""
        with self._lock:
            self._catch_up()

    def _catch_up(self) -> bool:
        if self._lost and self._try("service", f"{self._lost} lines are lost: {self.trouble}"):
            self._lost, self.trouble = 0, None
        return not self._lost

    def _try(self, who: str, text: str) -> bool:
        try:
            self._append(who, text)
        except OSError as error:
            self.trouble = f"the log cannot be written: {error}"
            self._close()
            return False
        return True

    def close(self) -> None:
        with self._lock:
            self._close()

    def _append(self, who: str, text: str) -> None:
        moment = time.strftime("%Y-%m-%d %H:%M:%S")
        line = f"{moment} {who:<7} | {text}\n".encode("utf-8", "replace")
        opened = self._opened = self._opened or self._file.open("ab", buffering=0)
        size = opened.tell()
        if size and size + len(line) > self._most_bytes:
            self._rotate()
            opened = self._opened = self._file.open("ab", buffering=0)
            size = 0
        written = opened.write(line)
        if written != len(line):  # the disk became full in the middle
            os.ftruncate(opened.fileno(), size)
            raise OSError(28, os.strerror(28))  # ENOSPC

    def _rotate(self) -> None:
        self._close()  # Windows renames no file that is open
        for number in range(self._most_files - 1, 0, -1):
            older = numbered(self._file, number - 1)
            if older.exists():
                os.replace(older, numbered(self._file, number))
        self._file.unlink(missing_ok=True)  # where only one file is kept

    def _close(self) -> None:
        if self._opened:
            self._opened.close()
            self._opened = None


def numbered(file: Path, number: int) -> Path:
    return file.with_name(f"{file.name}.{number}") if number else file


def tail(file: Path, count: int) -> list[str]:
    """The last lines, those of rotated files too."""
    lines: list[str] = []
    number = 0
    while len(lines) < count and (each := numbered(file, number)).exists():
        lines = each.read_text(encoding="utf-8", errors="replace").splitlines() + lines
        number += 1
    return lines[-count:] if count else []


def follow(file: Path, interval: float = 0.3) -> Iterator[str]:
    """Each line from now on, for ever; over rotations. No file is held open: Windows renames none that is."""
    at, known = (file.stat().st_size, _identity(file)) if file.exists() else (0, None)
    rest = b""
    while True:
        # What was written to the file that was read last, wherever it is now, and to those begun since.
        number = _number_of(file, known)
        for each in range(number, -1, -1):
            chunk = _read_from(numbered(file, each), at)
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                yield line.decode("utf-8", "replace")
            at = 0 if each else at + len(chunk)
        known = _identity(file) if number or known is None else known
        time.sleep(interval)


def _number_of(file: Path, known: tuple[int, int] | None) -> int:
    """By which number the file goes now; 0 where it is gone."""
    number = 0
    while known is not None and (found := _identity(numbered(file, number))) is not None:
        if found == known:
            return number
        number += 1
    return 0


def _identity(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _read_from(file: Path, at: int) -> bytes:
    try:
        with file.open("rb") as opened:
            opened.seek(at)
            return opened.read()
    except OSError:
        return b""
