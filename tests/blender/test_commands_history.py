"""Undo steps: one for each change, named after its command; none for what only reads."""

import importlib
import importlib.util

import bpy
import pytest
from call import run
from tenon import undo
from tenon.commands import TABLE, CommandError, registry
from tenon.commands.registry import Command
from tenon.window import first_window


@pytest.fixture(autouse=True)
def history():
    """The handlers of the add-on, and the default file with its first step."""
    undo.register()
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    yield
    undo.unregister()


@pytest.fixture
def execute(monkeypatch):
    """Run code as a command does that cannot know whether it changes anything; tell whether it was a step."""
    pushed = []
    push = undo.push
    monkeypatch.setattr(undo, "push", lambda name: (pushed.append(name), push(name)))
    table = dict(TABLE)
    table["code"] = Command("code", "Code", print, "", {}, False, True, "if_changed", ())
    monkeypatch.setattr(registry, "TABLE", table)

    def execute(code, succeeded=True):
        undo.before()
        pushed.clear()
        undo.begin()
        with first_window():
            exec(code, {"bpy": bpy, "C": bpy.context, "D": bpy.data})
        undo.after("code", succeeded)
        assert pushed in ([], ["code"])
        return bool(pushed)

    return execute


def cube():
    return bpy.data.objects["Cube"]  # anew each time: undo replaces the data


def test_a_file_begins_with_nothing_to_undo():
    assert undo.active_step() is None


def test_undo_and_redo_of_every_kind_of_change():
    run("create_object", type="CUBE", name="New")
    run("modify_object", name="New", location=[1, 2, 3])
    run("set_material", object_name="New", color=[1, 0, 0])
    run("duplicate_object", name="New", new_name="Copy")
    run("delete_object", name="New")
    assert set(bpy.data.objects.keys()) == {"Cube", "Light", "Camera", "Copy"}

    assert run("undo") == {"action": "undo", "steps": ["delete_object"], "can_undo": True, "can_redo": True}
    assert "New" in bpy.data.objects
    assert run("undo")["steps"] == ["duplicate_object"]
    assert "Copy" not in bpy.data.objects
    assert run("undo", steps=2)["steps"] == ["set_material", "modify_object"]
    assert list(bpy.data.objects["New"].location) == [0, 0, 0]
    assert not bpy.data.objects["New"].material_slots
    last = run("undo", steps=100)
    assert (last["steps"], last["can_undo"]) == (["create_object"], False)
    assert "New" not in bpy.data.objects

    assert run("redo")["steps"] == ["create_object"]
    assert run("redo", steps=9)["steps"] == [
        "modify_object",
        "set_material",
        "duplicate_object",
        "delete_object",
    ]
    assert set(bpy.data.objects.keys()) == {"Cube", "Light", "Camera", "Copy"}
    assert bpy.data.objects["Copy"].material_slots[0].material is not None


def test_nothing_to_undo_or_redo():
    with pytest.raises(CommandError, match=r"^There is nothing to undo$"):
        run("undo")
    with pytest.raises(CommandError, match=r"^There is nothing to redo$"):
        run("redo")


def test_after_another_file_there_is_a_first_step_again():
    run("create_object", type="CUBE")
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    with pytest.raises(CommandError, match="nothing to undo"):
        run("undo")
    run("modify_object", name="Cube", location=[1, 0, 0])
    assert run("history.undo")["steps"] == ["modify_object"]
    assert cube().location.x == 0
    assert run("history.redo")["action"] == "redo"
    assert cube().location.x == 1


def test_reading_keeps_what_can_be_redone():
    run("create_object", type="CUBE", name="New")
    run("undo")
    for name in ("get_scene_info", "list_materials", "get_selection", "list_scene_items", "get_addon_info"):
        run(name)
    assert run("redo")["steps"] == ["create_object"]


