"""Replies about objects claim what happened: hidden, linked, overridden, animated, edited, far too many."""

import json

import bpy
import pytest
from call import run
from tenon.blender.context_override import first_window
from tenon.errors import CommandError
from tenon.tracking import undo_tracker

pytestmark = pytest.mark.usefixtures("default_file")

MOST = 60_000  # characters of an answer


def cube():
    return next(each for each in bpy.data.objects if each.name.startswith("Cube") and not each.library)


def set_mode(obj, mode):
    bpy.context.view_layer.objects.active = obj
    with first_window():
        bpy.ops.object.mode_set(mode=mode)


def census():
    kinds = (row.identifier for row in bpy.types.BlendData.bl_rna.properties if row.type == "COLLECTION")
    return {kind: len(getattr(bpy.data, kind)) for kind in kinds}


# Export

HIDING = {
    "eye": lambda obj: obj.hide_set(True),
    "monitor": lambda obj: setattr(obj, "hide_viewport", True),
    "unselectable": lambda obj: setattr(obj, "hide_select", True),
    "excluded": lambda obj: setattr(layer_collection(), "exclude", True),
    "collection eye": lambda obj: setattr(layer_collection(), "hide_viewport", True),
    "collection monitor": lambda obj: setattr(bpy.data.collections["Collection"], "hide_viewport", True),
    "collection unselectable": lambda obj: setattr(bpy.data.collections["Collection"], "hide_select", True),
}


def layer_collection():
    return bpy.context.view_layer.layer_collection.children["Collection"]


def state():
    """What an export must leave as it was."""
    layer = bpy.context.view_layer
    layer.update()
    objects = [(each.name, each.hide_viewport, each.hide_select) for each in bpy.data.objects]
    shown = [(each.name, each.hide_get(), each.select_get(), each.visible_get()) for each in layer.objects]
    collections = [each.name for each in bpy.data.collections]
    return objects, shown, collections, layer_collection().exclude, layer_collection().hide_viewport


@pytest.mark.parametrize("extension", ["obj", "glb", "fbx"])
@pytest.mark.parametrize("way", HIDING)
def test_an_object_that_is_named_is_in_the_file_however_it_is_hidden(tmp_path, way, extension):
    cube().name = "Precious"
    HIDING[way](bpy.data.objects["Precious"])
    before = state()
    answer = run("export_scene", filepath=str(tmp_path / f"out.{extension}"), object_names=["Precious"])
    assert answer["exported"] == ["Precious"]
    with open(answer["path"], "rb") as file:
        assert b"Precious" in file.read()
    assert state() == before


@pytest.mark.parametrize("extension", ["obj", "glb", "fbx"])
@pytest.mark.parametrize("way", HIDING)
def test_what_is_told_as_exported_is_in_the_file(tmp_path, way, extension):
    run("create_object", type="CUBE", name="Other")
    cube().name = "Precious"
    HIDING[way](bpy.data.objects["Precious"])
    scene = bpy.context.scene.collection
    if bpy.data.objects["Other"].name not in scene.objects:
        scene.objects.link(bpy.data.objects["Other"])
    before = state()
    answer = run("export_scene", filepath=str(tmp_path / f"out.{extension}"))
    with open(answer["path"], "rb") as file:
        content = file.read()
    assert "Other" in answer["exported"]
    for name in ("Precious", "Other", "Light", "Camera"):
        node = name.encode() + b"\x00\x01Model" if extension == "fbx" else name.encode()
        assert (node in content) is (name in answer["exported"]), name
        assert (name in answer["exported"]) or name in str(answer["notes"])
    assert state() == before


def test_a_hidden_child_is_left_out_and_told(tmp_path):
    run("create_object", type="CUBE", name="Cutter", parent="Cube")
    bpy.data.objects["Cutter"].hide_set(True)
    answer = run("export_scene", filepath=str(tmp_path / "out.obj"), object_names=["Cube"])
    assert answer["exported"] == ["Cube"] and "Cutter" in answer["notes"][0]


