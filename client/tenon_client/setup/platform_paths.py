"""Where each assistant keeps its configuration on this machine, and which of them are installed.

In: the platform, the home folder, the environment. Out: paths. Changes nothing.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .registry import Assistant

VERSION_TIMEOUT = 10.0  # seconds that a program may take to print its version


@dataclass(frozen=True)
class System:
    """A machine. Another than this one can be described, so each platform's paths are tested on every one."""

    platform: str = sys.platform  # linux, darwin or win32
    home: Path = field(default_factory=Path.home)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def folder(self, variable: str, *usual: str) -> Path:
        """The folder that a variable names, or the usual one under the home folder."""
        named = self.environ.get(variable)
        return Path(named) if named else self.home.joinpath(*usual)

    @property
    def config(self) -> Path:
        """Where programs with a window keep what is theirs."""
        if self.platform == "win32":
            return self.folder("APPDATA", "AppData", "Roaming")
        if self.platform == "darwin":
            return self.home / "Library" / "Application Support"
        return self.xdg_config

    @property
    def xdg_config(self) -> Path:
        return self.folder("XDG_CONFIG_HOME", ".config")

    def program(self, name: str) -> str | None:
        return shutil.which(name, path=self.environ.get("PATH", ""))

    def major_version(self, name: str) -> int | None:
        """Of a program that is installed and prints it; None otherwise."""
        program = self.program(name)
        if program is None:
            return None
        try:
            answer = subprocess.run(
                [program, "--version"], capture_output=True, text=True, timeout=VERSION_TIMEOUT, check=False
            )
        except (OSError, subprocess.SubprocessError):
            return None
        found = re.search(r"\b(\d+)\.\d+", answer.stdout)
        return int(found[1]) if found else None


def _claude_desktop(system: System) -> list[Path]:
    usual = system.config / "Claude" / "claude_desktop_config.json"
    if system.platform != "win32":
        return [usual]
    # Installed as a Windows package, it sees a folder of its own instead.
    packages = system.folder("LOCALAPPDATA", "AppData", "Local") / "Packages"
    inside = Path("LocalCache", "Roaming", "Claude", "claude_desktop_config.json")
    return [*(each / inside for each in sorted(packages.glob("Claude_*"))), usual]


def _zed(system: System) -> list[Path]:
    if system.platform == "win32":
        return [system.config / "Zed" / "settings.json"]
    flatpak = system.home / ".var" / "app" / "dev.zed.Zed" / "config"
    return [base / "zed" / "settings.json" for base in (system.xdg_config, flatpak)]


def _cline(system: System) -> list[Path]:
    name = "cline_mcp_settings.json"
    data = system.folder("CLINE_DATA_DIR", ".cline", "data")
    if system.environ.get("CLINE_DIR") and not system.environ.get("CLINE_DATA_DIR"):
        data = system.folder("CLINE_DIR") / "data"
    own = system.environ.get("CLINE_MCP_SETTINGS_PATH")
    # Before its version 4 the extension kept it with VS Code.
    stored = system.config / "Code" / "User" / "globalStorage" / "saoudrizwan.claude-dev"
    return [Path(own) if own else data / "settings" / name, stored / "settings" / name]


def _goose(system: System) -> list[Path]:
    if system.platform == "win32":
        return [system.config / "Block" / "goose" / "config" / "config.yaml"]
    return [system.xdg_config / "goose" / "config.yaml"]


def _opencode(system: System) -> list[Path]:
    return [system.xdg_config / "opencode" / name for name in ("opencode.jsonc", "opencode.json")]


def _continue(system: System) -> Path:
    return system.folder("CONTINUE_GLOBAL_DIR", ".continue")


# The first that exists is it, else the first.
FILES: dict[str, Callable[[System], list[Path]]] = {
    "claude-desktop": _claude_desktop,
    "claude-code": lambda system: [system.folder("CLAUDE_CONFIG_DIR") / ".claude.json"],
    "codex": lambda system: [system.folder("CODEX_HOME", ".codex") / "config.toml"],
    "cursor": lambda system: [system.home / ".cursor" / "mcp.json"],
    "vscode": lambda system: [system.config / "Code" / "User" / "mcp.json"],
    "gemini": lambda system: [system.home / ".gemini" / "settings.json"],
    "windsurf": lambda system: [system.home / ".codeium" / "windsurf" / "mcp_config.json"],
    "zed": _zed,
    "opencode": _opencode,
    "continue": lambda system: [_continue(system) / "mcpServers" / "tenon.yaml"],
    "cline": _cline,
    "copilot": lambda system: [system.folder("COPILOT_HOME", ".copilot") / "mcp-config.json"],
    "kiro": lambda system: [system.home / ".kiro" / "settings" / "mcp.json"],
    "qwen": lambda system: [system.home / ".qwen" / "settings.json"],
    "amp": lambda system: [
        system.home / ".config" / "amp" / name for name in ("settings.json", "settings.jsonc")
    ],
    "droid": lambda system: [system.home / ".factory" / "mcp.json"],
    "warp": lambda system: [system.home / ".warp" / ".mcp.json"],
    "junie": lambda system: [system.home / ".junie" / "mcp" / "mcp.json"],
    # Older ones: https://github.com/lmstudio-ai/lmstudio-bug-tracker/issues/1371
    "lm-studio": lambda system: [
        system.home.joinpath(*folder, "mcp.json") for folder in ([".lmstudio"], [".cache", "lm-studio"])
    ],
    # The IDE, version 2 and the command line share the first; the first IDEs had their own.
    "antigravity": lambda system: [
        system.home / ".gemini" / folder / "mcp_config.json" for folder in ("config", "antigravity")
    ],
    "goose": _goose,
}

# What shows that it is installed, where the folder of its file is made only with the file.
FOLDERS: dict[str, Callable[[System], Path]] = {
    "continue": _continue,
    "cline": lambda system: system.home / ".cline",
    "kiro": lambda system: system.home / ".kiro",
    "junie": lambda system: system.home / ".junie",
}


def config_file(assistant: Assistant, system: System) -> Path:
    found = FILES[assistant.key](system)
    return next((each for each in found if each.is_file()), found[0])


def is_installed(assistant: Assistant, system: System) -> bool:
    files = FILES[assistant.key](system)
    if any(each.is_file() for each in files) or any(map(system.program, assistant.commands)):
        return True
    # Its folder alone shows it too, but not the home folder.
    folders = [FOLDERS[assistant.key](system)] if assistant.key in FOLDERS else []
    folders += [each.parent for each in files if each.parent != system.home]
    return any(each.is_dir() for each in folders)
