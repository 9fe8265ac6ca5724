"""Holds the documents together: every link leads somewhere, and no source names a paper that is not here.

In: the files of the repository, read as text. No Blender, no build.
"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    [*ROOT.glob("*.md"), *(page for folder in ("docs", "client") for page in (ROOT / folder).rglob("*.md"))]
)
FOLDERS = ("src", "blender_addon", "client", "tests", "build_steps")
KINDS = {".rs", ".py", ".pyi", ".md", ".sql", ".js", ".html", ".css", ".toml"}
HERE = Path(__file__).resolve()
SOURCES = sorted(
    path
    for folder in FOLDERS
    for path in (ROOT / folder).rglob("*")
    if path.suffix in KINDS and "node_modules" not in path.parts and path != HERE
)
# Papers that stood beside the repository once; what they asked for is in docs/protocol now.
ABSENT = re.compile(r"[Dd]ocument [1-6]\b|\bwire\.md\b")

CODE = re.compile(r"^( *)(`{3,}).*?^\1\2`*[ \t]*$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?[^)]*\)|^\[[^\]]+\]:\s*(\S+)", re.MULTILINE)
HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def links(text: str) -> list[str]:
    """Where the page's links lead; what stands in code is no link."""
    return [inline or reference for inline, reference in LINK.findall(CODE.sub("", text))]


def anchors(text: str) -> set[str]:
    """The names that a page's headings can be linked by, as GitHub makes them."""
    found: set[str] = set()
    fenced = re.compile(r"^( *)(`{3,}).*?^\1\2`*[ \t]*$", re.MULTILINE | re.DOTALL)
    for heading in HEADING.findall(fenced.sub("", text)):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        name = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        number = sum(
            each == name or re.fullmatch(rf"{re.escape(name)}-\d+", each) is not None for each in found
        )
        found.add(f"{name}-{number}" if number else name)
    return found


def broken(page: Path, text: str) -> list[str]:
    """The page's links that lead nowhere in the repository."""
    bad = []
    for link in links(text):
        if re.match(r"[a-z][a-z0-9+.-]*:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        there = target.is_relative_to(ROOT) and target.exists()
        if there and anchor and target.suffix == ".md":
            there = anchor in anchors(target.read_text("utf-8"))
        if not there:
            bad.append(link)
    return bad


def test_the_pages_and_sources_are_found():
    assert {"README.md", "docs/protocol/json_port.md", "client/README.md"} <= set(map(named, PAGES))
    assert {"src/lib.rs", "blender_addon/__init__.py", "build_steps/checks.py"} <= set(map(named, SOURCES))


def test_a_broken_link_is_found():
    page = ROOT / "README.md"
    for text, bad in [
        ("[a](docs/commands.md) [b](#install-by-hand) [c](https://x.invalid/y) ![d](docs/panel.png)", []),
        ("[a](docs/nothing.md)", ["docs/nothing.md"]),
        ("[a](#no-such-heading)", ["#no-such-heading"]),
        ("[a](docs/protocol/http.md#no-such-heading)", ["docs/protocol/http.md#no-such-heading"]),
        ("[a](../elsewhere.md)", ["../elsewhere.md"]),
        ("`[a](x.md)`\n```\n[b](y.md)\n```\n[a][c]\n\n[c]: z.md\n", ["z.md"]),
    ]:
        assert broken(page, text) == bad, text


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_somewhere(page: Path):
    assert broken(page, page.read_text("utf-8")) == []


@pytest.mark.parametrize("path", [*SOURCES, *PAGES], ids=named)
def test_no_paper_is_named_that_is_not_here(path: Path):
    lines = path.read_text("utf-8").splitlines()
    found = [f"{number}: {line.strip()}" for number, line in enumerate(lines, 1) if ABSENT.search(line)]
    assert not found, "write what it says in words, or name the page in docs/protocol"
