"""Modifiers and constraints by commands: what they did is told, in every state that an object can be in."""

import json

import bpy
import pytest
from call import run
from tenon.errors import CommandError
from tenon.tracking.undo_tracker import tracker
from typed_states import HIDING, link_from_library, set_mode, what_the_user_sees

pytestmark = pytest.mark.usefixtures("default_file")


def cube():
    return bpy.data.objects["Cube"]


def add(type, **params):
    return run("add_modifier", object_name="Cube", type=type, **params)


def test_a_modifier_is_added_and_its_result_told():
    answer = add("Subdivision Surface", settings={"levels": 2, "render_levels": 3})
    assert answer["result_before"]["vertices"] == 8 and answer["result"]["vertices"] == 98
    assert answer["modifier"]["type"] == "SUBSURF" and answer["modifier"]["settings"]["levels"] == 2
    assert "notes" not in answer


def test_a_shown_name_that_grease_pencil_has_too():
    assert add("Array")["modifier"]["type"] == "ARRAY" and add("mirror")["modifier"]["type"] == "MIRROR"


@pytest.mark.parametrize("state", HIDING)
def test_in_every_state_the_result_is_told_and_nothing_else_changes(state):
    HIDING[state](cube())
    before = what_the_user_sees()
    answer = add("SUBSURF", settings={"levels": 2})
    assert answer["result"]["vertices"] == (98 if state != "edit mode" else answer["result"]["vertices"])
    assert what_the_user_sees() == before
    if state != "edit mode":
        assert any("not seen" in note for note in answer["notes"])


@pytest.mark.parametrize("state", HIDING)
def test_apply_in_every_state(state):
    add("SUBSURF", settings={"levels": 1})
    HIDING[state](cube())
    if state == "edit mode":
        answer = run("apply_modifier", object_name="Cube")
        assert any("EDIT" in note for note in answer["notes"])
    else:
        before = what_the_user_sees()
        answer = run("apply_modifier", object_name="Cube", modifier="Subdivision Surface")
        assert what_the_user_sees() == before
    assert len(cube().data.vertices) == 26 and not cube().modifiers
    assert answer["applied"] == ["Subdivision Surface"]


def test_a_typo_is_an_error_with_the_nearest_name_and_leaves_nothing():
    with pytest.raises(CommandError, match=r"did you mean levels"):
        add("SUBSURF", settings={"level": 2})
    with pytest.raises(CommandError, match=r"SUBSURF"):
        add("SUBSURFACE")
    with pytest.raises(CommandError, match=r"wants a whole number"):
        add("SUBSURF", settings={"render_levels": 3, "levels": "two"})
    with pytest.raises(CommandError, match=r"Object not found: Nobody"):
        add("BOOLEAN", settings={"object": "Nobody"})
    with pytest.raises(CommandError, match=r"as object"):
        add("CURVE", settings={"object": "Light"})
    assert not cube().modifiers


def test_settings_are_set_all_or_none():
    add("BEVEL", name="B", settings={"width": 0.2})
    with pytest.raises(CommandError):
        run("modify_modifier", object_name="Cube", modifier="B", settings={"width": 0.5, "segments": "x"})
    assert cube().modifiers["B"].width == pytest.approx(0.2)


def test_what_is_out_of_range_or_idle_is_told():
    with pytest.raises(CommandError, match=r"from 0 to 11, not 500"):
        add("SUBSURF", settings={"levels": 500})
    add("SUBSURF")
    assert "object is not set" in add("BOOLEAN")["notes"][0]
    assert "vertex_group" in add("BEVEL", settings={"vertex_group": "None such"})["notes"][0]
    answer = run("modify_modifier", object_name="Cube", modifier="Subdivision Surface", enabled=False)
    assert "disabled" in answer["notes"][0]
    rows = run("list_modifiers", object_name="Cube")
    assert [each["type"] for each in rows["modifiers"]] == ["SUBSURF", "BOOLEAN", "BEVEL"]


def test_nothing_changed_is_told():
    answer = add("SIMPLE_DEFORM", settings={"angle": 0.0})
    assert "same as before" in answer["notes"][0]


def test_moved_renamed_removed():
    for name in ("One", "Two", "Three"):
        add("BEVEL", name=name)
    answer = run("modify_modifier", object_name="Cube", modifier="three", index=0, new_name="First")
    assert answer["modifier"]["index"] == 0 and cube().modifiers.keys() == ["First", "One", "Two"]
    answer = run("modify_modifier", object_name="Cube", modifier="One", index=99)
    assert "is at 2, not at 99" in answer["notes"][0]
    run("remove_modifier", object_name="Cube", modifier="Two")
    assert cube().modifiers.keys() == ["First", "One"]


def test_apply_says_why_not():
    add("SUBSURF")
    other = bpy.data.objects.new("Other", cube().data)
    bpy.context.scene.collection.objects.link(other)
    with pytest.raises(CommandError, match="single_user"):
        run("apply_modifier", object_name="Cube")
    run("apply_modifier", object_name="Cube", single_user=True)
    assert len(cube().data.vertices) == 26 and len(other.data.vertices) == 8
    add("SUBSURF")
    cube().shape_key_add(name="Basis")
    with pytest.raises(CommandError, match="shape keys"):
        run("apply_modifier", object_name="Cube")
    with pytest.raises(CommandError, match="no modifiers"):
        run("apply_modifier", object_name="Other")


