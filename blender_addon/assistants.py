"""What each assistant wants to be told to reach Tenon, as a text to paste.

In: Tenon's address, and the token if clients need one. Out: the entry for the assistant's configuration, and
the text that holds it. Pure: no bpy, any thread. `tenon setup` writes the same entries into the files; a test
holds the two to each other.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

NAME = "blender"  # of the entry
TOKEN = "TENON_TOKEN"  # the variable that `tenon mcp` reads
PORT = 9876  # the one that it looks at unless told

Entry = dict[str, Any]


@dataclass(frozen=True)
class Assistant:
    key: str
    title: str
    file: str  # where the text belongs, in words
    table: tuple[str, ...]  # what the entry is a member of
    entry: Callable[[str, str | None], Entry]  # from the URL and the token
    snippet: Callable[[Assistant, str, str | None], str]


def _headers(token: str | None) -> Entry:
    return {"headers": {"Authorization": f"Bearer {token}"}} if token else {}


def _program(url: str, token: str | None) -> Entry:
    """For an assistant that only starts programs."""
    host, _, port = url.removeprefix("http://").removesuffix("/mcp").rpartition(":")
    place = [] if host in ("127.0.0.1", "localhost") else ["--host", host.strip("[]")]
    place += [] if int(port) == PORT else ["--port", port]
    return {"command": "tenon", "args": ["mcp", *place], **({"env": {TOKEN: token}} if token else {})}


def _as_json(assistant: Assistant, url: str, token: str | None) -> str:
    value: Entry = {NAME: assistant.entry(url, token)}
    for name in reversed(assistant.table):
        value = {name: value}
    return json.dumps(value, indent=2) + "\n"


def _as_toml(assistant: Assistant, url: str, token: str | None) -> str:
    lines = [f"[{'.'.join((*assistant.table, NAME))}]"]
    for name, value in assistant.entry(url, token).items():
        # A string is the same in both languages.
        if isinstance(value, dict):
            pairs = ", ".join(f"{key} = {json.dumps(each)}" for key, each in value.items())
            lines.append(f"{name} = {{ {pairs} }}")
        else:
            lines.append(f"{name} = {json.dumps(value)}")
    return "\n".join(lines) + "\n"


def _as_command(assistant: Assistant, url: str, token: str | None) -> str:
    words = ["claude", "mcp", "add", "--transport", "http", "--scope", "user", NAME, url]
    if token:
        words += ["--header", f"Authorization: Bearer {token}"]
    return shlex.join(words) + "\n"


ASSISTANTS = (
    Assistant(
        "claude-desktop",
        "Claude Desktop",
        "claude_desktop_config.json (Settings > Developer > Edit Config)",
        ("mcpServers",),
        _program,
        _as_json,
    ),
    Assistant(
        "claude-code",
        "Claude Code",
        "a terminal",
        ("mcpServers",),
        lambda url, token: {"type": "http", "url": url, **_headers(token)},
        _as_command,
    ),
    Assistant(
        "codex",
        "Codex",
        "~/.codex/config.toml",
        ("mcp_servers",),
        lambda url, token: {
            "url": url,
            **({"http_headers": _headers(token)["headers"]} if token else {}),
        },
        _as_toml,
    ),
    Assistant(
        "cursor",
        "Cursor",
        "~/.cursor/mcp.json",
        ("mcpServers",),
        lambda url, token: {"url": url, **_headers(token)},
        _as_json,
    ),
    Assistant(
        "vscode",
        "VS Code",
        "mcp.json (MCP: Open User Configuration)",
        ("servers",),
        lambda url, token: {"type": "http", "url": url, **_headers(token)},
        _as_json,
    ),
    Assistant(
        "gemini",
        "Gemini CLI",
        "~/.gemini/settings.json",
        ("mcpServers",),
        lambda url, token: {"httpUrl": url, **_headers(token)},
        _as_json,
    ),
    Assistant(
        "windsurf",
        "Windsurf",
        "~/.codeium/windsurf/mcp_config.json",
        ("mcpServers",),
        lambda url, token: {"serverUrl": url, **_headers(token)},
        _as_json,
    ),
    Assistant(
        "zed",
        "Zed",
        "settings.json (zed: open settings file)",
        ("context_servers",),
        lambda url, token: {"url": url, **_headers(token)},
        _as_json,
    ),
    Assistant(
        "opencode",
        "OpenCode",
        "~/.config/opencode/opencode.json",
        ("mcp", "servers"),
        lambda url, token: {"type": "remote", "url": url, **_headers(token)},
        _as_json,
    ),
)


def named(key: str) -> Assistant:
    return next(each for each in ASSISTANTS if each.key == key)


def text(key: str, url: str, token: str | None = None) -> str:
    """What to paste."""
    assistant = named(key)
    return assistant.snippet(assistant, url, token)


def url_of(address: str) -> str:
    """The URL of the server at this address ("localhost:9876"), for assistants on this machine."""
    host, _, port = address.rpartition(":")
    if host in ("localhost", "0.0.0.0", "[::]", "::", ""):
        host = "127.0.0.1"
    return f"http://{host}:{port}/mcp"
