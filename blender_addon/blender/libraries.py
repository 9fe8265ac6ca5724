"""Data blocks that come from another blend file: told apart from those of this file, and not changed here.

In: data blocks and names. Out: what to call them, or a CommandError that names the library. Main thread only.

Blender lets a script change what is linked, and forgets the change when the file is loaded again. A library
override is of this file and keeps what is set, but only in the properties that may be overridden.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterable
from typing import Any

import bpy

from ..errors import CommandError

_LABELLED = re.compile(r"(.+) \[(.+)\]", re.DOTALL)


def find(blocks: Any, kind: str, name: str) -> Any:
    """`lookup`, and a CommandError where there is none."""
    found = lookup(blocks, name)
    if found is None:
        raise CommandError(f"{kind} not found: {name}")
    return found


def lookup(blocks: Any, name: str) -> Any:
    """The data block of this name, or None: this file's own first; `Name [file.blend]` means that library's.

    CommandError: several libraries have one.
    """
    found = blocks.get((name, None))
    if found is not None or not bpy.data.libraries:
        return found
    same = [each for each in blocks if each.name == name]
    if not same and (parts := _LABELLED.fullmatch(name)):
        same = [each for each in blocks if each.name == parts[1] and parts[2] in _calls(each.library)]
    if len(same) > 1:
        raise CommandError(f"'{name}' is in several libraries: say {' or '.join(map(told_name, same))}")
    return same[0] if same else None


def told_name(block: Any) -> str:
    """Its name as `find` takes it: with the library where another data block has the same name."""
    name: str = block.name
    if block.library is None:
        return name
    siblings = _collection_of(block)
    if siblings.get((name, None)) is None and sum(each.name == name for each in siblings) < 2:
        return name
    return f"{name} [{_short(block.library)}]"


def told_names(blocks: Iterable[Any]) -> list[str]:
    return [told_name(each) for each in blocks]


def library_of(block: Any) -> str | None:
    """The path of the file that it is linked from, or that it overrides something of."""
    if block.library:
        return str(block.library.filepath)
    override = block.override_library
    reference = override.reference if override else None
    return str(reference.library.filepath) if reference and reference.library else None


def origin(block: Any) -> dict[str, Any]:
    """Members of an answer that tell where a data block comes from; none for one of this file."""
    path = library_of(block)
    if path is None:
        return {}
    return {"library": path} if block.library else {"library": path, "override": True}


def refuse_linked(block: Any) -> None:
    """CommandError for a data block of another file, which a change would leave at the next load."""
    if block is not None and block.library:
        raise CommandError(
            f"'{block.name}' is linked from {block.library.filepath}: what is changed here is lost when the "
            "file is loaded again. Change it there, or make it this file's own first (execute_code: its "
            "make_local() or override_create())"
        )


def takes_objects(collection: Any) -> bool:
    """Whether objects can be put into the collection and taken out of it."""
    return collection.library is None and collection.override_library is None


def refuse_fixed(collection: Any) -> None:
    """CommandError for a collection whose objects are another file's to choose."""
    if not takes_objects(collection):
        does = "is linked from" if collection.library else "overrides"
        raise CommandError(
            f"The collection '{collection.name}' {does} {library_of(collection)}: objects are put into it "
            "and taken out of it only there"
        )


def refuse_unkept(block: Any, *properties: str) -> None:
    """CommandError where a change of these properties would not outlast the next load."""
    refuse_linked(block)
    override = block.override_library
    if override is None or not properties:
        return
    fixed = [name for name in properties if not block.is_property_overridable_library(name)]
    if fixed:
        raise CommandError(
            f"'{block.name}' overrides {library_of(block)}, and Blender does not keep another "
            f"{', '.join(fixed)} of it: change it in that file, or make it this file's own first "
            "(execute_code: make_local() of it)"
        )


def blocks_of(kind: Any) -> Any:
    """The list in `bpy.data` of data blocks of this RNA type, or of one that it is made from; None: none."""
    lists = _lists()
    while kind is not None:
        if kind.identifier in lists:
            return getattr(bpy.data, lists[kind.identifier])
        kind = kind.base
    return None


@functools.lru_cache(maxsize=1)
def _lists() -> dict[str, str]:
    rows = bpy.types.BlendData.bl_rna.properties
    return {row.fixed_type.identifier: row.identifier for row in rows if row.type == "COLLECTION"}


def _collection_of(block: Any) -> Any:
    return blocks_of(block.bl_rna)


def _calls(library: Any) -> tuple[str, ...]:
    return (library.filepath, os.path.basename(library.filepath)) if library else ()


def _short(library: Any) -> str:
    """Its file's name; the whole path where two libraries have the same."""
    name = os.path.basename(library.filepath.replace("\\", "/"))
    same = [each for each in bpy.data.libraries if each.filepath.replace("\\", "/").endswith(name)]
    return name if len(same) == 1 else str(library.filepath)
