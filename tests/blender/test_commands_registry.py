"""The table of commands: schemas from hints and docstrings, names, and what every row must have."""

import json
from typing import Annotated, Any, Literal, Optional, Union

import pytest
from tenon.errors import CommandError
from tenon.registry import table as registry
from tenon.registry.schema import Color, Constraint, Vector3, schema_of
from tenon.registry.table import command


@pytest.fixture
def table(monkeypatch):
    """An empty table in place of the real one."""
    monkeypatch.setattr(registry, "TABLE", {})
    return registry.TABLE


@pytest.mark.parametrize(
    ("hint", "expected"),
    [
        (int, {"type": "integer"}),
        (float, {"type": "number"}),
        (str, {"type": "string"}),
        (bool, {"type": "boolean"}),
        (Any, {}),
        (list, {"type": "array"}),
        (dict, {"type": "object"}),
        (list[int], {"type": "array", "items": {"type": "integer"}}),
        (dict[str, float], {"type": "object", "additionalProperties": {"type": "number"}}),
        (dict[str, Any], {"type": "object"}),
        (tuple[int, ...], {"type": "array", "items": {"type": "integer"}}),
        (tuple[float, float], {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}),
        (
            tuple[str, int],
            {
                "type": "array",
                "prefixItems": [{"type": "string"}, {"type": "integer"}],
                "minItems": 2,
                "maxItems": 2,
            },
        ),
        (Literal["a", "b"], {"type": "string", "enum": ["a", "b"]}),
        (Literal["a", 1], {"type": ["string", "integer"], "enum": ["a", 1]}),
        (Optional[int], {"type": ["integer", "null"]}),  # noqa: UP045  (this spelling must work too)
        (int | None, {"type": ["integer", "null"]}),
        (Literal["a"] | None, {"type": ["string", "null"], "enum": ["a", None]}),
        (Union[int, str], {"anyOf": [{"type": "integer"}, {"type": "string"}]}),  # noqa: UP007
        (int | str | None, {"anyOf": [{"type": "integer"}, {"type": "string"}, {"type": "null"}]}),
        (Annotated[int, Constraint(minimum=1)], {"type": "integer", "minimum": 1}),
        (Annotated[int, Constraint(minimum=1)] | None, {"type": ["integer", "null"], "minimum": 1}),
        (Vector3, {"type": "array", "items": {"type": "number"}, "minItems": 3, "maxItems": 3}),
        (
            Color,
            {
                "type": "array",
                "items": {"type": "number", "minimum": 0, "maximum": 1},
                "minItems": 3,
                "maxItems": 4,
            },
        ),
    ],
)
def test_schema_of_a_hint(hint, expected):
    assert schema_of(hint) == expected


@pytest.mark.parametrize("hint", [set, bytes, object, dict[int, str], complex])
def test_a_hint_that_json_cannot_say_is_refused(hint):
    with pytest.raises(TypeError, match="no JSON Schema"):
        schema_of(hint)


def test_schemas_are_not_shared():
    schema_of(Vector3)["description"] = "changed"
    assert "description" not in schema_of(Vector3)


def test_a_row_from_hints_and_docstring(table):
    @command(title="Do it", destructive=True, aliases=("it.do",))
    def do_it(name: str, size: float = 2, at: Vector3 = (0, 0, 0), note: str | None = None):
        """Do the thing
        well.

        name: of the thing
        size: in metres,
            edge to edge

        What it answers needs no schema.
        """

    row = table["do_it"]
    assert row.function.__wrapped__ is do_it
    assert (row.title, row.description) == ("Do it", "Do the thing well.")
    assert (row.reads_only, row.destructive, row.undo, row.aliases) == (False, True, True, ("it.do",))
    vector = {"type": "array", "items": {"type": "number"}, "minItems": 3, "maxItems": 3}
    assert row.schema == {
        "type": "object",
        "properties": {
            "name": {"type": "string", "description": "of the thing"},
            "size": {"type": "number", "description": "in metres, edge to edge", "default": 2},
            "at": {**vector, "default": [0, 0, 0]},
            "note": {"type": ["string", "null"]},
        },
        "required": ["name"],
        "additionalProperties": False,
    }


def test_hints_may_be_text(table):
    names = {"command": command, "Vector3": Vector3}
    exec(  # the same as `from __future__ import annotations` in the module of the command
        "from __future__ import annotations\n"
        "@command()\n"
        "def move(name: str, to: Vector3, steps: int | None = None):\n"
        "    'Move.'\n",
        names,
    )
    properties = table["move"].schema["properties"]
    assert properties["to"]["minItems"] == 3
    assert properties["steps"] == {"type": ["integer", "null"]}


