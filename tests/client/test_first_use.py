"""What the README's first screen promises, on a machine as a stranger has it: Debian's Blender, an account
that is not root, an assistant; two lines; and nothing left when it is taken back.

In: the client as pip installs it, the add-on's zip, a real systemd user manager of that account. Logging out
and a restart of the machine are its end and its start. Skipped where no such manager can be had.
"""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from assistant import CLIENT, Assistant
from machine import Machine, needs_blender, needs_stage
from systemd_user import UserManager, running
from wire import PATIENCE

pytestmark = [*needs_stage, needs_blender]

ACCOUNT = "nobody"
PYTHON = "/usr/bin/python3"  # of the system, since others may not look into this one's folder
PORT = 9876


@pytest.fixture
def account(archive: Path) -> Iterator[Machine]:
    """A home folder, the client, and Gemini CLI with something of the user's own in its file."""
    with socket.socket() as trial:
        if trial.connect_ex(("127.0.0.1", PORT)) == 0:
            pytest.skip(f"somebody serves at port {PORT}")
    # Not below pytest's own folder, which is for one account only.
    folder = Path(tempfile.mkdtemp(prefix="tenon-first-use-"))
    folder.chmod(0o755)
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--no-compile"]
    installing = [sys.executable, "-m", "pip", "install", *options, "--target", str(folder / "client")]
    subprocess.run([*installing, str(CLIENT)], check=True, timeout=2 * PATIENCE)
    shutil.copy(archive, folder / "tenon.zip")
    machine = Machine(folder)
    machine.write(".gemini/settings.json", '{\n  // mine\n  "theme": "dark",\n}\n')
    machine.environ["PYTHONPATH"] = str(folder / "client")
    del machine.environ["TENON_STATE_DIR"]  # the usual place, below the home folder
    owner = pwd.getpwnam(ACCOUNT)
    for path in [machine.home, *machine.home.rglob("*")]:
        os.chown(path, owner.pw_uid, owner.pw_gid)
    yield machine
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def manager(account: Machine) -> Iterator[UserManager]:
    if not Path(PYTHON).exists():
        pytest.skip(f"no {PYTHON}")
    with running(account.environ, ACCOUNT) as manager:
        yield manager


class Stranger:
    """The account at its shell, and its assistant."""

    def __init__(self, account: Machine, manager: UserManager) -> None:
        self.account, self.manager = account, manager

    def tenon(self, *words: str) -> str:
        return self.manager.run(PYTHON, "-m", "tenon_client", *words).stdout

    def served_by(self, other_than: int | None = None) -> int:
        """The pid of the Blender that serves."""
        give_up = time.monotonic() + PATIENCE
        while True:
            found = json.loads(
                self.manager.run(
                    PYTHON, "-m", "tenon_client", "service", "status", "--json", check=False
                ).stdout
            )
            if found and found[0]["state"] == "serving" and found[0]["blender_pid"] != other_than:
                return int(found[0]["blender_pid"])
            assert time.monotonic() < give_up, found
            time.sleep(0.2)

    def asks(self, name: str) -> str:
        """The assistant, started as its configuration has it, makes an object; the scene that it is told."""
        text = (self.account.home / ".gemini/settings.json").read_text()
        entry = json.loads(text.replace("// mine", "").replace(",\n}", "\n}"))["mcpServers"]["blender"]
        command = self.manager.as_owner(entry["command"], *entry["args"])
        environ = {**self.manager.environ, **entry.get("env", {})}
        with Assistant(command=command, **environ) as assistant:
            assert assistant.greet()["serverInfo"]["name"] == "tenon"
            made = assistant.ask("tools/call", name="create_object", arguments={"type": "CUBE", "name": name})
            assert made["isError"] is False, made
            seen = assistant.ask("tools/call", name="get_scene", arguments={})
            return str(seen["structuredContent"]["objects"])


def test_two_lines_and_it_stays(account: Machine, manager: UserManager) -> None:
    stranger = Stranger(account, manager)
    before = account.tree()
    said = stranger.tenon("install", "--zip", str(account.folder / "tenon.zip"), "--service", "--yes")
    assert "serving" in said, said
    first = stranger.served_by()
    assert os.stat(f"/proc/{first}").st_uid == pwd.getpwnam(ACCOUNT).pw_uid
    assert "First" in stranger.asks("First")

    os.kill(first, signal.SIGKILL)
    second = stranger.served_by(other_than=first)
    assert "Second" in stranger.asks("Second")

    manager.stop()  # log-out, and the machine goes down
    assert not Path(f"/proc/{second}").exists()
    manager.start()  # and comes up
    third = stranger.served_by(other_than=second)
    assert "Third" in stranger.asks("Third")

    stranger.tenon("uninstall", "--purge", "--yes")
    assert not Path(f"/proc/{third}").exists()
    after = account.tree()
    assert after == before, sorted(after.keys() ^ before.keys())
