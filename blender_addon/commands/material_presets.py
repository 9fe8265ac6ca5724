"""Materials of what things are built of: wood, concrete, glass and others, made of nodes.

In: the name of a preset. Out: its material, made when it is first asked for and the same one afterwards. Main
thread only.

The patterns have the size that they have in the world, whatever the scale of the object: a brick is 22 cm
long also on a wall that was made of a scaled cube. They lie on the object: they move and turn with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import bpy

from ..errors import CommandError
from .materials import new_material, principled, socket_of

Preset = Literal["WOOD", "CONCRETE", "BRICK", "GLASS", "PLASTER", "TILE", "METAL", "STONE", "GOLD", "PLASTIC"]

MADE_AS = "tenon_preset"  # the custom property that tells which preset a data block is; its name may change
GRAIN = "tenon_grain"  # attribute of faces: the axis that the grain of wood runs along, X 0, Y 1, Z 2
COLUMN, ROW = 220, 320  # of the node editor's grid that nodes are laid out in

Color = tuple[float, float, float]  # linear red, green, blue


def preset(name: str) -> Any:
    """The material of this preset. CommandError: there is none."""
    if name not in _BUILDERS:
        raise CommandError(
            f"There is no material preset '{name}': give one of {', '.join(_BUILDERS)}", code="invalid_params"
        )
    found = _made(bpy.data.materials, name)
    if found:
        return found
    material = new_material(f"Tenon {name.title()}")
    material[MADE_AS] = name
    _BUILDERS[name](_Look(material))
    return material


def is_preset(material: Any) -> bool:
    return MADE_AS in material


def _made(blocks: Any, name: str) -> Any:
    return next((each for each in blocks if not each.library and each.get(MADE_AS) == name), None)


class _Nodes:
    """A node tree that nodes are added to, each connected when it is made."""

    def __init__(self, tree: Any) -> None:
        self.tree = tree

    def add(self, kind: str, inputs: dict[Any, Any] | None = None, **settings: Any) -> Any:
        """inputs: socket -> its value, or the socket of another node that gives it."""
        node = self.tree.nodes.new(f"ShaderNode{kind}")
        for name, value in settings.items():
            setattr(node, name, value)
        for key, value in (inputs or {}).items():
            self.give(node.inputs[key], value)
        return node

    def give(self, socket: Any, value: Any) -> None:
        if isinstance(value, bpy.types.NodeSocket):
            self.tree.links.new(value, socket)
        else:
            socket.default_value = (*value, 1.0) if _is_color(socket) and len(value) == 3 else value

    def math(self, operation: str, *values: Any) -> Any:
        return self.add("Math", dict(enumerate(values)), operation=operation).outputs[0]

    def vector(self, operation: str, *values: Any) -> Any:
        return self.add("VectorMath", dict(enumerate(values)), operation=operation).outputs["Vector"]

    def lay_out(self, last: Any) -> None:
        """From the right to the left, as far from the last node as the longest way of links to it."""
        distance = {last: 0}
        waiting = [last]
        for node in waiting:
            for link in (link for socket in node.inputs for link in socket.links):
                if distance.get(link.from_node, -1) <= distance[node]:
                    distance[link.from_node] = distance[node] + 1
                    waiting.append(link.from_node)
        filled: dict[int, int] = {}
        for node, column in distance.items():
            row = filled.get(column, 0)
            filled[column] = row + 1
            node.location = (300 - column * COLUMN, 300 - row * ROW)


class _Look(_Nodes):
    """The nodes of a material, with what the patterns are made of."""

    def __init__(self, material: Any) -> None:
        super().__init__(material.node_tree)
        self.material = material
        self.shader = principled(material)
        self.output = next(each for each in self.tree.nodes if each.type == "OUTPUT_MATERIAL")
        self._coordinates: Any = None

    @property
    def place(self) -> Any:
        """On and in the object, in metres."""
        return self._coordinate("Place")

    @property
    def face(self) -> Any:
        """On the side that a face looks to, in metres: along it in X, up in Y."""
        return self._coordinate("Face")

    def along_grain(self) -> Any:
        """Like `place`, X being the axis that the mesh says; X itself where it says none."""
        x, y, z = self.add("SeparateXYZ", {0: self.place}).outputs
        axis = self.add("Attribute", attribute_name=GRAIN).outputs["Fac"]
        deep, up = (self.math("COMPARE", axis, number, 0.5) for number in (1.0, 2.0))
        turned = {
            0: _either(self, up, z, _either(self, deep, y, x)),
            1: _either(self, deep, x, y),
            2: _either(self, up, x, z),
        }
        return self.add("CombineXYZ", turned).outputs[0]

    def on_slope(self) -> Any:
        """On a slope, in metres: along its eaves in X, up it in Y, whichever side it falls to."""
        x, y, _ = self.add("SeparateXYZ", {0: self.place}).outputs
        normal = self.vector("ABSOLUTE", self.add("TexCoord").outputs["Normal"])
        across, deep, up = self.add("SeparateXYZ", {0: normal}).outputs
        sideways = self.math("GREATER_THAN", across, deep)
        run = _either(self, sideways, x, y)
        slope = {0: _either(self, sideways, y, x), 1: self.math("DIVIDE", run, self.math("MAXIMUM", up, 0.1))}
        return self.add("CombineXYZ", slope).outputs[0]

    def _coordinate(self, name: str) -> Any:
        if self._coordinates is None:
            self._coordinates = self.add("Group", node_tree=_coordinates())
        return self._coordinates.outputs[name]

    def noise(self, scale: float, detail: float = 4.0, at: Any = None, stretch: Any = None) -> Any:
        """A number about 0.5. `scale`: spots in a metre; `stretch`: factors of it along X, Y and Z."""
        at = self.place if at is None else at
        if stretch:
            at = self.vector("MULTIPLY", at, stretch)
        inputs = {"Vector": at, "Scale": scale, "Detail": detail, "Roughness": 0.6}
        return self.add("TexNoise", inputs).outputs[0]

    def ramp(self, by: Any, *stops: tuple[float, Color]) -> Any:
        node = self.add("ValToRGB", {0: by})
        elements = node.color_ramp.elements
        while len(elements) < len(stops):
            elements.new(0.5)
        for element, (position, color) in zip(elements, stops, strict=True):
            element.position, element.color = position, (*color, 1.0)
        return node.outputs["Color"]

    def mixed(self, blend: str, factor: Any, first: Any, second: Any) -> Any:
        node = self.add("Mix", data_type="RGBA", blend_type=blend)
        # Its sockets have the same names for each type of data; only these are of colors.
        sockets = {each.identifier: each for each in (*node.inputs, *node.outputs)}
        for name, value in (("Factor_Float", factor), ("A_Color", first), ("B_Color", second)):
            self.give(sockets[name], value)
        return sockets["Result_Color"]

    def between(self, by: Any, low: float, high: float) -> Any:
        """`by` from 0.3 to 0.7, which noise seldom leaves, as a number from low to high."""
        values = {"Value": by, 1: 0.3, 2: 0.7, 3: low, 4: high}
        return self.add("MapRange", values).outputs[0]

    def bump(self, height: Any, depth: float, strength: float = 1.0) -> Any:
        """`depth`: in metres."""
        inputs = {"Height": height, "Distance": depth / _metres(), "Strength": strength}
        return self.add("Bump", inputs).outputs["Normal"]

    def finish(self, solid: Color, **look: Any) -> None:
        """`solid`: the color where nodes are not drawn; the others are inputs of the shader."""
        normal = look.pop("normal", None)
        for ours, value in look.items():
            self.give(socket_of(self.shader, ours), value)
        if normal:
            self.give(self.shader.inputs["Normal"], normal)
        self.material.diffuse_color = (*solid, 1.0)
        self.material.metallic = look.get("metallic", 0.0)
        roughness = look.get("roughness", 0.5)
        self.material.roughness = roughness if isinstance(roughness, float) else 0.5
        self.lay_out(self.output)


def _is_color(socket: Any) -> bool:
    return socket.type == "RGBA"


def _metres() -> float:
    """In one unit of the scene."""
    return float(bpy.context.scene.unit_settings.scale_length)


def _coordinates() -> Any:
    """The group of nodes that tells where a point is on its object, in metres."""
    found = _made(bpy.data.node_groups, "COORDINATES")
    if found:
        return found
    group = bpy.data.node_groups.new("Tenon Coordinates", "ShaderNodeTree")
    group[MADE_AS] = "COORDINATES"
    for name in ("Place", "Face"):
        if hasattr(group, "interface"):
            group.interface.new_socket(name, in_out="OUTPUT", socket_type="NodeSocketVector")
        else:  # before Blender 4.0
            group.outputs.new("NodeSocketVector", name)
    nodes = _Nodes(group)
    texture = nodes.add("TexCoord").outputs
    lengths = []
    for axis in range(3):  # how long the object's own axes are in the world, its parents' scale included
        own = nodes.add("VectorTransform", vector_type="VECTOR", convert_from="OBJECT", convert_to="WORLD")
        own.inputs[0].default_value = [float(each == axis) for each in range(3)]
        length = nodes.add("VectorMath", {0: own.outputs[0]}, operation="LENGTH").outputs["Value"]
        lengths.append(nodes.math("MULTIPLY", length, _metres()))
    scale = nodes.add("CombineXYZ", dict(enumerate(lengths))).outputs[0]
    place = nodes.vector("MULTIPLY", texture["Object"], scale)
    x, y, z = nodes.add("SeparateXYZ", {0: place}).outputs
    normal = nodes.vector("ABSOLUTE", texture["Normal"])
    across, deep, up = nodes.add("SeparateXYZ", {0: normal}).outputs
    flat = nodes.math("GREATER_THAN", up, nodes.math("MAXIMUM", across, deep))
    sideways = nodes.math("MULTIPLY", nodes.math("GREATER_THAN", across, deep), _not(nodes, flat))
    along = _either(nodes, sideways, y, x)
    rising = _either(nodes, flat, y, z)
    face = nodes.add("CombineXYZ", {0: along, 1: rising}).outputs[0]
    output = group.nodes.new("NodeGroupOutput")
    group.links.new(place, output.inputs["Place"])
    group.links.new(face, output.inputs["Face"])
    nodes.lay_out(output)
    return group


def _not(nodes: _Nodes, condition: Any) -> Any:
    return nodes.math("SUBTRACT", 1.0, condition)


def _either(nodes: _Nodes, condition: Any, first: Any, second: Any) -> Any:
    one = nodes.math("MULTIPLY", first, condition)
    return nodes.math("ADD", one, nodes.math("MULTIPLY", second, _not(nodes, condition)))


def _wood(look: _Look) -> None:
    """Rings around the axis that the grain runs along, with fine pores in it."""
    place = look.along_grain()
    stretched = look.vector("MULTIPLY", place, (0.12, 1.0, 1.0))
    warp = look.add("TexNoise", {"Vector": stretched, "Scale": 2.5, "Detail": 2.0}).outputs[1]
    bent = look.vector("ADD", stretched, look.vector("MULTIPLY", warp, (0.25, 0.25, 0.25)))
    inputs = {"Vector": bent, "Scale": 9.0, "Distortion": 1.5, "Detail": 3.0, "Detail Scale": 1.5}
    rings = look.add("TexWave", inputs, wave_type="RINGS", rings_direction="X").outputs[1]
    color = look.ramp(
        rings, (0.0, (0.17, 0.074, 0.029)), (0.45, (0.25, 0.12, 0.048)), (1.0, (0.32, 0.165, 0.07))
    )
    pores = look.noise(1.0, 6.0, at=place, stretch=(6.0, 160.0, 160.0))
    shade = look.ramp(pores, (0.3, (0.55, 0.55, 0.55)), (0.6, (1.0, 1.0, 1.0)))
    color = look.mixed("MULTIPLY", 0.7, color, shade)
    normal = look.bump(pores, 0.0008, 0.5)
    look.finish((0.26, 0.118, 0.046), color=color, roughness=look.between(pores, 0.62, 0.42), normal=normal)


def _concrete(look: _Look) -> None:
    """Clouds of grey, with pores where the form left air."""
    clouds = look.noise(1.6, 8.0)
    grain = look.noise(45.0, 6.0)
    color = look.ramp(clouds, (0.3, (0.2, 0.198, 0.19)), (0.7, (0.36, 0.355, 0.34)))
    color = look.mixed("OVERLAY", 0.35, color, look.ramp(grain, (0.3, (0.3,) * 3), (0.7, (0.7,) * 3)))
    cells = look.add("TexVoronoi", {"Vector": look.place, "Scale": 14.0}).outputs["Distance"]
    pores = look.ramp(cells, (0.04, (0.0,) * 3), (0.09, (1.0,) * 3))
    color = look.mixed("MULTIPLY", 0.55, color, pores)
    height = look.math("ADD", look.math("MULTIPLY", grain, 0.4), pores)
    look.finish(
        (0.29, 0.285, 0.27),
        color=color,
        roughness=look.between(grain, 0.8, 0.95),
        normal=look.bump(height, 0.002),
    )


def _courses(
    look: _Look,
    width: float,
    height: float,
    joint: float,
    offset: float,
    colors: Sequence[Color],
    at: Any = None,
) -> Any:
    """The node of a pattern of bricks or tiles, in metres."""
    first, second, mortar = colors
    inputs = {
        "Vector": at or look.face,
        "Color1": first,
        "Color2": second,
        "Mortar": mortar,
        "Scale": 1.0,
        "Mortar Size": joint / 2,
        "Mortar Smooth": 0.15,
        "Brick Width": width + joint,
        "Row Height": height + joint,
    }
    return look.add("TexBrick", inputs, offset=offset)


def _brick(look: _Look) -> None:
    """Bricks of 21.5 x 6.5 cm in mortar of 1 cm."""
    colors = ((0.28, 0.058, 0.028), (0.44, 0.125, 0.062), (0.42, 0.39, 0.35))
    bricks = _courses(look, 0.215, 0.065, 0.01, 0.5, colors)
    grain = look.noise(60.0, 6.0)
    shade = look.ramp(grain, (0.3, (0.6,) * 3), (0.65, (1.0,) * 3))
    color = look.mixed("MULTIPLY", 0.7, bricks.outputs[0], shade)
    height = look.math("ADD", _not(look, bricks.outputs[1]), look.math("MULTIPLY", grain, 0.3))
    look.finish((0.36, 0.09, 0.045), color=color, roughness=0.88, normal=look.bump(height, 0.006))


def _glass(look: _Look) -> None:
    """Clear, a little green; light for shadows goes through, so that a room behind it is not dark."""
    material, shader = look.material, look.shader
    smears = look.noise(3.0, 2.0)
    clear = look.add("BsdfTransparent", {"Color": (0.9, 0.96, 0.94)}).outputs[0]
    shadow = look.add("LightPath").outputs["Is Shadow Ray"]
    both = look.add("MixShader", {0: shadow, 1: shader.outputs[0], 2: clear})
    look.give(look.output.inputs["Surface"], both.outputs[0])
    if hasattr(material, "use_raytrace_refraction"):  # since Blender 4.2
        material.use_raytrace_refraction = True
    else:
        material.use_screen_refraction = True
        material.shadow_method = "HASHED"
    roughness = look.between(smears, 0.0, 0.03)
    look.finish((0.75, 0.88, 0.85), color=(0.93, 0.98, 0.96), transmission=1.0, ior=1.45, roughness=roughness)
    material.diffuse_color[3] = 0.3


def _plaster(look: _Look) -> None:
    """White, spread by hand."""
    strokes = look.noise(5.0, 3.0, stretch=(1.0, 1.0, 1.6))
    grain = look.noise(220.0, 2.0)
    color = look.ramp(strokes, (0.3, (0.66, 0.645, 0.61)), (0.7, (0.8, 0.79, 0.76)))
    height = look.math("ADD", strokes, look.math("MULTIPLY", grain, 0.25))
    look.finish((0.74, 0.725, 0.69), color=color, roughness=0.92, normal=look.bump(height, 0.003, 0.7))


def _tile(look: _Look) -> None:
    """Glazed tiles of 20 cm with joints of 4 mm."""
    colors = ((0.66, 0.7, 0.72), (0.74, 0.77, 0.78), (0.22, 0.22, 0.21))
    tiles = _courses(look, 0.2, 0.2, 0.004, 0.0, colors)
    waves = look.noise(4.0, 1.0)
    joint = tiles.outputs[1]
    roughness = look.math("ADD", look.math("MULTIPLY", joint, 0.7), 0.1)
    height = look.math("ADD", _not(look, joint), look.math("MULTIPLY", waves, 0.2))
    look.finish(
        (0.7, 0.735, 0.75), color=tiles.outputs[0], roughness=roughness, normal=look.bump(height, 0.0025)
    )


def _roofing(look: _Look) -> None:
    """Dark roof tiles of 30 x 27 cm, each course over the one below it."""
    colors = ((0.045, 0.046, 0.05), (0.085, 0.083, 0.082), (0.012, 0.012, 0.013))
    tiles = _courses(look, 0.29, 0.255, 0.012, 0.5, colors, look.on_slope())
    grain = look.noise(40.0, 5.0)
    shade = look.ramp(grain, (0.3, (0.65,) * 3), (0.7, (1.0,) * 3))
    color = look.mixed("MULTIPLY", 0.6, tiles.outputs[0], shade)
    height = look.math("ADD", _not(look, tiles.outputs[1]), look.math("MULTIPLY", grain, 0.15))
    look.finish((0.06, 0.06, 0.062), color=color, roughness=0.6, normal=look.bump(height, 0.015))


def _tatami(look: _Look) -> None:
    """Woven rush: pale green that turns to straw."""
    clouds = look.noise(1.2, 2.0)
    rush = look.noise(1.0, 3.0, stretch=(350.0, 350.0, 350.0))
    color = look.ramp(clouds, (0.3, (0.36, 0.36, 0.16)), (0.7, (0.46, 0.42, 0.19)))
    shade = look.ramp(rush, (0.35, (0.78,) * 3), (0.6, (1.0,) * 3))
    color = look.mixed("MULTIPLY", 0.8, color, shade)
    look.finish((0.41, 0.39, 0.175), color=color, roughness=0.8, normal=look.bump(rush, 0.001, 0.5))


def _cloth(look: _Look) -> None:
    """The dark green linen of mats' hems."""
    weave = look.noise(900.0, 2.0)
    color = look.ramp(weave, (0.3, (0.012, 0.028, 0.017)), (0.7, (0.026, 0.052, 0.033)))
    look.finish((0.018, 0.04, 0.025), color=color, roughness=0.9, normal=look.bump(weave, 0.0005, 0.4))