def test_nothing_that_the_format_has_a_place_for(tmp_path):
    with pytest.raises(CommandError, match=r"nothing to write as obj: obj has no place for: Light \(LIGHT\)"):
        run("export_scene", filepath=str(tmp_path / "out.obj"), object_names=["Light"])
    assert not (tmp_path / "out.obj").exists()


def test_an_object_of_another_scene_may_be_exported_and_no_other_comes_with_it(tmp_path):
    elsewhere = bpy.data.scenes.new("Elsewhere")
    for name in ("Far", "Farther"):
        elsewhere.collection.objects.link(bpy.data.objects.new(name, cube().data))
    answer = run("export_scene", filepath=str(tmp_path / "out.glb"), object_names=["Far"])
    content = (tmp_path / "out.glb").read_bytes()
    assert answer["exported"] == ["Far"] and b'"Far"' in content and b"Farther" not in content
    run("export_scene", filepath=str(tmp_path / "all.glb"))
    assert b'"Far' not in (tmp_path / "all.glb").read_bytes()


# Thousands


@pytest.fixture
def crowd():
    collection = bpy.context.scene.collection
    for number in range(3000):
        obj = bpy.data.objects.new(f"A rather long name for an object {number:04}", None)
        obj.parent = cube()
        collection.objects.link(obj)


def pages(command, key, **params):
    """All rows of all pages, each page short enough."""
    rows, offset = [], 0
    while offset is not None:
        answer = run(command, offset=offset, **params)
        assert len(json.dumps(answer)) < MOST
        rows.append(answer[key])
        total, offset = answer["total"], answer.get("next_offset")
    return rows, total


def test_long_lists_come_in_pages(crowd):
    rows, total = pages("scene.list_objects", "objects")
    assert total == len(bpy.context.scene.objects) == sum(map(len, rows)) and len(rows) > 1
    assert len({each["name"] for row in rows for each in row}) == total


def test_materials_come_in_pages():
    for number in range(1000):
        bpy.data.materials.new(f"A rather long name for a material {number:04}")
    rows, total = pages("list_materials", "materials")
    assert total == len(bpy.data.materials) == sum(map(len, rows)) and len(rows) > 1
    (last,) = run("list_materials", name="A rather long name for a material 0999")["materials"]
    assert last["name"].endswith("0999")


def test_a_large_hierarchy_comes_in_pages(crowd):
    for params in ({}, {"name": "Cube"}):
        check_hierarchy(params)


def check_hierarchy(params):
    rows, total = pages("object.get_hierarchy", "children" if params else "roots", **params)
    below = [
        row if params else next(each["children"] for each in row if each["children"]) for row in rows[:-1]
    ]
    assert len(below) > 1 and total == (3001 if params else 3003)
    names = [each["name"] for row in below for each in row]
    assert len(set(names)) == len(names) and len(names) <= 3000


def test_a_chain_of_parents_is_told_to_a_depth():
    above = None
    for number in range(300):
        obj = bpy.data.objects.new(f"Link {number}", None)
        obj.parent = above
        bpy.context.scene.collection.objects.link(obj)
        above = obj
    told = run("object.get_hierarchy", name="Link 0")
    depth = 0
    while told["children"]:
        (told,) = told["children"]
        depth += 1
    assert 10 < depth < 60 and told["children_count"] == 1
    assert run("object.get_hierarchy", name=told["name"])["children"]


def test_no_answer_grows_with_the_scene(crowd):
    for obj in bpy.context.view_layer.objects:
        obj.select_set(True)
        obj.name = f"{obj.name} {'with a name as long as Blender takes it ' * 6}"
    cube().name = "Cube"
    cube()["story"] = "once upon a time " * 10_000
    for command, params in (
        ("get_scene", {"limit": 500}),
        ("get_scene_info", {"limit": 5000}),
        ("list_scene_items", {"limit": 10_000}),
        ("get_world_state_snapshot", {"limit": 5000}),
        ("get_selection", {}),
        ("get_object", {"name": "Cube"}),
        ("get_object_info", {"name": "Cube"}),
        ("delete_object", {"name": "Cube", "children": True}),
    ):
        assert len(json.dumps(run(command, **params))) < MOST, command
    assert len(bpy.data.objects) == 2


