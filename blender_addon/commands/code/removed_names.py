"""What Blender's Python API lost or renamed from 3.4 on, and what to write instead.

In: rows found by `build_steps/blender_api.py`, which compares versions. Out: `hint`. Pure.

A name may stand in several rows, for several owners or versions.
"""

from __future__ import annotations

from collections.abc import Container
from typing import Literal, NamedTuple

Version = tuple[int, int]
Kind = Literal["member", "operator", "argument", "choice", "node", "socket", "type", "module"]


class Row(NamedTuple):
    kind: Kind
    since: Version  # the first without it
    owner: str  # the type, or the operator, that had it; "" where Blender's message does not tell it
    name: str
    instead: str
    until: Version = (99, 0)  # the first that has it again

    def says(self) -> str:
        whole = f"{self.owner}.{self.name}" if self.owner else self.name
        return f"{whole} is gone since Blender {self.since[0]}.{self.since[1]}: {self.instead}."


_ATTRIBUTE = "use mesh.attributes.new(name, type, domain)"
_FACE_MAPS = "use a face attribute, mesh.attributes.new(name, 'INT', 'FACE')"
_BONES = "use bone collections, armature.collections.new(name) and collection.assign(bone)"
_DELETE = "delete the line, nothing takes its place"
_BLOOM = "add a compositor node CompositorNodeGlare of type Bloom"
_RAYTRACING = "use scene.eevee.use_raytracing and scene.eevee.ray_tracing_options"
_LIGHT_FALLOFF = "light falls off by the inverse square; for others use the node ShaderNodeLightFalloff"
_INTERFACE = "use node_tree.interface.new_socket(name, in_out='{}', socket_type='NodeSocketFloat')"
_STRIP = "sequences are called strips: use bpy.types.{}"
_INPUT = "it is an input, node.inputs['{}'].default_value"

