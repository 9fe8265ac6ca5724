"""`tenon install --service` and its end by `tenon uninstall`, under a real systemd user manager.

In: a home folder with Tenon in the system's Blender. Skipped where no user manager can be had.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import pytest
from assistant import free_port
from machine import SYSTEMS, needs_blender, needs_stage
from systemd_user import running
from test_doctor import prefer

pytestmark = [*needs_stage, needs_blender]


@pytest.fixture
def tenon(installed) -> Iterator[Callable[..., str]]:
    """The command under the user manager; what it prints."""
    with running(installed.environ) as manager:

        def run(*words: str, code: int = 0) -> str:
            done = manager.run(sys.executable, "-m", "tenon_client", *words, check=False)
            assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
            return str(done.stdout + done.stderr)

        yield run


def test_installed_served_and_gone(installed, archive, tenon):
    port = free_port()
    prefer(installed, f"p.port = {port}")
    words = [
        "install",
        "--zip",
        str(archive),
        "--blender",
        str(SYSTEMS),
        "--no-assistants",
        "--yes",
        "--service",
    ]
    said = tenon(*words)
    assert f"Have it run at every login ... done: default: serving: serves at 127.0.0.1:{port}" in said
    assert "the service default: serving" in tenon("doctor", "--blender", str(SYSTEMS))
    assert "there is a service 'default' already" in tenon(*words, code=1)
    (installed.home / "state/assistants.json").unlink()  # is of the folder that this one is a copy of
    said = tenon("uninstall", "--yes")
    assert "Remove the service ... done" in said and "addons/tenon is gone" in said
    assert "No service is installed" in tenon("service", "status")
    assert not [name for name in installed.tree() if name.endswith(".service") or "services/" in name]
