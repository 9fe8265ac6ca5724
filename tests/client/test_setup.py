"""`tenon setup` on a user's own files: entered, tried, entered again without a change, taken back exactly.

Each test has a home folder of its own, so nobody's real configuration is near.
"""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest
from assistant import CLIENT, free_port

sys.path.insert(0, str(CLIENT))

from scripted_tenon import ScriptedTenon
from tenon_client.cli import main
from tenon_client.setup.editors import editor_for, jsonc_editor
from tenon_client.setup.place import entry_path
from tenon_client.setup.platform_paths import System, config_file, is_installed
from tenon_client.setup.registry import ASSISTANTS, NAME, named

KEYS = [each.key for each in ASSISTANTS if each.form != "yaml"]

THERE = {
    "claude-desktop": '{"mcpServers":{"files":{"command":"npx","args":["-y","fs"]}},"shortcut":"Alt+C"}',
    "claude-code": '{\n  "numStartups": 3,\n  "projects": {"/p": {"mcpServers": {}}},\n  "key": "ü"\n}',
    "codex": '# mine\nmodel = "x"\n\n[mcp_servers.docs]\nurl = "http://d"\n\n[tui] # below\ntheme = "dark"\n',
    "cursor": '{\n\t"mcpServers": {\n\t\t"a": {"url": "http://a"}\n\t}\n}\n',
    "vscode": '{\n  // my servers\n  "servers": {},\n  "inputs": [],\n}\n',
    "gemini": '{\r\n  "theme": "GitHub"\r\n}\r\n',
    "windsurf": '{"mcpServers": {"blender": {"command": "uvx", "args": ["blender-mcp"]}}}\n',
    "zed": '// Settings\n{\n  "theme": "One", // nice\n  "context_servers": {\n    // none\n  },\n}\n',
    "continue": '{"name": "Tenon", "version": "0.9.0", "schema": "v1", "mcpServers": []}\n',
    "cline": '{\n  "mcpServers": {\n    "a": {"command": "a", "disabled": false, "autoApprove": []}\n  }\n}',
    "copilot": '{"mcpServers":{"docs":{"type":"http","url":"http://d","tools":["*"]}}}\n',
    "kiro": '{\n  "mcpServers": {\n    "a": {\n      "url": "http://a"\n    }\n  }\n}\n',
    "qwen": '{\n  "$version": 3,\n  // mine\n  "tools": {"approvalMode": "default"}\n}\n',
    "amp": '{\n  // dotted\n  "amp.url": "https://a/",\n  "amp.mcpServers": {"a": {"url": "http://a"}}\n}\n',
    "droid": '{\n  "mcpServers": {\n    "a": {"type": "http", "url": "http://a"}\n  }\n}\n',
    "warp": '{"mcpServers": {}}',
    "junie": '{\n    "mcpServers": {\n        "a": {\n            "command": "a"\n        }\n    }\n}\n',
    "lm-studio": '{\r\n  "mcpServers": {}\r\n}',
    "antigravity": '{\n  "mcpServers": {\n    "a": {\n      "serverUrl": "http://a"\n    }\n  }\n}\n',
    "opencode": '{\n  "$schema": "https://o",\n  "mcp": {"servers": {"a": {"type": "local"}}},\n}\n',
}

# Under the home folder, whatever the system.
EVERYWHERE = {
    "continue": ".continue/mcpServers/tenon.yaml",
    "cline": ".cline/data/settings/cline_mcp_settings.json",
    "copilot": ".copilot/mcp-config.json",
    "kiro": ".kiro/settings/mcp.json",
    "qwen": ".qwen/settings.json",
    "amp": ".config/amp/settings.json",
    "droid": ".factory/mcp.json",
    "warp": ".warp/.mcp.json",
    "junie": ".junie/mcp/mcp.json",
    "lm-studio": ".lmstudio/mcp.json",
    "antigravity": ".gemini/config/mcp_config.json",
}


