"""Which Rust file imports which: `use` lines and paths in, edges between files out.

In: the text of the files below `src/`. Out: for each file the files that define what it names. A name that
a `mod.rs` hands on (`pub use child::Name`) counts as the child's. Declaring a module is no import, and tests
may look anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

PATH = re.compile(r"\b((?:crate|super|self)(?:::(?:super|[A-Za-z_]\w*))+)")
USE = re.compile(r"^\s*(?:pub(?:\([^)]*\))? )?use ([^;]+);", re.MULTILINE)
REEXPORT = re.compile(r"^pub(?:\([^)]*\))? use ([^;]+);", re.MULTILINE)
DEFINED = (
    r"^\s*pub(?:\([^)]*\))? (?:const fn|async fn|unsafe fn|fn|struct|enum|trait|type|const|static|mod) {}\b"
)


def without_tests(text: str) -> str:
    """The file without comments, without its inline tests, and without what only tests see."""
    text = re.sub(r"//[^\n]*", "", text)
    found = re.search(r"^#\[cfg\(test\)\]\nmod tests \{", text, re.MULTILINE)
    text = text[: found.start()] if found else text
    return re.sub(r"#\[cfg\(test\)\]\n[^\n;{]*;", "", text)


def leaves(tree: str) -> Iterator[str]:
    """`a::{b, c::{self, d}}` as `a::b`, `a::c`, `a::c::d`."""
    tree = tree.strip()
    opened = tree.find("{")
    if opened < 0:
        yield re.sub(r"\s+as\s+\w+$", "", tree)
        return
    head, depth, start = tree[:opened], 0, opened + 1
    for at in range(opened, len(tree)):
        if tree[at] == "{":
            depth += 1
        elif tree[at] == "}":
            depth -= 1
        if (tree[at] == "," and depth == 1) or depth == 0:
            if tree[start:at].strip():
                for leaf in leaves(tree[start:at]):
                    yield head.removesuffix("::") if leaf == "self" else head + leaf
            start = at + 1
        if depth == 0:
            return


class Sources:
    """The modules of one crate by their paths, `("queue", "task")`."""

    def __init__(self, files: dict[str, str]):
        """`files`: path below `src/` -> text."""
        self.file: dict[tuple[str, ...], str] = {}
        self.text: dict[tuple[str, ...], str] = {}
        for name, text in files.items():
            parts = Path(name).with_suffix("").parts
            if "tests" in parts:
                continue
            module = () if parts == ("lib",) else parts[:-1] if parts[-1] == "mod" else parts
            self.file[module], self.text[module] = name, without_tests(text)

    @classmethod
    def of(cls, root: Path) -> Sources:
        return cls(
            {path.relative_to(root).as_posix(): path.read_text("utf-8") for path in root.rglob("*.rs")}
        )

    def edges(self) -> dict[str, set[str]]:
        return {
            self.file[module]: {self.file[to] for to in self.imports(module) if to != module}
            for module in self.file
        }

    def imports(self, module: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        text = self.text[module]
        named = [leaf for use in USE.finditer(text) for leaf in leaves(use[1])]
        named += [found[1] for found in PATH.finditer(USE.sub("", text))]
        for name in named:
            target = self.resolve(module, name.split("::"))
            if target is not None and not self.only_hands_on(module, name):
                yield target

    def only_hands_on(self, module: tuple[str, ...], name: str) -> bool:
        """`pub use child::Name` in a `mod.rs`: the way to the child, not a need of it."""
        handed_on = {leaf for use in REEXPORT.finditer(self.text[module]) for leaf in leaves(use[1])}
        return name in handed_on and (*module, name.removeprefix("self::").split("::")[0]) in self.file

    def resolve(self, module: tuple[str, ...], parts: list[str]) -> tuple[str, ...] | None:
        at = module
        if parts[0] == "crate":
            at, parts = (), parts[1:]
        elif parts[0] in ("self", "super"):
            while parts and parts[0] in ("self", "super"):
                at, parts = (at[:-1] if parts[0] == "super" else at), parts[1:]
        elif (*module, parts[0]) not in self.file:
            return None
        while parts and (*at, parts[0]) in self.file:
            at, parts = (*at, parts[0]), parts[1:]
        if at not in self.file:
            return None
        if not at and not self.text[()].count(parts[0] if parts else ""):
            return None  # `super` of a module that is written inside of its file
        return self.definer(at, parts[0]) if parts else at

    def definer(self, module: tuple[str, ...], name: str) -> tuple[str, ...]:
        """The module that defines what `module` has under this name."""
        if re.search(DEFINED.format(re.escape(name)), self.text[module], re.MULTILINE):
            return module
        for use in REEXPORT.finditer(self.text[module]):
            for leaf in leaves(use[1]):
                last = leaf.split("::")[-1]
                if last not in (name, "*"):
                    continue
                parts = leaf.split("::")
                target = self.resolve(module, parts[:-1] if last == "*" else parts)
                if target is None or target == module:
                    continue
                if last == name:
                    return target
                found = self.definer(target, name)
                if found != target or re.search(
                    DEFINED.format(re.escape(name)), self.text[target], re.MULTILINE
                ):
                    return found
        return module