# Units


def test_lengths_have_their_unit_named():
    assert run("get_scene")["unit"] == "metre"
    assert "unit" not in run("get_object_info", name="Cube")
    bpy.context.scene.unit_settings.scale_length = 0.001
    assert run("create_object", type="CUBE", size=25.4)["unit"] == "millimetre"
    for command in (
        "get_object_info",
        "get_object",
        "modify_object",
        "object.get_transform",
        "duplicate_object",
    ):
        assert run(command, name="Cube")["unit"] == "millimetre", command
    for command in ("get_scene", "get_scene_info", "scene.list_objects", "get_world_state_snapshot"):
        assert run(command)["unit"] == "millimetre", command
    bpy.context.scene.unit_settings.scale_length = 0.5
    assert run("get_scene")["unit"] == "0.5 metres"


@pytest.mark.parametrize(
    "name", ["create_object", "modify_object", "get_object", "get_scene", "duplicate_object"]
)
def test_no_description_promises_metres(name):
    from tenon.registry.table import find

    row = find(name)
    assert "metres" not in (row.description + json.dumps(row.schema)).lower().replace("millimetres", "")


def test_an_export_tells_what_its_numbers_mean(tmp_path):
    bpy.context.scene.unit_settings.scale_length = 0.001
    (note,) = run("export_scene", filepath=str(tmp_path / "out.glb"))["notes"]
    assert note == "1 in the file is 1 millimetre, as in the scene; glb counts in metres"


# Nothing left


@pytest.mark.parametrize("kind", ["CUBE", "TEXT", "CURVE", "LIGHT", "EMPTY", "CAMERA"])
def test_created_and_deleted_leaves_nothing(kind):
    if kind == "TEXT" and bpy.app.version < (4, 0):
        pytest.skip("there the built-in font has one user too many")
    before = census()
    for _ in range(5):
        name = run("create_object", type=kind, color=[1, 0, 0])["name"]
        run("delete_object", name=name)
    assert census() == before


def test_a_material_that_somebody_made_or_that_is_used_elsewhere_stays():
    run("create_object", type="CUBE", name="A", color=[1, 0, 0])
    run("create_object", type="CUBE", name="B", material="A Material")
    run("delete_object", name="A")
    assert "A Material" in bpy.data.materials
    run("delete_object", name="Cube")
    assert "Material" in bpy.data.materials
    run("delete_object", name="B")
    assert "A Material" not in bpy.data.materials


def test_a_material_for_what_has_none_leaves_no_object():
    with pytest.raises(CommandError, match="A LIGHT has no materials"):
        run("create_object", type="LIGHT", name="Left", material="Material")
    assert "Left" not in bpy.data.objects


# The scene


@pytest.fixture
def followed():
    """As in an enabled add-on, Blender tells of files loaded and saved."""
    undo_tracker.register()
    yield
    undo_tracker.unregister()


def test_the_scene_tells_version_file_unit_and_mode(followed, tmp_path):
    told = run("get_scene")
    assert (told["blender"], told["file"]) == (bpy.app.version_string, "(not saved)")
    assert (told["unit"], told["mode"]) == ("metre", "OBJECT")
    run("modify_object", name="Cube", location=[1, 2, 3])
    path = run("save_file", filepath=str(tmp_path / "a.blend"))["filepath"]
    told = run("get_scene")
    assert told["file"] == path
    if bpy.app.background:  # with a window Blender notes it in its main loop
        assert told["unsaved_changes"] is False
        run("modify_object", name="Cube", location=[0, 0, 0])
        assert run("get_scene")["unsaved_changes"] is True
        run("open_file", filepath=path, discard_changes=True)
        assert run("get_scene")["unsaved_changes"] is False


