"""The body of a building element before it is a mesh: vertices, faces and their materials.

In: dimensions in metres. Out: a `Solid`, closed, its faces seen from outside, or what is wrong with one. Pure
Python without bpy, so that shapes are tried without Blender; any thread.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

Point = tuple[float, float, float]

# What a material slot may hold: the names of the presets that may be asked for, and those
# that shapes alone have.
MATERIALS = (
    "WOOD",
    "CONCRETE",
    "BRICK",
    "GLASS",
    "PLASTER",
    "TILE",
    "METAL",
    "STONE",
    "GOLD",
    "PLASTIC",
)
PRESETS = (*MATERIALS, "ROOFING", "TATAMI", "CLOTH", "PAPER")

# A face not so broad (m) is a board's.
NARROW = 0.25

# A face with less area (m²) is taken for none: the square of a hundredth of a millimetre.
SMALLEST_AREA = 1e-10


@dataclass
class Solid:
    """One or several closed shells. Faces are counter-clockwise seen from outside."""

    vertices: list[Point] = field(default_factory=list)
    faces: list[tuple[int, ...]] = field(default_factory=list)
    # The material slot of each face, as many as faces.
    slots: list[int] = field(default_factory=list)
    # The preset of each slot.
    materials: list[str] = field(default_factory=list)


def box(size: Point, corner: Point = (0.0, 0.0, 0.0), material: str = "WOOD") -> Solid:
    """A box of that size, `corner` being the one with the lowest coordinates."""
    (width, depth, height), (x, y, z) = size, corner
    outline = [(x, y), (x + width, y), (x + width, y + depth), (x, y + depth)]
    return prism(outline, height, z, material)


def prism(
    outline: Sequence[tuple[float, float]], height: float, foot: float = 0.0, material: str = "WOOD"
) -> Solid:
    """The outline, counter-clockwise seen from above, raised from z = `foot` by `height`."""
    count = len(outline)
    vertices = [(x, y, foot) for x, y in outline] + [(x, y, foot + height) for x, y in outline]
    faces: list[tuple[int, ...]] = [tuple(reversed(range(count))), tuple(range(count, 2 * count))]
    for corner in range(count):
        after = (corner + 1) % count
        faces.append((corner, after, count + after, count + corner))
    return Solid(vertices, faces, [0] * len(faces), [material])


def join(solids: Iterable[Solid]) -> Solid:
    """All of them as one, each material having one slot. Shells stay apart: no vertex is shared."""
    whole = Solid()
    for part in solids:
        first = len(whole.vertices)
        for material in part.materials:
            if material not in whole.materials:
                whole.materials.append(material)
        whole.vertices.extend(part.vertices)
        whole.faces.extend(tuple(first + corner for corner in face) for face in part.faces)
        whole.slots.extend(whole.materials.index(part.materials[slot]) for slot in part.slots)
    return whole


def moved(solid: Solid, offset: Point) -> Solid:
    dx, dy, dz = offset
    return _mapped(solid, [(x + dx, y + dy, z + dz) for x, y, z in solid.vertices])


def turned(solid: Solid, angle: float) -> Solid:
    """Turned about the Z axis by radians, counter-clockwise seen from above."""
    cos, sin = math.cos(angle), math.sin(angle)
    return _mapped(solid, [(x * cos - y * sin, x * sin + y * cos, z) for x, y, z in solid.vertices])


def _mapped(solid: Solid, vertices: list[Point]) -> Solid:
    return Solid(vertices, list(solid.faces), list(solid.slots), list(solid.materials))


def bounds(solid: Solid) -> tuple[Point, Point]:
    """The lowest and the highest corner."""
    across = list(zip(*solid.vertices, strict=True))
    lowest = (min(across[0]), min(across[1]), min(across[2]))
    return lowest, (max(across[0]), max(across[1]), max(across[2]))


def volume(solid: Solid, faces: Iterable[tuple[int, ...]] | None = None) -> float:
    """Cubic metres, negative where the faces look inward."""
    six_fold = 0.0
    for face in solid.faces if faces is None else faces:
        corners = [solid.vertices[index] for index in face]
        for before, after in pairwise(corners[1:]):
            six_fold += _dot(corners[0], _cross(before, after))
    return six_fold / 6.0


def grain(solid: Solid) -> list[int]:
    """For each face the axis (X 0, Y 1, Z 2) that fibres of wood run along: the longest side of a narrow
    face, as of a post or a rail; in a broad one that of its shell."""
    axes: dict[tuple[int, ...], int] = {}
    for shell in _shells(solid):
        whole, _ = _sides(solid, {index for face in shell for index in face})
        for face in shell:
            axis, across = _sides(solid, face)
            axes[face] = axis if across < NARROW else whole
    return [axes[face] for face in solid.faces]


def _sides(solid: Solid, corners: Iterable[int]) -> tuple[int, float]:
    """The axis of the longest extent, and the second longest."""
    extents = [max(axis) - min(axis) for axis in zip(*(solid.vertices[i] for i in corners), strict=True)]
    order = sorted(range(3), key=lambda axis: -extents[axis])
    return order[0], extents[order[1]]


def problems(solid: Solid) -> list[str]:
    """What keeps it from being closed, with outward normals and real thickness; empty when all is well."""
    found = []
    if not solid.faces:
        return ["it has no faces"]
    if len(solid.slots) != len(solid.faces):
        found.append(f"{len(solid.faces)} faces have {len(solid.slots)} material slots")
    if any(not 0 <= slot < len(solid.materials) for slot in solid.slots):
        found.append(f"a face has a material slot beyond the {len(solid.materials)} there are")
    found += [f"'{name}' is no material preset" for name in solid.materials if name not in PRESETS]
    if any(not 0 <= index < len(solid.vertices) for face in solid.faces for index in face):
        return [*found, f"a face has a vertex beyond the {len(solid.vertices)} there are"]
    if any(not math.isfinite(number) for vertex in solid.vertices for number in vertex):
        return [*found, "a coordinate is not finite"]
    loose = len(solid.vertices) - len({index for face in solid.faces for index in face})
    if loose:
        found.append(f"{loose} vertices belong to no face")
    for number, face in enumerate(solid.faces):
        if len(face) < 3 or len(set(face)) != len(face):
            found.append(f"face {number} has fewer than three corners, or one twice: {face}")
        elif _area(solid, face) < SMALLEST_AREA:
            found.append(f"face {number} has no area: {[solid.vertices[index] for index in face]}")
    found += _open_edges(solid)
    for shell in _shells(solid):
        if volume(solid, shell) <= 0.0:
            found.append(f"a shell of {len(shell)} faces has its faces inward, or no volume")
    return found


def _open_edges(solid: Solid) -> list[str]:
    """Each edge must be walked once in each direction: two faces, which agree about the outside."""
    walked: dict[tuple[int, int], int] = {}
    for face in solid.faces:
        for edge in zip(face, face[1:] + face[:1], strict=True):
            walked[edge] = walked.get(edge, 0) + 1
    found = []
    for (start, end), times in walked.items():
        if times != 1 or walked.get((end, start)) != 1:
            place = f"from {solid.vertices[start]} to {solid.vertices[end]}"
            back = walked.get((end, start), 0)
            found.append(f"the edge {place} is walked {times} times there and {back} times back, not once")
    return found


def _shells(solid: Solid) -> list[list[tuple[int, ...]]]:
    """The faces in groups that hang together by their vertices."""
    leader = list(range(len(solid.vertices)))

    def find(index: int) -> int:
        while leader[index] != index:
            leader[index] = leader[leader[index]]
            index = leader[index]
        return index

    for face in solid.faces:
        for index in face[1:]:
            leader[find(index)] = find(face[0])
    groups: dict[int, list[tuple[int, ...]]] = {}
    for face in solid.faces:
        groups.setdefault(find(face[0]), []).append(face)
    return list(groups.values())


def _area(solid: Solid, face: tuple[int, ...]) -> float:
    corners = [solid.vertices[index] for index in face]
    total = (0.0, 0.0, 0.0)
    for before, after in pairwise(corners[1:]):
        part = _cross(_minus(before, corners[0]), _minus(after, corners[0]))
        total = (total[0] + part[0], total[1] + part[1], total[2] + part[2])
    return math.sqrt(_dot(total, total)) / 2.0


def _minus(one: Point, other: Point) -> Point:
    return (one[0] - other[0], one[1] - other[1], one[2] - other[2])


def _dot(one: Point, other: Point) -> float:
    return one[0] * other[0] + one[1] * other[1] + one[2] * other[2]


def _cross(one: Point, other: Point) -> Point:
    return (
        one[1] * other[2] - one[2] * other[1],
        one[2] * other[0] - one[0] * other[2],
        one[0] * other[1] - one[1] * other[0],
    )
