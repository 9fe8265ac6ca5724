"""Entering into TOML files as people have left them, judged by Python's own reader where it has one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "client"))

from tenon_client.setup.editors import ConfigError
from tenon_client.setup.editors.toml_editor import put, read, remove

tomllib = pytest.importorskip("tomllib")  # from Python 3.11 on

PATH = ("mcp_servers", "blender")
ENTRY = {
    "command": 'C:\\Programs\\tenon "x".exe',
    "args": ["-m", "é\x7f"],
    "enabled": True,
    "env": {"A B": "1"},
}

FILES = {
    "nothing": "",
    "keys": 'model = "x" # and why\n',
    "no line's end": 'model = "x"',
    "other servers": (
        '[mcp_servers.a]\ncommand = "x"\nargs = [\n  "[mcp_servers.blender]", # not a header\n]\n\n'
        "[tui]\nx = 1\n"
    ),
    "a table of servers": "[mcp_servers]\n# none yet\n",
    "long strings": 'a = """\n[mcp_servers.blender]\n\\"""\n"""\nb = \'\'\'\n[x\n\'\'\'\n[[list]]\ny = 1\n',
    "windows": '[a]\r\nx = "#"\r\n',
    "dotted": 'mcp_servers.a.command = "x"\n"quoted key".\'b\' = { c = [1, 2], d = "}" }\n',
    "dates": "d = 1979-05-27T07:32:00Z\nn = 1_000\nf = +inf\nh = 0xFF\n",
    "one line of servers": "mcp_servers = {}\n",
    "a mark": "\ufeffx = 1\n",
    "comments behind": "[a]\nx = 1\n\n# the end",
}
THERE = {
    "inline": '[mcp_servers] # mine\nblender = { url = "x" } # this\na = {}\n',
    "dotted": 'mcp_servers.blender.url = "x"\n[b]\n',
    "all on one line": 'mcp_servers = { blender = { url = "x" }, a = {} }\n',
    "first": '[mcp_servers.blender]\ncommand = "uvx"\nargs = ["blender-mcp"]\n\n# next\n[tui]\nx = 1\n',
    "quoted": "[ mcp_servers . \"blender\" ]\nurl = 'u'\n",
    "with tables": "x = 1\n[mcp_servers.blender]\ncommand = 'y'\n[mcp_servers.blender.env]\nA = '1'\n[z]\n",
}


@pytest.mark.parametrize("text", [*FILES.values(), *THERE.values()], ids=[*FILES, *THERE])
def test_what_is_entered_is_there_and_the_rest_stays(text):
    before = tomllib.loads(text.removeprefix("\ufeff"))
    after = put(text, PATH, ENTRY)
    now = tomllib.loads(after.removeprefix("\ufeff"))
    assert now["mcp_servers"].pop("blender") == ENTRY == read(after, PATH)
    before.get("mcp_servers", {}).pop("blender", None)
    assert {"mcp_servers": {}, **now} == {"mcp_servers": {}, **before}
    assert put(after, PATH, ENTRY) == after
    assert after.count("\r\n") in (0, after.count("\n"))


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
def test_what_is_taken_back_leaves_no_trace(text):
    taken = remove(put(text, PATH, ENTRY), PATH)
    assert taken == text or taken == text + "\n"
    assert remove(text, PATH) == text


@pytest.mark.parametrize("text", THERE.values(), ids=THERE)
def test_what_is_removed_leaves_the_rest(text):
    try:
        left = remove(text, PATH)
    except ConfigError:
        pytest.fail("it could be written, and so it can be removed")
    before, now = tomllib.loads(text), tomllib.loads(left)
    del before["mcp_servers"]["blender"]
    assert {"mcp_servers": {}, **now} == before


def test_comments_stay_where_they_were():
    text = "# a\n[mcp_servers.blender] # b\n# c\nurl = 'u' # d\n\n# e\n[tui] # f\n# g\n"
    changed = put(text, PATH, {"url": "v", "enabled": True})
    assert [changed.count(f"# {letter}") for letter in "abcdefg"] == [1] * 7
    assert changed.index("# e") < changed.index("[tui]") and "enabled = true" in changed
    assert remove(changed, PATH) == "# a\n\n# e\n[tui] # f\n# g\n"


@pytest.mark.parametrize("text", THERE.values(), ids=THERE)
def test_what_was_there_is_read(text):
    assert read(text, PATH) == tomllib.loads(text)["mcp_servers"]["blender"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("mcp_servers = 1\n", "mcp_servers is not a table"),
        ("[[mcp_servers]]\nx = 1\n", "mcp_servers is not a table"),
        ("[mcp_servers]\nblender = 1\n", "blender is not a table"),
        ("[mcp_servers.blender]\nx = 1\n[a]\ny = 1\n[mcp_servers.blender.env]\nz = 1\n", "several places"),
        ("[mcp_servers.blender]\nx = 1\nenv.A = 1\n[mcp_servers.blender.env.more]\n", "by hand"),
        ("[a\n", "line 1"),
        ("x = [1,\n", "not TOML"),
        ("x = 1\nx = 2\n", "not TOML"),
        ("x\n", "line 1"),
        ("= 1\n", "line 1"),
    ],
)
def test_what_cannot_be_entered_is_said(text, why):
    with pytest.raises(ConfigError, match=why):
        put(text, PATH, ENTRY)


@pytest.mark.parametrize(
    "text",
    [
        "[mcp_servers.a] # c0\n[ mcp_servers ] # c1 ",
        "# c0\n\n[mcp_servers.a] \n[[list]] ",
        "[[mcp_servers.blender]]\n\nmcp_servers.blender.url = 1\n",
        "\r\r\n",
    ],
    ids=["loses a comment", "is put in another order", "a name twice", "a lone CR"],
)
def test_what_tomlkit_could_not_put_back_is_refused_before_anything_is_written(text):
    """Found by tests/fuzz."""
    with pytest.raises(ConfigError):
        put(text, PATH, {"command": "x"})


def test_a_table_of_dotted_names_is_changed_twice_alike():
    text = "command = [\n  1, # one\n  2,\n]\nmcp_servers.blender.url = 1 # c0\n"
    changed = put(text, PATH, {"url": "x"})
    assert put(changed, PATH, {"url": "x"}) == changed
