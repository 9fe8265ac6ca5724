"""Undo steps: one for each change, named after its command; none for what only reads."""

import ctypes
import importlib
import importlib.util
import threading
import time

import bpy
import pytest
from call import run
from tenon.blender import undo_stack
from tenon.blender.context_override import first_window
from tenon.errors import CommandError
from tenon.registry import table as registry
from tenon.registry.table import TABLE, Command
from tenon.server import hooks
from tenon.tracking import undo_tracker
from tenon.tracking.undo_tracker import tracker


@pytest.fixture(autouse=True)
def history():
    """The handlers of the add-on, and the default file with its first step."""
    undo_tracker.register()
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    yield
    undo_tracker.unregister()


@pytest.fixture
def execute(monkeypatch):
    """Run code as a command does that cannot know whether it changes anything; tell whether it was a step."""
    pushed = []
    push = undo_stack.push
    monkeypatch.setattr(undo_stack, "push", lambda name: (pushed.append(name), push(name)))
    table = dict(TABLE)
    table["code"] = Command("code", print, title="Code", description="", schema={}, undo="if_changed")
    monkeypatch.setattr(registry, "TABLE", table)

    def execute(code, succeeded=True):
        tracker.ensure_first_step()
        pushed.clear()
        tracker.begin_code(code)
        with first_window():
            exec(code, {"bpy": bpy, "C": bpy.context, "D": bpy.data})
        hooks.after("code", succeeded)
        assert pushed in ([], ["code"])
        return bool(pushed)

    return execute


def cube():
    return bpy.data.objects["Cube"]  # anew each time: undo replaces the data


def test_a_file_begins_with_nothing_to_undo():
    assert undo_stack.active_step() is None


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
    tracker.after("undo", True)
    tracker.after("no such command", True)
    assert undo_stack.active_step() is None


def test_enabled_while_a_file_is_open():
    """As `addon_utils.enable` does it: the context is closed, so no step can be pushed meanwhile."""
    name = "bpy_restrict_state"
    module = importlib.import_module(name if importlib.util.find_spec(name) else f"_{name}")
    undo_tracker.unregister()
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    with module.RestrictBlend():
        undo_tracker.register()
    run("modify_object", name="Cube", location=[1, 0, 0])
    assert run("undo")["steps"] == ["modify_object"]
    assert cube().location.x == 0


def test_registering_again_adds_no_step():
    run("create_object", type="CUBE")
    undo_tracker.unregister()
    undo_tracker.register()
    assert undo_stack.active_step() == "create_object"
    run("undo")
    undo_tracker.unregister()
    undo_tracker.register()
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


UNRECORDED = {
    "a kept collection holds the new object": "D.collections['Kept'].objects.link(D.objects['New'])",
    "a kept object is a child of the new one": "D.objects['Cube'].parent = D.objects['New']",
    "a kept object has a new mesh": "D.objects['Cube'].data = D.meshes.new('Mesh')",
    "a kept object has a new material": "D.objects['Cube'].data.materials.append(D.materials.new('Paint'))",
    "a kept collection has one of no step": "D.collections['Kept'].objects.link(D.objects.new('X', None))",
}


@pytest.fixture
def unrecorded(request):
    """An object made by a command; then something that another add-on changes and gives no step."""
    kept = bpy.data.collections.new("Kept")
    bpy.context.scene.collection.children.link(kept)
    run("create_object", type="CUBE", name="Other")
    run("create_object", type="CUBE", name="New")

    def change(code):
        exec(code, {"D": bpy.data})

    return change


def use_freed_memory():
    """Let new data blocks take the place of those that an undo freed, and have Blender read everything."""
    for at in range(100):
        bpy.data.objects.new(f"Object {at}", None)
        bpy.data.meshes.new(f"Mesh {at}")
        bpy.data.materials.new(f"Material {at}")
    bpy.context.evaluated_depsgraph_get()
    for at in range(100):
        bpy.data.objects.remove(bpy.data.objects[f"Object {at}"])