def test_tiny_and_huge_are_told_as_they_are():
    cube().scale = [1e-5] * 3
    cube().location = [123456.7, 2e-5, 0]
    (line,) = run("get_scene", query="cube")["objects"]
    assert line == "Cube MESH at 123456.7,2e-05,0 size 2e-05,2e-05,2e-05"
    assert run("get_scene_info")["objects"][0]["location"] == [123456.7, 2e-5, 0]
    info = run("modify_object", name="Cube", location=[1e300, 0, 0])
    assert "location is 3.4028e+38, 0, 0, not what was asked" in info["notes"]


def test_an_empty_file_has_answers_too():
    run("new_file", empty=True, discard_changes=True)
    told = run("get_scene")
    assert (told["camera"], told["objects"], told["active"]) == (None, [], None)
    assert run("object.get_hierarchy") == {"roots": [], "total": 0}
    assert run("get_selection")["selected"] == []
    with pytest.raises(CommandError, match="the scene is empty"):
        run("export_scene", filepath="/tmp/nothing.glb")


# Edit Mode and other modes


def subdivide():
    with first_window():
        bpy.ops.mesh.select_all(action="SELECT")
        bpy.ops.mesh.subdivide()


@pytest.mark.parametrize("command", ["get_object_info", "get_object", "modify_object"])
def test_in_edit_mode_what_is_there_now_is_told(command):
    set_mode(cube(), "EDIT")
    subdivide()
    told = run(command, name="Cube")
    assert (told["mesh"]["vertices"], told["mode"]) == (26, "EDIT")
    assert cube().mode == "EDIT"
    mesh = run("get_world_state_snapshot")["objects"][1]["mesh"]
    assert mesh["vertices"] == 26


@pytest.mark.parametrize("mode", ["EDIT", "SCULPT"])
def test_that_a_mode_was_left_is_told(mode):
    run("create_object", type="EMPTY", name="Other")
    set_mode(cube(), mode)
    note = f"'Cube' was in {mode} mode, which was left"
    assert run("duplicate_object", name="Cube")["notes"] == [note]
    set_mode(cube(), mode)
    assert run("select_objects", names=["Other"])["notes"] == [note]
    set_mode(cube(), mode)
    assert run("delete_object", name="Cube")["notes"] == [note]


def test_an_armature_in_pose_mode():
    rig = bpy.data.objects.new("Rig", bpy.data.armatures.new("Rig"))
    bpy.context.scene.collection.objects.link(rig)
    set_mode(rig, "POSE")
    assert run("modify_object", name="Rig", location=[1, 0, 0])["mode"] == "POSE"
    assert "Rig" in run("delete_object", name="Rig")["notes"][0]
    assert bpy.context.mode == "OBJECT"


# What overrules


def test_a_constraint_that_overrules_is_told_with_the_place():
    run("create_object", type="EMPTY", name="Target", location=[1, 0, 0])
    copy = cube().constraints.new("COPY_LOCATION")
    copy.target = bpy.data.objects["Target"]
    info = run("modify_object", name="Cube", location=[5, 0, 0])
    assert info["notes"] == ["Constraints (Copy Location) overrule this: in the world it stands at 1, 0, 0"]
    copy.mute = True
    assert "notes" not in run("modify_object", name="Cube", location=[5, 0, 0])


