"""Settings of the user's, changed for a while and given back.

In: an owner (a scene, its render settings, ...) and new values. Out: the old values in their place again at
the end of a `with`, however it ends. Main thread only.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from types import TracebackType
from typing import Any

from .._native import Cancelled
from .registry import CommandError

# How each format is written: the file's extension, colour mode and depth.
FORMATS = {
    "PNG": (".png", "RGBA", "8"),
    "JPEG": (".jpg", "RGB", "8"),
    "WEBP": (".webp", "RGBA", "8"),
    "BMP": (".bmp", "RGB", "8"),
    "TARGA": (".tga", "RGBA", "8"),
    "TIFF": (".tif", "RGBA", "8"),
    "OPEN_EXR": (".exr", "RGBA", "16"),
    "HDR": (".hdr", "RGB", "32"),
}
FORMAT_OF_EXTENSION = {row[0]: name for name, row in FORMATS.items()} | {".jpeg": "JPEG", ".tiff": "TIFF"}


def surely(function: Callable[[], object]) -> None:
    """Call it until it came to its end: the watchdog raises in a cancelled command again and again, also
    while that puts back what it changed. The function may be called again from its start."""
    while True:
        try:
            function()
            return
        except Cancelled:
            continue


class Borrowed:
    """What was changed, to be given back."""

    def __init__(self) -> None:
        self._values: list[tuple[Any, str, Any]] = []

    def set(self, owner: Any, **values: Any) -> None:
        # All are read before one is set: a file format changes the colour depth by itself.
        known = {name for of, name, _ in self._values if of == owner}
        self._values += [(owner, name, getattr(owner, name)) for name in values if name not in known]
        for name, value in values.items():
            setattr(owner, name, value)

    def give_back(self) -> None:
        surely(self._give_back)

    def _give_back(self) -> None:
        # In the order of the changes, for the same reason.
        for owner, name, value in self._values:
            # The owner may be gone: files are loaded, scenes and cameras deleted, while a render runs.
            with contextlib.suppress(ReferenceError, AttributeError, TypeError):
                setattr(owner, name, value)
        self._values = []

    def __enter__(self) -> Borrowed:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, frames: TracebackType | None
    ) -> None:
        self.give_back()


def write_as(borrowed: Borrowed, scene: Any, file_format: str) -> None:
    """Have the scene's pictures written in this format, one of `FORMATS`."""
    image = scene.render.image_settings
    if hasattr(image, "media_type"):  # Blender 5
        borrowed.set(image, media_type="IMAGE")
    _, color_mode, color_depth = FORMATS[file_format]
    same = image.file_format == file_format
    try:
        # Those of the user's stay if the format is theirs; named all the same, to be given back.
        borrowed.set(
            image,
            file_format=file_format,
            color_mode=image.color_mode if same else color_mode,
            color_depth=image.color_depth if same else color_depth,
        )
    except TypeError:
        raise CommandError(f"This Blender cannot write {file_format}; try PNG or JPEG") from None
