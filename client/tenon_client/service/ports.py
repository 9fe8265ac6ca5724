"""Whether a port is free, and who has it if not.

In: a host and a port. Out: yes or no; words. Asks the system; bounded.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from ..instances import Address, list_instances

PROGRAM_TIMEOUT = 5.0  # seconds that another program may take to say who listens


def is_free(address: Address) -> bool:
    """Whether this process could listen there now."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            address.host, address.port, type=socket.SOCK_STREAM
        )[0]
    except OSError:
        return True  # a name that is not known: for Tenon to say
    with socket.socket(family, kind, protocol) as trial:
        if sys.platform == "win32":
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:  # connections that ended a moment ago do not count
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(place)
            trial.listen(1)
        except PermissionError:
            return True  # not taken: refused, which Tenon says
        except OSError:
            return False
    return True


def owner(port: int, environ: Mapping[str, str] = os.environ) -> str:
    """Who listens at the port, in words."""
    for instance in list_instances(environ):
        if instance.port == port:
            return f"another Blender with Tenon ({instance})"
    pid = _listener(port)
    return f"{_program(pid)} (pid {pid})" if pid else "another program"


def _listener(port: int) -> int | None:
    if sys.platform == "linux":
        return _listener_in_proc(port, Path("/proc"))
    if sys.platform == "win32":
        found = re.search(
            rf"^\s*TCP\s+\S+:{port}\s+\S+\s+LISTENING\s+(\d+)", _output("netstat", "-ano"), re.M
        )
    else:
        found = re.search(r"^p(\d+)", _output("lsof", "-nP", f"-iTCP:{port}", "-sTCP:LISTEN", "-Fp"), re.M)
    return int(found[1]) if found else None


def _listener_in_proc(port: int, proc: Path) -> int | None:
    """The process with the listening socket; None if it is another user's."""
    inodes = set()
    for table in ("tcp", "tcp6"):
        try:
            rows = (proc / "net" / table).read_text().splitlines()[1:]
        except OSError:
            continue
        for row in map(str.split, rows):
            if row[3] == "0A" and int(row[1].rpartition(":")[2], 16) == port:  # 0A: LISTEN
                inodes.add(f"socket:[{row[9]}]")
    for process in proc.glob("[0-9]*"):
        try:
            if any(os.readlink(each) in inodes for each in (process / "fd").iterdir()):
                return int(process.name)
        except OSError:
            continue
    return None


def _program(pid: int) -> str:
    if sys.platform == "linux":
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").split(b"\0")
            return b" ".join(words).decode("utf-8", "replace")[:80] or "a program"
        except OSError:
            return "a program"
    if sys.platform == "win32":
        return (
            _output("tasklist", "/FI", f"PID eq {pid}", "/FO", "CSV", "/NH").partition(",")[0].strip('"\r\n ')
        )
    return _output("ps", "-o", "comm=", "-p", str(pid)).strip() or "a program"


def _output(program: str, *arguments: str) -> str:
    path = shutil.which(program)
    if path is None:
        return ""
    try:
        return subprocess.run(
            [path, *arguments],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PROGRAM_TIMEOUT,
            check=False,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return ""
