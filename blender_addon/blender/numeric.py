"""numpy, which Blender's own builds bring and some distributions leave out, or words for who has none.

Imported only by what needs it when it is needed: it would make every start of Blender slower.
"""

from __future__ import annotations

from ..errors import CommandError

try:
    import numpy
except ModuleNotFoundError as error:
    raise CommandError(
        "This Blender has no numpy, which the command needs. On Debian and Ubuntu type: "
        "sudo apt-get install python3-numpy; then start Blender anew. Blender from blender.org brings it"
    ) from error

__all__ = ["numpy"]
