"""An assistant's hour (`hour.py`): everything works, through a Blender that is killed and comes back."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from headless import Headless
from peers import LONGEST, SDKS, client_environment, port_of, python_with_sdk, reached_by
from wire import Client

HOUR = 90.0  # seconds


def keeps_sessions(blender: Headless) -> bool:
    """Whether this Tenon has a store that sessions outlive Blender in."""
    with Client(blender.address) as client:
        return client.ask("get_store_statistics")["status"] == "success"


def test_an_assistants_hour(tmp_path):
    blend = tmp_path / "hour.blend"
    first = Headless(tmp_path / "user")
    port = port_of(first)
    restored = keeps_sessions(first)
    told = {**reached_by("stdio", port), "blend": str(blend)}
    script = Path(__file__).with_name("hour.py")
    with (
        first,
        subprocess.Popen(
            [str(python_with_sdk(SDKS[0])), str(script), json.dumps(told)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=(tmp_path / "errors").open("w"),
            text=True,
            env=client_environment(),
        ) as assistant,
    ):
        assert assistant.stdin and assistant.stdout

        def heard(wanted: str) -> None:
            line = assistant.stdout.readline().strip()
            assert line == wanted, (line, (tmp_path / "errors").read_text()[-4000:])

        def go_on() -> None:
            assistant.stdin.write("\n")
            assistant.stdin.flush()

        heard("restart: kill")
        first.process.kill()
        first.end()
        go_on()
        heard("restart: start")
        with Headless(tmp_path / "user", port=port, blend=str(blend)):
            go_on()
            rest = assistant.stdout.read()
            assert assistant.wait(LONGEST) == 0, (tmp_path / "errors").read_text()[-4000:]
    report = json.loads(rest.splitlines()[-1])
    print({name: report[name] for name in ("calls", "seconds", "slowest", "steps")})
    assert report["calls"] >= 180 and report["seconds"] < HOUR
    assert len(report["pictures"]) == 5 and min(report["pictures"]) > 500
    assert report["steps"] >= 20
    assert "unknown" in report["lost"] and "get_session_history" in report["lost"]
    assert "Connect to MCP server" in report["gone"]
    before, after = report["sessions"][:10], report["sessions"][10:]
    assert len({*before}) == 1 and len({*after}) == 1, "one session each, whatever was called"
    if restored:
        assert before[0] == after[0], "the session goes on under its id"
