"""The panel's words, and what it draws with; drawn it is in `windowed/`."""

import json

import bpy
import pytest
from tenon import panel


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
    assert panel._words(message) == words


@pytest.mark.skipif(bpy.app.version < (4, 0), reason="older ones have no bar")
def test_the_bar_of_newer_blenders_takes_what_is_given():
    assert {"factor", "text"} <= set(bpy.types.UILayout.bl_rna.functions["progress"].parameters.keys())
