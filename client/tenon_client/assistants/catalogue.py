"""The assistants: where each keeps its servers, and how it wants Tenon to be written there.

An assistant gets Tenon's address where it reaches for a server again by itself, and else the program `tenon
mcp`, which is always there: many look for their servers once, when they start. A token is never written down
where the assistant can be told the name of a variable instead. Reads, through `System`; changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..configuration import json_text
from .system import System

NAME = "blender"  # of the entry
TOKEN = "TENON_TOKEN"
Entry = dict[str, Any]


@dataclass(frozen=True)
class Assistant:
    key: str
    title: str
    documentation: str
    files: Callable[[System], list[Path]]  # the first that is there is it, else the first
    table: tuple[str, ...]  # what the entry is a member of
    program: Callable[[list[str], bool], Entry]  # from a command, and whether there is a token
    address: Callable[[str, bool], Entry] | None = None  # from a URL; None: it starts programs only
    prefers_address: bool = False
    commands: tuple[str, ...] = ()  # any of them on the PATH shows that it is installed
    afterwards: str = "Start it anew"
    keeps_token: bool = False  # it cannot be told a variable's name, so the token itself is written
    hands_token_on: bool = False  # it cannot either in an address, but its programs inherit its variables

    def file(self, system: System) -> Path:
        found = self.files(system)
        return next((each for each in found if each.is_file()), found[0])

    def is_installed(self, system: System) -> bool:
        if any(each.is_file() for each in self.files(system)) or any(map(system.program, self.commands)):
            return True
        # Its folder alone shows it too, but not the home folder.
        return any(each.parent != system.home and each.parent.is_dir() for each in self.files(system))

    @property
    def is_toml(self) -> bool:
        return self.key == "codex"

    def path(self, system: System, text: str) -> tuple[str, ...]:
        """Where in that text the entry stands."""
        if self.key == "opencode" and opencode_is_first(system, text):
            return ("mcp", NAME)
        return (*self.table, NAME)


def opencode_is_first(system: System, text: str) -> bool:
    """Whether OpenCode's servers are direct members of `mcp`, as they were before its version 2."""
    servers = json_text.read(text, ("mcp",))
    if isinstance(servers, dict) and servers:
        return "servers" not in servers and any(isinstance(each, dict) for each in servers.values())
    return (system.major_version("opencode") or 2) < 2


def headers(reference: str) -> Entry:
    return {"headers": {"Authorization": f"Bearer {reference}"}}


def plain_program(command: list[str], reference: str | None, **more: Any) -> Entry:
    return {
        "command": command[0],
        "args": command[1:],
        **more,
        **({"env": {TOKEN: reference}} if reference else {}),
    }


def claude_desktop_files(system: System) -> list[Path]:
    usual = system.config / "Claude" / "claude_desktop_config.json"
    if system.platform != "win32":
        return [usual]
    # Installed as a Windows package, it sees a folder of its own instead.
    packages = system.folder("LOCALAPPDATA", "AppData", "Local") / "Packages"
    inside = Path("LocalCache", "Roaming", "Claude", "claude_desktop_config.json")
    return [*(each / inside for each in sorted(packages.glob("Claude_*"))), usual]


def zed_files(system: System) -> list[Path]:
    if system.platform == "win32":
        return [system.config / "Zed" / "settings.json"]
    flatpak = system.home / ".var" / "app" / "dev.zed.Zed" / "config"
    return [base / "zed" / "settings.json" for base in (system.xdg_config, flatpak)]


