"""Packages of npm that tests run, at the versions of a lock.

In: a folder with `package.json` and `package-lock.json`. Out: the folder under `target/` that they are
installed in, which is kept for the next run. The lock names no place to download from; npm's settings do.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

TARGET = Path(__file__).resolve().parents[1] / "target"
PATIENCE = 600  # seconds for a download
LOCK = "package-lock.json"


def installed(sources: Path, *command: str) -> Path:
    """Installs by this command of npm unless that lock's packages are there."""
    folder = TARGET / sources.name
    done, lock = folder / "installed-lock.json", (sources / LOCK).read_bytes()
    if done.is_file() and done.read_bytes() == lock:
        return folder
    npm = shutil.which("npm")
    assert npm, "npm is missing; on Debian: apt-get install npm"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in ("package.json", LOCK):
        shutil.copy(sources / name, folder)
    subprocess.run([npm, *command, "--no-audit", "--no-fund"], cwd=folder, check=True, timeout=PATIENCE)
    assert (folder / LOCK).read_bytes() == lock, "npm changed the lock"
    done.write_bytes(lock)
    return folder