def test_linked_objects_are_refused_by_their_library(tmp_path):
    link_from_library(tmp_path)
    for command, params in (
        ("add_modifier", {"type": "SUBSURF"}),
        ("apply_modifier", {}),
        ("add_constraint", {"type": "TRACK_TO"}),
    ):
        with pytest.raises(CommandError, match=r"library\.blend"):
            run(command, object_name="Far", **params)
    assert run("list_modifiers", object_name="Far")["modifiers"] == []


def test_objects_that_take_no_modifiers():
    with pytest.raises(CommandError, match="LIGHT"):
        run("add_modifier", object_name="Light", type="SUBSURF")


def types_of(base):
    return [each.identifier for each in base.bl_rna.properties["type"].enum_items]


def test_every_type_of_modifier_is_added_and_told():
    refused = []
    for kind in types_of(bpy.types.Modifier):
        try:
            answer = add(kind, name=kind)
        except CommandError:
            refused.append(kind)
            continue
        assert json.dumps(answer, allow_nan=False)
        run("remove_modifier", object_name="Cube", modifier=kind)
    assert "BEVEL" not in refused and not [kind for kind in refused if cube().modifiers.new(kind, kind)]


def test_every_type_of_constraint_is_added_and_told():
    refused = []
    for kind in types_of(bpy.types.Constraint):
        try:
            answer = run("add_constraint", object_name="Cube", type=kind, name=kind)
        except CommandError:
            refused.append(kind)
            continue
        assert json.dumps(answer, allow_nan=False)
    rows = run("list_constraints", object_name="Cube")
    assert json.dumps(rows, allow_nan=False) and len(cube().constraints) > 15
    assert all(kind in ("IK", "SPLINE_IK") for kind in refused), refused


def test_a_modifier_of_a_library_override_stays_and_can_be_disabled(tmp_path):
    linked = link_from_library(tmp_path, modifier="SUBSURF")
    obj = linked.override_create(remap_local_usages=True)
    with pytest.raises(CommandError, match=r"library\.blend"):
        run("remove_modifier", object_name="Far", modifier="Old")
    run("modify_modifier", object_name="Far", modifier="Old", enabled=False)
    assert not obj.modifiers["Old"].show_viewport
    run("add_modifier", object_name="Far", type="BEVEL", name="New")
    run("remove_modifier", object_name="Far", modifier="New")


def test_one_undo_step():
    run("create_object", type="CUBE", name="Start")
    run("add_modifier", object_name="Start", type="SUBSURF")
    list(tracker.undo(1))
    assert "Start" in bpy.data.objects and not bpy.data.objects["Start"].modifiers


# Constraints


def test_a_constraint_moves_its_owner():
    run("create_object", type="EMPTY", name="Aim", location=[5, 0, 0])
    answer = run("add_constraint", object_name="Cube", type="Copy Location", settings={"target": "Aim"})
    assert answer["world_location"] == pytest.approx([5, 0, 0]) and "notes" not in answer
    answer = run("modify_constraint", object_name="Cube", constraint="Copy Location", enabled=False)
    assert answer["world_location"] == pytest.approx([0, 0, 0]) and "disabled" in answer["notes"][0]
    run(
        "modify_constraint",
        object_name="Cube",
        constraint="Copy Location",
        enabled=True,
        settings={"influence": 0.5},
    )
    answer = run("remove_constraint", object_name="Cube", constraint="Copy Location", keep_transform=True)
    assert cube().location.x == pytest.approx(2.5) and not cube().constraints


@pytest.mark.parametrize("state", HIDING)
def test_constraints_in_every_state(state):
    run("create_object", type="EMPTY", name="Aim", location=[5, 0, 0])
    HIDING[state](cube())
    before = what_the_user_sees()
    answer = run("add_constraint", object_name="Cube", type="COPY_LOCATION", settings={"target": "Aim"})
    assert answer["world_location"] == pytest.approx([5, 0, 0])
    assert what_the_user_sees() == before


def test_a_constraint_that_does_nothing_says_so():
    answer = run("add_constraint", object_name="Cube", type="TRACK_TO")
    assert "target is not set" in answer["notes"][0]
    assert run("list_constraints", object_name="Cube")["constraints"][0]["type"] == "TRACK_TO"
    with pytest.raises(CommandError, match="did you mean target"):
        run("add_constraint", object_name="Cube", type="TRACK_TO", settings={"targt": "Light"})
    assert len(cube().constraints) == 1


def test_constraints_of_bones():
    armature = bpy.data.objects.new("Rig", bpy.data.armatures.new("Rig"))
    bpy.context.scene.collection.objects.link(armature)
    set_mode(armature, "EDIT")
    bone = armature.data.edit_bones.new("Arm")
    bone.tail = (0, 0, 1)
    set_mode(armature, "OBJECT")
    answer = run(
        "add_constraint",
        object_name="Rig",
        bone="Arm",
        type="COPY_LOCATION",
        settings={"target": "Light"},
    )
    where = list(bpy.data.objects["Light"].matrix_world.translation)
    assert answer["world_location"] == pytest.approx(where, abs=1e-4)
    with pytest.raises(CommandError, match="did you mean Arm"):
        run("list_constraints", object_name="Rig", bone="Amr")
    answer = run(
        "remove_constraint",
        object_name="Rig",
        bone="Arm",
        constraint="Copy Location",
        keep_transform=True,
    )
    assert answer["world_location"] == pytest.approx(where, abs=1e-4)
    with pytest.raises(CommandError, match="no pose bones"):
        run("list_constraints", object_name="Cube", bone="Arm")
