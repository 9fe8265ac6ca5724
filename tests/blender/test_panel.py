"""The panel's words, and what it draws with; drawn it is in `windowed/`."""

import json

import bpy
import pytest
from tenon.ui import panel, session_panels


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


@pytest.mark.skipif(bpy.app.version < (4, 0), reason="older ones have no bar")
def test_the_bar_of_newer_blenders_takes_what_is_given():
    assert {"factor", "text"} <= set(bpy.types.UILayout.bl_rna.functions["progress"].parameters.keys())
