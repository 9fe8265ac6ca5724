"""Holds the release workflow to `build_addon.py`: its steps call that and nothing else, for each platform.

In: `.github/workflows/release.yml`, which cannot run here. What is tested here is what its steps call.
"""

import re
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

yaml = pytest.importorskip("yaml", reason="PyYAML is missing: pip install -r tests/requirements.txt")

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import build_addon  # noqa: E402
from build_steps import project  # noqa: E402

WORKFLOWS = ROOT / ".github" / "workflows"
# Which system a runner's name means, as the matrix has it.
RUNNERS = {"ubuntu": "linux", "windows": "windows", "macos": "macos"}


@pytest.fixture(scope="module")
def workflow() -> dict[str, Any]:
    return yaml.safe_load((WORKFLOWS / "release.yml").read_text("utf-8"))


def steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def test_there_is_one_workflow():
    assert [path.name for path in WORKFLOWS.iterdir()] == ["release.yml"]


def test_every_line_that_runs_is_a_valid_one_of_build_addon(workflow: dict[str, Any]):
    lines = [step["run"] for step in steps(workflow) if "run" in step]
    for line in lines:
        python, script, *words = shlex.split(line)
        assert (python, script) == ("python", "build_addon.py"), line
        build_addon.command_line().parse_args(words)  # a wrong one ends with SystemExit
        assert "${{" not in line, "an expression in a shell's line runs whatever it holds"
    assert len(lines) == 3


def test_each_platform_is_built_on_a_runner_of_its_own_kind(workflow: dict[str, Any]):
    matrix = workflow["jobs"]["build"]["strategy"]["matrix"]["include"]
    assert sorted(row["platform"] for row in matrix) == sorted(project.PLATFORMS)
    for row in matrix:
        system, _, processor = row["platform"].partition("-")
        kind = re.split(r"[-\d]", row["runner"])[0]
        assert RUNNERS[kind] == system, row
        # GitHub's plain names mean x64, but for macOS, where they mean arm64.
        arm = row["runner"].endswith("-arm") or (system == "macos" and not row["runner"].endswith("-intel"))
        assert arm == (processor == "arm64"), row


def test_actions_have_a_version_and_only_the_draft_may_write(workflow: dict[str, Any]):
    for step in steps(workflow):
        if "uses" in step:
            assert re.fullmatch(r"[\w-]+/[\w-]+@(v\d+|stable)", step["uses"]), step
    assert workflow["permissions"] == {"contents": "read"}
    assert "permissions" not in workflow["jobs"]["build"]
    may_write = [
        name
        for name, job in workflow["jobs"].items()
        if job.get("permissions", {}).get("contents") == "write"
    ]
    assert may_write == ["draft"]


def test_a_release_is_only_drafted(workflow: dict[str, Any]):
    [release] = [step for step in steps(workflow) if "gh-release" in step.get("uses", "")]
    assert release["with"]["draft"] is True
    assert release["if"] == "github.ref_type == 'tag'"
    patterns = release["with"]["files"].split()
    names = [f"dist/tenon-1.2.3-{name}.zip" for name in project.PLATFORMS]
    names += ["dist/tenon_client-1.2.3-py3-none-any.whl", "dist/tenon_client-1.2.3.tar.gz", "dist/SHA256SUMS"]
    for name in names:
        assert any(Path(name).match(pattern) for pattern in patterns), name
