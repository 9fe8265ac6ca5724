"""What code may use under the policy *Safe*: modules and their members, builtins, operators; and names that
no attribute may have, or that no assignment may set.

In: nothing. Out: sets and dicts of names, read by `safe_code.py`. Pure. The names of properties that hold a
path are those that the RNA of Blender 5.0 gives this subtype (`RNA_PATHS`), and those of 3.4 to 4.5; a test
walks the RNA of the Blender that it runs in, and fails where a name or an operator is missing here.
"""

from __future__ import annotations


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# ---- modules ----

# Only these members, for modules hold others' modules too (`enum.sys`) and ways to run text (`typing`'s
# `get_type_hints`, `functools.singledispatch`), or to reach attributes by text (`functools.update_wrapper`,
# `string.Formatter`). "*": all public members that are no modules.
MODULES: dict[str, frozenset[str] | str] = {
    "bpy": _names("data context ops types app path"),
    "bpy.app": _names(
        """version version_string version_cycle version_file background is_job_running
        factory_startup build_date build_time build_hash build_branch build_platform build_type
        build_commit_date build_commit_time"""
    ),
    "bpy.path": _names("abspath relpath basename clean_name display_name ensure_ext is_subdir"),
    "bpy.types": "*",  # what may be done with a type is the checker's part
    "bpy.ops": "*",  # the operators are in OPERATORS
    "bmesh": _names("new from_edit_mesh update_edit_mesh ops types utils geometry"),
    "bmesh.ops": "*",
    "bmesh.types": "*",
    "bmesh.utils": "*",
    "bmesh.geometry": "*",
    "mathutils": _names("Vector Matrix Quaternion Euler Color noise geometry kdtree bvhtree interpolate"),
    "mathutils.noise": "*",
    "mathutils.geometry": "*",
    "mathutils.kdtree": _names("KDTree"),
    "mathutils.bvhtree": _names("BVHTree"),
    "mathutils.interpolate": "*",
    "math": "*",
    "itertools": "*",
    "colorsys": _names("hls_to_rgb hsv_to_rgb rgb_to_hls rgb_to_hsv rgb_to_yiq yiq_to_rgb"),
    "random": _names(
        """Random SystemRandom betavariate binomialvariate choice choices expovariate gammavariate
        gauss getrandbits getstate lognormvariate normalvariate paretovariate randbytes randint
        random randrange sample seed setstate shuffle triangular uniform vonmisesvariate
        weibullvariate"""
    ),
    "functools": _names("cache cmp_to_key lru_cache partial reduce"),
    "collections": _names("ChainMap Counter OrderedDict defaultdict deque namedtuple"),
    "json": _names("dumps loads JSONDecodeError"),
    "re": _names(
        """A ASCII I IGNORECASE L LOCALE M MULTILINE S DOTALL U UNICODE X VERBOSE Match Pattern
        compile error escape findall finditer fullmatch match search split sub subn"""
    ),
    "statistics": _names(
        """NormalDist StatisticsError correlation covariance fmean geometric_mean harmonic_mean
        linear_regression mean median median_grouped median_high median_low mode multimode pstdev
        pvariance quantiles stdev variance"""
    ),
    "string": _names(
        """ascii_letters ascii_lowercase ascii_uppercase capwords digits hexdigits octdigits
        printable punctuation whitespace"""
    ),
    "time": _names(
        """asctime ctime gmtime localtime mktime monotonic monotonic_ns perf_counter perf_counter_ns
        process_time process_time_ns sleep strftime strptime struct_time time time_ns timezone"""
    ),
    "datetime": _names("MAXYEAR MINYEAR UTC date datetime time timedelta timezone tzinfo"),
    "typing": _names(
        """Any Callable ClassVar Collection Counter DefaultDict Deque Dict Final FrozenSet Generator
        Generic Hashable Iterable Iterator List Literal Mapping MutableMapping MutableSequence
        NamedTuple NoReturn Optional Sequence Set Sized Tuple Type TypeAlias TypeVar TypedDict
        TYPE_CHECKING Union cast"""
    ),
    "enum": _names("Enum Flag IntEnum IntFlag StrEnum auto unique"),
    "__future__": _names("annotations division generator_stop"),
}

# ---- Python ----

