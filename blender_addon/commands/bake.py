"""Light and surface baked into a picture file, by Cycles.

In: an object with a UV map, what to bake, and where to. Out: a picture file. Main thread, which the bake
holds until it is done.

A copy of the object, with copies of its materials, is what is baked, while the object itself does not render:
so nothing of the scene changes, and what is linked or hidden can be baked too.
"""

from __future__ import annotations

import os
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Literal

import bpy

from ..blender.context_override import acting_on
from ..blender.data_access import find_object, object_mode, reason, with_notes
from ..blender.evaluation import hidden_notes
from ..blender.file_paths import absolute_path, output_path, state_on_disk, tells_type, written_size
from ..blender.libraries import told_name
from ..blender.missing_files import missing_files_notes
from ..blender.rna_settings import one_of
from ..blender.temporary_settings import TemporarySettings
from ..cancellation import retry_on_cancel
from ..errors import CommandError
from ..imaging.image_formats import FORMAT_OF_EXTENSION, endings_of
from ..imaging.render_engine import choose, make_ready, set_samples
from ..registry.schema import Constraint
from ..registry.table import command
from .render import job
from .unwrap import coordinates

Pixels = Annotated[int, Constraint(minimum=4, maximum=8192)]
Progress = tuple[float | None, str]

_ALL_LIGHT = {"DIRECT", "INDIRECT", "COLOR", "DIFFUSE", "GLOSSY", "TRANSMISSION", "EMIT"}
# Blender's type, what of the light is in it, and whether the picture holds colors.
_TYPES: dict[str, tuple[str, set[str], bool]] = {
    "COMBINED": ("COMBINED", _ALL_LIGHT, True),
    "AMBIENT_OCCLUSION": ("AO", set(), False),
    "NORMAL": ("NORMAL", set(), False),
    "DIFFUSE": ("DIFFUSE", {"COLOR"}, True),
    "ROUGHNESS": ("ROUGHNESS", set(), False),
    "EMISSION": ("EMIT", set(), True),
}
_EDGE = 1e-3  # by which a UV map may reach over the picture's edge


@command(title="Bake to a picture", undo=False)
def bake(
    object_name: str,
    filepath: str,
    type: Literal["COMBINED", "AMBIENT_OCCLUSION", "NORMAL", "DIFFUSE", "ROUGHNESS", "EMISSION"] = "COMBINED",
    resolution: Pixels = 1024,
    samples: Annotated[int, Constraint(minimum=1, maximum=65536)] = 16,
    margin: Annotated[int, Constraint(minimum=0, maximum=32767)] = 16,
    uv_map: str | None = None,
) -> Generator[Progress, None, dict[str, Any]]:
    """Bake what an object looks like into a picture file by its UV map, with Cycles. The scene stays as it
    is; Blender's window waits. set_material with texture puts the picture on the object.

    object_name: a mesh with a UV map
    filepath: png, exr, ...
    type: COMBINED (with all light), DIFFUSE (its color), NORMAL (tangent space), ...
    resolution: of the square picture
    samples: per pixel
    margin: pixels around islands that are filled too
    uv_map: else the one that renders use
    """
    start = time.monotonic()
    _check(find_object(object_name), uv_map)
    path, file_format = _target(filepath)
    while job.is_running() or bpy.app.is_job_running("OBJECT_BAKE"):
        yield 0.0, "waiting for another render to end"
    yield 0.0, "baking"
    obj = find_object(object_name)  # after the yields: it may have been deleted meanwhile
    name = _check(obj, uv_map)
    before = state_on_disk(path)
    scene = _scene_of(obj)
    elsewhere = bpy.context.temp_override(scene=scene, view_layer=scene.view_layers[0]) if scene else _here()
    with object_mode(obj) as left, elsewhere:
        notes = hidden_notes(obj) + _map_notes(obj, name)
        _bake(obj, name, type, resolution, samples, margin, path, file_format)
    size = written_size(path, before)
    notes = left + notes + _content_notes(path, resolution) + missing_files_notes()
    answer: dict[str, Any] = {"filepath": path, "object": told_name(obj), "type": type, "uv_map": name}
    answer |= {"width": resolution, "height": resolution, "format": file_format, "bytes": size}
    return with_notes({**answer, "seconds": round(time.monotonic() - start, 3)}, notes)


def _check(obj: Any, uv_map: str | None) -> str:
    """The UV map's name; CommandError for what cannot be baked."""
    if obj.type != "MESH":
        raise CommandError(f"'{obj.name}' is of type {obj.type}: only a MESH can be baked")
    if obj.mode == "EDIT":
        obj.update_from_editmode()
    layers = obj.data.uv_layers
    if not layers:
        raise CommandError(f"'{obj.name}' has no UV map: unwrap_uv first")
    if not len(obj.data.polygons):
        raise CommandError(f"The mesh of '{obj.name}' has no faces")
    if uv_map is not None:
        return one_of(uv_map, layers.keys(), f"UV map of '{obj.name}'")
    return str(next((each for each in layers if each.active_render), layers[0]).name)


