"""The panel's "Copy Configuration" and `tenon setup` tell an assistant the same, each for its place."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "client"))

from tenon_client.assistants.catalogue import ASSISTANTS, NAME, TOKEN, named
from tenon_client.configuration import json_text, toml_text

ROOT = Path(__file__).resolve().parents[2]
URL = "http://127.0.0.1:9877/mcp"


def load():
    """The add-on's module, which needs no Blender."""
    spec = importlib.util.spec_from_file_location("panel", ROOT / "blender_addon" / "assistants.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["panel"] = module
    spec.loader.exec_module(module)
    return module


panel = load()
KEYS = [each.key for each in ASSISTANTS]


def test_they_know_the_same_assistants_by_the_same_names():
    assert [(each.key, each.title) for each in panel.ASSISTANTS] == [(a.key, a.title) for a in ASSISTANTS]
    assert (panel.NAME, panel.TOKEN) == (NAME, TOKEN)


@pytest.mark.parametrize("key", KEYS)
def test_they_give_the_same_entry(key):
    theirs, ours = panel.named(key).entry(URL, None), named(key)
    assert panel.named(key).table == ours.table
    if ours.address:
        assert theirs == ours.address(URL, False)
    else:
        # Blender does not know where the program lies; who has installed it does.
        assert theirs == ours.program([theirs["command"], "mcp", "--port", "9877"], False)


@pytest.mark.parametrize("key", KEYS)
def test_what_is_copied_can_be_pasted_where_setup_writes(key):
    text = panel.text(key, URL)
    if text.startswith("claude mcp add"):
        assert text.split()[-2:] == [NAME, URL]
        return
    language = toml_text if key == "codex" else json_text
    assert language.read(text, (*named(key).table, NAME)) == panel.named(key).entry(URL, None)


@pytest.mark.parametrize("key", KEYS)
def test_a_token_goes_where_setup_refers_to_it(key):
    ours, theirs = named(key), panel.named(key).entry(URL, "s3cret")
    if key == "codex":  # it has a way of its own to name a variable
        assert theirs["http_headers"] == {"Authorization": "Bearer s3cret"}
    elif ours.hands_token_on:  # setup gives these the program, which inherits it
        assert theirs["headers"] == {"Authorization": "Bearer s3cret"}
    elif ours.address:
        told = ours.address(URL, True)
        reference = told["headers"]["Authorization"].removeprefix("Bearer ")
        assert TOKEN in reference
        assert json.loads(json.dumps(told).replace(reference, "s3cret")) == theirs
    else:
        assert theirs["env"] == {TOKEN: "s3cret"}