# Allowed as values, to be called or handed on.
BUILTINS = _names(
    """abs all any ascii bin bool bytearray bytes callable chr classmethod complex dict divmod
    enumerate filter float format frozenset hash hex id int iter len list map max memoryview min
    next object oct ord pow print property range repr reversed round set slice sorted staticmethod
    str sum tuple zip Ellipsis NotImplemented False True None"""
)
# Allowed only where they are called, so that what they are called with is seen. Not to be bound either.
CALLED = _names("delattr dir getattr hasattr isinstance issubclass setattr super type")
# Refused in every version of Python, whatever the running one has. Exceptions are allowed.
REFUSED_BUILTINS = _names(
    """aiter anext breakpoint compile copyright credits delattr eval exec exit globals help input
    license locals open quit vars"""
)

SPECIAL_METHODS = _names(
    """__abs__ __add__ __and__ __bool__ __call__ __contains__ __divmod__ __enter__ __eq__ __exit__
    __float__ __floordiv__ __ge__ __getitem__ __gt__ __hash__ __iadd__ __imul__ __init__ __int__
    __invert__ __isub__ __iter__ __le__ __len__ __lt__ __matmul__ __mod__ __mul__ __ne__ __neg__
    __next__ __or__ __pos__ __post_init__ __pow__ __radd__ __repr__ __reversed__ __rmul__ __round__
    __rsub__ __rtruediv__ __setitem__ __delitem__ __str__ __sub__ __truediv__ __xor__"""
)

# ---- attributes ----

PATH_SUBTYPES = ("FILE_PATH", "DIR_PATH", "FILE_NAME")
# Properties that the RNA gives a path's subtype. Not to be assigned, nor given as a keyword argument.
RNA_PATHS = _names(
    """icon_filepath path_irr_cache path_sh_cache sequencer_disk_cache_dir active_keyconfig
    animation_player bake_directory cache_directory custom_directory custom_filepath directory
    file_name filename filepath filepath_raw font_directory font_path_ui font_path_ui_mono
    frame_filepath full_library_path full_path i18n_branches_directory image_editor
    image_output_path input_filepath input_filepath1 input_filepath2 output_filepath path proxy_dir
    relative_path render_cache_directory render_output_directory repo_directory sound_directory
    temporary_directory text_editor texture_directory url"""
)
# Of this subtype too, and so common as names that they cannot be refused by name: why they need not be.
RNA_PATHS_LEFT = {
    "name": "an operator's list of files, which no operator that is allowed takes",
    "default_value": "a socket of a node that reads a file; those nodes are refused (FILE_NODES)",
    "id_name": "of a library's weak reference: a name within a file",
}
# Code, or a switch that makes Blender run code or write files.
REFUSED_ASSIGNMENTS = RNA_PATHS | _names(
    """base_path export_manta_script bytecode bytecode_hash custom_bytecode custom_bytecode_hash
    custom_shader expression file file_suffix files filter_glob script script_directory
    use_disk_cache use_external use_module use_scripts_auto_execute use_self"""
)

# Functions of the RNA that take a path, by name.
RNA_PATH_FUNCTIONS = _names(
    """activate_file_by_relative_path debug_relations_graphviz debug_stats_gnuplot
    filepath_from_user frame_path load load_from_file save save_render"""
)
# That take one which the RNA does not call a path, by name.
RNA_FILE_FUNCTIONS = _names("new_clip new_image new_movie new_sound load_from_file")
# Of this kind too, with names that cannot be refused: why they need not be.
RNA_FILE_FUNCTIONS_LEFT = {
    "new": "of cache files' layers and of the user's settings; the one needs a cache file, which only an "
    "operator opens that is refused, the other `preferences`",
    "append": "an image strip's file, in the folder that the strip names already",
}
# Neither to be read nor set: they read or write files, run code, stay behind, or lead out of the data.
REFUSED_ATTRIBUTES = (
    RNA_PATH_FUNCTIONS
    | RNA_FILE_FUNCTIONS
    | _names(
        """prefs type_info as_module bl_rna_get_subclass bl_rna_get_subclass_py clipboard draw
        draw_cursor_add draw_cursor_remove draw_handler_add draw_handler_remove driver_namespace
        event_simulate event_timer_add execute factory file_path_foreach file_path_map
        fileselect_add format_map gl_load handlers gizmo_group_type_ensure invoke invoke_confirm
        invoke_popup invoke_props_dialog invoke_props_popup invoke_search_popup keyconfigs keymaps
        modal modal_handler_add msgbus pack pack_linked_ids_hierarchy popover popup_menu
        popup_menu_pie preferences register register_class setup status_text_set tag_script_reload
        target_set_handler target_set_operator temp_data timers unpack unregister unregister_class
        use_module write write_still persistent exporters bl_import_operator ag_frame ag_code
        co_code cr_frame cr_code cr_origin f_back f_builtins f_code f_globals f_locals f_trace
        func_globals func_code gi_code gi_frame gi_yieldfrom mro tb_frame tb_lasti tb_next tb_lineno
        with_traceback get_type_hints operator_properties_last operator_properties singledispatch
        update_wrapper wraps Formatter"""
    )
)

