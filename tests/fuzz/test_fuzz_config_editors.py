"""The editors of `tenon setup` on configuration files that hypothesis makes up.

The entry gets in, comes out again, all else stays, and what cannot be understood is refused with
`ConfigError` and nothing else.

In: `TENON_FUZZ_SECONDS` for each of the targets (hours are fine), `TENON_FUZZ_SEED` to begin elsewhere;
without them the same few rounds as ever, so that a change is judged by itself and not by chance. Out: a
failure with the smallest file that shows it, and its seed. Judged by Python's own readers.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, assume, given, seed, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "client"))

from tenon_client.setup.editors import ConfigError, jsonc_editor, toml_editor

tomllib = pytest.importorskip("tomllib")  # from Python 3.11 on

SECONDS = float(os.environ.get("TENON_FUZZ_SECONDS") or 0)
SEED = int(os.environ.get("TENON_FUZZ_SEED") or 1)
ROUNDS = 8  # at least
EXAMPLES = 100  # in a round, after which the time is looked at

NAMES = ("mcpServers", "blender", "a", 'quoted "name"', "é", "")
ENTRY = {"command": 'C:\\x "y"', "args": ["-m", "é\x7f"], "enabled": True, "env": {"A B": "1"}}


def fuzz(strategy, check):
    """Rounds of examples, and more until the time is over, each with a seed of its own."""
    end = time.monotonic() + SECONDS
    at = SEED
    while at < SEED + ROUNDS or time.monotonic() < end:
        print(f"TENON_FUZZ_SEED={at}")

        @seed(at)
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        )
        @given(strategy)
        def one_round(example):
            check(example)

        one_round()
        at += 1


# ---- JSON with comments ----


class Comments:
    """Makes comments that can be told apart, so that each can be looked for afterwards."""

    def __init__(self, draw):
        self.draw, self.made = draw, []

    def trivia(self, line="\n"):
        """White space, perhaps with a comment."""
        kind = self.draw(st.integers(0, 7))
        if kind < 5:
            return ("", " ", line, line + "  ", "\t")[kind]
        text = f"c{len(self.made)}: " + self.draw(st.sampled_from(["", '"', "{}", "[1,", "// x", "blender"]))
        self.made.append(text)
        return f"//{text}{line}" if kind == 5 else f" /*{text}*/ " if kind == 6 else f"{line}//{text}{line}"


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5),
    st.sampled_from(["//", "/* */", ',}"', "\\", "\u2028"]),
)
PLAIN = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
    ),
    max_leaves=12,
)


@st.composite
def jsonc(draw):
    """A file's text, what it means, its comments, and a path."""
    comments = Comments(draw)
    line = draw(st.sampled_from(["\n", "\r\n"]))

    def written(value):
        if not isinstance(value, (dict, list)) or draw(st.integers(0, 9)) == 0:
            return json.dumps(value, ensure_ascii=draw(st.booleans()))
        parts = []
        for each in value:
            name = f"{json.dumps(each)}{comments.trivia(line)}:" if isinstance(value, dict) else ""
            member = written(value[each] if isinstance(value, dict) else each)
            parts.append(
                f"{comments.trivia(line)}{name}{comments.trivia(line)}{member}{comments.trivia(line)}"
            )
        trailing = "," + comments.trivia(line) if parts and draw(st.booleans()) else ""
        begin, end = "{}" if isinstance(value, dict) else "[]"
        return begin + ",".join(parts) + (trailing or comments.trivia(line)) + end

    value = draw(st.dictionaries(st.sampled_from(NAMES), PLAIN, max_size=4))
    text = (
        draw(st.sampled_from(["", "\ufeff"])) + comments.trivia(line) + written(value) + comments.trivia(line)
    )
    path = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3))
    return text, value, comments.made, path


STRING_OR_COMMENT = re.compile(r'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
STRING_OR_COMMA = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])', re.DOTALL)


def json_without_comments(text):
    """An independent reading: comments and trailing commas out, the rest to Python."""
    text = STRING_OR_COMMENT.sub(lambda found: found[1] or " ", text.removeprefix("\ufeff"))
    return json.loads(STRING_OR_COMMA.sub(lambda found: found[1] or "", text))


def with_entry(value, path, entry):
    """The value with the entry in it; None if something else is in the way."""
    if not path:
        return entry
    if not isinstance(value, dict):
        return None
    inner = with_entry(value.get(path[0], {}), path[1:], entry)
    return None if inner is None else {**value, path[0]: inner}


def is_there(value, path):
    for name in path:
        if not isinstance(value, dict) or name not in value:
            return False
        value = value[name]
    return True


def check_jsonc(example):
    text, value, comments, path = example
    assert json_without_comments(text) == value, "the test reads what it has written"
    wanted = with_entry(value, path, ENTRY)
    try:
        changed = jsonc_editor.put(text, path, ENTRY)
    except ConfigError:
        assert wanted is None, "nothing was in the way"
        return
    assert json_without_comments(changed) == wanted
    assert jsonc_editor.read(changed, path) == ENTRY
    assert jsonc_editor.put(changed, path, ENTRY) == changed
    removed = jsonc_editor.remove(changed, path)
    left = json_without_comments(removed)
    assert not is_there(left, path)
    if not is_there(value, path):
        assert all(comment.strip() in changed and comment.strip() in removed for comment in comments)
        assert with_entry(left, path, ENTRY) == wanted, "the rest is as it was"


def test_jsonc_is_changed_and_changed_back():
    fuzz(jsonc(), check_jsonc)


