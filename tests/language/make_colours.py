"""The colours of the tables: CSS names and hex values as linear RGB, rounded to 4 decimals.

`python3 tests/language/make_colours.py` prints the table; test_tables.py holds the rows to it.
"""

from __future__ import annotations

# CSS Color Module Level 4, the names that the rows use.
CSS = {
    "red": "#ff0000",
    "green": "#008000",
    "blue": "#0000ff",
    "yellow": "#ffff00",
    "orange": "#ffa500",
    "purple": "#800080",
    "pink": "#ffc0cb",
    "brown": "#a52a2a",
    "black": "#000000",
    "white": "#ffffff",
    "gray": "#808080",
    "cyan": "#00ffff",
    "magenta": "#ff00ff",
    "navy": "#000080",
    "silver": "#c0c0c0",
    "gold": "#ffd700",
    "beige": "#f5f5dc",
    "ivory": "#fffff0",
    "turquoise": "#40e0d0",
    "skyblue": "#87ceeb",
    "olive": "#808000",
    "khaki": "#f0e68c",
    "indigo": "#4b0082",
    "lavender": "#e6e6fa",
    "salmon": "#fa8072",
    "coral": "#ff7f50",
    "lightblue": "#add8e6",
    "lightgreen": "#90ee90",
    "lightgray": "#d3d3d3",
    "lightyellow": "#ffffe0",
    "darkred": "#8b0000",
    "darkgreen": "#006400",
    "darkblue": "#00008b",
    "darkorange": "#ff8c00",
}


def linear(colour: str) -> list[float]:
    """A CSS name, `#rrggbb` or `#rgb` as linear RGB, by the transfer curve of sRGB."""
    digits = CSS.get(colour, colour).lstrip("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    channels = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    return [round(c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4, 4) for c in channels]


if __name__ == "__main__":
    for name in CSS:
        print(f"{name:12} {CSS[name]}  {linear(name)}")
