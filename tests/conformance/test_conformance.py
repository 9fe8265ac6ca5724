"""The protocol's own conformance suite against Tenon's door: every server scenario, none excepted.

In: `serve.rs` beside this, a server that a release cannot become, and the suite at the versions of
`package-lock.json`, installed with `npm ci` into `target/conformance`. Out: the suite's own verdicts.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from npm_packages import installed

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
INSTALLED = ROOT / "target" / "conformance"
NODE = INSTALLED / "node_modules" / "node" / "bin" / "node"
SUITE = INSTALLED / "node_modules" / "@modelcontextprotocol" / "conformance" / "dist" / "index.js"
PATIENCE = 600  # seconds, for what takes some

VERSIONS = {"2025-11-25": 33, "2026-07-28": 40}  # and how many scenarios each has
FINE = ("SUCCESS", "INFO", "SKIPPED")  # skipped is what a check says of a capability that is not declared
TASKS = (
    "tasks-lifecycle",
    "tasks-capability-negotiation",
    "tasks-wire-fields",
    "tasks-request-state-removal",
    "tasks-mrtr-input",
    "tasks-request-headers",
    "tasks-dispatch-and-envelope",
    "tasks-status-notifications",
    "tasks-required-task-error",
    "tasks-mrtr-composition",
)


@pytest.fixture(scope="session")
def suite() -> None:
    """The suite, installed as locked."""
    installed(HERE, "ci")


@pytest.fixture(scope="session")
def program() -> Path:
    subprocess.run(["cargo", "build", "--quiet", "--example", "conformance"], cwd=ROOT, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target")
    return target / "debug" / "examples" / f"conformance{'.exe' if os.name == 'nt' else ''}"


@pytest.fixture
def url(program: Path) -> Iterator[str]:
    """A server of its own for each run, which must also end as it should."""
    with subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin and server.stdout
        try:
            yield f"http://127.0.0.1:{int(server.stdout.readline())}/mcp"
            server.stdin.close()
            assert server.wait(timeout=30) == 0
        finally:
            server.kill()


def judged(folder: Path, *arguments: str) -> dict[str, Counter[str]]:
    """Runs the suite: what its checks came to, by scenario."""
    command = [str(NODE), str(SUITE), "server", *arguments, "--output-dir", str(folder)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, cwd=INSTALLED)
    assert run.returncode == 0, f"{run.stdout[-6000:]}\n{run.stderr[-2000:]}"
    verdicts = {}
    for file in folder.glob("*/checks.json"):
        checks = json.loads(file.read_text(encoding="utf-8"))
        verdicts[file.parent.name] = Counter(check["status"] for check in checks)
        wrong = [check for check in checks if check["status"] not in FINE]
        assert wrong == [], file.parent.name
    return verdicts


@pytest.mark.parametrize("version", VERSIONS)
def test_every_server_scenario_of_a_version(suite: None, url: str, tmp_path: Path, version: str):
    verdicts = judged(tmp_path, "--url", url, "--suite", "all", "--spec-version", version)
    assert len(verdicts) == VERSIONS[version], sorted(verdicts)
    assert all(counts["SUCCESS"] for counts in verdicts.values()), verdicts


@pytest.mark.parametrize("scenario", TASKS)
def test_the_tasks_extension(suite: None, url: str, tmp_path: Path, scenario: str):
    chosen = ["--scenario", scenario, "--spec-version", "2026-07-28", "--force"]
    assert len(judged(tmp_path, "--url", url, *chosen)) == 1
