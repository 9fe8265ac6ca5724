"""The picture formats that Blender writes, and a scene set to write one of them.

In: a format's name. Out: the scene's image settings changed through a `TemporarySettings`. Main thread only.
"""

from __future__ import annotations

from typing import Any

from ..blender.temporary_settings import TemporarySettings
from ..errors import CommandError

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


def endings_of(file_format: str) -> tuple[str, ...]:
    """What its files end in, the usual first."""
    others = (ending for ending, name in FORMAT_OF_EXTENSION.items() if name == file_format)
    return tuple(dict.fromkeys((FORMATS[file_format][0], *others)))


def write_as(temporary: TemporarySettings, scene: Any, file_format: str) -> None:
    """Have the scene's pictures written in this format, one of `FORMATS`."""
    image = scene.render.image_settings
    if hasattr(image, "media_type"):  # Blender 5
        temporary.set(image, media_type="IMAGE")
    _, color_mode, color_depth = FORMATS[file_format]
    same = image.file_format == file_format
    try:
        # Those of the user's stay if the format is theirs; named all the same, to be restored.
        temporary.set(
            image,
            file_format=file_format,
            color_mode=image.color_mode if same else color_mode,
            color_depth=image.color_depth if same else color_depth,
        )
    except TypeError:
        raise CommandError(f"This Blender cannot write {file_format}; try PNG or JPEG") from None
