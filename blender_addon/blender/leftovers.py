"""What a failed step has already made is taken away again.

In: a block of code. Out: `bpy.data` as before, if the block raised. Main thread only.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import bpy

# Blender's own, which no importer makes and which must not be removed.
_KEPT = (bpy.types.Screen, bpy.types.WindowManager, bpy.types.WorkSpace)


@contextmanager
def nothing_left_on_failure() -> Iterator[None]:
    before = set(bpy.data.user_map())
    try:
        yield
    except BaseException:
        made = set(bpy.data.user_map()) - before
        bpy.data.batch_remove([each for each in made if not isinstance(each, _KEPT)])
        raise
