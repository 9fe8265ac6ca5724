"""The assistants, and the entry by which each reaches Tenon: the one table for `tenon setup` and for the
panel's "Copy Configuration". Standard library only: the build puts this file into the add-on as
`assistants.py`.

An assistant gets Tenon's address where it reaches for a server again by itself, and else the program `tenon
mcp`, which is always there: many look for their servers once, when they start. `tenon setup` never writes a
token down where the assistant can be told the name of a variable instead; what a person copies from the panel
holds the token itself. In: an address or a command. Out: entries, and texts to paste. Pure.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

NAME = "blender"  # of the entry
TOKEN = "TENON_TOKEN"  # the variable that `tenon mcp` reads
PORT = 9876  # the one that it connects to unless told
HERE = ("127.0.0.1", "localhost")
Entry = dict[str, Any]
Form = Literal["json", "toml", "yaml"]


@dataclass(frozen=True)
class Secret:
    """The token as it stands in an entry: itself, or the assistant's way to refer to the variable."""

    text: str
    is_variable: bool = False


@dataclass(frozen=True)
class Assistant:
    key: str
    title: str
    documentation: str
    place: str  # where a copied text belongs, for people
    table: tuple[str, ...]  # what the entry is a member of
    program: Callable[[list[str], Secret | None], Entry]  # the entry that starts this command
    address: Callable[[str, Secret | None], Entry] | None = None  # from a URL; None: it starts programs only
    reference: str = ""  # how its entries refer to the variable TENON_TOKEN
    prefers_address: bool = False
    form: Form = "json"  # of its file; YAML is written for people to paste, and never edited
    owns_file: bool = False  # the entry is a whole file, which only we write
    command_line: Callable[[str, str | None], list[str]] | None = None  # enters a URL, with a token or none
    commands: tuple[str, ...] = ()  # any of them on the PATH shows that it is installed
    afterwards: str = "Start it anew"
    writes_token: bool = False  # no way to name a variable is documented, so the token itself is written
    inherits_token: bool = False  # an address takes none either, but its programs inherit its variables

    @property
    def path(self) -> tuple[str, ...]:
        """The names that lead to the entry."""
        return () if self.owns_file else (*self.table, NAME)

    def pasted(self, url: str, token: str | None) -> str:
        """A text for a person to paste, with the token itself."""
        if self.command_line:
            return shlex.join(self.command_line(url, token)) + "\n"
        secret = Secret(token) if token else None
        entry = self.address(url, secret) if self.address else self.program(program_for(url), secret)
        return self.document(self.path, entry)

    def document(self, path: tuple[str, ...], entry: Entry) -> str:
        """A whole configuration file that holds nothing but this entry."""
        if self.form == "toml":
            lines = [f"[{'.'.join(path)}]", *(f"{name} = {_toml(value)}" for name, value in entry.items())]
            return "\n".join(lines) + "\n"
        if self.form == "yaml":
            lines = [f"{'  ' * depth}{name}:" for depth, name in enumerate(path)]
            lines += [f"{'  ' * len(path)}{name}: {_yaml(value)}" for name, value in entry.items()]
            return "\n".join(lines) + "\n"
        value: Any = entry
        for name in reversed(path):
            value = {name: value}
        return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def mcp_arguments(host: str, port: int) -> list[str]:
    """How `tenon` is told to serve an assistant from the Blender there."""
    place = [] if host in HERE else ["--host", host]
    return ["mcp", *place, *([] if port == PORT else ["--port", str(port)])]


def program_for(url: str) -> list[str]:
    """The command for the server with this URL. Where the program lies is known to who has installed it."""
    host, _, port = url.removeprefix("http://").removesuffix("/mcp").rpartition(":")
    return ["tenon", *mcp_arguments(host.strip("[]"), int(port))]


