"""The status questions of asset libraries, which assistants ask at their start.

In: nothing. Out: whether the library can be used; none is built in yet. Main thread only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..registry.table import command

LIBRARIES = {
    "polyhaven": "Poly Haven",
    "sketchfab": "Sketchfab",
    "hyper3d": "Hyper3D Rodin",
    "hunyuan3d": "Hunyuan3D",
    "polypizza": "Poly Pizza",
    "meshy": "Meshy",
    "tripo": "Tripo",
}


def _question(label: str) -> Callable[[], dict[str, Any]]:
    def status() -> dict[str, Any]:
        return {"enabled": False, "message": f"{label} is not available in Tenon yet."}

    status.__doc__ = f"Tell whether {label} can be used."
    return status


for _library, _label in LIBRARIES.items():
    command(name=f"get_{_library}_status", title=f"{_label} status", reads_only=True)(_question(_label))
