"""What `tenon install` has done for this user, so that `tenon uninstall` and `tenon update` know it.

In and out: `install.json` in Tenon's state folder, written in one step.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ..setup import apply
from ..state_folder import state_folder


@dataclass
class Installed:
    """The add-on in one Blender."""

    program: str
    module: str
    addon: str  # its folder
    data: str  # sessions and the log


@dataclass
class Record:
    version: str = ""
    blenders: list[Installed] = field(default_factory=list)
    assistants: list[str] = field(default_factory=list)  # whose files were changed
    service: str = ""  # the name of the service that was set up
    folders: list[str] = field(default_factory=list)  # those that were not there before, the deepest first
    preferences: dict[str, str] = field(default_factory=dict)  # likewise files of Blender's, by digest

    def has(self, program: str) -> bool:
        return any(each.program == program for each in self.blenders)


def file() -> Path:
    return state_folder() / "install.json"


def read() -> Record:
    """Empty if nothing was recorded, or what was cannot be read."""
    try:
        told = json.loads(file().read_text(encoding="utf-8"))
        blenders = [Installed(**each) for each in told.pop("blenders")]
        return Record(blenders=blenders, **told)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return Record()


def write(record: Record) -> None:
    """Removes the file when there is nothing to say."""
    if not (record.blenders or record.assistants or record.service):
        file().unlink(missing_ok=True)
        return
    file().parent.mkdir(parents=True, exist_ok=True)
    apply.write(file(), json.dumps(asdict(record), indent=2) + "\n")