def _paper(look: _Look) -> None:
    """White, with fibres in it; light shines through."""
    fibres = look.noise(1.0, 6.0, stretch=(60.0, 60.0, 20.0))
    color = look.ramp(fibres, (0.3, (0.7, 0.69, 0.64)), (0.7, (0.82, 0.81, 0.77)))
    through = look.add("BsdfTranslucent", {"Color": color}).outputs[0]
    both = look.add("MixShader", {0: 0.45, 1: look.shader.outputs[0], 2: through})
    look.give(look.output.inputs["Surface"], both.outputs[0])
    look.finish((0.77, 0.76, 0.71), color=color, roughness=0.95)


def _metal(look: _Look) -> None:
    """Brushed steel: scratches along X."""
    scratches = look.noise(1.0, 8.0, stretch=(3.0, 400.0, 400.0))
    color = look.ramp(scratches, (0.3, (0.46, 0.47, 0.48)), (0.7, (0.62, 0.63, 0.64)))
    roughness = look.between(scratches, 0.24, 0.42)
    look.finish(
        (0.55, 0.56, 0.57),
        color=color,
        metallic=1.0,
        roughness=roughness,
        normal=look.bump(scratches, 0.0002),
    )


def _stone(look: _Look) -> None:
    """Rough natural stone: warm and cold grey, veins, crystals."""
    clouds = look.noise(2.2, 10.0)
    color = look.ramp(
        clouds, (0.32, (0.115, 0.11, 0.102)), (0.5, (0.19, 0.175, 0.155)), (0.68, (0.28, 0.265, 0.238))
    )
    inputs = {"Vector": look.place, "Scale": 70.0}
    crystals = look.add("TexVoronoi", inputs).outputs["Color"]
    grey = look.add("RGBToBW", {0: crystals}).outputs[0]
    color = look.mixed("OVERLAY", 0.5, color, look.ramp(grey, (0.2, (0.25,) * 3), (0.8, (0.75,) * 3)))
    chips = look.noise(9.0, 8.0)
    height = look.math("ADD", look.math("MULTIPLY", chips, 1.0), look.math("MULTIPLY", clouds, 1.5))
    look.finish(
        (0.19, 0.175, 0.155),
        color=color,
        roughness=look.between(grey, 0.75, 0.9),
        normal=look.bump(height, 0.02),
    )


