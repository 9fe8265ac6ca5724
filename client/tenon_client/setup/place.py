"""Where an assistant's entry stands: its file, and the path of names in it. Reads; changes nothing.

In: an assistant and the machine. Out: a `Place`, which reads the file and makes changed texts of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .editors import ConfigError, editor_for
from .platform_paths import System, config_file
from .registry import NAME, Assistant, Form


@dataclass(frozen=True)
class Place:
    file: str
    path: tuple[str, ...]
    form: Form

    @property
    def text(self) -> str | None:
        """The file's text; None if there is no file."""
        try:
            return Path(self.file).read_bytes().decode("utf-8")
        except FileNotFoundError:
            return None
        except UnicodeDecodeError as error:
            raise ConfigError(f"not UTF-8: {error.reason} at byte {error.start}") from None

    def read(self, text: str) -> Any:
        return editor_for(self.form).read(text, self.path)

    def put(self, text: str, entry: Any) -> str:
        changed = editor_for(self.form).put(text, self.path, entry)
        if self.read(changed) != entry:  # whatever the cause, such a text is not written
            raise ConfigError("the file is written in a way that is not understood; change it by hand")
        return changed

    def remove(self, text: str) -> str:
        return editor_for(self.form).remove(text, self.path)


def place_of(assistant: Assistant, system: System) -> Place:
    file = str(config_file(assistant, system))
    whole = Place(file, (), assistant.form)
    return Place(file, entry_path(assistant, system, whole.text or ""), assistant.form)


def entry_path(assistant: Assistant, system: System, text: str) -> tuple[str, ...]:
    """The names that lead to the entry in that text."""
    if assistant.key == "opencode" and _is_opencode_1(system, text):
        return ("mcp", NAME)
    return assistant.path


def _is_opencode_1(system: System, text: str) -> bool:
    """Whether OpenCode's servers are direct members of `mcp`, as they were before its version 2."""
    servers = editor_for("json").read(text, ("mcp",))
    if isinstance(servers, dict) and servers:
        return "servers" not in servers and any(isinstance(each, dict) for each in servers.values())
    return (system.major_version("opencode") or 2) < 2