@pytest.mark.parametrize("change", UNRECORDED.values(), ids=UNRECORDED)
def test_an_undo_over_a_change_that_has_no_step(unrecorded, change):
    """Blender itself crashes here: see docs/effects_on_blender.md."""
    unrecorded(change)
    assert run("undo")["steps"] == ["create_object"]
    assert "New" not in bpy.data.objects and "Other" in bpy.data.objects
    assert not bpy.data.collections["Kept"].objects
    assert (cube().parent, cube().data.name) == (None, "Cube")
    use_freed_memory()
    undo_stack.push("after")
    run("undo", steps=2)
    assert "Other" not in bpy.data.objects
    use_freed_memory()


def test_the_users_own_undo_after_code_that_only_makes_a_property_point(unrecorded):
    """The code is a step, so Blender does not free what the property still points at."""
    run("execute_code", code="bpy.data.objects['Cube']['friend'] = bpy.data.objects['New']")
    assert undo_stack.active_step() == "execute_code"
    undo_stack.undo()
    assert "friend" not in cube()
    undo_stack.undo()
    assert "New" not in bpy.data.objects
    use_freed_memory()


@pytest.mark.parametrize("change", list(UNRECORDED.values())[2:], ids=list(UNRECORDED)[2:])
def test_a_redo_over_a_change_that_has_no_step_is_refused(unrecorded, change):
    run("undo")
    unrecorded(change)
    with pytest.raises(CommandError, match="nothing to redo"):
        run("redo")
    assert "New" not in bpy.data.objects
    use_freed_memory()
    run("undo")
    assert not bpy.data.collections["Kept"].objects and cube().data.name == "Cube"
    use_freed_memory()


def test_a_picture_keeps_what_can_be_redone():
    run("create_object", type="CUBE", name="New")
    run("undo")
    run("look", size=64, shading="wireframe", frames=[1, 5])
    if bpy.app.background:  # with a window a render job needs the main loop
        run("render_image", engine="CYCLES", samples=1, resolution_x=16, resolution_y=16)
    assert run("redo")["steps"] == ["create_object"]


def test_steps_are_read_while_others_print(capfd):
    """Nothing that anybody writes to standard output is lost or caught."""
    library = ctypes.CDLL(None)
    stop = threading.Event()
    written = []

    def write():
        while not stop.is_set():
            line = f"line {len(written)}"
            library.puts(line.encode())
            written.append(line)
            time.sleep(0)

    run("create_object", type="CUBE", name="New")
    thread = threading.Thread(target=write)
    thread.start()
    try:
        count = 0
        while len(written) < 30 or count < 300:
            count += 1
            assert [step.name for step in undo_stack.steps()] == ["Original", "create_object"]
    finally:
        stop.set()
        thread.join()
    library.fflush(None)
    printed = capfd.readouterr().out.splitlines()
    assert sorted(printed) == sorted(written)


def test_large_properties_of_a_scene_are_read_once(execute):
    scene = bpy.context.scene
    scene["text"] = "x" * 5_000_000
    scene["numbers"] = list(range(100_000))
    for at in range(3000):
        scene[f"small {at}"] = at
    execute("1")
    large = undo_tracker._LargeValues()
    first = undo_tracker._scene_values(large)
    assert {name for _, name in large} == {"/text", "/numbers"}
    again = undo_tracker._scene_values(large)
    assert {"text", "numbers"} & {*map(str, first)} and not {"text", "numbers"} & {*map(str, again)}
    assert len(first) <= undo_tracker.MAX_VALUES + 2
    assert not execute("1")


def test_a_brush_that_blender_loads_for_a_tool_is_no_change(tmp_path):
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    with first_window():
        bpy.ops.object.mode_set(mode="SCULPT")
        bpy.ops.object.mode_set(mode="OBJECT")
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    run("create_object", type="CUBE", name="New")
    run("undo")
    assert run("redo")["steps"] == ["create_object"]
