"""What may be wrong with the scene or the file, counted.

In: nothing, or a picture of the scene. Out: problems, each with how many there are and the first of them by
name. Main thread only.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from typing import Annotated, Any

import bpy

from ...blender.data_access import update_from_edit_mode, with_notes, world_bounding_box
from ...blender.libraries import told_name
from ...blender.missing_files import missing_files
from ...blender.units import length_unit
from ...errors import CommandError
from ...registry.schema import Constraint
from ...registry.table import command

FAR = 1000.0  # in the scene's unit: from there on Blender's numbers are coarse, and views show nothing
RENDER_SIZE = 128  # pixels of the longer side of a test render
SURFACES = ("MESH", "CURVE", "SURFACE", "FONT", "META")

Problem = tuple[str, str, list[str]]  # its kind, what it means, names


@command(title="Check the scene", reads_only=True)
def check_scene(
    image: str | None = None,
    render: bool = False,
    far: Annotated[float, Constraint(minimum=0)] = FAR,
    limit: Annotated[int, Constraint(minimum=1, maximum=100)] = 10,
) -> dict[str, Any]:
    """Look for what is wrong with the scene and the file: missing files, data that nothing uses, objects
    without material, no camera or light, objects twice at one place or far from the origin, and whether a
    picture of it is black or over-exposed.

    image: a picture file that was rendered before, to be measured
    render: make a small test render through the scene's camera and measure that
    far: from the origin, in the scene's unit
    limit: how many names of each
    """
    bpy.context.view_layer.update()
    scene = bpy.context.scene
    # Looked up once: asking for each object takes Blender time with their number.
    in_layer = set(bpy.context.view_layer.objects)
    visible = [each for each in scene.objects if each in in_layer and each.visible_get()]
    problems = [*_files(), *_strays(), *_looks(visible, in_layer), *_light(scene), *_places(visible, far)]
    notes: list[str] = []
    pictures: dict[str, Any] = {}
    if image is not None:
        pictures["image"] = _measured(_read(image), problems)
    if render and scene.camera is None:
        notes.append("There was no test render: the scene has no camera")
    elif render:
        pictures["render"] = _measured(_test_render(scene), problems)
        notes.append("The test render is made by Cycles with few samples, whatever the scene's engine")
    return with_notes(
        {
            "scene": scene.name,
            "ok": not problems,
            "problems": [
                {"kind": kind, "what": what, **_first(names, limit)} for kind, what, names in problems
            ],
            "unused_data": _first(_unused(), limit),
            "libraries": _first(_libraries(), limit),
            "visible_objects": len(visible),
            "unit": length_unit(),
            **pictures,
        },
        notes,
    )


def _files() -> Iterator[Problem]:
    missing = [f"{kind} '{block.name}' ({block.filepath})" for kind, block in missing_files()]
    if missing:
        yield "missing_files", "These files are not on the disk", missing


def _strays() -> Iterator[Problem]:
    in_scenes = {each for scene in bpy.data.scenes for each in scene.objects}
    scattered = [told_name(each) for each in bpy.data.objects if each.users and each not in in_scenes]
    if scattered:
        yield "objects_in_no_scene", "These objects are in the file, but in no scene", scattered


def _unused() -> list[str]:
    """Data that is gone once the file is saved and opened again. Blender's start-up file has some too."""
    return [
        f"{kind.identifier}: {block.name}"
        for kind in bpy.types.BlendData.bl_rna.properties
        if kind.type == "COLLECTION" and kind.identifier not in _NOT_DATA
        for block in getattr(bpy.data, kind.identifier)
        if not block.users and getattr(block, "source", None) != "VIEWER"
    ]


_NOT_DATA = ("libraries", "window_managers", "screens", "workspaces", "brushes")


def _looks(visible: list[Any], in_layer: set[Any]) -> Iterator[Problem]:
    bare = []
    for each in visible:
        update_from_edit_mode(each)
        solid = each.type in SURFACES and not (each.type == "MESH" and not len(each.data.polygons))
        if solid and not any(slot.material for slot in each.material_slots):
            bare.append(told_name(each))
    if bare:
        yield "no_material", "These objects have no material", bare
    objects = bpy.context.scene.objects
    hidden = in_layer - set(visible)
    unseen = [told_name(each) for each in objects if each in hidden and _is_rendered(each)]
    if unseen:
        yield "only_in_renders", "These are hidden in the viewport and seen in renders", unseen
    unrendered = [
        told_name(each) for each in visible if each.hide_render and each.type in (*SURFACES, "LIGHT")
    ]
    if unrendered:
        yield "only_in_viewport", "These are seen in the viewport and not in renders", unrendered


def _is_rendered(obj: Any) -> bool:
    """Whether a render shows the object although the viewport does not."""
    if obj.hide_render or obj.type not in (*SURFACES, "LIGHT"):
        return False
    return any(not each.hide_render for each in obj.users_collection)


