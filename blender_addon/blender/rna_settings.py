"""Settings of modifiers, constraints and the like, by the names that Blender's API has for them.

In: something of Blender's with properties, and a client's object of names and values. Out: the values set, or
a CommandError before any is; the values as plain ones. Main thread only.

Blender cuts numbers to their range, drops names of what does not exist and refuses data blocks of the wrong
kind without a word: so each value is read back.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any

from ..errors import CommandError
from .libraries import blocks_of, library_of, lookup, told_name

TOLERANCE = 1e-5  # of a number: Blender counts with about seven digits
_UNTOLD = {"rna_type", "type", "name", "show_expanded", "is_active", "is_override_data", "use_pin_to_last"}


def one_of(word: str, known: Iterable[str], what: str) -> str:
    """The known name that the word means, in any case; CommandError with the nearest ones."""
    names = list(known)
    plain = {name.lower().replace(" ", "_"): name for name in names}
    found = plain.get(word.strip().lower().replace(" ", "_"))
    if found is not None:
        return found
    near = [plain[each] for each in difflib.get_close_matches(word.strip().lower(), plain, n=3, cutoff=0.5)]
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are: {', '.join(names[:60]) or 'none'}"
    raise CommandError(f"No {what} '{word}': {hint}", code="invalid_params")


def enum_value(prop: Any, word: str, what: str) -> str:
    """The identifier of an enum's item, by identifier or shown name."""
    # Several may be shown by one name, as ARRAY and GREASE_PENCIL_ARRAY: the shortest is what is meant.
    items = sorted(prop.enum_items, key=lambda each: -len(each.identifier))
    known = {each.identifier.lower(): each.identifier for each in items}
    shown = {each.name.lower(): each.identifier for each in items}
    plain = word.strip().lower()
    return known.get(plain) or shown.get(plain) or one_of(word, known.values(), what)


def apply_settings(owner: Any, settings: Mapping[str, Any], what: str) -> list[str]:
    """Set them all, or none; returns notes where Blender has something else now than was asked.

    what: the owner in words, for errors
    """
    wanted = _checked(owner, settings, what)
    before: list[tuple[Any, str, Any]] = []
    try:
        for target, name, value in wanted:
            before.append((target, name, _kept(getattr(target, name))))
            _set(target, name, value, what)
    except CommandError:
        for target, name, value in reversed(before):
            setattr(target, name, value)
        raise
    return [note for target, name, value in wanted for note in _difference(target, name, value)]


def refuse_fixed_settings(block: Any, owner: Any, settings: Iterable[str]) -> None:
    """CommandError for settings that a library override does not keep."""
    if block.override_library is None or not getattr(owner, "is_override_data", True):
        return
    known = owner.bl_rna.properties
    fixed = [name for name in settings if name in known and not owner.is_property_overridable_library(name)]
    if fixed:
        raise CommandError(
            f"'{block.name}' overrides {library_of(block)}, and Blender does not keep another "
            f"{', '.join(fixed)} of '{owner.name}': change it in that file"
        )


def told_settings(owner: Any, without: Any = None) -> dict[str, Any]:
    """The settings as plain values; `without`: an RNA type whose own properties are left out."""
    left_out = _UNTOLD | ({each.identifier for each in without.properties} if without else set())
    told = {}
    for prop in owner.bl_rna.properties:
        name = prop.identifier
        if name in left_out or prop.is_hidden or name.startswith(("open_", "show_expanded")):
            continue
        if prop.type == "COLLECTION" or (prop.is_readonly and prop.type != "POINTER"):
            continue
        if prop.type == "POINTER" and blocks_of(prop.fixed_type) is None:
            continue
        told[name] = plain(getattr(owner, name))
    return told