def _gold(look: _Look) -> None:
    """Polished, with faint dents."""
    dents = look.noise(12.0, 3.0)
    look.finish(
        (1.0, 0.6, 0.16),
        color=(1.0, 0.61, 0.18),
        metallic=1.0,
        roughness=look.between(dents, 0.12, 0.24),
        normal=look.bump(dents, 0.001, 0.3),
    )


def _plastic(look: _Look) -> None:
    """Moulded, with a fine grain; white until its color is set."""
    grain = look.noise(700.0, 1.0)
    look.finish(
        (0.75, 0.76, 0.78),
        color=(0.75, 0.76, 0.78),
        roughness=look.between(grain, 0.28, 0.4),
        ior=1.46,
        normal=look.bump(grain, 0.0002, 0.3),
    )


_BUILDERS: dict[str, Callable[[_Look], None]] = {
    "WOOD": _wood,
    "CONCRETE": _concrete,
    "BRICK": _brick,
    "GLASS": _glass,
    "PLASTER": _plaster,
    "TILE": _tile,
    "METAL": _metal,
    "STONE": _stone,
    "GOLD": _gold,
    "PLASTIC": _plastic,
    # Of shapes that have them; nobody names these.
    "ROOFING": _roofing,
    "TATAMI": _tatami,
    "CLOTH": _cloth,
    "PAPER": _paper,
}