class Home:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        kept = {name: os.environ[name] for name in ("SYSTEMROOT", "TEMP", "LANG") if name in os.environ}
        self.environ = {**kept, "HOME": str(folder), "USERPROFILE": str(folder), "PATH": str(folder / "bin")}
        self.environ |= {"APPDATA": str(folder / "Roaming"), "LOCALAPPDATA": str(folder / "Local")}
        self.system = System(home=folder, environ=self.environ)

    def file(self, key: str) -> Path:
        return config_file(named(key), self.system)

    def write(self, key: str, text: str) -> Path:
        self.file(key).parent.mkdir(parents=True, exist_ok=True)
        self.file(key).write_bytes(text.encode())
        return self.file(key)

    def entry(self, key: str):
        text = self.file(key).read_bytes().decode()
        assistant = named(key)
        found = editor_for(assistant.form).read(text, entry_path(assistant, self.system, text))
        return found["mcpServers"][0] if assistant.owns_file and found["mcpServers"] else found

    def setup(self, *words: str, answer: str = "", code: int = 0, **environment: str) -> str:
        """The command in this process; what it prints."""
        environ = {**self.environ, "PYTHONPATH": str(CLIENT), **environment}
        told = io.StringIO()
        with (
            mock.patch.dict(os.environ, environ, clear=True),
            mock.patch("sys.stdin", io.StringIO(answer)),
            contextlib.redirect_stdout(told),
        ):
            ended = main(["setup", *words])
        assert ended == code, (ended, told.getvalue())
        return told.getvalue()

    def started(self, *words: str, answer: str = "") -> str:
        """The same in a process of its own."""
        ended = subprocess.run(
            [sys.executable, "-m", "tenon_client", "setup", *words],
            input=answer.encode(),
            capture_output=True,
            timeout=60,
            check=True,
            env={**self.environ, "PYTHONPATH": str(CLIENT), "PYTHONIOENCODING": "utf-8"},
        )
        return ended.stdout.decode()

    def files(self) -> dict[str, bytes]:
        return {
            str(each.relative_to(self.folder)): each.read_bytes()
            for each in self.folder.rglob("*")
            if each.is_file() and each.name != "assistants.json"
        }