ASSISTANTS = (
    Assistant(
        "claude-desktop",
        "Claude Desktop",
        "https://modelcontextprotocol.io/docs/develop/connect-local-servers",
        claude_desktop_files,
        ("mcpServers",),
        # It hands no variables on, and expands none.
        lambda command, token: plain_program(command, None),
        afterwards="Quit Claude Desktop and start it anew",
        keeps_token=True,
    ),
    Assistant(
        "claude-code",
        "Claude Code",
        "https://code.claude.com/docs/en/mcp",
        lambda system: [system.folder("CLAUDE_CONFIG_DIR") / ".claude.json"],
        ("mcpServers",),
        lambda command, token: {
            "type": "stdio",
            **plain_program(command, f"${{{TOKEN}}}" if token else None),
        },
        lambda url, token: {"type": "http", "url": url, **(headers(f"${{{TOKEN}}}") if token else {})},
        prefers_address=True,  # it reconnects, and looks again at each call
        commands=("claude",),
        afterwards="Start Claude Code anew, or type /mcp in it",
    ),
    Assistant(
        "codex",
        "Codex",
        "https://developers.openai.com/codex/mcp",
        lambda system: [system.folder("CODEX_HOME", ".codex") / "config.toml"],
        ("mcp_servers",),
        lambda command, token: {**plain_program(command, None), **({"env_vars": [TOKEN]} if token else {})},
        lambda url, token: {"url": url, **({"bearer_token_env_var": TOKEN} if token else {})},
        commands=("codex",),
    ),
    Assistant(
        "cursor",
        "Cursor",
        "https://cursor.com/docs/mcp",
        lambda system: [system.home / ".cursor" / "mcp.json"],
        ("mcpServers",),
        lambda command, token: plain_program(command, f"${{env:{TOKEN}}}" if token else None),
        lambda url, token: {"url": url, **(headers(f"${{env:{TOKEN}}}") if token else {})},
        commands=("cursor",),
    ),
    Assistant(
        "vscode",
        "VS Code",
        "https://code.visualstudio.com/docs/agents/reference/mcp-configuration",
        lambda system: [system.config / "Code" / "User" / "mcp.json"],
        ("servers",),
        lambda command, token: {"type": "stdio", **plain_program(command, None)},
        lambda url, token: {"type": "http", "url": url},
        prefers_address=True,  # it starts a server when a chat needs it
        commands=("code",),
        afterwards="VS Code takes it at once",
        hands_token_on=True,  # https://github.com/microsoft/vscode/issues/336232
    ),
    Assistant(
        "gemini",
        "Gemini CLI",
        "https://geminicli.com/docs/tools/mcp-server",
        lambda system: [system.home / ".gemini" / "settings.json"],
        ("mcpServers",),
        lambda command, token: plain_program(command, f"${TOKEN}" if token else None),
        lambda url, token: {"httpUrl": url, **(headers(f"${TOKEN}") if token else {})},
        commands=("gemini",),
    ),
    Assistant(
        "windsurf",
        "Windsurf",
        "https://docs.windsurf.com/windsurf/cascade/mcp",
        lambda system: [system.home / ".codeium" / "windsurf" / "mcp_config.json"],
        ("mcpServers",),
        lambda command, token: plain_program(command, f"${{env:{TOKEN}}}" if token else None),
        lambda url, token: {"serverUrl": url, **(headers(f"${{env:{TOKEN}}}") if token else {})},
        commands=("windsurf",),
        afterwards="Press refresh in Cascade's list of servers",
    ),
    Assistant(
        "zed",
        "Zed",
        "https://zed.dev/docs/ai/mcp",
        zed_files,
        ("context_servers",),
        lambda command, token: plain_program(command, None),
        lambda url, token: {"url": url},
        commands=("zed", "zeditor"),
        afterwards="Zed takes it at once",
        hands_token_on=True,
    ),
    Assistant(
        "opencode",
        "OpenCode",
        "https://opencode.ai/v2/docs/mcp-servers",
        lambda system: [
            system.xdg_config / "opencode" / name for name in ("opencode.jsonc", "opencode.json")
        ],
        ("mcp", "servers"),
        lambda command, token: {
            "type": "local",
            "command": command,
            **({"environment": {TOKEN: f"{{env:{TOKEN}}}"}} if token else {}),
        },
        lambda url, token: {"type": "remote", "url": url, **(headers(f"{{env:{TOKEN}}}") if token else {})},
        commands=("opencode",),
    ),
)


def named(key: str) -> Assistant:
    return next(each for each in ASSISTANTS if each.key == key)