_MEMBERS: tuple[tuple[Version, str, str, str], ...] = (
    ((4, 0), "Mesh", "calc_normals", "delete the call, normals are always up to date"),
    ((4, 1), "Mesh", "calc_normals_split", "delete the call and read mesh.corner_normals"),
    ((4, 1), "Mesh", "create_normals_split", "delete the call, mesh.normals_split_custom_set(...) is enough"),
    ((4, 1), "Mesh", "free_normals_split", "delete the call"),
    (
        (4, 1),
        "Mesh",
        "use_auto_smooth",
        "use mesh.shade_smooth(), or bpy.ops.object.shade_auto_smooth(angle=...)",
    ),
    ((4, 1), "Mesh", "auto_smooth_angle", "use bpy.ops.object.shade_smooth_by_angle(angle=...)"),
    ((4, 0), "Mesh", "face_maps", _FACE_MAPS),
    ((4, 0), "Object", "face_maps", _FACE_MAPS),
    ((4, 0), "Mesh", "sculpt_vertex_colors", "use mesh.color_attributes"),
    ((4, 0), "Mesh", "vertex_layers_float", _ATTRIBUTE),
    ((4, 0), "Mesh", "vertex_layers_int", _ATTRIBUTE),
    ((4, 0), "Mesh", "vertex_layers_string", _ATTRIBUTE),
    ((4, 0), "Mesh", "polygon_layers_float", _ATTRIBUTE),
    ((4, 0), "Mesh", "polygon_layers_int", _ATTRIBUTE),
    ((4, 0), "Mesh", "polygon_layers_string", _ATTRIBUTE),
    ((4, 1), "Mesh", "vertex_paint_masks", "use mesh.attributes['.sculpt_mask']"),
    ((4, 0), "Mesh", "has_crease_edge", "use 'crease_edge' in mesh.attributes"),
    ((4, 0), "Mesh", "has_crease_vertex", "use 'crease_vert' in mesh.attributes"),
    ((4, 0), "Mesh", "has_bevel_weight_edge", "use 'bevel_weight_edge' in mesh.attributes"),
    ((4, 0), "MeshEdge", "crease", "use mesh.attributes.new('crease_edge', 'FLOAT', 'EDGE').data[i].value"),
    ((4, 0), "MeshEdge", "bevel_weight", "use mesh.attributes.new('bevel_weight_edge', 'FLOAT', 'EDGE')"),
    ((4, 0), "MeshVertex", "bevel_weight", "use mesh.attributes.new('bevel_weight_vert', 'FLOAT', 'POINT')"),
    ((5, 0), "MeshEdge", "use_freestyle_mark", "use the attribute 'freestyle_edge' of the mesh"),
    (
        (5, 0),
        "MeshUVLoop",
        "select",
        "the selection is shared by all UV maps: use bmesh, loop.uv_select_vert",
    ),
    ((4, 0), "Armature", "layers", _BONES),
    ((4, 0), "Bone", "layers", _BONES),
    ((4, 0), "EditBone", "layers", _BONES),
    ((4, 0), "Pose", "bone_groups", f"{_BONES}; colors are bone.color.palette"),
    ((4, 0), "PoseBone", "bone_group", f"{_BONES}; colors are pose_bone.color.palette"),
    ((4, 0), "Bone", "use_inherit_scale", "use bone.inherit_scale = 'FULL' or 'NONE'"),
    ((4, 0), "EditBone", "use_inherit_scale", "use bone.inherit_scale = 'FULL' or 'NONE'"),
    ((5, 0), "Bone", "select", "use pose_bone.select, or the edit bone's select in Edit Mode"),
    ((5, 0), "Bone", "select_head", "use the edit bone's select_head in Edit Mode"),
    ((5, 0), "Bone", "select_tail", "use the edit bone's select_tail in Edit Mode"),
    (
        (4, 0),
        "Object",
        "pose_library",
        "poses are assets: action.asset_mark(), bpy.ops.poselib.apply_pose_asset()",
    ),
    ((4, 3), "Object", "grease_pencil_modifiers", "use object.modifiers, types GREASE_PENCIL_..."),
    ((4, 0), "NodeTree", "inputs", _INTERFACE.format("INPUT")),
    ((4, 0), "NodeTree", "outputs", _INTERFACE.format("OUTPUT")),
    ((4, 0), "NodeTree", "active_input", "use node_tree.interface.active"),
    ((4, 0), "NodeTree", "active_output", "use node_tree.interface.active"),
    ((5, 0), "NodeTree", "grease_pencil", "use node_tree.annotation"),
    (
        (4, 0),
        "Light",
        "distance",
        "delete the line; light.use_custom_distance and cutoff_distance limit its reach",
    ),
    ((4, 0), "Light", "falloff_type", _LIGHT_FALLOFF),
    ((4, 0), "Light", "constant_coefficient", _LIGHT_FALLOFF),
    ((4, 0), "Light", "linear_coefficient", _LIGHT_FALLOFF),
    ((4, 0), "Light", "quadratic_coefficient", _LIGHT_FALLOFF),
    ((4, 2), "Light", "shadow_buffer_size", "use light.shadow_maximum_resolution"),
    ((4, 3), "Light", "shadow_buffer_bias", _DELETE),
    ((4, 3), "Light", "shadow_color", _DELETE),
    ((4, 3), "Light", "use_contact_shadow", _DELETE),
    ((4, 3), "Light", "contact_shadow_distance", _DELETE),
    ((4, 3), "SceneEEVEE", "use_bloom", _BLOOM),
    ((4, 3), "SceneEEVEE", "bloom_intensity", _BLOOM),
    ((4, 3), "SceneEEVEE", "bloom_threshold", _BLOOM),
    ((4, 3), "SceneEEVEE", "bloom_radius", _BLOOM),
    ((4, 3), "SceneEEVEE", "bloom_color", _BLOOM),
    ((4, 3), "SceneEEVEE", "use_ssr", _RAYTRACING),
    (
        (4, 3),
        "SceneEEVEE",
        "use_ssr_refraction",
        "use material.use_raytrace_refraction with scene.eevee.use_raytracing",
    ),
    ((4, 3), "SceneEEVEE", "ssr_quality", _RAYTRACING),
    ((4, 3), "SceneEEVEE", "ssr_max_roughness", "use scene.eevee.ray_tracing_options.trace_max_roughness"),
    ((4, 3), "SceneEEVEE", "use_soft_shadows", "delete the line, shadows are always soft"),
    ((4, 3), "SceneEEVEE", "shadow_cube_size", "use light.shadow_maximum_resolution"),
    ((4, 3), "SceneEEVEE", "shadow_cascade_size", "use light.shadow_maximum_resolution"),
    ((4, 3), "SceneEEVEE", "use_shadow_high_bitdepth", _DELETE),
    ((4, 3), "SceneEEVEE", "use_volumetric_lights", "delete the line, volumes are always lit"),
    ((4, 3), "SceneEEVEE", "sss_samples", _DELETE),
    ((4, 3), "SceneEEVEE", "gtao_factor", _DELETE),
    ((5, 0), "SceneEEVEE", "use_gtao", "use scene.eevee.use_fast_gi, with scene.eevee.use_raytracing"),
    ((5, 0), "SceneEEVEE", "gtao_distance", "use scene.eevee.fast_gi_distance"),
    ((5, 0), "SceneEEVEE", "gtao_quality", "use scene.eevee.fast_gi_quality"),
    ((4, 2), "SceneEEVEE", "use_motion_blur", "use scene.render.use_motion_blur"),
    ((4, 2), "SceneEEVEE", "motion_blur_shutter", "use scene.render.motion_blur_shutter"),
    ((4, 2), "SceneEEVEE", "gi_auto_bake", "use bpy.ops.object.lightprobe_cache_bake()"),
    ((4, 3), "Material", "shadow_method", "use material.use_transparent_shadow"),
    (
        (5, 0),
        "Scene",
        "node_tree",
        "use scene.compositing_node_group, a node group of type CompositorNodeTree",
    ),
    ((5, 0), "Scene", "grease_pencil", "use scene.annotation"),
    ((5, 0), "SequenceEditor", "sequences", "use scene.sequence_editor.strips"),
    ((5, 0), "SequenceEditor", "sequences_all", "use scene.sequence_editor.strips_all"),
    (
        (5, 0),
        "Action",
        "fcurves",
        "they lie in action.layers[0].strips[0].channelbag(slot).fcurves; keyframe_insert works as before",
    ),
    ((5, 0), "Action", "groups", "use action.layers[0].strips[0].channelbag(slot).groups"),
    ((5, 0), "Action", "id_root", "use action.slots.new(id_type='OBJECT', name=...)"),
    ((5, 0), "BlendData", "grease_pencils_v3", "use bpy.data.grease_pencils"),
    ((5, 0), "RenderSettings", "bake_margin", "use scene.render.bake.margin"),
    ((5, 0), "RenderSettings", "bake_type", "use scene.render.bake.type"),
    ((5, 0), "RenderSettings", "use_bake_multires", "use scene.render.bake.use_multires"),
    ((5, 0), "RenderSettings", "use_bake_clear", "use scene.render.bake.use_clear"),
    (
        (5, 0),
        "RenderSettings",
        "use_bake_selected_to_active",
        "use scene.render.bake.use_selected_to_active",
    ),
    ((5, 0), "Image", "bindcode", "use gpu.texture.from_image(image)"),
    ((5, 0), "ShaderNodeTexSky", "dust_density", "use node.aerosol_density"),
    (
        (5, 0),
        "ToolSettings",
        "unified_paint_settings",
        "each mode has its own: tool_settings.sculpt.unified_paint_settings",
    ),
    ((5, 0), "CompositorNodeBlur", "size_x", _INPUT.format("Size")),
    ((5, 0), "CompositorNodeBlur", "size_y", _INPUT.format("Size")),
    ((5, 0), "CompositorNodeBlur", "filter_type", _INPUT.format("Type")),
    ((5, 0), "CompositorNodeOutputFile", "base_path", "use node.directory and node.file_name"),
    ((5, 0), "CompositorNodeOutputFile", "file_slots", "use node.file_output_items"),
    ((5, 0), "CompositorNodeOutputFile", "layer_slots", "use node.file_output_items"),
)