def url_of(address: str) -> str:
    """The URL of the server at this address ("localhost:9876"), for assistants on this machine."""
    host, _, port = address.rpartition(":")
    if host in ("localhost", "0.0.0.0", "[::]", "::", ""):
        host = "127.0.0.1"
    return f"http://{host}:{port}/mcp"


def _toml(value: Any) -> str:
    """JSON's strings, numbers, truth values and arrays are TOML's too, but for one character."""
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{name} = {_toml(each)}' for name, each in value.items())} }}"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _yaml(value: Any) -> str:
    """JSON is YAML, but for the characters that have to be escaped there."""
    text = json.dumps(value, ensure_ascii=False)
    return re.sub("[\x7f-\x9f\ufeff]", lambda found: f"\\u{ord(found[0]):04x}", text)


def _headers(secret: Secret | None, name: str = "headers") -> Entry:
    return {name: {"Authorization": f"Bearer {secret.text}"}} if secret else {}


def _variables(secret: Secret | None, name: str = "env") -> Entry:
    return {name: {TOKEN: secret.text}} if secret else {}


def _program(command: list[str], secret: Secret | None = None) -> Entry:
    return {"command": command[0], "args": command[1:], **_variables(secret)}


def _inheriting(command: list[str], secret: Secret | None) -> Entry:
    """The program has the assistant's own variables."""
    return _program(command, None if secret and secret.is_variable else secret)


def _claude_command(url: str, token: str | None) -> list[str]:
    header = ["--header", f"Authorization: Bearer {token}"] if token else []
    return ["claude", "mcp", "add", "--transport", "http", "--scope", "user", NAME, url, *header]


def _codex_program(command: list[str], secret: Secret | None) -> Entry:
    if secret and secret.is_variable:
        return {**_program(command), "env_vars": [TOKEN]}
    return _program(command, secret)


def _codex_address(url: str, secret: Secret | None) -> Entry:
    if secret and secret.is_variable:
        return {"url": url, "bearer_token_env_var": TOKEN}
    return {"url": url, **_headers(secret, "http_headers")}


def _continue_block(server: Entry) -> Entry:
    """A block file, which holds one server and its own title and version."""
    return {"name": "Tenon", "version": "1.0.0", "schema": "v1", "mcpServers": [{"name": NAME, **server}]}


def _continue_address(url: str, secret: Secret | None) -> Entry:
    options = {"requestOptions": _headers(secret)} if secret else {}
    return _continue_block({"type": "streamable-http", "url": url, **options})


def _goose_program(command: list[str], secret: Secret | None) -> Entry:
    keys: Entry = {}
    if secret:
        keys = {"env_keys": [TOKEN]} if secret.is_variable else _variables(secret, "envs")
    return {**_GOOSE, "type": "stdio", "cmd": command[0], "args": command[1:], **keys}


_GOOSE = {"name": NAME, "enabled": True, "timeout": 300}
_ALL_TOOLS = {"tools": ["*"]}

