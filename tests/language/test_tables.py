"""Holds the tables of sentences to their form: commands, parameters in order, names, colours, languages.

In: the JSON files beside this one, read as text. No engine, no Blender.
"""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from make_colours import CSS, linear

HERE = Path(__file__).resolve().parent
Row = dict[str, Any]

ELEMENT = "storey location rotation material name"
# Each command's parameters in the order in which a step has them.
PARAMS = {
    "create_object": "type name location size height color text light_type energy",
    "move_objects": "names offset location",
    "rotate_objects": "names axis angle",
    "resize_objects": "names factor factors width depth height",
    "place_objects": "names relation target gap",
    "align_objects": "names axis side",
    "stack_objects": "names",
    "array_objects": "names count pattern axis spacing radius rows columns",
    "color_objects": "names color material",
    "show_objects": "names visible",
    "delete_objects": "names",
    "parent_objects": "names parent",
    "aim_objects": "names target",
    "count_objects": "kind",
    "modify_object": "name new_name",
    "select_objects": "names",
    "create_collection": "name object_names",
    "undo": "",
    "redo": "",
    "save_file": "",
    "render": "",
    "get_selection": "",
    "get_object": "name",
    "update_element": "names change set",
    "build_wall": f"length height thickness {ELEMENT}",
    "build_column": f"width depth height round {ELEMENT}",
    "build_beam": f"length width depth {ELEMENT}",
    "build_slab": f"length width thickness {ELEMENT}",
    "build_foundation": f"length width depth {ELEMENT}",
    "build_roof": f"kind length width pitch overhang thickness {ELEMENT}",
    "build_window": f"width height sill wall {ELEMENT}",
    "build_door": f"width height wall {ELEMENT}",
    "build_stairs": f"width height riser tread {ELEMENT}",
    "build_ramp": f"length width height {ELEMENT}",
    "build_railing": f"length height {ELEMENT}",
    "build_ceiling": f"length width thickness {ELEMENT}",
    "build_balcony": f"width depth railing {ELEMENT}",
    "build_eaves": f"length depth {ELEMENT}",
    "build_curtain_wall": f"length height columns rows {ELEMENT}",
    "build_tatami_room": f"mats {ELEMENT}",
    "build_shoji": f"width height panels {ELEMENT}",
    "build_room": f"width depth height door windows {ELEMENT}",
    "build_corridor": f"length width height windows side {ELEMENT}",
    "build_house": "width depth storeys roof material storey location rotation name",
    "build_fence": f"length height {ELEMENT}",
    "build_chimney": f"width depth height {ELEMENT}",
    "build_pillar_base": f"width depth height {ELEMENT}",
    "build_gate": f"width height {ELEMENT}",
}
VALUES = {
    "type": "CUBE PLANE CIRCLE UV_SPHERE ICO_SPHERE CYLINDER CONE TORUS MONKEY EMPTY LIGHT CAMERA TEXT",
    "light_type": "POINT SUN SPOT AREA",
    "axis": "X Y Z",
    "relation": "ON UNDER ABOVE BELOW LEFT_OF RIGHT_OF IN_FRONT_OF BEHIND BESIDE INSIDE BETWEEN",
    "pattern": "ROW GRID CIRCLE",
    "material": "WOOD CONCRETE BRICK GLASS PLASTER TILE METAL STONE GOLD PLASTIC",
    "roof": "GABLE HIP FLAT SHED",
}
COLOURS = [linear(name) for name in CSS]
QUOTED = re.compile(r"“[^”]*”|「[^」]*」|\"[^\"]*\"")
HEX = re.compile(r"#[0-9a-f]+(?![0-9a-zA-Z])")
# What is written in Latin letters in Japanese and Chinese too.
LATIN = re.compile(r"(?<![A-Za-z])(?:m|cm|mm|km|x|W|X|Y|Z|ICO)(?![A-Za-z])")
OTHER_SCRIPT = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


