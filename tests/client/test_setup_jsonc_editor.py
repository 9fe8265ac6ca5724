"""Entering into JSON files as people and programs have left them: the rest stays, byte for byte."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "client"))

from tenon_client.setup.editors import ConfigError
from tenon_client.setup.editors.jsonc_editor import put, read, remove

PATH = ("mcpServers", "blender")
ENTRY = {"command": "tenon", "args": ["mcp"], "env": {"A": "größe"}}

FILES = {
    "an empty object": "{}",
    "an empty object over lines": "{\n}\n",
    "an empty object with spaces": "{  }\n",
    "no such member": '{\n  "theme": "dark"\n}\n',
    "four spaces": (
        '{\n    "theme": "dark",\n    "mcpServers": {\n'
        '        "a": {\n            "url": "x"\n        }\n    }\n}\n'
    ),
    "tabs": '{\n\t"mcpServers": {\n\t\t"a": {"command": "x"}\n\t}\n}\n',
    "no servers yet": '{\n  "mcpServers": {},\n  "z": 1\n}\n',
    "no servers yet, over lines": '{\n  "mcpServers": {\n  },\n  "z": 1\n}\n',
    "one line": '{"mcpServers":{"a":{"command":"x"}},"z":[1,2]}',
    "one line without servers": '{"z":[1,2],"mcpServers":{}}\n',
    "one line inside": '{\n  "mcpServers": {"a": {"command": "x"}}\n}',
    "windows": '{\r\n  "mcpServers": {\r\n    "a": {}\r\n  }\r\n}\r\n',
    "a byte order mark": '\ufeff{\n  "mcpServers": {}\n}\n',
    "comments": (
        '// Settings\n{\n  // the theme, "dark"\n  "theme": "dark", /* } */\n'
        '  "mcpServers": {\n    "a": {"command": "x"} // the last one, {\n'
        "    // and nothing else\n  }\n} // end\n"
    ),
    "trailing commas": '{\n  "mcpServers": {\n    "a": {"command": "x",},\n  },\n  "list": [1, 2,],\n}\n',
    "a trailing comma and a comment": '{\n  "mcpServers": {\n    "a": 1, // why\n  },\n}\n',
    "comments only inside": '{\n  "mcpServers": {\n    // "old": {}\n  }\n}\n',
    "only comments": "// nothing here yet\n",
    "nothing": "",
    "the name elsewhere": '{\n  "x": {"mcpServers": {"blender": 1}},\n  "s": "\\"mcpServers\\": {"\n}\n',
    "slashes in strings": '{\n  "u": "http://x/*y*/",\n  "mcpServers": {"a": {"url": "https://a//b"}}\n}\n',
    "numbers and words": '{\n  "n": -1.50e+3, "t": true, "x": null,\n  "mcpServers": {"a": 1.0}\n}\n',
    "twice": '{\n  "mcpServers": {"old": 1},\n  "mcpServers": {"a": 1}\n}\n',
}


def comments(text):
    return text.count("//") + text.count("/*")


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
def test_what_is_entered_is_there_and_the_rest_stays(text):
    before = read(text, ()) or {}
    after = put(text, PATH, ENTRY)
    assert read(after, PATH) == ENTRY
    wanted = {**before, "mcpServers": {**before.get("mcpServers", {}), "blender": ENTRY}}
    assert read(after, ()) == wanted
    assert comments(after) == comments(text)
    left = iter(after)
    assert all(char in left for char in text if char not in " \t\r\n"), "each char, in its order"
    if "//" not in text and "/*" not in text and ",}" not in text and ",\n" not in text.replace('",\n', ""):
        assert json.loads(after.lstrip("\ufeff")) == wanted, "still what strict readers remove"
    assert after.count("\r\n") in (0, after.count("\n"))


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
def test_entering_twice_changes_nothing_more(text):
    once = put(text, PATH, ENTRY)
    assert put(once, PATH, ENTRY) == once


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
def test_what_is_taken_back_leaves_no_trace(text):
    if read(text, ("mcpServers",)) is None:
        return  # the object on the way is told of by the record
    taken = remove(put(text, PATH, ENTRY), PATH)
    assert "".join(taken.split()) == "".join(text.split())
    assert read(taken, ()) == read(text, ())
    if read(text, ("mcpServers",)):
        assert taken == text


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
def test_a_new_value_takes_the_old_ones_place(text):
    once = put(text, PATH, {"url": "http://old"})
    assert read(put(once, PATH, ENTRY), PATH) == ENTRY
    assert put(put(once, PATH, ENTRY), PATH, {"url": "http://old"}).split() == once.split()


@pytest.mark.parametrize("gone", ["a", "b", "c"])
@pytest.mark.parametrize("comma", ["", ","])
def test_each_member_can_be_taken(gone, comma):
    text = '{\n  "s": {\n    "a": 1, // one\n    "b": 2,\n    "c": 3' + comma + "\n  }\n}\n"
    left = read(remove(text, ("s", gone)), ("s",))
    assert left == {name: value for name, value in {"a": 1, "b": 2, "c": 3}.items() if name != gone}
    assert remove(text, ("s", "d")) == text and remove(text, ("t", "a")) == text


def test_a_comment_before_the_last_member_stays_a_comment():
    text = '{"a": 1, // one\n"b": 2}'
    assert remove(text, ("b",)) == '{"a": 1 // one\n}'


def test_what_is_there_already_is_not_written_anew():
    text = ' {\n "s" : {"a" : [ 1 ]}}'
    assert put(text, ("s",), {"a": [1]}) == text


def test_it_looks_as_if_it_had_been_written_there():
    assert put(FILES["tabs"], PATH, {"url": "u"}) == (
        '{\n\t"mcpServers": {\n\t\t"a": {"command": "x"},\n'
        '\t\t"blender": {\n\t\t\t"url": "u"\n\t\t}\n\t}\n}\n'
    )
    assert (
        put("{}", PATH, {"url": "u"})
        == '{\n  "mcpServers": {\n    "blender": {\n      "url": "u"\n    }\n  }\n}'
    )
    assert put(FILES["one line"], PATH, {"url": "u"}) == (
        '{"mcpServers":{"a":{"command":"x"}, "blender": {"url": "u"}},"z":[1,2]}'
    )


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("{", "line 1, column 2"),
        ('{\n  "a": 1\n  "b": 2\n}', "line 3, column 3"),
        ('{"a" 1}', "column 6"),
        ("{'a': 1}", "column 2"),
        ('{"a": 1} x', "column 10"),
        ('{"a": nul}', "column 7"),
        ('{"a": [1 2]}', "column 10"),
        ('{"a": "x\ny"}', "column 7"),
        ("{,}", "column 2"),
        ("[" * 300, "levels"),
        ("/* {}", "column 1"),
    ],
)
def test_what_is_not_json_is_never_written(text, place):
    with pytest.raises(ConfigError, match=place):
        put(text, PATH, ENTRY)


def test_what_is_in_the_way_is_not_replaced():
    for text in ('{"mcpServers": []}', "[]", '{"mcpServers": null}'):
        with pytest.raises(ConfigError, match="not an object"):
            put(text, PATH, ENTRY)
