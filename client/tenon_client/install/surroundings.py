"""Where this program runs, as far as it matters to who wants to reach Blender: WSL, a container, a proxy, a
firewall.

In: a machine; `root` is for tests. Out: words, or nothing. Reads files and asks the system; changes nothing.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
from pathlib import Path

from ..setup.platform_paths import System

PROGRAM_TIMEOUT = 5.0  # seconds that another program may take
LOCAL = ("127.0.0.1", "localhost")


def wsl(system: System, root: Path = Path("/")) -> str | None:
    """`nat` or `mirrored`, how the network of WSL is, or `wsl1`; None outside of it."""
    if system.platform != "linux":
        return None
    version = _text(root / "proc/version").lower()
    if "microsoft" not in version and "WSL_DISTRO_NAME" not in system.environ:
        return None
    if version and "wsl2" not in version and "microsoft-standard" not in version:
        return "wsl1"
    return "mirrored" if "mirrored" in _output(system, "wslinfo", "--networking-mode") else "nat"


def container(system: System, root: Path = Path("/")) -> str | None:
    """What kind of container this is; None if it is none."""
    if system.platform != "linux":
        return None
    if (root / "run/.containerenv").exists():
        return "Podman"
    groups = _text(root / "proc/1/cgroup")
    if (root / ".dockerenv").exists() or "docker" in groups:
        return "Docker"
    if "KUBERNETES_SERVICE_HOST" in system.environ or "kubepods" in groups:
        return "Kubernetes"
    return None


def proxy(system: System) -> str | None:
    """The variable that sends requests to this machine through a proxy, if one does."""
    environ = {name.lower(): value for name, value in system.environ.items()}
    excepted = [each.strip() for each in environ.get("no_proxy", "").split(",")]
    if "*" in excepted or all(each in excepted for each in LOCAL):
        return None
    return next((name for name in ("http_proxy", "all_proxy") if environ.get(name)), None)


def firewall(system: System, port: int) -> str:
    """How to let other machines in, by the firewall that is here."""
    if system.platform == "win32":
        return (
            'in a PowerShell as administrator: New-NetFirewallRule -DisplayName "Tenon" -Direction Inbound '
            f"-Protocol TCP -LocalPort {port} -Action Allow"
        )
    if system.platform == "darwin":
        return "allow Blender in System Settings > Network > Firewall > Options"
    if system.program("ufw"):
        return f"sudo ufw allow {port}/tcp"
    if system.program("firewall-cmd"):
        return f"sudo firewall-cmd --permanent --add-port={port}/tcp && sudo firewall-cmd --reload"
    return f"let TCP port {port} in, if this machine has a firewall"


def listens(host: str, port: int) -> bool:
    """Whether anybody accepts a connection there."""
    try:
        with socket.create_connection((host, port), timeout=2.0):
            return True
    except OSError:
        return False


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _output(system: System, program: str, *arguments: str) -> str:
    found = shutil.which(program, path=system.environ.get("PATH", ""))
    if not found:
        return ""
    try:
        answer = subprocess.run(
            [found, *arguments], capture_output=True, timeout=PROGRAM_TIMEOUT, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    # wslinfo and other programs of Windows may write UTF-16.
    return answer.stdout.replace(b"\0", b"").decode("utf-8", "replace")