def plain(value: Any) -> Any:
    """A value of Blender's as JSON has it."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return float(f"{value:.7g}") if isfinite(value) else str(value)  # JSON has no infinity
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if hasattr(value, "bl_rna"):
        return told_name(value) if blocks_of(value.bl_rna) is not None else getattr(value, "name", None)
    return [plain(each) for each in value]


def _writable(owner: Any) -> list[str]:
    return [
        each.identifier
        for each in owner.bl_rna.properties
        if each.identifier != "rna_type" and (each.type == "POINTER" or not each.is_readonly)
    ]


def _checked(owner: Any, settings: Mapping[str, Any], what: str) -> list[tuple[Any, str, Any]]:
    """Each as owner, name and the value that Blender takes."""
    wanted = []
    for asked, value in settings.items():
        name = one_of(asked, _writable(owner), f"setting of {what}")
        prop = owner.bl_rna.properties[name]
        if prop.type == "POINTER" and blocks_of(prop.fixed_type) is None:
            part = getattr(owner, name)
            if not isinstance(value, Mapping) or part is None:
                raise _wrong(name, what, "an object of its own settings", value)
            wanted += _checked(part, value, f"{name} of {what}")
        elif owner.is_property_readonly(name):
            raise CommandError(f"The setting '{name}' of {what} cannot be changed now", code="invalid_params")
        else:
            wanted.append((owner, name, _converted(prop, value, what)))
    return wanted


def _converted(prop: Any, value: Any, what: str) -> Any:
    name = prop.identifier
    if prop.type == "POINTER":
        return _block(prop, value, what)
    if prop.type == "COLLECTION":
        raise CommandError(
            f"'{name}' of {what} is a list of parts: change it with execute_code", code="invalid_params"
        )
    if prop.type == "ENUM":
        return _enum(prop, value, what)
    length = getattr(prop, "array_length", 0)
    if length:
        if not isinstance(value, (list, tuple)) or len(value) != length:
            raise _wrong(name, what, f"an array of {length}", value)
        return [_number(prop, each, what) for each in value]
    return _number(prop, value, what)


def _number(prop: Any, value: Any, what: str) -> Any:
    """A boolean, number or text."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if prop.type == "BOOLEAN" and isinstance(value, bool):
        return value
    if prop.type == "STRING" and isinstance(value, str):
        return value
    if prop.type in ("FLOAT", "INT") and is_number and not prop.hard_min <= value <= prop.hard_max:
        # Blender would cut it to the range without a word, and a modifier then make millions of vertices.
        raise _wrong(prop.identifier, what, f"a number from {prop.hard_min:g} to {prop.hard_max:g}", value)
    if prop.type == "FLOAT" and is_number:
        return float(value)
    if prop.type == "INT" and is_number and value == int(value):
        return int(value)
    kinds = {"BOOLEAN": "true or false", "STRING": "a text", "FLOAT": "a number", "INT": "a whole number"}
    raise _wrong(prop.identifier, what, kinds[prop.type], value)


def _enum(prop: Any, value: Any, what: str) -> Any:
    words = value if isinstance(value, (list, tuple)) else [value]
    if not all(isinstance(each, str) for each in words) or (
        isinstance(value, list) and not prop.is_enum_flag
    ):
        raise _wrong(prop.identifier, what, "one of its names", value)
    # Some lists are made on the way, and empty here: Blender tells what it takes when it is set.
    known = [
        enum_value(prop, each, f"{prop.identifier} of {what}") if len(prop.enum_items) else each
        for each in words
    ]
    return set(known) if prop.is_enum_flag else known[0]


def _block(prop: Any, value: Any, what: str) -> Any:
    if value is None or value == "":
        return None
    kind = prop.fixed_type.name
    if not isinstance(value, str):
        raise _wrong(prop.identifier, what, f"the name of a data block ({kind}) or null", value)
    found = lookup(blocks_of(prop.fixed_type), value)
    if found is None:
        raise CommandError(f"{kind} not found: {value} (for '{prop.identifier}' of {what})")
    return found


def _set(target: Any, name: str, value: Any, what: str) -> None:
    try:
        setattr(target, name, value)
    except (TypeError, ValueError, AttributeError, RuntimeError, OverflowError) as error:
        raise CommandError(
            f"Blender does not take this {name} of {what}: {error}", code="invalid_params"
        ) from error
    if hasattr(value, "bl_rna") and getattr(target, name) != value:
        raise CommandError(
            f"Blender does not take '{value.name}' as {name} of {what}: is it of another type?"
        )


def _difference(target: Any, name: str, value: Any) -> list[str]:
    now, asked = plain(getattr(target, name)), plain(value)
    if now == asked or (_is_numeric(now) and _is_numeric(asked) and _near(now, asked)):
        return []
    return [f"{name} is {now!r} now, not {asked!r}: Blender does not take that here"]


def _is_numeric(value: Any) -> bool:
    return isinstance(value, (int, float)) or (
        isinstance(value, list) and all(isinstance(each, (int, float)) for each in value)
    )


def _near(here: Any, there: Any) -> bool:
    pairs = zip(here, there, strict=True) if isinstance(here, list) else [(here, there)]
    return all(abs(a - b) <= TOLERANCE * max(abs(b), 1.0) for a, b in pairs)


def _kept(value: Any) -> Any:
    """A copy that a later change does not reach."""
    if isinstance(value, (str, set, int, float)) or value is None or hasattr(value, "bl_rna"):
        return value
    return list(value)


def _wrong(name: str, what: str, wants: str, value: Any) -> CommandError:
    return CommandError(f"'{name}' of {what} wants {wants}, not {value!r:.80}", code="invalid_params")