# Parts of the names of nodes whose socket or setting names a file that they read at once: ShaderNodeScript,
# GeometryNodeImportOBJ and so on.
FILE_NODES = _names("""NodeImport NodeScript ImportCSV ImportOBJ ImportPLY ImportSTL ImportText ImportVDB""")

# What bpy.context has beside its RNA, by mode and editor; dir(bpy.context) tells only what is there now.
CONTEXT_MEMBERS = _names(
    """active_action active_annotation_layer active_bone active_editable_fcurve active_gpencil_frame
    active_gpencil_layer active_nla_strip active_nla_track active_node active_object
    active_pose_bone active_sequence_strip active_strip annotation_data annotation_data_owner
    armature asset bone brush camera cloth collection collision constraint curve curves
    dynamic_paint edit_bone edit_image edit_mask edit_movieclip edit_object edit_text editable_bones
    editable_fcurves editable_gpencil_layers editable_gpencil_strokes editable_objects
    editable_strokes fluid gpencil gpencil_data grease_pencil image_paint_object id lattice light
    lightprobe line_style material material_slot mesh meta_ball nla_strips object objects_in_mode
    objects_in_mode_unique_data particle_edit_object particle_settings particle_system
    particle_system_editable pointcloud pose_bone pose_object scene sculpt_object selectable_objects
    selected_asset selected_assets selected_bones selected_editable_bones selected_editable_fcurves
    selected_editable_keyframes selected_editable_objects selected_editable_sequences
    selected_editable_strips selected_ids selected_movieclip_tracks selected_nla_strips
    selected_nodes selected_objects selected_pose_bones selected_pose_bones_from_active_object
    selected_sequences selected_strips selected_visible_actions selected_visible_fcurves sequences
    soft_body speaker strip strips texture texture_slot texture_user texture_user_property ui_list
    vertex_paint_object view_layer visible_bones visible_fcurves visible_gpencil_layers
    visible_objects visible_pose_bones volume weight_paint_object world"""
)

# ---- operators ----

