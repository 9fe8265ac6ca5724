"""The one table of assistants: what the panel copies and what `tenon setup` writes are the same entries."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "client"))

from tenon_client.setup.editors import editor_for
from tenon_client.setup.platform_paths import FILES
from tenon_client.setup.registry import ASSISTANTS, NAME, TOKEN, Secret, named, url_of

URL = "http://127.0.0.1:9877/mcp"
KEYS = [each.key for each in ASSISTANTS]
# The others get a command line, or YAML, which is written and never read.
PASTED = [each.key for each in ASSISTANTS if not each.command_line and each.form != "yaml"]


def pasted_entry(key, token=None):
    """What the assistant reads when its file holds nothing but the text of the panel."""
    assistant = named(key)
    text = assistant.pasted(URL, token)
    return editor_for(assistant.form).read(text, assistant.path)


def test_each_has_a_key_of_its_own_and_a_file():
    assert sorted(KEYS) == sorted(set(KEYS)) == sorted(FILES)


@pytest.mark.parametrize("key", PASTED)
def test_what_is_copied_is_the_entry_that_setup_writes(key):
    assistant = named(key)
    # Blender does not know where the program lies; who has installed it does.
    program = assistant.program(["tenon", "mcp", "--port", "9877"], None)
    assert pasted_entry(key) == (assistant.address(URL, None) if assistant.address else program)


@pytest.mark.parametrize("key", PASTED)
def test_what_is_copied_holds_the_token_itself(key):
    entry = pasted_entry(key, "s3cret")
    if named(key).address is None:
        assert entry["env"] == {TOKEN: "s3cret"}
        return
    assert TOKEN not in str(entry)
    if key == "continue":
        entry = entry["mcpServers"][0]["requestOptions"]
    assert entry[("headers", "http_headers")[key == "codex"]] == {"Authorization": "Bearer s3cret"}


def test_claude_code_gets_a_command_for_a_terminal():
    assert named("claude-code").pasted(URL, None).split()[-2:] == [NAME, URL]
    assert named("claude-code").pasted(URL, "it's").endswith("--header 'Authorization: Bearer it'\"'\"'s'\n")


@pytest.mark.parametrize("key", [key for key in KEYS if not named(key).writes_token])
def test_setup_names_the_variable(key):
    assistant = named(key)
    secret = Secret(assistant.reference, is_variable=True)
    program = str(assistant.program(["tenon", "mcp"], secret))
    assert (TOKEN in program) is (not assistant.inherits_token or key == "goose")
    if not assistant.inherits_token:
        assert TOKEN in str(assistant.address(URL, secret))


HEADERS = {"headers": {"Authorization": "Bearer s3cret"}}
START = {"command": "tenon", "args": ["mcp"]}
# By address with a token, as a program, and what stands for the token where a variable may be named.
ENTRIES = {
    "continue": (
        {"type": "streamable-http", "url": URL, "requestOptions": HEADERS},
        {"type": "stdio", **START},
        "${{ secrets.TENON_TOKEN }}",
    ),
    "cline": ({"type": "streamableHttp", "url": URL, **HEADERS}, START, None),
    "copilot": (
        {"type": "http", "url": URL, **HEADERS, "tools": ["*"]},
        {"type": "local", **START, "tools": ["*"]},
        "${TENON_TOKEN}",
    ),
    "kiro": ({"url": URL, **HEADERS}, START, "${TENON_TOKEN}"),
    "qwen": ({"httpUrl": URL, **HEADERS}, START, "$TENON_TOKEN"),
    "amp": ({"url": URL, **HEADERS}, START, "${TENON_TOKEN}"),
    "droid": ({"type": "http", "url": URL, **HEADERS}, {"type": "stdio", **START}, None),
    "warp": ({"url": URL, **HEADERS}, START, None),
    "junie": (None, START, None),
    "lm-studio": ({"url": URL, **HEADERS}, START, None),
    "antigravity": ({"serverUrl": URL, **HEADERS}, START, None),
}


@pytest.mark.parametrize("key", ENTRIES)
def test_entries_are_those_of_the_documentation(key):
    address, program, variable = ENTRIES[key]
    assistant = named(key)

    def server(entry):
        if key != "continue":
            return entry
        assert {**entry, "mcpServers": []} == {
            "name": "Tenon",
            "version": "1.0.0",
            "schema": "v1",
            "mcpServers": [],
        }
        [found] = entry["mcpServers"]
        assert found.pop("name") == NAME
        return found

    secret = Secret("s3cret")
    assert (assistant.address and server(assistant.address(URL, secret))) == address
    assert server(assistant.program(["tenon", "mcp"], None)) == program
    given = server(assistant.program(["tenon", "mcp"], secret))
    assert given == {**program, "env": {TOKEN: "s3cret"}}
    assert (assistant.reference or None) == variable and assistant.writes_token is (variable is None)
    assert not assistant.prefers_address


def test_goose_gets_yaml_to_paste():
    goose = named("goose")
    program = goose.program(['/o/"py\x85"', "mcp"], Secret("", is_variable=True))
    assert goose.document(goose.path, program) == (
        "extensions:\n"
        "  blender:\n"
        '    name: "blender"\n'
        "    enabled: true\n"
        "    timeout: 300\n"
        '    type: "stdio"\n'
        '    cmd: "/o/\\"py\\u0085\\""\n'
        '    args: ["mcp"]\n'
        '    env_keys: ["TENON_TOKEN"]\n'
    )
    assert goose.pasted(URL, "s3cret") == (
        "extensions:\n"
        "  blender:\n"
        '    name: "blender"\n'
        "    enabled: true\n"
        "    timeout: 300\n"
        '    type: "streamable_http"\n'
        f'    uri: "{URL}"\n'
        '    headers: {"Authorization": "Bearer s3cret"}\n'
    )


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("localhost:9876", "http://127.0.0.1:9876/mcp"),
        ("0.0.0.0:1", "http://127.0.0.1:1/mcp"),
        ("[::]:1", "http://127.0.0.1:1/mcp"),
        ("10.0.0.2:1", "http://10.0.0.2:1/mcp"),
    ],
)
def test_the_url_is_one_for_this_machine(address, url):
    assert url_of(address) == url


def test_another_machine_and_port_are_named_to_the_program():
    text = named("claude-desktop").pasted("http://[fe80::1]:9877/mcp", None)
    assert '"--host",\n        "fe80::1",\n        "--port",\n        "9877"' in text
