"""The Dockerfile: its facts, its last stage run as far as that goes without Docker, built where Docker is.

In: `Dockerfile`, the staged add-on (`build_addon.py build`), this Python's `bpy`. The files that the image's
last stage has are laid out in a folder, and its command lines are started there with its environment.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from other_version import ROOT
from wire import PATIENCE

from build_steps import debian, environment, project

TOKEN = "a token of the test"
needs_stage = pytest.mark.skipif(
    not (project.STAGE / "tenon").is_dir(), reason="nothing is staged: python3 build_addon.py build"
)
posix = pytest.mark.skipif(sys.platform == "win32", reason="the image is a Linux one")


def stages() -> list[list[tuple[str, str]]]:
    """The instructions of each stage, in order, with their arguments."""
    text = (ROOT / "Dockerfile").read_text("utf-8")
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    found: list[list[tuple[str, str]]] = []
    for line in filter(None, lines.replace("\\\n", " ").splitlines()):
        name, _, rest = line.partition(" ")
        if name == "FROM":
            found.append([])
        found[-1].append((name, " ".join(rest.split())))
    return found


def arguments(name: str) -> list[str]:
    """Those of the last stage's instructions of that name."""
    return [rest for each, rest in stages()[-1] if each == name]


# ---- facts ----


def test_what_is_copied_is_there():
    copied = [rest.split() for stage in stages() for name, rest in stage if name == "COPY"]
    ignored = (ROOT / ".dockerignore").read_text("utf-8").split()
    for *sources, _ in copied:
        if sources[0] == "--from=build":
            assert sources[1:] == [f"/src/{project.STAGE.relative_to(ROOT).as_posix()}"]
            continue
        for source in sources:
            assert (ROOT / source).exists(), source
            assert source.split("/")[0] not in ignored
    assert len(copied) == 4


def test_the_image_has_the_libraries_that_bpy_needs():
    [install] = [rest for rest in arguments("RUN") if "apt-get install" in rest]
    packages = install.split("--no-install-recommends")[1].split("&&")[0].split()
    assert sorted(packages) == sorted([*debian.PACKAGES.values(), "tini"])


def test_the_image_has_a_python_that_bpy_exists_for():
    [(_, image)] = [each for each in stages()[-1] if each[0] == "FROM"]
    found = re.fullmatch(r"python:(3\.\d+)-slim-bookworm", image)
    assert found and found[1] in environment.blender_pythons()
    [pip] = [rest for rest in arguments("RUN") if "pip install" in rest]
    grep = shlex.split(pip.split(">")[0])
    requirements = environment.BUILD_REQUIREMENTS.read_text("utf-8").splitlines()
    picked = [line for line in requirements if re.search(grep[1], line)]
    assert [line for line in picked if f'python_version == "{found[1]}"' in line]
    assert all(line.startswith("bpy==") for line in picked)


def test_the_image_runs_as_a_user_and_keeps_its_files_in_the_volume():
    assert arguments("USER") == ["tenon"]
    assert arguments("VOLUME") == arguments("WORKDIR") == ["/data"]
    names = [name for name, _ in stages()[-1]]
    assert names.index("USER") > max(place for place, name in enumerate(names) if name in ("RUN", "COPY"))
    variables = image_environment()
    assert arguments("EXPOSE") == [variables["TENON_PORT"]]
    assert "TENON_TOKEN" not in variables, "who starts it gives the token"
    for name in ("BLENDER_USER_RESOURCES", "TENON_STATE_DIR"):
        assert variables[name].startswith("/data/")


# ---- the last stage, started ----


def image_environment() -> dict[str, str]:
    return dict(word.partition("=")[::2] for rest in arguments("ENV") for word in shlex.split(rest))