def test_a_failed_command_keeps_what_can_be_redone():
    run("create_object", type="CUBE", name="New")
    run("undo")
    with pytest.raises(CommandError):
        run("modify_object", name="Nothing")
    assert run("redo")["steps"] == ["create_object"]


def test_commands_without_a_step():
    without = {"undo", "redo", "open_file", "save_file", "new_file", "export_scene"}
    assert all(not TABLE[name].undo for name in without)
    undo.after("undo", True)
    undo.after("no such command", True)
    assert undo.active_step() is None


def test_enabled_while_a_file_is_open():
    """As `addon_utils.enable` does it: the context is closed, so no step can be pushed meanwhile."""
    name = "bpy_restrict_state"
    module = importlib.import_module(name if importlib.util.find_spec(name) else f"_{name}")
    undo.unregister()
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    with module.RestrictBlend():
        undo.register()
    run("modify_object", name="Cube", location=[1, 0, 0])
    assert run("undo")["steps"] == ["modify_object"]
    assert cube().location.x == 0


def test_registering_again_adds_no_step():
    run("create_object", type="CUBE")
    undo.unregister()
    undo.register()
    assert undo.active_step() == "create_object"
    run("undo")
    undo.unregister()
    undo.register()
    assert run("redo")["steps"] == ["create_object"]


@pytest.mark.parametrize(
    "change",
    [
        "D.objects['Cube'].location.x = 3",
        "D.meshes['Cube'].vertices[0].co.x = 9",
        "import bmesh; b = bmesh.new(); b.from_mesh(D.meshes['Cube']); b.to_mesh(D.meshes['Cube'])",
        "D.meshes.new('Loose')",
        "D.objects.new('Loose', None)",
        "D.objects.remove(D.objects['Cube'])",
        "D.texts.new('T')",
        "C.scene.render.resolution_x = 77",
        "C.scene.frame_set(5)",
        "C.scene.frame_end = 7",
        "D.materials['Material'].node_tree.nodes['Principled BSDF'].inputs[0].default_value = (1, 0, 0, 1)",
        "D.materials['Material'].diffuse_color = (1, 0, 0, 1)",
        "D.objects['Cube'].modifiers.new('S', 'SUBSURF')",
        "C.view_layer.objects.active = D.objects['Cube']; bpy.ops.object.mode_set(mode='EDIT')",
        "bpy.ops.object.select_all(action='SELECT')",
        "D.objects['Cube'].name = 'Kube'",
        "D.objects['Cube'].parent = D.objects['Light']",
        "D.worlds[0].color = (1, 0, 0)",
        "D.lights[0].energy = 5",
        "D.objects['Cube'].keyframe_insert('location', frame=1)",
        "C.scene['property'] = 1",
        "C.scene['property'] = [1, 2]; C.scene['property'][0] = 3",
        "C.scene.cycles.samples = 3",
        "C.scene.timeline_markers.new('m', frame=3)",
        "D.objects['Cube']['property'] = 1; D.objects['Cube'].update_tag()",
    ],
)
def test_changes_that_code_makes_are_seen(execute, change):
    assert execute(change)
    assert not execute("pass")


@pytest.mark.parametrize(
    "question",
    [
        "pass",
        "[o.matrix_world @ o.location for o in D.objects]",
        "len(D.objects['Cube'].evaluated_get(C.evaluated_depsgraph_get()).to_mesh().vertices)",
        "C.view_layer.update()",
        "C.scene.ray_cast(C.evaluated_depsgraph_get(), (0, 0, 9), (0, 0, -1))",
    ],
)
def test_code_that_only_reads_is_no_step(execute, question):
    assert not execute(question)


def test_code_that_changed_something_and_then_failed_is_a_step(execute):
    assert execute("D.objects['Cube'].location.x = 3", succeeded=False)
    assert not execute("pass", succeeded=False)


def test_what_happened_before_the_code_is_not_its_change(execute):
    cube().location.x = 3
    bpy.data.meshes.new("Loose")
    assert not execute("pass")
