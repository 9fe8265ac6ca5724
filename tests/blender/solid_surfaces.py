"""What is seen of a solid made of several shells: its shells, and surfaces that would flicker.

In: a solid of `commands/building`. Out: shells with their bounds and materials; the places where two of them
show faces in one plane that look the same way, and of vertices that lie on others. Pure
Python.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from itertools import product

NEAR = 2e-4  # metres between planes that are one for a picture
LOOK = 3e-4  # how far before a face it is asked whether anything covers it
GRID = 9  # places tried in each direction
MERGED = 1e-4  # metres between vertices that Blender merges, unless told otherwise

_STEPS = list(product((-1, 0, 1), repeat=3))


@dataclass
class Face:
    points: list
    normal: tuple
    level: float  # of its plane along the normal


@dataclass
class Shell:
    faces: list[Face]
    material: str
    low: tuple
    high: tuple

    @property
    def size(self):
        return tuple(high - low for low, high in zip(self.low, self.high, strict=True))

    def holds(self, place) -> bool:
        """Whether the place lies inside: a ray along X goes out an odd number of times."""
        if not all(a - 1e-9 <= b <= c + 1e-9 for a, b, c in zip(self.low, place, self.high, strict=True)):
            return False
        out = False
        for face in self.faces:
            x, y, z = face.normal
            outline = [(point[1], point[2]) for point in face.points]
            if abs(x) > 1e-9 and inside((place[1], place[2]), outline):
                out ^= (face.level - place[1] * y - place[2] * z) / x > place[0]
        return out


def shells_of(solid) -> list[Shell]:
    leader = list(range(len(solid.vertices)))

    def find(index):
        while leader[index] != index:
            leader[index] = leader[leader[index]]
            index = leader[index]
        return index

    for face in solid.faces:
        for index in face[1:]:
            leader[find(index)] = find(face[0])
    groups = defaultdict(list)
    for number, face in enumerate(solid.faces):
        groups[find(face[0])].append(number)
    return [_shell(solid, numbers) for numbers in groups.values()]


def _shell(solid, numbers) -> Shell:
    faces = [_face([solid.vertices[index] for index in solid.faces[number]]) for number in numbers]
    across = list(zip(*(point for face in faces for point in face.points), strict=True))
    material = solid.materials[solid.slots[numbers[0]]]
    return Shell(faces, material, tuple(map(min, across)), tuple(map(max, across)))


def _face(points) -> Face:
    x = y = z = 0.0
    for a, b in zip(points, points[1:] + points[:1], strict=True):  # Newell
        x += (a[1] - b[1]) * (a[2] + b[2])
        y += (a[2] - b[2]) * (a[0] + b[0])
        z += (a[0] - b[0]) * (a[1] + b[1])
    length = math.hypot(x, y, z)
    normal = (x / length, y / length, z / length)
    return Face(points, normal, sum(a * b for a, b in zip(normal, points[0], strict=True)))


def doubles(solid) -> list:
    """Places of several vertices: Blender would take them for one when it merges by distance."""
    cells = defaultdict(list)
    for vertex in solid.vertices:
        cells[tuple(math.floor(each / NEAR) for each in vertex)].append(vertex)
    found = []
    for cell, here in cells.items():
        beside = [tuple(map(sum, zip(cell, step, strict=True))) for step in _STEPS]
        near = [other for each in beside for other in cells.get(each, ())]
        found += [one for one in here if sum(math.dist(one, other) < MERGED for other in near) > 1]
    return found


def inside(place, outline) -> bool:
    within = False
    x, y = place
    for (x1, y1), (x2, y2) in zip(outline, outline[1:] + outline[:1], strict=True):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            within = not within
    return within


def flickering(solid) -> list:
    """Places where two shells show faces in one plane that look the same way, and nothing covers them."""
    shells = shells_of(solid)
    planes = defaultdict(list)
    for number, shell in enumerate(shells):
        for face in shell.faces:
            direction = tuple(round(each, 3) + 0.0 for each in face.normal)
            for level in {math.floor(face.level * 2000), math.ceil(face.level * 2000)}:
                planes[direction, level].append((number, face))
    found = []
    for faces in planes.values():
        for at, (number, face) in enumerate(faces):
            for other_number, other in faces[:at]:
                if number != other_number and abs(face.level - other.level) <= NEAR:
                    found += _shown_together(face, other, shells)
    return found


def _shown_together(face, other, shells) -> list:
    """The first place found, or none."""
    normal = face.normal
    drop = max(range(3), key=lambda axis: abs(normal[axis]))
    i, j = (axis for axis in range(3) if axis != drop)
    here = [(point[i], point[j]) for point in face.points]
    there = [(point[i], point[j]) for point in other.points]
    low = [max(min(p[axis] for p in here), min(p[axis] for p in there)) for axis in (0, 1)]
    high = [min(max(p[axis] for p in here), max(p[axis] for p in there)) for axis in (0, 1)]
    if high[0] - low[0] < 1e-4 or high[1] - low[1] < 1e-4:
        return []
    for step in range(GRID * GRID):
        # Off the middle, so that no place lies on an edge.
        u, v = (step % GRID + 0.513) / GRID, (step // GRID + 0.487) / GRID
        place = (low[0] + (high[0] - low[0]) * u, low[1] + (high[1] - low[1]) * v)
        if not (inside(place, here) and inside(place, there)):
            continue
        before = [0.0, 0.0, 0.0]
        before[i], before[j] = place
        before[drop] = (face.level - normal[i] * place[0] - normal[j] * place[1]) / normal[drop]
        before = [a + LOOK * b for a, b in zip(before, normal, strict=True)]
        if not any(shell.holds(before) for shell in shells):
            return [(tuple(round(each, 4) for each in before), normal)]
    return []
