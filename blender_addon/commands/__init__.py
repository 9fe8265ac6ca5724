"""The commands that run on Blender's main thread, one area a file.

In: nothing. Out: `TABLE`, filled by importing the areas below: each enters its functions there by decorator.
Main thread only, like all that touches bpy.
"""

from . import (
    assets,
    batch,
    code,
    dialect_c,
    export,
    files,
    history,
    importing,
    look,
    materials,
    object_details,
    objects,
    overview,
    privacy,
    reference,
    render,
    scene,
    selection,
    snapshot,
    viewport,
)
from .registry import TABLE, Command, CommandError, find

AREAS = (
    assets,
    batch,
    code,
    dialect_c,
    export,
    files,
    history,
    importing,
    look,
    materials,
    object_details,
    objects,
    overview,
    privacy,
    reference,
    render,
    scene,
    selection,
    snapshot,
    viewport,
)

__all__ = ["AREAS", "TABLE", "Command", "CommandError", "find"]
