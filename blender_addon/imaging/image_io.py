"""Pictures between files, Blender and arrays.

In: a picture file, or an array of bytes (rows from the top, red green blue). Out: the other of the two.
Reading and JPEG are Blender's own: main thread only.
"""

from __future__ import annotations

import base64
import os
import struct
import tempfile
import zlib
from typing import Any

import bpy

from ..blender.numeric import numpy
from ..blender.undo_stack import unrecorded

LARGE = 400_000  # bytes of a PNG above which a JPEG is sent instead
# Chats refuse pictures with longer sides, and whole results of over 1 MiB, and stay broken afterwards.
MAX_SIDE = 2000  # pixels
MAX_BYTES = 640 << 10  # of a picture; as base64 it is a third more, and the rest of the result comes on top
DARK = 10  # of 255: a picture that is nowhere lighter shows nothing
DITHER = 6  # of 255: by so much at most Blender varies what has one color
GROUND = (58, 58, 58)  # behind what is transparent: the gray of the solid view


def read(path: str) -> Any:
    """The picture; transparent parts show `GROUND`."""
    before = unrecorded.begin_temporary()
    image = bpy.data.images.load(path)
    try:
        width, height = image.size
        channels = image.channels
        pixels = numpy.empty(width * height * channels, dtype=numpy.float32)
        image.pixels.foreach_get(pixels)
    finally:
        bpy.data.images.remove(image)
        unrecorded.end_temporary(before)
    pixels = pixels.reshape(height, width, channels)[::-1]
    return on_ground(pixels)


def on_ground(pixels: Any) -> Any:
    """Floats from 0 to 1, with alpha or without, as bytes without."""
    colors = pixels[:, :, :3] * 255.0
    if pixels.shape[2] == 4:
        alpha = pixels[:, :, 3:]
        colors = colors * alpha + numpy.array(GROUND, dtype=numpy.float32) * (1.0 - alpha)
    return numpy.clip(colors + 0.5, 0, 255).astype(numpy.uint8)


def scaled(picture: Any, longest: int) -> Any:
    """No larger than this, by averages of whole areas."""
    height, width = picture.shape[:2]
    factor = longest / max(height, width)
    if factor >= 1:
        return picture
    return _averaged(_averaged(picture, max(1, round(height * factor)), 0), max(1, round(width * factor)), 1)


def _averaged(picture: Any, count: int, axis: int) -> Any:
    edges = numpy.linspace(0, picture.shape[axis], count + 1).astype(int)
    sums = numpy.add.reduceat(picture.astype(numpy.float32), edges[:-1], axis=axis)
    shape = [1, 1, 1]
    shape[axis] = count
    return (sums / numpy.diff(edges).reshape(shape) + 0.5).astype(numpy.uint8)


def as_image(picture: Any, name: str) -> tuple[dict[str, str], int, int]:
    """As commands answer it in `images`: a PNG, or a JPEG where that would be large; its width and height.

    It is made smaller where it would be over `MAX_SIDE` or `MAX_BYTES`.
    """
    picture = scaled(picture, MAX_SIDE)
    data, kind = _png(picture), "png"
    if len(data) > LARGE:
        data, kind = _jpeg(picture), "jpeg"
    while len(data) > MAX_BYTES:
        picture = scaled(picture, max(picture.shape[:2]) * 4 // 5)
        data = _jpeg(picture)
    image = {
        "mime_type": f"image/{kind}",
        "data": base64.b64encode(data).decode("ascii"),
        "name": f"{name}.{'jpg' if kind == 'jpeg' else kind}",
    }
    height, width = picture.shape[:2]
    return image, width, height


def content_notes(picture: Any) -> list[str]:
    """What to tell of a picture that shows nothing."""
    if picture.max() <= DARK:
        return ["The picture is black all over: there may be no light, or something right before the camera."]
    if numpy.ptp(picture, axis=(0, 1)).max() <= DITHER:
        return ["The picture is of one color all over: the camera may see no object."]
    return []


def size_note(wanted: int, width: int, height: int) -> list[str]:
    """What to tell of a picture that is smaller than was asked for."""
    if max(width, height) >= wanted:
        return []
    return [f"The picture shown is {width} x {height} pixels: larger ones are too much for a chat."]


def _png(picture: Any) -> bytes:
    height, width = picture.shape[:2]
    # Each row as its difference to the one above (PNG's filter 2): renders get a third smaller.
    rows = numpy.zeros((height, 1 + width * 3), dtype=numpy.uint8)
    flat = picture.reshape(height, width * 3)
    rows[:, 0] = 2
    rows[0, 1:] = flat[0]
    rows[1:, 1:] = flat[1:] - flat[:-1]
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )


def _jpeg(picture: Any) -> bytes:
    height, width = picture.shape[:2]
    pixels = numpy.ones((height, width, 4), dtype=numpy.float32)
    pixels[:, :, :3] = picture[::-1] / 255.0
    image = bpy.data.images.new("Tenon picture", width, height, alpha=False)
    try:
        image.pixels.foreach_set(pixels.ravel())
        with tempfile.TemporaryDirectory(prefix="tenon-") as folder:
            image.filepath_raw = os.path.join(folder, "picture.jpg")
            image.file_format = "JPEG"
            image.save()
            with open(image.filepath_raw, "rb") as file:
                return file.read()
    finally:
        bpy.data.images.remove(image)
