"""A user's machine to install on: a home folder of its own, real Blenders, and the command `tenon`.

In: a folder. Out: `tenon`, whose answers are collected, and `tree`, every file of the home folder by its
bytes. The add-on's zip is made of what is staged in `target/addon`. Nothing of the real home is near.
"""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from assistant import CLIENT
from wire import PATIENCE

ROOT = CLIENT.parent
STAGED = ROOT / "target" / "addon" / "tenon"
SYSTEMS = shutil.which("blender")  # the system's real one
# Stands before a real Blender. At the step FAIL_AT it does that and then fails. At WAIT_AT it does that,
# tells its pid to a pipe, which waits for a reader, and then does nothing. At SPOIL_AT it makes a folder
# where a file should be.
GATE = """#!/bin/sh
at() { case "$STEP" in *" -- $1 "*|*"headless.$1("*) [ -n "$1" ];; *) false;; esac; }
STEP=" $* "
at "$SPOIL_AT" && mkdir -p "$SPOILED"
if at "$WAIT_AT"; then at serve || REAL "$@"; echo $$ > "$PIPE"; exec sleep 600; fi
if at "$FAIL_AT"; then at serve || REAL "$@"; echo "it broke here"; exit 7; fi
exec REAL "$@"
"""
needs_stage = [
    pytest.mark.skipif(sys.platform == "win32", reason="programs are shell scripts"),
    pytest.mark.skipif(not STAGED.is_dir(), reason="nothing is staged: python3 build_addon.py build"),
]
needs_blender = pytest.mark.skipif(not SYSTEMS, reason="the system has no blender")


class Machine:
    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        (self.home / ".config").mkdir(parents=True, mode=0o700)
        self.folder = folder
        self.python = sys.executable
        kept = {name: os.environ[name] for name in ("LANG", "LD_LIBRARY_PATH") if name in os.environ}
        self.environ = {
            **kept,
            "HOME": str(self.home),
            "PATH": f"{folder / 'bin'}:/usr/bin:/bin",
            "TENON_STATE_DIR": str(self.home / "state"),
            "PYTHONPATH": str(CLIENT),
            "PYTHONIOENCODING": "utf-8",
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def program(self, name: str, text: str) -> Path:
        path = self.folder / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
        return path

    def gated(self, real: str) -> Path:
        """A Blender whose steps can be made to fail."""
        return self.program("blender", GATE.replace("REAL", real))

    def installing(self, archive: Path, *more: str) -> list[str]:
        """The words that install it into the system's Blender behind that script."""
        blender = str(self.gated(str(SYSTEMS)))
        return ["install", "--zip", str(archive), "--blender", blender, "--autostart", "--yes", *more]

    def old_blender(self, says: str = "Blender 3.3.21") -> Path:
        return self.program("old", f"#!/bin/sh\necho '{says}'\n")

    def newer_blender(self) -> str:
        """The one of `bpy`, as a program."""
        script = Path(__file__).with_name("bpy_blender.py")
        return str(self.program("newer", f'#!/bin/sh\nexec {sys.executable} {script} "$@"\n'))

    def start(self, *words: str, user: int | None = None, **environment: str) -> subprocess.Popen[str]:
        """In a process group of its own, so that Ctrl+C can be pressed for it."""
        return subprocess.Popen(
            [self.python, "-m", "tenon_client", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            user=user,
            # Whoever runs the tests in the background of a shell has it ignored, and so would this process.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            env={**self.environ, **environment},
        )

    def tenon(self, *words: str, answer: str = "", code: int = 0, **environment: str) -> str:
        """What it prints, errors behind the rest."""
        process = self.start(*words, **environment)
        out, error = process.communicate(answer, timeout=2 * PATIENCE)
        assert process.returncode == code, (process.returncode, out, error)
        return out + error

    def write(self, name: str, text: str) -> Path:
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        return path

    def tree(self) -> dict[str, tuple[int, bytes | str]]:
        """Every file, folder and link: its rights and its bytes; but not what any start of Blender leaves."""
        found: dict[str, tuple[int, bytes | str]] = {}
        for path in sorted(self.home.rglob("*")):
            name = path.relative_to(self.home).as_posix()
            if name.startswith((".cache", ".config/pulse")):
                continue
            mode = stat.S_IMODE(path.lstat().st_mode)
            if path.is_symlink():
                found[name] = (mode, os.readlink(path))
            else:
                found[name] = (mode, path.read_bytes() if path.is_file() else "folder")
        return found


def make_zip(path: Path, changed: dict[str, bytes] | None = None) -> Path:
    """The zip of what is staged, with some files as they are given."""
    sys.path.insert(0, str(ROOT))
    from build_steps import native, release

    files = {**native.read_files(STAGED), **(changed or {})}
    release.write(files, path)
    return path
