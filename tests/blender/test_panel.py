"""The panel's words, and what it draws with; drawn it is in `windowed/`."""

import json

import bpy
import pytest
from tenon.ui import panel, sentence_panel, session_panels, wrapped_text


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("Object not found: Cube", "Object not found: Cube"),
        (json.dumps({"exception_type": "KeyError", "message": "'x'", "traceback": "..."}), "KeyError: 'x'"),
        ("[1, 2]", "[1, 2]"),
        ('{"some": "object"}', '{"some": "object"}'),
    ],
)
def test_a_failure_in_words(message, words):
    assert panel._error_text(message) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3, "just now"),
        (59.9, "just now"),
        (60, "1 min ago"),
        (3599, "59 min ago"),
        (7300, "2 h ago"),
        (86_400, "1 day ago"),
        (9e6, "104 days ago"),
    ],
)
def test_how_long_ago(seconds, words):
    assert session_panels.age(seconds) == words


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", []),
        ("a red cube on the cone", ["a red cube", "on the", "cone"]),
        ("赤い立方体を作成して", ["赤い立方体", "を作成して"]),
        ("「Cube」を2m上に", ["「Cube」を", "2m上に"]),
    ],
)
def test_lines_as_wide_as_the_sidebar(text, lines):
    assert wrapped_text._wrapped(text, 10) == lines


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ({"command": "create_object", "result": {"name": "Cube"}}, "said back"),
        ({"command": "count_objects", "result": {"count": 3, "names": ["A", "B", "C"]}}, "said back; 3"),
        (
            {"command": "get_object", "result": {"name": "A", "location": [1, 2.5, 1 / 3]}},
            "said back; A: 1, 2.5, 0.3333",
        ),
        (
            {"command": "move_objects", "result": {"names": ["A"], "notes": ["it is held"]}},
            "said back; it is held",
        ),
    ],
)
def test_what_a_sentence_came_to_in_words(step, words):
    assert sentence_panel._words({"echo": "said back", "steps": [step]}) == words


@pytest.mark.skipif(bpy.app.version < (4, 0), reason="older ones have no bar")
def test_the_bar_of_newer_blenders_takes_what_is_given():
    assert {"factor", "text"} <= set(bpy.types.UILayout.bl_rna.functions["progress"].parameters.keys())
