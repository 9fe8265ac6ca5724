"""Small letters for the labels of a contact sheet, which must look the same in a Blender without fonts.

In: a text. Out: a mask of pixels. Pure: no bpy, any thread.
"""

from __future__ import annotations

from typing import Any

from ..blender.numeric import numpy

WIDTH, HEIGHT = 5, 7  # pixels of a letter; one column parts it from the next

# Seven rows from the top, each one digit of base 32: five pixels, the leftmost worth 16.
_ROWS = """
A EHHVHHH  B UHHUHHU  C EHGGGHE  D UHHHHHU  E VGGUGGV  F VGGUGGG  G EHGNHHF  H HHHVHHH  I E44444E
J 72222IC  K HIKOKIH  L GGGGGGV  M HRLLHHH  N HPLJHHH  O EHHHHHE  P UHHUGGG  Q EHHHLID  R UHHUKIH
S FGGE11U  T V444444  U HHHHHHE  V HHHHHA4  W HHHLLLA  X HHA4AHH  Y HHA4444  Z V1248GV
0 EHJLPHE  1 4C4444E  2 EH1248V  3 V2421HE  4 26AIV22  5 VGU11HE  6 68GUHHE  7 V124888  8 EHHEHHE
9 EHHF12C  - 000E000  . 00000CC  _ 000000V  : 0CC0CC0  / 01248G0  ( 2488842  ) 8422248  , 0000C48
+ 044V440  # AAVAVAA  ? EH12404
""".split()  # noqa: SIM905
_GLYPHS = dict(zip(_ROWS[::2], _ROWS[1::2], strict=True)) | {" ": "0000000"}


def mask(text: str, scale: int = 1) -> Any:
    """True where the text is: an array of HEIGHT * scale rows. What has no letter here shows as "?"."""
    columns: list[list[bool]] = []
    for letter in text.upper():
        rows = [int(digit, 32) for digit in _GLYPHS.get(letter, _GLYPHS["?"])]
        columns += [[bool(row >> (WIDTH - 1 - at) & 1) for row in rows] for at in range(WIDTH)]
        columns.append([False] * HEIGHT)
    pixels = numpy.array(columns[:-1] or [[False] * HEIGHT], dtype=bool).T
    return pixels.repeat(scale, axis=0).repeat(scale, axis=1)
