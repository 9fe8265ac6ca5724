"""The floors of `src/`: a folder imports only what stands below it, and no two files import each other.

In: the `use` lines and paths of the sources, read as text. No build.
"""

from pathlib import Path

import pytest
from graphs import circles
from rust_imports import Sources

SRC = Path(__file__).resolve().parents[2] / "src"
# From the ground up. `lib.rs` stands above all of them.
FLOORS = (
    "model",
    "wire",
    "commands",
    "language",
    "events",
    "logging",
    "instances",
    "store",
    "llm",
    "tls",
    "sessions",
    "queue",
    "service",
    "server",
    "bridge",
    "lib",
)


def floor(name: str) -> int:
    return FLOORS.index(name.split("/")[0].removesuffix(".rs"))


EDGES = Sources.of(SRC).edges()


def test_every_folder_has_its_floor():
    assert {name.split("/")[0].removesuffix(".rs") for name in EDGES} == set(FLOORS)


@pytest.mark.parametrize("name", sorted(EDGES))
def test_imports_go_down(name: str):
    up = [to for to in sorted(EDGES[name]) if floor(to) > floor(name)]
    assert not up, f"src/{name} imports from a floor above it: {', '.join(up)}"


def test_no_two_files_import_each_other():
    found = circles(EDGES)
    assert not found, "files that import each other: " + "; ".join(" <-> ".join(group) for group in found)


def test_the_reader_of_imports_sees_what_there_is():
    files = {
        "lib.rs": "mod a;\nmod b;\n",
        "a/mod.rs": "mod inner;\nmod other;\npub use inner::Thing;\npub use other::*;\n",
        "a/inner.rs": "use super::other::Item;\nuse crate::b::{self, Up};\npub struct Thing;\n",
        "a/other.rs": "pub struct Item;\nfn f() { crate::b::run() }\n#[cfg(test)]\nmod tests {\n}",
        "b.rs": "use crate::a::{Item, Thing as T};\n// use crate::a::no;\npub struct Up;\npub fn run() {}\n",
        "b/tests.rs": "use crate::a::Thing;\n",
    }
    assert Sources(files).edges() == {
        "lib.rs": set(),
        "a/mod.rs": set(),
        "a/inner.rs": {"a/other.rs", "b.rs"},
        "a/other.rs": {"b.rs"},
        "b.rs": {"a/inner.rs", "a/other.rs"},
    }
    assert circles(Sources(files).edges()) == [["a/inner.rs", "a/other.rs", "b.rs"]]