_OPERATORS: tuple[tuple[Version, str, str], ...] = (
    ((4, 0), "export_scene.obj", "use bpy.ops.wm.obj_export(filepath=...)"),
    ((4, 0), "import_scene.obj", "use bpy.ops.wm.obj_import(filepath=...)"),
    ((4, 2), "export_mesh.stl", "use bpy.ops.wm.stl_export(filepath=...)"),
    ((4, 2), "import_mesh.stl", "use bpy.ops.wm.stl_import(filepath=...)"),
    ((4, 0), "export_mesh.ply", "use bpy.ops.wm.ply_export(filepath=...)"),
    ((4, 0), "import_mesh.ply", "use bpy.ops.wm.ply_import(filepath=...)"),
    ((4, 2), "export_scene.x3d", "export glTF, export_scene.gltf, or install the extension for X3D"),
    ((4, 2), "import_scene.x3d", "install the extension for X3D, or convert the file to glTF"),
    (
        (5, 0),
        "wm.collada_export",
        "export glTF, USD or FBX: export_scene.gltf, wm.usd_export, export_scene.fbx",
    ),
    ((5, 0), "wm.collada_import", "convert the file to glTF, USD or FBX first"),
    ((4, 3), "object.gpencil_add", "use bpy.ops.object.grease_pencil_add(...)"),
    ((4, 3), "object.gpencil_modifier_add", "use bpy.ops.object.modifier_add(type='GREASE_PENCIL_...')"),
    ((4, 0), "armature.armature_layers", _BONES),
    ((4, 0), "armature.bone_layers", _BONES),
    ((4, 0), "pose.bone_layers", _BONES),
    ((4, 0), "pose.group_add", _BONES),
    ((4, 0), "pose.group_assign", _BONES),
    ((4, 0), "object.face_map_add", _FACE_MAPS),
    ((4, 0), "mesh.customdata_crease_edge_add", "use mesh.attributes.new('crease_edge', 'FLOAT', 'EDGE')"),
    (
        (4, 0),
        "mesh.customdata_bevel_weight_edge_add",
        "use mesh.attributes.new('bevel_weight_edge', 'FLOAT', 'EDGE')",
    ),
    ((4, 2), "scene.light_cache_bake", "use bpy.ops.object.lightprobe_cache_bake()"),
    ((4, 2), "scene.light_cache_free", "use bpy.ops.object.lightprobe_cache_free()"),
    ((4, 2), "object.load_reference_image", "use bpy.ops.object.empty_image_add(filepath=...)"),
    (
        (4, 2),
        "object.load_background_image",
        "use bpy.ops.object.empty_image_add(filepath=..., background=True)",
    ),
    ((4, 1), "graph.bake", "use bpy.ops.graph.keys_to_samples()"),
    ((4, 1), "graph.unbake", "use bpy.ops.graph.samples_to_keys()"),
    ((4, 1), "graph.sample", "use bpy.ops.graph.bake_keys()"),
    ((4, 1), "graph.sound_bake", "use bpy.ops.graph.sound_to_samples(filepath=...)"),
    ((4, 1), "action.sample", "use bpy.ops.action.bake_keys()"),
    ((4, 0), "node.tree_socket_add", _INTERFACE.format("INPUT")),
    ((4, 0), "poselib.apply_pose", "use bpy.ops.poselib.apply_pose_asset()"),
    ((4, 1), "sculpt.reveal_all", "use bpy.ops.paint.hide_show_all(action='SHOW')"),
    ((4, 1), "sculpt.mask_expand", "use bpy.ops.sculpt.expand()"),
    ((4, 3), "mesh.paint_mask_extract", "use bpy.ops.sculpt.paint_mask_extract()"),
    ((4, 3), "mesh.face_set_extract", "use bpy.ops.sculpt.face_set_extract()"),
    ((4, 3), "object.pointcloud_add", "use bpy.ops.object.pointcloud_random_add()"),
)

