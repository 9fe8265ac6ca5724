"""A bare machine in, an `Environment` out: the repository's own .venv with bpy, maturin and zig.

The running Python makes it if Blender exists for it as a wheel; else another one on this machine that does.
A stamp in the environment keeps a second start from asking the package index again.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from . import debian
from .project import ROOT, VENV, BuildError, cargo_field, platform_name, run, say

BUILD_REQUIREMENTS = ROOT / "build_steps" / "requirements.txt"
TEST_REQUIREMENTS = ROOT / "tests" / "requirements.txt"


@dataclass(frozen=True)
class Environment:
    """A virtual environment: its Python, and the folder its programs are in."""

    python: Path

    def variables(self, **more: str) -> dict[str, str]:
        """The process environment with this one's programs first, as `activate` would make it.

        maturin finds zig through it, and PyO3 the Python to build for.
        """
        path = os.pathsep.join([str(self.python.parent), os.environ.get("PATH", os.defpath)])
        kept = {key: value for key, value in os.environ.items() if key not in ("PYTHONHOME", "CONDA_PREFIX")}
        return {**kept, "PATH": path, "VIRTUAL_ENV": str(self.python.parent.parent), **more}


def blender_pythons() -> list[str]:
    """The Python versions, newest first, that a pinned bpy exists for."""
    text = BUILD_REQUIREMENTS.read_text(encoding="utf-8")
    found = re.findall(r'^bpy==.*python_version == "(\d+\.\d+)"', text, re.MULTILINE)
    return sorted(found, key=lambda version: [int(part) for part in version.split(".")], reverse=True)


def prepare(*, tests: bool = False) -> Environment:
    """The environment, made or brought up to date; with the test programs if asked."""
    environment = Environment(VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
    running = f"{sys.version_info.major}.{sys.version_info.minor}"
    have = version_of(environment.python, holds="pip")  # without it, its making was interrupted
    # An environment of another supported Python gives way to the running one; an unsupported one keeps it.
    if have not in blender_pythons() or (running in blender_pythons() and have != running):
        create(choose_python(), environment)
    install(environment, BUILD_REQUIREMENTS)
    if tests:
        install(environment, TEST_REQUIREMENTS)
    return environment


def version_of(python: Path | str, holds: str = "venv") -> str | None:
    """`3.11` of a Python that can be started and holds this module, else None."""
    try:
        code = f"import sys, {holds}; print('%d.%d' % sys.version_info[:2])"
        answer = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=False)
    except OSError:
        return None
    return answer.stdout.strip() if answer.returncode == 0 else None


def candidates(version: str) -> Iterator[Path | str]:
    """Where a Python of that version usually lies."""
    yield from filter(None, [shutil.which(f"python{version}"), shutil.which("python3"), "/usr/bin/python3"])
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted(pyenv.glob(f"versions/{version}.*/bin/python3"), reverse=True)
    yield from sorted(
        Path.home().glob(f".local/share/uv/python/cpython-{version}.*/bin/python3"), reverse=True
    )


def choose_python() -> Path | str:
    """A Python that Blender exists for: the running one, else the newest found."""
    for version in blender_pythons():
        if sys.version_info[:2] == tuple(int(part) for part in version.split(".")):
            return sys.executable
    for version in blender_pythons():
        for python in candidates(version):
            if version_of(python) == version:
                return python
    wanted = " or ".join(blender_pythons())
    raise BuildError(
        f"Blender's wheel (bpy) needs Python {wanted}, and none is on this machine; type: "
        + (
            "sudo apt-get install -y python3-venv"
            if shutil.which("apt-get")
            else f"pyenv install {blender_pythons()[0]}"
        )
    )


def create(python: Path | str, environment: Environment) -> None:
    say(f"making the virtual environment {VENV.name} with Python {version_of(python)}")
    if (
        subprocess.run([str(python), "-c", "import ensurepip"], capture_output=True, check=False).returncode
        != 0
    ):
        package = f"python{version_of(python)}-venv"
        debian.provide([package], why=f"{python} lacks its package {package}")
    run([python, "-m", "venv", "--clear", VENV])


def install(environment: Environment, requirements: Path) -> None:
    """Installs a requirements file once; done again when the file changes."""
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest()
    stamp = VENV / f"{requirements.parent.name}.stamp"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return
    listed = [line.split(";")[0] for line in requirements.read_text(encoding="utf-8").splitlines()]
    say(f"installing {', '.join(dict.fromkeys(line.split('==')[0] for line in listed if '==' in line))}")
    run(
        [
            environment.python,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "-r",
            requirements,
        ]
    )
    if requirements == BUILD_REQUIREMENTS:
        check_bpy(environment)
    stamp.write_text(wanted, encoding="utf-8")


def bpy_folder(environment: Environment) -> Path:
    """The installed bpy package, found without loading it."""
    code = "import importlib.util as u; print(u.find_spec('bpy').origin)"
    answer = subprocess.run([str(environment.python), "-c", code], capture_output=True, text=True, check=True)
    return Path(answer.stdout.strip()).parent


def has_bpy(environment: Environment) -> bool:
    """Whether Blender is installed as a module, which it does not exist as for every platform."""
    code = "import importlib.util as u, sys; sys.exit(u.find_spec('bpy') is None)"
    return subprocess.run([str(environment.python), "-c", code], check=False).returncode == 0


def check_bpy(environment: Environment) -> None:
    """Proves that Blender loads, with the system libraries it needs."""
    if not has_bpy(environment):
        say(f"Blender's wheel does not exist for {platform_name()}: what needs it cannot be done here")
        return
    for binary in sorted(bpy_folder(environment).glob("*.so")):
        debian.provide_libraries(binary)
    run([environment.python, "-c", "import bpy; print('tenon: Blender', bpy.app.version_string, 'loads')"])


def check_rust() -> None:
    """Puts cargo on this process's PATH, or says how to get one that is new enough; finds it a linker."""
    home = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")
    os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", os.defpath), str(home / "bin")])
    wanted = cargo_field("rust-version")
    if not shutil.which("cargo"):
        raise BuildError(
            f"cargo is missing (Rust {wanted} or newer); "
            "type: curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y"
        )
    answer = subprocess.run(["cargo", "--version"], capture_output=True, text=True, check=False, cwd=ROOT)
    have = re.match(r"cargo (\d+)\.(\d+)", answer.stdout)
    if not have or (int(have[1]), int(have[2])) < tuple(int(part) for part in wanted.split(".")[:2]):
        raise BuildError(
            f"Rust {wanted} or newer is needed, here is {answer.stdout.strip() or answer.stderr.strip()}; "
            "type: rustup update stable && rustup default stable"
        )
    # zig links what users load; the crates' own build programs are linked with the machine's compiler.
    if sys.platform == "linux" and not shutil.which("cc"):
        debian.provide(["gcc", "libc6-dev"], why="cargo needs a C compiler to link with")
    if sys.platform == "darwin" and not shutil.which("cc"):
        raise BuildError("cargo needs a C compiler to link with; type: xcode-select --install")
