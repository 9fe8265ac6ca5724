"""Type hints to JSON Schema.

In: one evaluated type hint. Out: a new dict, the JSON Schema (2020-12) of what the hint allows. Pure: no bpy,
no state, any thread.

`Annotated[hint, Constraint(minimum=1)]` adds JSON Schema keywords to the hint's own. Null is allowed only
where the hint says so, whatever the parameter's default. A number takes integers too, and never booleans:
JSON Schema says both.
"""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Union, get_args, get_origin

_PLAIN = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    type(None): "null",
    None: "null",
    list: "array",
    tuple: "array",
    dict: "object",
}


class Constraint:
    """JSON Schema keywords for `Annotated`, which wants something hashable."""

    def __init__(self, **keywords: Any):
        self.keywords = keywords


Vector3 = Annotated[Sequence[float], Constraint(minItems=3, maxItems=3)]
Fraction = Annotated[float, Constraint(minimum=0, maximum=1)]
Color = Annotated[Sequence[Fraction], Constraint(minItems=3, maxItems=4)]  # red, green, blue, perhaps alpha


def schema_of(hint: Any) -> dict[str, Any]:
    """The schema of one hint; TypeError for a hint that JSON cannot express."""
    if hint is Any:
        return {}
    if hint in _PLAIN:
        return {"type": _PLAIN[hint]}
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        schema = schema_of(arguments[0])
        for each in arguments[1:]:
            schema.update(each.keywords if isinstance(each, Constraint) else {})
        return schema
    if origin is Literal:
        return _literal(arguments)
    if origin in (Union, types.UnionType):
        return _union(arguments)
    if origin in (list, Sequence):
        return {"type": "array", "items": schema_of(arguments[0])}
    if origin is tuple:
        return _tuple(arguments)
    if origin in (dict, Mapping) and arguments[0] is str:
        values = schema_of(arguments[1])
        return {"type": "object", "additionalProperties": values} if values else {"type": "object"}
    raise TypeError(f"no JSON Schema for the type hint {hint!r}")


def _literal(values: Sequence[Any]) -> dict[str, Any]:
    kinds = list(dict.fromkeys(_PLAIN[type(value)] for value in values))
    return {"type": kinds[0] if len(kinds) == 1 else kinds, "enum": list(values)}


def _tuple(arguments: Sequence[Any]) -> dict[str, Any]:
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return {"type": "array", "items": schema_of(arguments[0])}
    size = {"minItems": len(arguments), "maxItems": len(arguments)}
    if len(set(arguments)) == 1:
        return {"type": "array", "items": schema_of(arguments[0]), **size}
    return {"type": "array", "prefixItems": [schema_of(each) for each in arguments], **size}


def _union(hints: Sequence[Any]) -> dict[str, Any]:
    others = [schema_of(hint) for hint in hints if hint not in (None, type(None))]
    if len(others) < len(hints):
        if len(others) == 1 and isinstance(others[0].get("type"), str):
            # One type or null, as nearly always: a list of two types keeps the schema short and the
            # validator's message plain ("expected string or null").
            schema = others[0]
            schema["type"] = [schema["type"], "null"]
            if "enum" in schema:
                schema["enum"] = [*schema["enum"], None]
            return schema
        others.append({"type": "null"})
    return {"anyOf": others}