@pytest.fixture
def home(tmp_path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def port() -> str:
    return str(free_port())


@pytest.mark.parametrize("way", ["--stdio", "--http"])
@pytest.mark.parametrize("key", KEYS)
def test_entered_tried_and_taken_back(home, port, key, way):
    home.write(key, THERE[key])
    before = home.files()
    told = home.setup("--assistant", key, "--port", port, "--yes", way)
    entry = home.entry(key)
    if way == "--stdio" or named(key).address is None:
        command = entry["command"] if key == "opencode" else [entry["command"], *entry["args"]]
        assert command == [sys.executable, "-m", "tenon_client", "mcp", "--port", port]
        assert "the program starts and answers 2025-11-25" in told
    else:
        assert f"http://127.0.0.1:{port}/mcp" in entry.values()
    assert f"nobody listens at 127.0.0.1:{port} yet" in told
    [backup] = [name for name in home.files() if name not in before]
    assert home.files()[backup] == THERE[key].encode()
    assert str(home.folder / backup) in told and "\n+" in told

    after = home.files()
    assert "already" in home.setup("--assistant", key, "--port", port, "--yes", way)
    assert home.files() == after, "a second time changes nothing, and makes no backup"

    assert "restored the file as it was" in home.setup("--undo")
    assert home.files() == before
    assert "Nothing was written" in home.setup("--undo")


@pytest.mark.parametrize("key", KEYS)
def test_without_a_file_one_is_made_and_taken_back(home, port, key):
    home.setup("--assistant", key, "--port", port, "--yes")
    assert home.entry(key)
    assert "removed the file" in home.setup("--undo")
    assert home.files() == {} and not any(home.file(key) == each for each in home.folder.rglob("*"))
    assert not is_installed(named(key), home.system)


@pytest.mark.parametrize("key", [key for key in KEYS if not named(key).owns_file])
def test_changes_made_since_stay(home, port, key):
    file = home.write(key, THERE[key])
    before = home.entry(key)
    home.setup("--assistant", key, "--port", port, "--yes")
    more = "\n# more\n" if key == "codex" else "\n// more\n"
    file.write_bytes(file.read_bytes() + more.encode())
    assert "other changes made since stay" in home.setup("--undo")
    assert home.entry(key) == before and file.read_bytes().decode().endswith(more)


def test_an_entry_that_was_changed_since_is_left_alone(home, port):
    file = home.write("cursor", THERE["cursor"])
    home.setup("--assistant", "cursor", "--port", port, "--yes")
    changed = jsonc_editor.put(file.read_text(), ("mcpServers", NAME), {"url": "http://mine"})
    file.write_text(changed)
    assert "left it alone" in home.setup("--undo")
    assert file.read_text() == changed


def test_those_that_are_installed_are_found(home, port):
    for key in ("cursor", "zed"):
        home.write(key, THERE[key])
    program = home.folder / "bin" / "gemini"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    told = home.setup("--port", port, "--yes")
    titles = [line.split(":")[0] for line in told.splitlines() if line.endswith((".json", ".toml"))]
    assert [each for each in titles if not each.startswith(("+", "-", " "))] == [
        "Cursor",
        "Gemini CLI",
        "Zed",
    ]


def test_nothing_installed_says_what_to_do(home):
    assert "--assistant" in home.setup(code=1)


@pytest.mark.parametrize(("answer", "written"), [("y\n", True), ("\n", True), ("n\n", False), ("", False)])
def test_it_asks_before_it_writes(home, port, answer, written):
    before = home.write("zed", THERE["zed"]).read_bytes()
    told = home.started("--assistant", "zed", "--port", port, answer=answer)
    assert "+" in told and "Write this?" in told
    assert (home.file("zed").read_bytes() != before) is written


@pytest.mark.parametrize("key", KEYS)
def test_a_file_that_is_not_understood_is_left_alone(home, port, key):
    file = home.write(key, "{ [mcp_servers.x\n")
    assert "Nothing was written: not" in home.setup("--assistant", key, "--port", port, "--yes", code=1)
    assert home.files() == {str(file.relative_to(home.folder)): b"{ [mcp_servers.x\n"}


def test_a_file_that_is_not_utf8_is_left_alone(home, port):
    file = home.write("cursor", "{}")
    file.write_bytes(b'{"a": "\xff"}')
    assert "not UTF-8" in home.setup("--assistant", "cursor", "--port", port, "--yes", code=1)
    assert file.read_bytes() == b'{"a": "\xff"}'


@pytest.mark.skipif(os.name == "nt", reason="links and rights of POSIX")
def test_a_link_stays_a_link_and_rights_stay(home, port):
    real = home.folder / "dotfiles" / "mcp.json"
    real.parent.mkdir()
    real.write_text("{}")
    real.chmod(0o600)
    home.file("cursor").parent.mkdir()
    home.file("cursor").symlink_to(real)
    home.setup("--assistant", "cursor", "--port", port, "--yes")
    assert home.file("cursor").is_symlink() and home.entry("cursor")
    assert real.stat().st_mode & 0o777 == 0o600
    home.setup("--undo")
    assert real.read_text() == "{}" and home.file("cursor").is_symlink()


@pytest.mark.parametrize("key", [key for key in KEYS if not named(key).writes_token])
@pytest.mark.parametrize("way", ["--stdio", "--http"])
def test_a_token_is_named_and_never_written(home, port, key, way):
    told = home.setup("--assistant", key, "--port", port, "--yes", "--token", way, TENON_TOKEN="s3cret")
    assert all(b"s3cret" not in text for text in home.files().values()) and "s3cret" not in told
    if named(key).inherits_token:  # the program inherits it
        assert "args" in home.entry(key)
    else:
        assert "TENON_TOKEN" in home.file(key).read_text()


@pytest.mark.parametrize("key", [each.key for each in ASSISTANTS if each.writes_token])
def test_a_token_that_must_be_written_is_told_of(home, port, key):
    words = ("--assistant", key, "--port", port, "--yes", "--token")
    assert "Set TENON_TOKEN" in home.setup(*words, code=1) and home.files() == {}
    assert "token itself will be in this file" in home.setup(*words, TENON_TOKEN="s3cret")
    assert home.entry(key)["env"] == {"TENON_TOKEN": "s3cret"}


def test_a_server_that_is_there_answers_through_what_was_written(home):
    with ScriptedTenon() as tenon:
        told = home.setup("--assistant", "claude-code", "--port", str(tenon.port), "--yes")
        assert f"scripted 1 answers at 127.0.0.1:{tenon.port}" in told
        tenon.answers["initialize"] = lambda connection, message: connection.whole(401, "text/plain", b"")
        told = home.setup("--assistant", "claude-code", "--port", str(tenon.port), "--yes")
        assert "it wants its token" in told


@pytest.mark.parametrize("key", KEYS)  # what Goose is given: test_setup_registry
def test_print_gives_the_snippet_and_writes_nothing(home, key):
    text = home.setup("--print", key, "--http", "--port", "9999")
    assistant = named(key)
    entry = editor_for(assistant.form).read(text, entry_path(assistant, home.system, text))
    assert entry and "9999" in text
    assert home.files() == {}


def test_a_file_of_our_own_goes_with_its_entry(home, port):
    words = ("--assistant", "continue", "--port", port, "--yes")
    home.setup(*words)
    file = home.file("continue")
    file.write_text(jsonc_editor.compact(jsonc_editor.read(file.read_text(), ())))  # laid out anew
    assert "removed the file" in home.setup("--undo") and home.files() == {}

    home.setup(*words)
    changed = jsonc_editor.put(file.read_text(), ("version",), "2.0.0")
    file.write_text(changed)
    assert "left it alone" in home.setup("--undo")
    assert file.read_text() == changed

    file.write_text("name: Tenon\nversion: 1.0.0\nschema: v1\n")  # somebody's own
    assert "Nothing was written: not JSON" in home.setup(*words, code=1)
    assert file.read_text().startswith("name: Tenon\n")


def test_a_file_that_is_not_edited_is_left_alone_and_the_text_to_paste_is_printed(home, port):
    file = home.write("goose", "extensions:\n  developer:\n    enabled: true\n")
    before = home.files()
    told = home.setup("--port", port, "--yes")
    assert f"Goose: {file}" in told and "Not written: this file is YAML" in told
    assert home.files() == before and "Nothing was written, or" in home.setup("--undo")
    assert told.rstrip().endswith(home.setup("--print", "goose", "--port", port).rstrip())


def test_opencodes_first_version_has_its_servers_elsewhere(home, port):
    home.write("opencode", '{"mcp": {"a": {"type": "local", "command": ["x"]}}}')
    home.setup("--assistant", "opencode", "--port", port, "--yes")
    assert jsonc_editor.read(home.file("opencode").read_text(), ("mcp", NAME))["type"] == "local"


@pytest.mark.parametrize(
    ("platform", "key", "place"),
    [
        ("linux", "claude-desktop", ".config/Claude/claude_desktop_config.json"),
        ("darwin", "claude-desktop", "Library/Application Support/Claude/claude_desktop_config.json"),
        ("win32", "claude-desktop", "AppData/Roaming/Claude/claude_desktop_config.json"),
        ("linux", "vscode", ".config/Code/User/mcp.json"),
        ("darwin", "vscode", "Library/Application Support/Code/User/mcp.json"),
        ("win32", "vscode", "AppData/Roaming/Code/User/mcp.json"),
        ("linux", "zed", ".config/zed/settings.json"),
        ("darwin", "zed", ".config/zed/settings.json"),
        ("win32", "zed", "AppData/Roaming/Zed/settings.json"),
        *((each, "claude-code", ".claude.json") for each in ("linux", "darwin", "win32")),
        *((each, "codex", ".codex/config.toml") for each in ("linux", "darwin", "win32")),
        *((each, "windsurf", ".codeium/windsurf/mcp_config.json") for each in ("linux", "darwin", "win32")),
        *((each, "gemini", ".gemini/settings.json") for each in ("linux", "darwin", "win32")),
        *((each, "cursor", ".cursor/mcp.json") for each in ("linux", "darwin", "win32")),
        *((each, key, place) for each in ("linux", "darwin", "win32") for key, place in EVERYWHERE.items()),
        ("linux", "goose", ".config/goose/config.yaml"),
        ("darwin", "goose", ".config/goose/config.yaml"),
        ("win32", "goose", "AppData/Roaming/Block/goose/config/config.yaml"),
    ],
)
def test_places_on_each_system(tmp_path, platform, key, place):
    assert config_file(named(key), System(platform, tmp_path, {})) == tmp_path / place


def test_claude_desktop_as_a_windows_package(tmp_path):
    package = tmp_path / "AppData/Local/Packages/Claude_abc/LocalCache/Roaming/Claude"
    package.mkdir(parents=True)
    file = config_file(named("claude-desktop"), System("win32", tmp_path, {}))
    assert file == package / "claude_desktop_config.json"


@pytest.mark.parametrize(
    ("platform", "key", "older"),
    [
        (
            "linux",
            "cline",
            f".config/{(stored := 'Code/User/globalStorage/saoudrizwan.claude-dev/settings')}",
        ),
        ("darwin", "cline", f"Library/Application Support/{stored}"),
        ("win32", "cline", f"AppData/Roaming/{stored}"),
        *((each, "antigravity", ".gemini/antigravity") for each in ("linux", "darwin", "win32")),
        *((each, "lm-studio", ".cache/lm-studio") for each in ("linux", "darwin", "win32")),
    ],
)
def test_a_file_of_an_older_version_is_the_one_while_there_is_no_newer(tmp_path, platform, key, older):
    system = System(platform, tmp_path, {})
    usual = config_file(named(key), system)
    file = tmp_path / older / usual.name
    file.parent.mkdir(parents=True)
    file.write_text("{}")
    assert config_file(named(key), system) == file and is_installed(named(key), system)
    usual.parent.mkdir(parents=True)
    usual.write_text("{}")
    assert config_file(named(key), system) == usual


@pytest.mark.parametrize(
    ("variable", "key", "place"),
    [
        ("CONTINUE_GLOBAL_DIR", "continue", "mcpServers/tenon.yaml"),
        ("COPILOT_HOME", "copilot", "mcp-config.json"),
        ("CLINE_DIR", "cline", "data/settings/cline_mcp_settings.json"),
        ("CLINE_DATA_DIR", "cline", "settings/cline_mcp_settings.json"),
        ("CLINE_MCP_SETTINGS_PATH", "cline", ""),
    ],
)
def test_a_variable_of_the_assistants_own_names_the_place(tmp_path, variable, key, place):
    system = System("linux", tmp_path / "home", {variable: str(tmp_path / "elsewhere")})
    assert config_file(named(key), system) == tmp_path / "elsewhere" / place


@pytest.mark.parametrize("key", ["continue", "cline", "kiro", "junie"])
def test_its_own_folder_shows_an_assistant_that_has_no_servers_yet(tmp_path, key):
    system = System("linux", tmp_path, {})
    assert not is_installed(named(key), system)
    (tmp_path / EVERYWHERE[key].partition("/")[0]).mkdir()
    assert is_installed(named(key), system)