def table(name: str) -> list[Row]:
    rows: list[Row] = json.loads((HERE / name).read_text("utf-8"))
    return rows


TRIPLES, MORE = table("triples.json"), table("triples_more.json")
HELD_OUT_1, HELD_OUT_2 = table("held_out.json"), table("held_out_2.json")
HELD_OUT = [*HELD_OUT_1, *HELD_OUT_2]
LEARNT_REFUSALS, HELD_OUT_REFUSALS = table("refusals.json"), table("held_out_refusals.json")
REFUSALS = [*LEARNT_REFUSALS, *HELD_OUT_REFUSALS]
MEANINGS = pytest.mark.parametrize("row", [*TRIPLES, *MORE, *HELD_OUT], ids=lambda row: row["id"])
LANGUAGES = ("en", "ja", "zh")


def words(text: str, row: Row) -> str:
    """The sentence without what stands in quotes, names of the scene and hex colours."""
    bare = HEX.sub(" ", QUOTED.sub(" ", unicodedata.normalize("NFKC", text)))
    renamed = [step["params"].get("new_name", step["params"].get("name", "")) for step in row["steps"]]
    for name in sorted([*row.get("scene", {}).get("objects", []), *renamed], key=len, reverse=True):
        bare = bare.replace(name, " ") if name else bare
    return bare