_NODES: tuple[tuple[Version, str, str], ...] = (
    ((4, 1), "ShaderNodeTexMusgrave", "use ShaderNodeTexNoise and its noise_type"),
    ((4, 0), "ShaderNodeBsdfVelvet", "use ShaderNodeBsdfSheen"),
    ((5, 0), "ShaderNodeCombineRGB", "use ShaderNodeCombineColor"),
    ((5, 0), "ShaderNodeSeparateRGB", "use ShaderNodeSeparateColor"),
    ((5, 0), "ShaderNodeCombineHSV", "use ShaderNodeCombineColor with mode = 'HSV'"),
    ((5, 0), "ShaderNodeSeparateHSV", "use ShaderNodeSeparateColor with mode = 'HSV'"),
    ((5, 0), "ShaderNodeTexPointDensity", "use a volume, made by geometry nodes (Points to Volume)"),
    ((4, 2), "CompositorNodeSplitViewer", "use CompositorNodeSplit and a CompositorNodeViewer"),
    ((5, 0), "CompositorNodeComposite", "use NodeGroupOutput, with a color socket in the group's interface"),
    ((5, 0), "CompositorNodeMixRGB", "use ShaderNodeMix with data_type = 'RGBA'"),
    ((5, 0), "CompositorNodeMath", "use ShaderNodeMath"),
    ((5, 0), "CompositorNodeMapRange", "use ShaderNodeMapRange"),
    ((5, 0), "CompositorNodeMapValue", "use ShaderNodeMapRange or ShaderNodeMath"),
    ((5, 0), "CompositorNodeValToRGB", "use ShaderNodeValToRGB"),
    ((5, 0), "CompositorNodeValue", "use ShaderNodeValue"),
    ((5, 0), "CompositorNodeGamma", "use ShaderNodeGamma"),
    ((5, 0), "CompositorNodeCurveVec", "use ShaderNodeVectorCurve"),
    ((5, 0), "CompositorNodeSepRGBA", "use CompositorNodeSeparateColor"),
    ((5, 0), "CompositorNodeCombRGBA", "use CompositorNodeCombineColor"),
    ((5, 0), "CompositorNodeSepHSVA", "use CompositorNodeSeparateColor with mode = 'HSV'"),
    ((5, 0), "CompositorNodeCombHSVA", "use CompositorNodeCombineColor with mode = 'HSV'"),
    ((5, 0), "CompositorNodeSeparateXYZ", "use ShaderNodeSeparateXYZ"),
    ((5, 0), "CompositorNodeCombineXYZ", "use ShaderNodeCombineXYZ"),
    ((5, 0), "CompositorNodeSunBeams", "use CompositorNodeGlare of type Sun Beams"),
    ((5, 0), "CompositorNodeTexture", "use the texture nodes of shaders, such as ShaderNodeTexNoise"),
)