def _light(scene: Any) -> Iterator[Problem]:
    if scene.camera is None:
        cameras = [told_name(each) for each in scene.objects if each.type == "CAMERA"]
        what = "The scene has no camera: it cannot be rendered"
        yield "no_camera", what + (", though there are cameras to choose" if cameras else ""), cameras
    elif scene.camera not in scene.objects[:]:
        yield "no_camera", "The scene's camera is not in the scene", [told_name(scene.camera)]
    lamps = [each for each in scene.objects if each.type == "LIGHT" and not each.hide_render]
    if lamps or any(map(_glows, _materials(scene.objects))):
        return
    lit = _world_gives_light(scene.world)
    what = "There is no lamp and nothing glows" + (
        "; only the world gives light" if lit else ": renders are black"
    )
    yield "no_light", what, []


def _materials(objects: Iterable[Any]) -> set[Any]:
    return {slot.material for each in objects for slot in each.material_slots if slot.material}


def _glows(material: Any) -> bool:
    for node in _nodes(material):
        if node.type == "EMISSION" and node.outputs[0].is_linked:
            return True
        if node.type == "BSDF_PRINCIPLED":
            strength = node.inputs["Emission Strength"]
            color = (
                node.inputs.get("Emission Color") or node.inputs["Emission"]
            )  # its name before Blender 4.0
            if (strength.is_linked or strength.default_value > 0) and _has_color(color):
                return True
    return False


def _nodes(block: Any) -> list[Any]:
    """Those of a material or a world, if they count; since Blender 5.0 they always do."""
    tree = block.node_tree
    return list(tree.nodes) if tree and (bpy.app.version >= (5, 0, 0) or block.use_nodes) else []


def _has_color(socket: Any) -> bool:
    return bool(socket.is_linked or any(channel > 0 for channel in socket.default_value[:3]))


def _world_gives_light(world: Any) -> bool:
    if world is None:
        return False
    backgrounds = [node for node in _nodes(world) if node.type == "BACKGROUND"]
    if not backgrounds:
        return any(channel > 0 for channel in world.color)
    return any(
        _has_color(node.inputs["Color"])
        and (node.inputs["Strength"].is_linked or node.inputs["Strength"].default_value > 0)
        for node in backgrounds
    )


def _places(visible: list[Any], far: float) -> Iterator[Problem]:
    same: dict[Any, list[str]] = {}
    distant = []
    for each in visible:
        matrix = each.matrix_world
        if each.type in SURFACES:
            place = tuple(round(value, 5) for row in matrix for value in row)
            same.setdefault((each.type, _shape(each), place), []).append(told_name(each))
        low, high = world_bounding_box(each, matrix)
        nearest = [max(a, -b, 0.0) for a, b in zip(low, high, strict=True)]
        if sum(value * value for value in nearest) > far * far:
            distant.append(told_name(each))
    twins = [
        " = ".join(names[:3]) + (" = …" if len(names) > 3 else "")
        for names in same.values()
        if len(names) > 1
    ]
    if twins:
        yield "duplicates", "These objects look the same and stand at the same place", twins
    if distant:
        yield "far_from_origin", f"These objects are over {far:g} from the origin", distant


def _shape(obj: Any) -> Any:
    """The same for objects that look alike: the same data, or a mesh with the same numbers."""
    if obj.type != "MESH":
        return obj.data.as_pointer()
    counts = len(obj.data.vertices), len(obj.data.polygons)
    return (*counts, *(round(value, 5) for value in obj.dimensions))


def _libraries() -> list[str]:
    """Files that are linked from, without Blender's own brushes."""
    own = os.path.join(bpy.utils.resource_path("LOCAL") or os.sep, "datafiles")
    return [
        each.filepath
        for each in bpy.data.libraries
        if not os.path.realpath(bpy.path.abspath(each.filepath)).startswith(os.path.realpath(own) + os.sep)
    ]


def _first(names: list[str], limit: int) -> dict[str, Any]:
    return {"count": len(names), "first": names[:limit]}


# --- pictures


def _read(filepath: str) -> Any:
    from ...imaging import image_io, image_loading  # here: numpy would make every start of Blender slower

    path = image_loading.image_path(filepath)
    try:
        picture = image_io.read(path)
    except (RuntimeError, ValueError) as error:
        raise CommandError(f"'{path}' is no picture that Blender can read") from error
    if not picture.size:
        raise CommandError(f"'{path}' is no picture that Blender can read")
    return picture


def _test_render(scene: Any) -> Any:
    from ...imaging import camera_view, image_io, viewport_render

    width, height = viewport_render.camera_size(scene, RENDER_SIZE)
    with tempfile.TemporaryDirectory(prefix="tenon-") as folder:
        path = os.path.join(folder, "test.png")
        view = camera_view.view_of_camera(scene.camera)
        viewport_render.write(path, "PNG", view, width, height, "rendered")
        return image_io.read(path)


def _measured(picture: Any, problems: list[Problem]) -> dict[str, Any]:
    from ...imaging import exposure

    numbers, found = exposure.measure(picture)
    problems += [("picture", sentence, []) for sentence in found]
    return {"width": picture.shape[1], "height": picture.shape[0], **numbers}
