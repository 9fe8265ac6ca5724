"""The dictionary of building terms against the table of commands: what a term promises, its command takes."""

import json
from pathlib import Path

import pytest
from tenon.registry.table import TABLE

DATA = Path(__file__).resolve().parents[2] / "src" / "language" / "data"
TERMS = json.loads((DATA / "terms.json").read_text("utf-8"))
BUILT = [term for term in TERMS if "command" in term]


def properties(command: str) -> dict:
    return TABLE[command].schema["properties"]


@pytest.mark.parametrize("term", BUILT, ids=lambda term: term["id"])
def test_a_term_names_what_its_command_takes(term):
    taken = properties(term["command"])
    for name, about in term.get("params", {}).items():
        schema = taken[name]
        # What the term gives by itself is its own default.
        if name not in term.get("presets", {}) and schema.get("default") is not None:
            assert about["default"] == schema["default"], name
        if "choices" in about:
            assert about["choices"] == [each for each in schema["enum"] if each is not None], name
    for name, value in term.get("presets", {}).items():
        assert value in taken[name].get("enum", [value]), name


@pytest.mark.parametrize("term", [term for term in TERMS if "means" in term], ids=lambda term: term["id"])
def test_a_word_for_a_parameter_means_one_that_there_is(term):
    assert all(name in properties(command) for command, name in term["means"].items())