def test_null_only_where_the_hint_says_so(table):
    @command()
    def count(limit: int = None):  # noqa: RUF013
        """Count."""

    assert table["count"].schema["properties"]["limit"] == {"type": "integer"}


def test_reads_push_no_undo_unless_told(table):
    @command(reads_only=True)
    def look():
        """Look."""

    @command(undo=False)
    def save():
        """Save."""

    assert not table["look"].undo
    assert not table["save"].undo
    assert table["look"].title == "Look"


def test_whole_numbers_arrive_as_integers(table):
    @command(reads_only=True)
    def count(limit: int = 10, most: int | None = None, share: float = 0.5):
        """Count."""
        return limit, most, share

    answer = table["count"].function(limit=2.0, most=3.0, share=1.0)
    assert answer == (2, 3, 1.0)
    assert [type(each) for each in answer] == [int, int, float]
    assert table["count"].function(most=None) == (10, None, 0.5)


def test_find_by_name_and_alias(table):
    @command(name="a.b", aliases=("c.d",))
    def function():
        """A thing."""

    assert registry.find("a.b") is registry.find("c.d") is table["a.b"]
    assert table["a.b"].title == "A b"
    assert registry.find("nothing") is None


def test_parameters_without_hint_or_name_are_refused(table):
    with pytest.raises(TypeError, match="'size' has no type hint"):

        @command()
        def no_hint(size):
            """Bad."""

    with pytest.raises(TypeError, match="'rest' cannot be given by name"):

        @command()
        def star(**rest: int):
            """Bad."""

    assert table == {}


def test_a_text_about_no_parameter_is_a_slip(table):
    with pytest.raises(ValueError, match="describes 'nmae', no parameter of it"):

        @command()
        def slip(name: str):
            """Bad.

            nmae: misspelt
            """


def test_two_commands_never_share_a_name(table):
    @command(aliases=("other",))
    def first():
        """First."""

    def other():
        """Second."""

    with pytest.raises(ValueError, match="two commands are named 'other'"):
        command()(other)
    command(aliases=("other",))(first)  # the same one again: a reload
    assert list(table) == ["first"]


def test_an_error_carries_code_and_data():
    plain = CommandError("no")
    assert (str(plain), plain.message, plain.code, plain.data) == ("no", "no", "command_failed", None)
    full = CommandError("no", code="timeout", data={"stdout": "x"})
    assert (full.code, full.data) == ("timeout", {"stdout": "x"})


@pytest.mark.parametrize("row", registry.TABLE.values(), ids=lambda row: row.name)
def test_every_command_is_fully_described(row):
    assert row.description.endswith(".")
    assert row.title
    assert not (row.reads_only and (row.undo or row.destructive))
    for name, schema in row.schema["properties"].items():
        assert schema.get("description"), f"{row.name}: parameter '{name}' has no text"
    json.dumps(row.schema, allow_nan=False)


def test_names_and_aliases_are_unique():
    names = [name for row in registry.TABLE.values() for name in (row.name, *row.aliases)]
    assert len(names) == len(set(names))


def test_the_row_says_what_runs_code_and_what_is_made_of_others():
    rows = registry.TABLE.values()
    running = {"execute_code", "execute", "python.execute", "run_in_background_blender"}
    assert {row.name for row in rows if row.runs_code} == running
    composite = {row.name: row.composite for row in rows if row.composite}
    assert composite == {"batch": "batch", "with_preview": "with_preview", "do": "sentence"}


def test_a_command_that_runs_code_cannot_promise_to_only_read(table):
    with pytest.raises(ValueError, match="cannot promise to change nothing"):

        @command(reads_only=True, runs_code=True)
        def evaluate(code: str):
            """Run it."""

    assert table == {}


def test_the_hook_comes_before_a_change_and_gets_its_row(table, monkeypatch):
    calls = []
    monkeypatch.setattr(registry, "_before", lambda row: calls.append(row.name))

    @command()
    def change(count: int = 1):
        """Change."""
        calls.append(count)

    @command(reads_only=True)
    def ask(count: int = 1):
        """Ask."""
        calls.append(count)

    table["change"].function(count=2.0)
    table["ask"].function(count=3.0)
    assert calls == ["change", 2, 3]


def test_a_misspelt_option_is_refused(table):
    with pytest.raises(TypeError, match="read_only"):

        @command(read_only=True)
        def look():
            """Look."""