# Modules of bpy.ops, with the operators of theirs that are refused: they read or write files, run code,
# change the user's settings, or open what a user would have to close.
OPERATORS: dict[str, frozenset[str]] = {
    "action": frozenset(),
    "anim": _names(
        """update_animated_transform_constraints keying_set_export copy_driver_button
        driver_button_add driver_button_edit paste_driver_button"""
    ),
    "armature": frozenset(),
    "boid": frozenset(),
    "collection": _names("export_all exporter_add exporter_export exporter_move exporter_remove"),
    "constraint": frozenset(),
    "curve": frozenset(),
    "curves": frozenset(),
    "ed": _names(
        """lib_id_generate_preview_from_object lib_id_load_custom_preview undo undo_history
        undo_redo redo lib_id_override_editable_toggle lib_id_unlink"""
    ),
    "font": _names("open text_paste_from_file unlink text_copy text_cut text_paste"),
    "geometry": _names("execute_node_group"),
    "graph": _names("sound_bake sound_to_samples"),
    "grease_pencil": frozenset(),
    "image": _names(
        """clipboard_copy clipboard_paste external_edit file_browse import_as_mesh_planes
        convert_to_mesh_plane match_movie_length open open_images pack project_apply project_edit
        read_viewlayers reload replace save save_all_modified save_as save_sequence unpack"""
    ),
    "lattice": frozenset(),
    "marker": frozenset(),
    "mask": frozenset(),
    "material": frozenset(),
    "mball": frozenset(),
    "mesh": frozenset(),
    "nla": _names("soundclip_add"),
    "node": _names(
        """add_file add_closure_zone add_empty_group add_foreach_geometry_element_zone add_node
        add_repeat_zone add_simulation_zone add_zone swap_empty_group swap_node swap_zone add_image
        add_import_node add_mask cryptomatte_layer_add gltf_settings_node_operator
        node_color_preset_add read_viewlayers shader_script_update clipboard_copy clipboard_paste
        add_group_asset swap_group_asset viewer_shortcut_set"""
    ),
    "object": _names(
        """modifier_add_node_group assign_property_defaults bake bake_image camera_custom_update
        collection_external_asset_drop drop_geometry_nodes drop_named_material empty_image_add
        drop_named_image load_background_image load_reference_image geometry_node_bake_delete_single
        geometry_node_bake_pack_single geometry_node_bake_single geometry_node_bake_unpack_single
        multires_external_pack multires_external_save ocean_bake quick_fur quick_liquid quick_smoke
        simulation_nodes_cache_bake simulation_nodes_cache_delete volume_import
        lineart_bake_strokes_all gpencil_add copy_global_transform paste_transform
        copy_relative_transform"""
    ),
    "outliner": _names(
        """data_operation id_copy id_linked_relocate id_operation id_paste lib_operation
        lib_relocate liboverride_operation liboverride_troubleshoot_operation operation
        scene_operation item_drag_drop keyingset_add_selected keyingset_remove_selected"""
    ),
    "paint": _names("image_from_view image_paint project_image"),
    "palette": frozenset(),
    "particle": _names("hair_dynamics_preset_add"),
    "pose": _names("copy paste selection_set_copy selection_set_paste"),
    "rigidbody": frozenset(),
    "scene": _names(
        """drop_scene_asset freestyle_module_add freestyle_module_move freestyle_module_open
        freestyle_module_remove gpencil_brush_preset_add gpencil_material_preset_add
        gltf2_action_filter_refresh"""
    ),
    "sculpt": frozenset(),
    "sculpt_curves": frozenset(),
    "sequencer": _names(
        """text_edit_copy text_edit_cut text_edit_paste add_scene_strip_from_scene_asset change_path
        enable_proxies export_subtitles image_strip_add movie_strip_add movieclip_strip_add
        rebuild_proxy reload sound_strip_add refresh_all copy paste"""
    ),
    "surface": frozenset(),
    "texture": frozenset(),
    "transform": frozenset(),
    "uv": _names("export_layout"),
    "view3d": _names(
        """background_image_add background_image_remove camera_background_image_add copybuffer drop_world
        pastebuffer"""
    ),
    "world": frozenset(),
}
# Of these modules only the operators named here.
OPERATORS_NAMED: dict[str, frozenset[str]] = {
    "screen": _names("animation_cancel animation_play frame_jump frame_offset keyframe_jump marker_jump"),
    "wm": _names("redraw_timer tool_set_by_id"),
}

# ---- the way out ----

# What was refused, or how it begins -> what does it instead.
_FILES = "The commands open_file, save_file, import_file and export_scene read and write files"
_RENDER = "The commands render, render_image and look render"
_BAKE = "The command bake bakes"
WAYS_OUT: dict[str, str] = {
    "open": _FILES,
    "os": _FILES,
    "pathlib": _FILES,
    "shutil": _FILES,
    "bpy.ops.wm.open_mainfile": "The command open_file opens a file",
    "bpy.ops.wm.read": "The command new_file begins a new file",
    "bpy.ops.wm.save": "The command save_file saves the file",
    "bpy.ops.wm.append": "The command import_file brings in another file's data",
    "bpy.ops.wm.link": "The command import_file brings in another file's data",
    **dict.fromkeys(
        [
            f"bpy.ops.wm.{kind}"
            for kind in ("alembic", "collada", "fbx", "grease", "obj", "ply", "stl", "usd")
        ],
        _FILES,
    ),
    "bpy.ops.import": "The command import_file imports a file",
    "bpy.ops.export": "The command export_scene exports",
    "bpy.ops.render": _RENDER,
    "bpy.ops.object.bake": _BAKE,
    "bpy.ops.fluid": _BAKE,
    "bpy.ops.ptcache": _BAKE,
    "bpy.ops.image": _FILES,
    "bpy.ops.ed": "The commands undo and redo do that",
    "save_render": _RENDER,
    "save": _FILES,
    "load": _FILES,
    "write": _FILES,
    "filepath": _FILES + ", and render takes the file to write",
    "filepath_raw": _FILES,
    "directory": _FILES,
    "expression": "The command set_keyframes animates without a driver",
}
