"""A file that is locked as long as a process lives: the system releases it, however the process ends.

In: a path. Out: whether it could be taken, or is taken. POSIX: flock; Windows: a locked byte.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import IO

ATTEMPTS, INTERVAL = 10, 0.05  # whoever looks holds the lock too, for a moment

if sys.platform == "win32":
    import msvcrt

    def _lock(opened: IO[bytes], shared: bool) -> None:
        opened.seek(0)
        msvcrt.locking(opened.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(opened: IO[bytes], shared: bool) -> None:
        fcntl.flock(opened, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)


def take(file: Path) -> IO[bytes] | None:
    """The locked file, to be kept open; None: another process has it."""
    opened = file.open("ab")
    for _ in range(ATTEMPTS):
        try:
            _lock(opened, shared=False)
            return opened
        except OSError:
            time.sleep(INTERVAL)
    opened.close()
    return None


def is_taken(file: Path) -> bool:
    try:
        with file.open("rb" if sys.platform != "win32" else "r+b") as opened:
            _lock(opened, shared=True)
            return False
    except FileNotFoundError:
        return False
    except OSError:
        return True