ASSISTANTS = (
    Assistant(
        "claude-desktop",
        "Claude Desktop",
        "https://modelcontextprotocol.io/docs/develop/connect-local-servers",
        "claude_desktop_config.json (Settings > Developer > Edit Config)",
        ("mcpServers",),
        _program,
        afterwards="Quit Claude Desktop and start it anew",
        writes_token=True,  # its programs inherit no variables, and it expands none
    ),
    Assistant(
        "claude-code",
        "Claude Code",
        "https://code.claude.com/docs/en/mcp",
        "a terminal",
        ("mcpServers",),
        lambda command, secret: {"type": "stdio", **_program(command, secret)},
        lambda url, secret: {"type": "http", "url": url, **_headers(secret)},
        reference=f"${{{TOKEN}}}",
        prefers_address=True,  # it reconnects, and looks again at each call
        command_line=_claude_command,
        commands=("claude",),
        afterwards="Start Claude Code anew, or type /mcp in it",
    ),
    Assistant(
        "codex",
        "Codex",
        "https://developers.openai.com/codex/mcp",
        "~/.codex/config.toml",
        ("mcp_servers",),
        _codex_program,
        _codex_address,
        form="toml",
        commands=("codex",),
    ),
    Assistant(
        "cursor",
        "Cursor",
        "https://cursor.com/docs/mcp",
        "~/.cursor/mcp.json",
        ("mcpServers",),
        _program,
        lambda url, secret: {"url": url, **_headers(secret)},
        reference=f"${{env:{TOKEN}}}",
        commands=("cursor",),
    ),
    Assistant(
        "vscode",
        "VS Code",
        "https://code.visualstudio.com/docs/agents/reference/mcp-configuration",
        "mcp.json (MCP: Open User Configuration)",
        ("servers",),
        lambda command, secret: {"type": "stdio", **_inheriting(command, secret)},
        lambda url, secret: {"type": "http", "url": url, **_headers(secret)},
        prefers_address=True,  # it starts a server when a chat needs it
        commands=("code",),
        afterwards="VS Code takes it at once",
        inherits_token=True,  # https://github.com/microsoft/vscode/issues/336232
    ),
    Assistant(
        "gemini",
        "Gemini CLI",
        "https://geminicli.com/docs/tools/mcp-server",
        "~/.gemini/settings.json",
        ("mcpServers",),
        _program,
        lambda url, secret: {"httpUrl": url, **_headers(secret)},
        reference=f"${TOKEN}",
        commands=("gemini",),
    ),
    Assistant(
        "windsurf",
        "Windsurf",
        "https://docs.windsurf.com/windsurf/cascade/mcp",
        "~/.codeium/windsurf/mcp_config.json",
        ("mcpServers",),
        _program,
        lambda url, secret: {"serverUrl": url, **_headers(secret)},
        reference=f"${{env:{TOKEN}}}",
        commands=("windsurf",),
        afterwards="Press refresh in Cascade's list of servers",
    ),
    Assistant(
        "zed",
        "Zed",
        "https://zed.dev/docs/ai/mcp",
        "settings.json (zed: open settings file)",
        ("context_servers",),
        _inheriting,
        lambda url, secret: {"url": url, **_headers(secret)},
        commands=("zed", "zeditor"),
        afterwards="Zed takes it at once",
        inherits_token=True,
    ),
    Assistant(
        "opencode",
        "OpenCode",
        "https://opencode.ai/v2/docs/mcp-servers",
        "~/.config/opencode/opencode.json",
        ("mcp", "servers"),
        lambda command, secret: {"type": "local", "command": command, **_variables(secret, "environment")},
        lambda url, secret: {"type": "remote", "url": url, **_headers(secret)},
        reference=f"{{env:{TOKEN}}}",
        commands=("opencode",),
    ),
    Assistant(
        "continue",
        "Continue",
        "https://docs.continue.dev/customize/deep-dives/mcp",
        "~/.continue/mcpServers/tenon.yaml, a new file",
        ("mcpServers",),
        lambda command, secret: _continue_block({"type": "stdio", **_program(command, secret)}),
        _continue_address,
        reference=f"${{{{ secrets.{TOKEN} }}}}",  # ~/.continue/.env, a workspace's .env, the environment
        owns_file=True,  # it reads every block there; the text is JSON, which YAML includes
        afterwards="Reload your editor's window, and choose Continue's Agent mode",
    ),
    Assistant(
        "cline",
        "Cline",
        "https://docs.cline.bot/mcp/mcp-overview",
        "cline_mcp_settings.json (MCP Servers > Configure > Configure MCP Servers)",
        ("mcpServers",),
        _program,
        lambda url, secret: {"type": "streamableHttp", "url": url, **_headers(secret)},
        commands=("cline",),
        writes_token=True,
    ),
    Assistant(
        "copilot",
        "GitHub Copilot CLI",
        "https://docs.github.com/en/copilot/how-tos/copilot-cli/customize-copilot/add-mcp-servers",
        "~/.copilot/mcp-config.json",
        ("mcpServers",),
        lambda command, secret: {"type": "local", **_program(command, secret), **_ALL_TOOLS},
        lambda url, secret: {"type": "http", "url": url, **_headers(secret), **_ALL_TOOLS},
        reference=f"${{{TOKEN}}}",
        commands=("copilot",),
    ),
    Assistant(
        "kiro",
        "Kiro",
        "https://kiro.dev/docs/mcp/configuration",
        "~/.kiro/settings/mcp.json",
        ("mcpServers",),
        _program,
        lambda url, secret: {"url": url, **_headers(secret)},
        reference=f"${{{TOKEN}}}",  # it asks before it hands a variable on
        commands=("kiro", "kiro-cli"),
        afterwards="Kiro takes it at once",
    ),
    Assistant(
        "qwen",
        "Qwen Code",
        "https://qwenlm.github.io/qwen-code-docs/en/users/features/mcp",
        "~/.qwen/settings.json",
        ("mcpServers",),
        _program,
        lambda url, secret: {"httpUrl": url, **_headers(secret)},
        reference=f"${TOKEN}",
        commands=("qwen",),
    ),
    Assistant(
        "amp",
        "Amp",
        "https://ampcode.com/manual#mcp",
        "~/.config/amp/settings.json",
        ("amp.mcpServers",),
        _program,
        lambda url, secret: {"url": url, **_headers(secret)},
        reference=f"${{{TOKEN}}}",
        commands=("amp",),
    ),
    Assistant(
        "droid",
        "Factory Droid",
        "https://docs.factory.ai/cli/configuration/mcp",
        "~/.factory/mcp.json",
        ("mcpServers",),
        lambda command, secret: {"type": "stdio", **_program(command, secret)},
        lambda url, secret: {"type": "http", "url": url, **_headers(secret)},
        commands=("droid",),
        writes_token=True,
    ),
    Assistant(
        "warp",
        "Warp",
        "https://docs.warp.dev/agents/capabilities/mcp",
        "~/.warp/.mcp.json",
        ("mcpServers",),
        _program,
        lambda url, secret: {"url": url, **_headers(secret)},
        afterwards="Start the server in Warp's Settings > Agents > MCP servers",
        writes_token=True,
    ),
    Assistant(
        "junie",
        "JetBrains Junie",
        "https://junie.jetbrains.com/docs/junie-cli-mcp-configuration.html",
        "~/.junie/mcp/mcp.json",
        ("mcpServers",),
        _program,
        commands=("junie",),
        writes_token=True,
    ),
    Assistant(
        "lm-studio",
        "LM Studio",
        "https://lmstudio.ai/docs/app/mcp",
        "mcp.json (Program > Install > Edit mcp.json)",
        ("mcpServers",),
        _program,
        lambda url, secret: {"url": url, **_headers(secret)},
        writes_token=True,
    ),
    Assistant(
        "antigravity",
        "Antigravity",
        "https://antigravity.google/docs/mcp",
        "mcp_config.json (MCP Servers > Manage MCP Servers > View raw config)",
        ("mcpServers",),
        _program,
        lambda url, secret: {"serverUrl": url, **_headers(secret)},
        commands=("antigravity", "agy"),
        afterwards="Press refresh in Antigravity's list of servers",
        writes_token=True,  # https://github.com/google-antigravity/antigravity-cli/issues/233
    ),
    Assistant(
        "goose",
        "Goose",
        "https://goose-docs.ai/docs/guides/config-files",
        "Goose's config.yaml, under the `extensions:` that it has",
        ("extensions",),
        _goose_program,
        lambda url, secret: {**_GOOSE, "type": "streamable_http", "uri": url, **_headers(secret)},
        form="yaml",
        commands=("goose",),
        inherits_token=True,
    ),
)


def named(key: str) -> Assistant:
    return next(each for each in ASSISTANTS if each.key == key)
