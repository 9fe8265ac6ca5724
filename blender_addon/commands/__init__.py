"""The commands that run on Blender's main thread, one subject a folder or file.

Importing it fills `registry.table.TABLE`: each function below enters itself there by decorator. Main thread
only, like all that touches bpy.
"""

# ruff: noqa: F401

from . import assets, assistant_setup, batch, materials, sentence, undo_redo
from .checks import assertions, measuring, meshes, scenes
from .code import background_blender, execute, reference
from .files import blend_file, checkpoints, exporting, importing, inspection
from .objects import (
    arraying,
    coloring,
    counting,
    details,
    editing,
    moving,
    placing,
    resizing,
    selection,
    several,
)
from .render import still
from .scene import listing, overview, snapshot
from .view import look, viewport, window_screenshot

# Typed commands for what is asked most.
from . import (  # isort: skip
    bake,
    collections,
    constraints,
    geometry_nodes,
    keyframes,
    modifiers,
    staging,
    unwrap,
    world,
)

# Building elements.
from .building import catalog, update  # isort: skip
