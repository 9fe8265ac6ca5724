"""The machine as the assistants see it: which system, whose folders, which programs. Changes nothing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

VERSION_PATIENCE = 10.0  # seconds that a program may take to tell its version


@dataclass(frozen=True)
class System:
    """Another one than this machine can be described, so each system's places are tried on every system."""

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
        """Of a program that is installed and says it; None otherwise."""
        program = self.program(name)
        if program is None:
            return None
        try:
            answer = subprocess.run(
                [program, "--version"], capture_output=True, text=True, timeout=VERSION_PATIENCE, check=False
            )
        except (OSError, subprocess.SubprocessError):
            return None
        found = re.search(r"\b(\d+)\.\d+", answer.stdout)
        return int(found[1]) if found else None