def test_drivers_and_animation_that_overrule_are_told():
    cube().driver_add("location", 0)
    cube().keyframe_insert("scale")
    assert "A driver computes location of 'Cube'" in str(
        run("modify_object", name="Cube", location=[5, 0, 0])["notes"]
    )
    for asked in ({"scale": [2, 2, 2]}, {"dimensions": [2, 2, 2]}):
        assert (
            "animates scale of 'Cube': it jumps back"
            in run("modify_object", name="Cube", **asked)["notes"][0]
        )
    assert "notes" not in run("modify_object", name="Cube", rotation=[1, 0, 0])
    cube().rotation_mode = "QUATERNION"
    cube().keyframe_insert("rotation_quaternion")
    assert "animates rotation_quaternion" in run("modify_object", name="Cube", rotation=[1, 0, 0])["notes"][0]
    cube().keyframe_insert("hide_viewport")
    assert "animates hide_viewport" in run("modify_object", name="Cube", visible=False)["notes"][0]


def test_an_animated_colour_is_told():
    tree = bpy.data.materials["Material"].node_tree
    shader = next(node for node in tree.nodes if node.type == "BSDF_PRINCIPLED")
    shader.inputs["Base Color"].keyframe_insert("default_value")
    assert "jumps back" in run("set_material", object_name="Cube", color=[1, 0, 0])["notes"][0]
    assert "notes" not in run("set_material", object_name="Cube", roughness=0.1)


def test_dimensions_that_cannot_be():
    run("create_object", type="PLANE", name="Flat")
    info = run("modify_object", name="Flat", dimensions=[4, 4, 4])
    assert info["notes"] == ["dimensions is 4, 4, 0, not what was asked"]
    info = run("modify_object", name="Light", dimensions=[4, 4, 4])
    assert info["notes"] == ["dimensions is 0, 0, 0, not what was asked"]


def test_names_that_blender_cuts_or_numbers():
    long = "n" * 400
    info = run("create_object", type="EMPTY", name=long)
    assert info["name"] in bpy.data.objects and len(info["name"]) < 400
    assert info["notes"] == [f"The name was too long: it is '{info['name']}'"]
    info = run("modify_object", name="Cube", new_name="Light")
    assert info["notes"] == ["The name 'Light' was not free: it is 'Light.001'"]
    assert "too long" in run("set_material", material_name=long, color=[1, 0, 0])["notes"][0]


def test_parameters_that_mean_nothing_for_the_type():
    info = run("create_object", type="CUBE", height=3, energy=5, text="Hi")
    assert info["notes"] == ["A CUBE has no use for height, text, energy"]
    assert run("create_object", type="EMPTY", color=[1, 0, 0])["notes"] == ["A EMPTY has no use for color"]
    assert "means nothing" in run("modify_object", name="Light", shade_smooth=True)["notes"][0]


# Hidden, elsewhere, hung on a bone


def test_why_an_object_is_not_visible_is_told():
    run("create_object", type="EMPTY", name="Mark")
    for way in ("eye", "monitor", "collection eye", "collection monitor", "excluded"):
        HIDING[way](cube())
        assert run("get_object_info", name="Cube")["hidden_by"], way
        if "monitor" not in way or "collection" in way:
            shown = run("modify_object", name="Cube", visible=True)
            assert shown["visible"] or "still not visible" in str(shown["notes"])
        run("modify_object", name="Cube", visible=True)
        layer_collection().exclude = layer_collection().hide_viewport = False
        bpy.data.collections["Collection"].hide_viewport = False
    elsewhere = bpy.data.scenes.new("Elsewhere")
    elsewhere.collection.objects.link(bpy.data.objects.new("Far", None))
    assert run("get_object_info", name="Far")["hidden_by"].startswith("it is in the scene 'Elsewhere'")


@pytest.mark.parametrize("way", HIDING)
def test_what_cannot_be_selected_is_an_error(way):
    HIDING[way](cube())
    run("create_object", type="EMPTY", name="Other", collection="Scene Collection")
    run("select_objects", names=["Other"])
    with pytest.raises(CommandError, match="Cube"):
        run("select_objects", names=["Cube"])
    assert run("get_selection")["selected"] == ["Other"]