ANY_JSON = st.one_of(
    st.text(max_size=40),
    st.text(alphabet='{}[]",:/*\\ \n\t1eE-+.nultrfas\ufeff', max_size=60),
    st.builds(
        lambda example, at, more: example[0][: at % (len(example[0]) + 1)] + more,
        jsonc(),
        st.integers(0, 500),
        st.text(max_size=5),
    ),
    st.builds(
        lambda depth, text: text * depth, st.integers(100, 5000), st.sampled_from(["[", '{"a":', "/*"])
    ),
)


def check_any_json(text):
    try:
        changed = jsonc_editor.put(text, ("mcpServers", "blender"), ENTRY)
    except ConfigError:
        return
    assert jsonc_editor.read(changed, ("mcpServers", "blender")) == ENTRY
    jsonc_editor.remove(changed, ("mcpServers", "blender"))


def test_what_is_not_jsonc_is_refused_and_nothing_worse():
    fuzz(ANY_JSON, check_any_json)


# ---- TOML ----

PATH = ("mcp_servers", "blender")
HEADERS = st.sampled_from(
    [
        "[a]",
        "[a.b]",
        "[ mcp_servers ]",
        "[mcp_servers.a]",
        "[mcp_servers.blender]",
        '[mcp_servers."blender"]',
        "[mcp_servers.blender.env]",
        "[mcp_servers.blender.env.more]",
        "[[list]]",
        "[[a.list]]",
        "[[mcp_servers]]",
        "[[mcp_servers.blender]]",
        "['é']",
    ]
)
KEYS = st.sampled_from(
    ["url", "command", "x", '"q k"', "'l'", "b.c", "mcp_servers.blender.url", "blender.url", "env.A", "é"]
)
VALUES = st.one_of(
    SCALARS.filter(lambda value: value is not None).map(lambda value: json.dumps(value, ensure_ascii=False)),
    st.sampled_from(
        [
            "'[mcp_servers.blender]'",
            '"""\n[mcp_servers.blender]\n\\"""\n"""',
            "'''\n[x\n# no comment\n'''",
            "[\n  1, # one\n  2,\n]",
            "[[1], ['[a]']]",
            "{ a = 1, b = { c = '}' } }",
            "{}",
            "1979-05-27T07:32:00Z",
            "07:32:00",
            "1_000",
            "0xFF",
            "-inf",
        ]
    ),
)


@st.composite
def toml(draw):
    """A file's text and its comments; `tomllib` says later whether it is TOML."""
    comments = []

    def comment():
        if draw(st.integers(0, 2)):
            return ""
        comments.append(f"# c{len(comments)} [mcp_servers.blender] ")
        return comments[-1]

    lines = []
    for kind in draw(st.lists(st.sampled_from("hkkkc "), max_size=12)):
        if kind == "h":
            lines.append(f"{draw(HEADERS)} {comment()}")
        elif kind == "k":
            lines.append(f"{draw(KEYS)} = {draw(VALUES)} {comment()}")
        else:
            lines.append(comment() if kind == "c" else draw(st.sampled_from(["", "  "])))
    text = (
        draw(st.sampled_from(["", "\ufeff"])) + "\n".join(lines) + draw(st.sampled_from(["", "\n", "\n\n"]))
    )
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"]))), comments


def toml_of(text):
    return tomllib.loads(text.removeprefix("\ufeff"))


def rest_of(value, has_entry):
    """The value without the entry, and whether its table is empty or missing being one."""
    value = dict(value)
    servers = value.pop(PATH[0], {})
    if has_entry:
        servers = {name: each for name, each in servers.items() if name != PATH[1]}
    return value, servers


def check_toml(example):
    text, comments = example
    try:
        value = toml_of(text)
    except (ValueError, RecursionError):
        value = None
    assume(value is not None)
    try:
        changed = toml_editor.put(text, PATH, ENTRY)
    except ConfigError:
        return  # several ways to write a table cannot be changed; the file is left alone
    now = toml_of(changed)
    assert now[PATH[0]][PATH[1]] == ENTRY == toml_editor.read(changed, PATH)
    before = value.get(PATH[0], {}).get(PATH[1])
    assert rest_of(now, True) == rest_of(value, before is not None)
    assert toml_editor.put(changed, PATH, ENTRY) == changed
    if text.count("\r\n") == text.count("\n"):
        assert changed.count("\r\n") in (0, changed.count("\n"))
    try:
        removed = toml_editor.remove(changed, PATH)
    except ConfigError:
        assert before is not None, "what was written by us can be removed"
        return
    assert rest_of(toml_of(removed), False) == rest_of(value, before is not None)
    if before is None:
        assert all(comment.strip() in removed for comment in comments)


def test_toml_is_changed_and_changed_back():
    fuzz(toml(), check_toml)


ANY_TOML = st.one_of(
    st.text(max_size=40),
    st.text(alphabet="[]{}=.,\"'#\\ \n\r\tabmcp_servers1e+-:T", max_size=60),
    st.builds(lambda example, at: example[0][: at % (len(example[0]) + 1)], toml(), st.integers(0, 300)),
    st.builds(
        lambda depth, text: "x = " + text * depth, st.integers(100, 3000), st.sampled_from(["[", "{a="])
    ),
)


def check_any_toml(text):
    try:
        changed = toml_editor.put(text, PATH, ENTRY)
    except ConfigError:
        return
    assert toml_editor.read(changed, PATH) == ENTRY
    try:
        toml_editor.remove(changed, PATH)
    except ConfigError:
        assert "blender" in text, "what was written by us can be removed"


def test_what_is_not_toml_is_refused_and_nothing_worse():
    fuzz(ANY_TOML, check_any_toml)