def _target(filepath: str) -> tuple[str, str]:
    extension = os.path.splitext(absolute_path(filepath))[1].lower()
    if extension not in FORMAT_OF_EXTENSION and tells_type(extension):
        known = ", ".join(FORMAT_OF_EXTENSION)
        raise CommandError(f"'{filepath}' does not tell the format: end it in one of {known}")
    file_format = FORMAT_OF_EXTENSION.get(extension, "PNG")
    return output_path(filepath, endings_of(file_format)), file_format


def _scene_of(obj: Any) -> Any:
    """Another scene that has it, whose light counts; None: the present one."""
    if obj in bpy.context.scene.objects[:]:
        return None
    return next((each for each in bpy.data.scenes if obj in each.objects[:]), None)


@contextmanager
def _here() -> Iterator[None]:
    yield


def _bake(
    obj: Any, uv_map: str, kind: str, resolution: int, samples: int, margin: int, path: str, file_format: str
) -> None:
    scene, layer = bpy.context.scene, bpy.context.view_layer
    blender_type, passes, has_colors = _TYPES[kind]
    deep = file_format in ("OPEN_EXR", "HDR")
    with TemporarySettings() as temporary:
        choose(temporary, scene, "CYCLES")
        set_samples(temporary, scene, samples)
        make_ready(temporary, scene)
        temporary.set(obj, hide_render=True)
        with _stand_in(obj, resolution, deep, has_colors) as (copy, image):
            try:
                with acting_on(copy, scene, layer):
                    done = bpy.ops.object.bake(
                        type=blender_type,
                        pass_filter=passes,
                        margin=margin,
                        use_selected_to_active=False,
                        use_clear=True,
                        target="IMAGE_TEXTURES",
                        save_mode="INTERNAL",
                        use_split_materials=False,
                        normal_space="TANGENT",
                        uv_layer=uv_map,
                    )
            except RuntimeError as error:
                raise CommandError(f"Cannot bake '{obj.name}': {reason(error)}") from error
            if done != {"FINISHED"}:
                raise CommandError("The bake was cancelled", code="cancelled")
            _save(image, path, file_format)


@contextmanager
def _stand_in(obj: Any, resolution: int, deep: bool, has_colors: bool) -> Iterator[tuple[Any, Any]]:
    """A copy that is baked into an image; both are gone afterwards."""
    before = set(bpy.data.user_map())

    def remove() -> None:
        kinds = (bpy.types.Object, bpy.types.Mesh, bpy.types.Key, bpy.types.Material, bpy.types.Image)
        made = [each for each in set(bpy.data.user_map()) - before if isinstance(each, kinds)]
        # Blender's own images of renders, which it makes when they are first wanted, stay.
        bpy.data.batch_remove([each for each in made if getattr(each, "source", "") != "VIEWER"])

    try:
        image = bpy.data.images.new("Bake", resolution, resolution, alpha=False, float_buffer=deep)
        if not has_colors:
            image.colorspace_settings.name = "Non-Color"
        copy = obj.copy()
        copy.data = obj.data.copy()
        _give_materials(copy, image)
        copy.hide_render = copy.hide_viewport = False
        bpy.context.scene.collection.objects.link(copy)
        bpy.context.view_layer.update()
        copy.hide_set(False)
        yield copy, image
    finally:
        retry_on_cancel(remove)


def _give_materials(copy: Any, image: Any) -> None:
    """A copy of each material, or a plain one where there is none, whose active node is the image."""
    if not copy.material_slots:
        copy.data.materials.append(None)
    for slot in copy.material_slots:
        material = slot.material.copy() if slot.material else bpy.data.materials.new("Bake")
        slot.material = material
        if bpy.app.version < (5, 0) and not material.use_nodes:
            material.use_nodes = True
            for node in material.node_tree.nodes:
                if node.type == "BSDF_PRINCIPLED":
                    node.inputs["Base Color"].default_value = material.diffuse_color
        nodes = material.node_tree.nodes
        node = nodes.new("ShaderNodeTexImage")
        node.image = image
        for each in nodes:
            each.select = False
        node.select = True
        nodes.active = node


def _save(image: Any, path: str, file_format: str) -> None:
    image.filepath_raw, image.file_format = path, file_format
    try:
        image.save()
    except RuntimeError as error:
        raise CommandError(f"Cannot write '{path}': {reason(error)}") from error


def _map_notes(obj: Any, name: str) -> list[str]:
    flat = coordinates(obj.data, name)
    if min(flat) < -_EDGE or max(flat) > 1 + _EDGE:
        return [f"The UV map '{name}' reaches over the picture's edge: what lies there is not baked"]
    return []


def _content_notes(path: str, resolution: int) -> list[str]:
    if resolution > 4096:
        return []
    from ..imaging import image_io  # here: numpy would make every start of Blender slower

    pixels = image_io.read(path)[..., :3]
    if float(pixels.max()) - float(pixels.min()) < 1e-3:
        return [
            f"The picture is all of one color ({float(pixels.max()):.3g}): is there light, and a surface?"
        ]
    return []