@pytest.mark.skipif(bpy.app.background, reason="Local View is a window's")
def test_local_view(tmp_path):
    window = bpy.context.window_manager.windows[0]
    area = next(each for each in window.screen.areas if each.type == "VIEW_3D")
    region = next(each for each in area.regions if each.type == "WINDOW")
    run("select_objects", names=["Light"])
    with bpy.context.temp_override(window=window, area=area, region=region):
        bpy.ops.view3d.localview(frame_selected=False)
    try:
        assert "Local View" in run("create_object", type="CUBE", name="New")["notes"][0]
        assert "Local View" in run("modify_object", name="Cube", visible=True)["notes"][0]
        answer = run("export_scene", filepath=str(tmp_path / "out.obj"))
        assert set(answer["exported"]) == {"Cube", "New"}
        content = (tmp_path / "out.obj").read_text()
        assert "o Cube" in content and "o New" in content
    finally:
        with bpy.context.temp_override(window=window, area=area, region=region):
            bpy.ops.view3d.localview(frame_selected=False)


@pytest.fixture
def rig():
    data = bpy.data.armatures.new("Rig")
    obj = bpy.data.objects.new("Rig", data)
    bpy.context.scene.collection.objects.link(obj)
    set_mode(obj, "EDIT")
    bone = data.edit_bones.new("Bone")
    bone.head, bone.tail = (0, 0, 0), (0, 0, 2)
    set_mode(obj, "OBJECT")
    return obj


def test_hung_on_a_bone(rig):
    cube().parent, cube().parent_type, cube().parent_bone = rig, "BONE", "Bone"
    shown = run("modify_object", name="Cube", location=[0, 1, 0])
    assert run("get_object", name="Cube")["parent_bone"] == "Bone"
    hidden = run("modify_object", name="Cube", visible=False)
    assert hidden["world_bounding_box"] == [pytest.approx(each) for each in shown["world_bounding_box"]]
    run("create_object", type="EMPTY", name="P")
    moved = run("modify_object", name="Cube", visible=True, parent="P")
    assert cube().parent_type == "OBJECT"
    assert moved["world_bounding_box"] == [
        pytest.approx(each, abs=1e-5) for each in shown["world_bounding_box"]
    ]


# Libraries


