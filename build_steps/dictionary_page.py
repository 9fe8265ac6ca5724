"""Writes `docs/dictionary.md` from the data files of the dictionary of building terms: THIS [--check].

In: `src/language/data/`. Out: Markdown. Needs neither a build nor Blender.
"""

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "src" / "language" / "data"
PAGE = ROOT / "docs" / "dictionary.md"
LANGUAGES = {"en": "English", "ja": "日本語", "zh": "中文"}

HEAD = """# The dictionary of building terms

Written from `src/language/data/` by `python3 build_addon.py docs`; a check holds it to the data. Clients ask
`search_dictionary` for the same, and the prompt `building_terms` tells it to a language model.

Lengths are metres, angles radians, colours linear RGB. Every `build_…` command also takes `storey` (1 is the
ground), `location`, `rotation` (radians about Z), `material` and `name`. What a term *gives* goes to the
command with it, unless the sentence says otherwise. A parameter without a default shows none.
"""
SECTIONS = {
    "element": "Parts of a building",
    "compound": "Rooms and houses",
    "material": "Materials",
    "shape": "Shapes, lights, cameras",
    "parameter": "Words for parameters",
    "concept": "Known, but not built",
}

Row = dict[str, Any]


def page(terms: list[Row], named: dict[str, dict[str, Row]]) -> str:
    """The page; `named`: language, then the term's id, to its words."""
    text = HEAD
    for kind, title in SECTIONS.items():
        rows = [term for term in terms if term["kind"] == kind]
        text += f"\n## {title}\n\n" + ", ".join(f"[{term['id']}](#{term['id']})" for term in rows) + "\n"
        for term in rows:
            text += _section(term, {code: named[code][term["id"]] for code in LANGUAGES})
    return text


def _section(term: Row, words: dict[str, Row]) -> str:
    lines = [f"\n### {term['id']}\n", term["builds"], *_facts(term), ""]
    lines += ["| | names | a sentence |", "|---|---|---|"]
    lines += [
        f"| {LANGUAGES[code]} | {', '.join(row['names'])} | {row['example']} |" for code, row in words.items()
    ]
    notes = [
        f"- {LANGUAGES[code]} *{name}*: {meaning}"
        for code, row in words.items()
        for name, meaning in row.get("ambiguous", {}).items()
    ]
    lines += ["", *notes] if notes else []
    if term.get("params"):
        lines += ["", f"| parameter | unit | default | {' | '.join(LANGUAGES.values())} |"]
        lines += ["|---|---|---|" + "---|" * len(LANGUAGES)]
        lines += [_parameter(name, about, words) for name, about in term["params"].items()]
    return "\n".join(lines) + "\n"


def _facts(term: Row) -> list[str]:
    """The command, what the term gives it, and the IFC class."""
    facts = [f"`{term['command']}`"] if "command" in term else []
    if "presets" in term:
        given = ", ".join(f"`{name}` {json.dumps(value)}" for name, value in term["presets"].items())
        facts.append(f"gives {given}")
    by_name: dict[str, list[str]] = {}
    for command, name in term.get("means", {}).items():
        by_name.setdefault(name, []).append(f"`{command}`")
    facts += [f"`{name}` of {', '.join(commands)}" for name, commands in by_name.items()]
    if "ifc" in term:
        facts.append(term["ifc"])
    return ["", "; ".join(facts)] if facts else []


def _parameter(name: str, about: Row, words: dict[str, Row]) -> str:
    unit = ", ".join(f"`{choice}`" for choice in about.get("choices", [])) or about["unit"]
    default = f"`{json.dumps(about['default'])}`" if "default" in about else ""
    called = " | ".join(", ".join(row["params"][name]) for row in words.values())
    return f"| `{name}` | {unit} | {default} | {called} |"


def main() -> None:
    terms = json.loads((DATA / "terms.json").read_text("utf-8"))
    named = {code: json.loads((DATA / code / "terms.json").read_text("utf-8")) for code in LANGUAGES}
    text = page(terms, named)
    if "--check" not in sys.argv:
        PAGE.write_text(text, "utf-8")
    elif not PAGE.is_file() or PAGE.read_text("utf-8") != text:
        sys.exit(f"tenon: {PAGE.name} is not what the data says; run: python3 build_addon.py docs")


if __name__ == "__main__":
    main()