# Sockets of the Principled BSDF: Blender's message names no node.
_SOCKETS: tuple[tuple[str, str], ...] = (
    ("Specular", "'Specular IOR Level'"),
    ("Emission", "'Emission Color'"),
    ("Transmission", "'Transmission Weight'"),
    ("Subsurface", "'Subsurface Weight'"),
    ("Clearcoat", "'Coat Weight'"),
    ("Clearcoat Roughness", "'Coat Roughness'"),
    ("Clearcoat Normal", "'Coat Normal'"),
    ("Sheen", "'Sheen Weight'"),
    ("Subsurface Color", "'Base Color', which colors subsurface scattering too"),
    ("Transmission Roughness", "'Roughness', which roughens transmission too"),
)

ROWS: tuple[Row, ...] = (
    *(Row("member", since, owner, name, instead) for since, owner, name, instead in _MEMBERS),
    *(Row("operator", since, "", name, instead) for since, name, instead in _OPERATORS),
    *(Row("node", since, "", name, instead) for since, name, instead in _NODES),
    *(Row("socket", (4, 0), "", name, instead) for name, instead in _SOCKETS),
    Row("argument", (4, 1), "", "use_auto_smooth", "use bpy.ops.object.shade_auto_smooth(angle=...)"),
    Row("argument", (4, 1), "", "auto_smooth_angle", "use bpy.ops.object.shade_smooth_by_angle(angle=...)"),
    Row("argument", (4, 2), "", "export_colors", "use export_vertex_color='ACTIVE' or 'NONE'"),
    Row("choice", (4, 2), "", "BLENDER_EEVEE", "use 'BLENDER_EEVEE_NEXT'", (5, 0)),
    Row("choice", (5, 0), "", "BLENDER_EEVEE_NEXT", "use 'BLENDER_EEVEE'"),
    Row("choice", (4, 3), "", "PAINT_GPENCIL", "use 'PAINT_GREASE_PENCIL'"),
    Row("choice", (4, 3), "", "SCULPT_GPENCIL", "use 'SCULPT_GREASE_PENCIL'"),
    Row("choice", (4, 3), "", "WEIGHT_GPENCIL", "use 'WEIGHT_GREASE_PENCIL'"),
    Row("choice", (4, 3), "", "VERTEX_GPENCIL", "use 'VERTEX_GREASE_PENCIL'"),
    Row("choice", (4, 1), "", "CUBEMAP", "use 'SPHERE'"),
    Row("choice", (4, 1), "", "GRID", "use 'VOLUME'"),
    Row("choice", (4, 1), "", "PLANAR", "use 'PLANE'"),
    Row("type", (4, 4), "", "Sequence", _STRIP.format("Strip")),
    Row("type", (4, 4), "", "ImageSequence", _STRIP.format("ImageStrip")),
    Row("type", (4, 4), "", "MovieSequence", _STRIP.format("MovieStrip")),
    Row("type", (4, 4), "", "SoundSequence", _STRIP.format("SoundStrip")),
    Row("type", (4, 4), "", "TextSequence", _STRIP.format("TextStrip")),
    Row("type", (4, 0), "", "NodeSocketInterface", "use bpy.types.NodeTreeInterfaceSocket"),
    Row("type", (4, 0), "", "MeshVertColor", "use bpy.types.FloatColorAttribute"),
    Row("module", (5, 0), "", "bgl", "use the module gpu"),
)

_BY_NAME: dict[tuple[str, str], list[Row]] = {}
for _row in ROWS:
    _BY_NAME.setdefault((_row.kind, _row.name), []).append(_row)


def hint(kind: Kind, name: str, version: tuple[int, ...], owners: Container[str] = ("",)) -> str | None:
    """What to write instead of a name that this version has not; `owners`: the type that was asked for it and
    those that it inherits from."""
    for row in _BY_NAME.get((kind, name), ()):
        if row.since <= version[:2] < row.until and (not row.owner or row.owner in owners):
            if kind == "socket":
                return f"Since Blender 4.0 the Principled BSDF's '{name}' is called {row.instead}."
            return row.says()
    return None