@pytest.fixture
def linked(tmp_path):
    """This file's Cube, and one of the same name of another file's, with its material."""
    path = str(tmp_path / "lib.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path, copy=True)
    with bpy.data.libraries.load(path, link=True) as (_, here):
        here.objects = ["Cube"]
    obj = next(each for each in bpy.data.objects if each.library)
    bpy.context.scene.collection.objects.link(obj)
    return obj


LINKED = "Cube [lib.blend]"


def test_local_and_linked_of_one_name_are_told_apart(linked):
    assert "library" not in run("get_object_info", name="Cube")
    assert run("get_object_info", name=LINKED)["library"].endswith("lib.blend")
    names = [each["name"] for each in run("scene.list_objects")["objects"]]
    assert {"Cube", LINKED} <= set(names)
    assert any("linked from" in line and LINKED in line for line in run("get_scene")["objects"])
    assert run("select_objects", names=[LINKED])["selected"] == [LINKED]
    run("delete_object", name="Cube")
    assert run("get_object_info", name="Cube")["library"].endswith("lib.blend")


@pytest.mark.parametrize(
    ("command", "params"),
    [
        ("modify_object", {"name": LINKED, "location": [1, 2, 3]}),
        ("modify_object", {"name": LINKED, "new_name": "Mine"}),
        ("modify_object", {"name": LINKED, "shade_smooth": True}),
        ("modify_object", {"name": LINKED, "visible": False}),
        ("set_material", {"object_name": LINKED, "material_name": "New"}),
        ("set_material", {"object_name": LINKED, "color": [1, 0, 0]}),
        ("set_material", {"material_name": "Material [lib.blend]", "color": [1, 0, 0]}),
        ("object.translate", {"name": LINKED, "offset": [1, 0, 0]}),
    ],
)
def test_what_is_linked_is_not_changed(linked, command, params):
    before = census()
    with pytest.raises(CommandError, match=r"is linked from .*lib\.blend: what is changed here is lost"):
        run(command, **params)
    assert list(linked.location) == [0, 0, 0] and census() == before


def test_a_linked_mesh_is_not_changed_through_a_local_object(linked):
    own = bpy.data.objects.new("Own", linked.data)
    bpy.context.scene.collection.objects.link(own)
    for command, params in (
        ("modify_object", {"name": "Own", "shade_smooth": True}),
        ("set_material", {"object_name": "Own", "material_name": "New"}),
    ):
        with pytest.raises(CommandError, match=r"lib\.blend"):
            run(command, **params)
    assert run("modify_object", name="Own", location=[1, 0, 0])["location"] == [1, 0, 0]


def test_deleting_what_is_linked_lasts(linked, tmp_path):
    (note,) = run("delete_object", name=LINKED)["notes"]
    assert "lib.blend" in note
    path = run("save_file", filepath=str(tmp_path / "user.blend"))["filepath"]
    run("open_file", filepath=path, discard_changes=True)
    assert [each.name for each in bpy.data.objects if each.library] == []


def test_deleting_out_of_a_linked_collection_is_refused(tmp_path):
    path = str(tmp_path / "lib.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path, copy=True)
    run("new_file", empty=True, discard_changes=True)
    with bpy.data.libraries.load(path, link=True) as (_, here):
        here.collections = ["Collection"]
    bpy.context.scene.collection.children.link(bpy.data.collections["Collection"])
    with pytest.raises(CommandError, match=r"lib\.blend with the collection 'Collection'"):
        run("delete_object", name="Cube")
    assert "Cube" in bpy.data.objects
    with pytest.raises(CommandError, match=r"lib\.blend"):
        run("create_object", type="CUBE", collection="Collection")


def test_an_override_keeps_what_is_told(linked, tmp_path):
    override = linked.override_create(remap_local_usages=True)
    override.name = "Mine"
    info = run("modify_object", name="Mine", location=[1, 2, 3], scale=[2, 2, 2])
    assert info["override"] is True and info["library"].endswith("lib.blend")
    kept = True
    try:
        run("modify_object", name="Mine", parent="Light", keep_transform=False)
    except CommandError as error:
        assert "lib.blend" in error.message
        kept = False
    with pytest.raises(CommandError, match=r"lib\.blend|lets nobody"):
        run("set_material", object_name="Mine", material_name="New")
    path = run("save_file", filepath=str(tmp_path / "user.blend"))["filepath"]
    run("open_file", filepath=path, discard_changes=True)
    mine = bpy.data.objects["Mine"]
    assert (list(mine.location), list(mine.scale)) == ([1, 2, 3], [2, 2, 2])
    assert (mine.parent is not None) is kept


def test_deleting_out_of_an_overridden_collection_is_refused(tmp_path):
    path = str(tmp_path / "lib.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path, copy=True)
    run("new_file", empty=True, discard_changes=True)
    with bpy.data.libraries.load(path, link=True) as (_, here):
        here.collections = ["Collection"]
    bpy.data.collections["Collection"].override_hierarchy_create(bpy.context.scene, bpy.context.view_layer)
    with pytest.raises(CommandError, match=r"lib\.blend with 'Collection', and would be there again"):
        run("delete_object", name="Cube")
    assert run("modify_object", name="Cube", location=[3, 3, 3])["override"]
    path = run("save_file", filepath=str(tmp_path / "user.blend"))["filepath"]
    run("open_file", filepath=path, discard_changes=True)
    assert run("get_object_info", name="Cube")["location"] == [3, 3, 3]


def test_a_copy_of_what_is_linked_is_of_this_file(linked):
    info = run("duplicate_object", name=LINKED, new_name="Own")
    assert "library" not in info and bpy.data.objects["Own"].data.library is None
    assert run("modify_object", name="Own", location=[1, 0, 0])["location"] == [1, 0, 0]