class Container:
    """The last stage's files below a folder, and what it starts, with that folder before each path."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for copy in arguments("COPY"):
            *sources, place = copy.split()
            if sources[0] == "--from=build":
                shutil.copytree(project.STAGE, self.path(place), ignore=shutil.ignore_patterns("__pycache__"))
                continue
            self.path(place).mkdir(parents=True, exist_ok=True)
            for source in sources:
                shutil.copy(ROOT / source, self.path(place))
        self.path("/data").mkdir()
        with socket.socket() as free:  # the image's own may be taken on this machine
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    def path(self, text: str) -> Path:
        return self.root / text.lstrip("/")

    def command(self, listed: str) -> list[str]:
        words: list[str] = json.loads(listed)
        if words[0] == "tini" and not shutil.which("tini"):
            words = words[2:]
        words = [str(self.path(word)) if word.startswith("/") else word for word in words]
        return [sys.executable if word == "python" else word for word in words]

    def variables(self, **given: str) -> dict[str, str]:
        image = {
            name: str(self.path(value)) if value.startswith("/") else value
            for name, value in image_environment().items()
        }
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return {**kept, **image, "TENON_PORT": str(self.port), **given}

    def start(self, *before: str, **given: str) -> subprocess.Popen[str]:
        [entry] = arguments("ENTRYPOINT")
        return subprocess.Popen(
            [*before, *self.command(entry)],
            env=self.variables(**given),
            cwd=self.path(arguments("WORKDIR")[0]),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def health(self, **given: str) -> subprocess.CompletedProcess[str]:
        [check] = arguments("HEALTHCHECK")
        return subprocess.run(
            self.command(check.partition(" CMD ")[2]),
            env=self.variables(**given),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )


@pytest.fixture
def container(tmp_path: Path) -> Container:
    return Container(tmp_path)


@pytest.fixture
def serving(container: Container) -> Iterator[subprocess.Popen[str]]:
    with container.start(TENON_TOKEN=TOKEN) as process:
        wait_for_start(process)
        yield process
        process.kill()


def wait_for_start(process: subprocess.Popen[str]) -> None:
    limit = threading.Timer(PATIENCE, process.kill)
    limit.start()
    assert process.stdout
    printed = []
    for line in process.stdout:
        printed.append(line)
        if line.startswith("Tenon server started on 0.0.0.0:"):
            limit.cancel()
            return
    pytest.fail("".join(printed))


@needs_stage
@posix
def test_without_a_token_it_does_not_start_and_says_why(container: Container):
    process = container.start()
    printed, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert "tenon: not started: setting 'token': '0.0.0.0' can be reached from other machines" in printed


@needs_stage
@posix
def test_it_serves_is_healthy_keeps_its_files_and_ends_when_told(
    container: Container, serving: subprocess.Popen[str]
):
    assert container.health(TENON_TOKEN=TOKEN).returncode == 0
    for wrong in ({"TENON_TOKEN": "another"}, {}):
        refused = container.health(**wrong)
        assert refused.returncode == 1 and "401" in refused.stderr, refused.stderr
    proxied = container.health(
        TENON_TOKEN=TOKEN, http_proxy="http://127.0.0.1:9", HTTP_PROXY="http://127.0.0.1:9"
    )
    assert proxied.returncode == 0, "a proxy is not asked about this machine"
    with socket.create_connection(("127.0.0.1", container.port), timeout=PATIENCE) as client:
        client.sendall(
            json.dumps({"type": "create_object", "params": {"type": "CUBE"}, "token": TOKEN}).encode()
        )
        reply = json.loads(client.makefile().readline())
    assert reply["status"] == "success", reply
    data = container.path("/data")
    assert list(data.glob("state/instances/*.json")) and list(data.rglob("tenon.db"))

    serving.send_signal(signal.SIGTERM)  # as `docker stop` does
    assert serving.wait(PATIENCE) == 0
    gone = container.health(TENON_TOKEN=TOKEN)
    assert gone.returncode == 1 and "no health from" in gone.stderr


@needs_stage
@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0 or not shutil.which("unshare"),
    reason="a process space of its own takes unshare, as root on Linux",
)
def test_it_ends_when_told_as_the_first_process_too(container: Container):
    """Which gets no signal that it has no handler for: a `docker run` may leave tini out."""
    with container.start("unshare", "--pid", "--fork", "--kill-child", TENON_TOKEN=TOKEN) as unshare:
        wait_for_start(unshare)  # which kills it if there is no start, and --kill-child its child
        [first] = Path(f"/proc/{unshare.pid}/task/{unshare.pid}/children").read_text().split()
        status = Path(f"/proc/{first}/status").read_text()
        assert re.search(r"^NSpid:\s+\d+\s+1$", status, re.MULTILINE), status
        os.kill(int(first), signal.SIGTERM)
        assert unshare.wait(PATIENCE) == 0


# ---- built ----


def docker_answers() -> bool:
    if not shutil.which("docker"):
        return False
    try:
        return (
            subprocess.run(["docker", "info"], capture_output=True, timeout=20, check=False).returncode == 0
        )
    except subprocess.TimeoutExpired:
        return False


@pytest.mark.skipif(not docker_answers(), reason="no Docker engine answers here (docker info)")
def test_the_image_is_built_and_serves():
    """Minutes: it compiles the native module and downloads Blender."""
    name = f"tenon-test-{os.getpid()}"
    build = ["docker", "build", "--platform", "linux/amd64", "--tag", name, str(ROOT)]
    subprocess.run(build, check=True, timeout=60 * PATIENCE)
    try:
        run = ["docker", "run", "--detach", "--name", name, "--env", f"TENON_TOKEN={TOKEN}", name]
        subprocess.run(run, check=True, timeout=PATIENCE)
        with subprocess.Popen(
            ["docker", "logs", "--follow", name], stdout=subprocess.PIPE, text=True
        ) as logs:
            wait_for_start(logs)
            check = json.loads(arguments("HEALTHCHECK")[0].partition(" CMD ")[2])
            subprocess.run(["docker", "exec", name, *check], check=True, timeout=PATIENCE)
            subprocess.run(["docker", "stop", name], check=True, timeout=PATIENCE)
        state = ["docker", "inspect", "--format", "{{.State.ExitCode}}", name]
        told = subprocess.run(state, capture_output=True, text=True, check=True, timeout=PATIENCE)
        assert told.stdout.strip() == "0"
    finally:
        subprocess.run(["docker", "rm", "--force", name], check=False, timeout=PATIENCE)
        subprocess.run(["docker", "rmi", "--force", name], check=False, timeout=PATIENCE)
