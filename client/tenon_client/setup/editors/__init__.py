"""Changing one entry in a configuration file that belongs to somebody else, as text: all the rest stays as it
is, formatting and comments too. A file that cannot be understood is never written.

In: text and the entry's path of names. Out: text. Pure. JSON with comments has no well-kept Python editor, so
that one is own code; TOML is edited by `tomlkit`, which comes with the extra `setup` of this package, since
nothing but `tenon setup` for Codex needs it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from ..registry import Form
from . import jsonc_editor
from .config_error import ConfigError

__all__ = ["ConfigError", "Editor", "editor_for"]


class Editor(Protocol):
    def read(self, text: str, path: Sequence[str]) -> Any:
        """The entry as plain data; None if there is none."""

    def put(self, text: str, path: Sequence[str], value: Any) -> str:
        """The text with this entry there; what is missing on the way to it is made."""

    def remove(self, text: str, path: Sequence[str]) -> str:
        """The text without the entry; tables that are left empty stay."""


def editor_for(form: Form) -> Editor:
    if form == "json":
        return jsonc_editor
    if form == "yaml":
        raise ConfigError("this file is YAML, which is not edited, so that all else in it stays as it is")
    try:
        from . import toml_editor
    except ModuleNotFoundError as error:
        if error.name != "tomlkit":
            raise
        raise ConfigError("TOML needs tomlkit; type: pip install 'tenon-client[setup]'") from None
    return toml_editor