def numbers(value: Any) -> list[float]:
    """All numbers in a step's parameters."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [number for each in value for number in numbers(each)]
    return [value] if isinstance(value, int | float) and not isinstance(value, bool) else []


def check_scene(row: Row) -> None:
    if "scene" in row:
        scene = row["scene"]
        assert list(scene) == ["objects", "selection", "made"]
        assert set(scene["selection"]) <= set(scene["objects"])
        assert all(list(made) == ["name", "kind"] for made in scene["made"])
        assert {made["name"] for made in scene["made"]} <= set(scene["objects"])


@pytest.mark.parametrize(
    ("name", "rows", "least"),
    [
        ("triples.json", TRIPLES, 320),
        ("triples_more.json", MORE, 300),
        ("held_out.json", HELD_OUT_1, 120),
        ("held_out_2.json", HELD_OUT_2, 130),
        ("refusals.json", LEARNT_REFUSALS, 220),
        ("held_out_refusals.json", HELD_OUT_REFUSALS, 40),
    ],
)
def test_each_table_has_its_rows_one_a_line(name: str, rows: list[Row], least: int):
    lines = (HERE / name).read_text("utf-8").splitlines()
    assert len(rows) >= least
    assert [json.loads(line.rstrip(",")) for line in lines[1:-1]] == rows


def test_ids_are_unique():
    ids = [row["id"] for row in [*TRIPLES, *MORE, *HELD_OUT, *REFUSALS]]
    assert len(ids) == len(set(ids))


@MEANINGS
def test_a_row_is_well_formed(row: Row):
    members = ["id", "scene", "en", "ja", "zh", "steps"]
    assert list(row) == [member for member in members if member in row]
    assert {"id", "steps"} <= set(row) <= set(members)
    check_scene(row)
    said = [row[language] for language in LANGUAGES if language in row]
    # Only in triples_more.json may one language be missing, where it has no such wording.
    assert len(said) == 3 or (row in MORE and len(said) == 2)
    assert all(text == text.strip() != "" for text in said)
    assert row["steps"]


@MEANINGS
def test_steps_are_commands_with_their_parameters_in_order(row: Row):
    for step in row["steps"]:
        assert list(step) == ["command", "params"]
        params = step["params"]
        assert list(params) == [name for name in PARAMS[step["command"]].split() if name in params]
        assert all(number == round(number, 6) and abs(number) < 1e6 for number in numbers(params))
        for name, allowed in VALUES.items():
            assert name not in params or params[name] in allowed.split()
        assert all(len(params.get(name, "xyz")) == 3 for name in ("location", "offset", "factors", "color"))
        if params.get("pattern") == "GRID":
            assert params["count"] == params["rows"] * params["columns"]
        if params.get("relation") == "BETWEEN":
            assert len(params["target"]) == 2
        assert 2 <= params.get("count", 2) <= 1000


@MEANINGS
def test_names_are_in_the_scene_and_references_lead_back(row: Row):
    objects = row.get("scene", {}).get("objects", [])
    for number, step in enumerate(row["steps"]):
        params = step["params"]
        for member in ("names", "object_names", "target", "parent", "wall"):
            value = params.get(member, [])
            if isinstance(value, dict):
                assert list(value) == ["$step"] and value["$step"] in range(number)
                continue
            named = [value] if isinstance(value, str) else value
            assert all(name in objects or name == "" or isinstance(name, float) for name in named)
        if step["command"] in ("modify_object", "get_object"):
            assert params["name"] in objects


@MEANINGS
def test_colours_are_of_the_table(row: Row):
    for step in row["steps"]:
        if "color" in step["params"]:
            written = [linear(found) for found in HEX.findall(row.get("en", row.get("ja", "")))]
            assert step["params"]["color"] in (written or COLOURS)


@MEANINGS
def test_each_column_is_in_its_language(row: Row):
    said = {language: words(row[language], row) for language in LANGUAGES if language in row}
    for language in ("ja", "zh"):
        left = re.search("[A-Za-z]+", LATIN.sub(" ", said.get(language, "")))
        assert not left, f"{language}: {left}"
    assert not OTHER_SCRIPT.search(said.get("en", ""))
    assert not re.search("[\u3040-\u30ff]", said.get("zh", ""))


def test_no_sentence_is_there_twice():
    for language in LANGUAGES:
        rows = [row for row in [*TRIPLES, *MORE] if language in row]
        said = [(row[language], json.dumps(row.get("scene"))) for row in rows]
        assert sorted(said) == sorted(set(said)), language
        learnt = {row[language] for row in rows}
        assert not [row["id"] for row in HELD_OUT if row[language] in learnt]
        assert len({row[language] for row in HELD_OUT}) == len(HELD_OUT), language


def test_no_refusal_that_is_held_out_is_learnt():
    learnt = {row["text"] for row in LEARNT_REFUSALS}
    held_out = [row["text"] for row in HELD_OUT_REFUSALS]
    assert len(set(held_out) - learnt) == len(held_out)


@pytest.mark.parametrize("rows", [TRIPLES, MORE], ids=["triples.json", "triples_more.json"])
def test_all_commands_shapes_and_materials_are_covered(rows: list[Row]):
    steps = [step for row in rows for step in row["steps"]]
    assert {step["command"] for step in steps} == set(PARAMS)
    for name, values in VALUES.items():
        assert {step["params"][name] for step in steps if name in step["params"]} == set(values.split())
    built = [step for step in steps if step["command"].startswith("build_") and step["params"]]
    assert len(built) >= 40


@pytest.mark.parametrize("row", REFUSALS, ids=lambda row: row["id"])
def test_a_refusal_is_well_formed(row: Row):
    assert list(row) == [name for name in ("id", "text", "scene", "code", "mentions") if name in row]
    assert row["code"] in ("not_understood", "invalid_params")
    check_scene(row)
    assert all(mention in row["text"] for mention in row.get("mentions", []))


def test_no_sentence_is_both_right_and_refused():
    right = {
        (row[at], json.dumps(row.get("scene")))
        for row in [*TRIPLES, *MORE, *HELD_OUT]
        for at in LANGUAGES
        if at in row
    }
    assert not [row["id"] for row in REFUSALS if (row["text"], json.dumps(row.get("scene"))) in right]


def test_colours_are_linear():
    assert linear("red") == [1.0, 0.0, 0.0]
    assert linear("gray") == [0.2159, 0.2159, 0.2159]
    assert linear("#f80") == linear("#ff8800")
