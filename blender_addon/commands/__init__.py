"""The commands that run on Blender's main thread, one area a file.

In: nothing. Out: `TABLE`, filled by importing the areas below: each enters its functions there by decorator.
Main thread only, like all that touches bpy.
"""

from .registry import TABLE, Command, CommandError, find

__all__ = ["TABLE", "Command", "CommandError", "find"]
