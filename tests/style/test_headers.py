"""Holds every source file to one shape: a header that says what it is.

In: the files of the repository, read as text. No Blender, no build.
"""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("blender_addon", "build_steps", "client", "src", "tests")
SOURCES = [
    ROOT / "build_addon.py",
    *sorted(
        path
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".pyi", ".rs")
    ),
]
# What an add-on must never hold: it serves under any name that Blender gives it.
ABSOLUTE_IMPORT = re.compile(r"^\s*(?:from|import) (?:tenon|blender_addon)\b", re.MULTILINE)


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_the_sources_are_found():
    assert {path.suffix for path in SOURCES} == {".py", ".pyi", ".rs"}


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_file_opens_with_a_header(path: Path):
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".rs":
        assert text.startswith("//! "), "a Rust file opens with what goes in, what comes out, on which thread"
    else:
        assert ast.get_docstring(ast.parse(text)), "a Python file opens with a docstring"


@pytest.mark.parametrize("path", [path for path in SOURCES if "blender_addon" in path.parts], ids=named)
def test_add_on_imports_itself_relatively(path: Path):
    found = ABSOLUTE_IMPORT.search(path.read_text(encoding="utf-8"))
    assert not found, f"{found and found[0]}: the package's name is not always the same"
