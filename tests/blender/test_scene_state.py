"""The scene as sessions tell it, compared with a walk over everything after each of some hundred operations.

In: commands, client's code, the user's own changes, files, scenes, undo. Out: the reported changes, applied
one after another, are always the whole. How they reach a session is tested in `test_serving_scene_state.py`.
"""

import random

import bpy
import pytest
from tenon.blender.context_override import first_window
from tenon.registry import table as registry
from tenon.registry.table import TABLE, find
from tenon.server import hooks
from tenon.tracking import scene_tracker, undo_tracker

pytestmark = pytest.mark.usefixtures("default_file")


class Told:
    """What the native core knows: the changes that were reported, applied."""

    def __init__(self):
        self.names = set()
        self.rest = {}
        self.take()

    def take(self):
        changes = scene_tracker._state.drain_changes()
        told = dict(changes)
        self.names = set(told.pop("objects", self.names))
        self.names -= set(told.pop("removed", ()))
        self.names |= set(told.pop("added", ()))
        self.rest.update(told)
        self.check()
        return changes

    def check(self):
        scene, layer = bpy.context.scene, bpy.context.view_layer
        active = layer.objects.active
        assert self.names == {obj.name for obj in scene.objects}
        assert self.rest == {
            "selected_objects": [obj.name for obj in layer.objects if obj.select_get()],
            "active_object": active and active.name,
            "mode": active.mode if active else "OBJECT",
            "frame": scene.frame_current,
            "file": bpy.data.filepath or None,
        }

    def command(self, name, /, **parameters):
        """As the bridge calls a command and what comes after it."""
        row = find(name)
        try:
            result = row.function(**parameters)
            for _ in result if hasattr(result, "__next__") else ():
                pass
            acted = True
        except Exception:  # a library's object cannot be renamed, for one
            acted = False
        hooks.after(row.name, acted)
        return self.take()

    def code(self, text):
        return self.command("execute_code", code=text)

    def by_hand(self, text):
        """As the user does it in a window, whose main loop evaluates."""
        with first_window():
            exec(text, {"bpy": bpy, "C": bpy.context, "D": bpy.data})
        bpy.context.evaluated_depsgraph_get()
        scene_tracker._state.looked_at = 0  # a second is over
        scene_tracker._state.on_idle()
        return self.take()


@pytest.fixture
def told(default_file):
    for part in (undo_tracker, scene_tracker):
        part.unregister()
        part.register()
    bpy.context.evaluated_depsgraph_get()
    yield Told()
    for part in (undo_tracker, scene_tracker):
        part.unregister()


@pytest.fixture
def library(tmp_path, default_file):
    """A file that holds another Cube and an object of its own."""
    path = str(tmp_path / "library.blend")
    bpy.data.objects["Light"].name = "Borrowed"
    bpy.ops.wm.save_as_mainfile(filepath=path, copy=True)
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    return path


LINK = """
with D.libraries.load({path!r}, link=True) as (there, here):
    here.objects = ["Cube", "Borrowed"]
for obj in here.objects:
    C.collection.objects.link(obj)
"""


def test_nothing_changed_is_nothing_told(told):
    assert told.command("set_material", object_name="Cube", color=[1, 0, 0]) == {}
    assert told.command("modify_object", name="Cube", location=[1, 2, 3]) == {}
    assert told.code("print(len(bpy.data.objects))") == {}
    assert told.code("bpy.data.objects['Cube'].location.x = 5") == {}
    assert told.by_hand("D.objects['Cube'].location.x = 6") == {}


def test_commands_tell_what_they_do(told):
    assert told.command("create_object", type="CUBE", name="New") == {"added": ["New"]}
    assert told.command("duplicate_object", name="New", new_name="Copy") == {"added": ["Copy"]}
    assert told.command("modify_object", name="New", new_name="Old") == {"added": ["Old"], "removed": ["New"]}
    assert told.command("select_objects", names=["Old"]) == {
        "selected_objects": ["Old"],
        "active_object": "Old",
    }
    assert told.command("delete_object", name="Old") == {
        "removed": ["Old"],
        "selected_objects": [],
        "active_object": None,
    }


def test_only_what_links_or_renames_has_all_names_looked_at(told, monkeypatch):
    walks = []
    compare = scene_tracker.StateChanges._compare_names
    monkeypatch.setattr(
        scene_tracker.StateChanges,
        "_compare_names",
        lambda *changes: (walks.append(changes), compare(*changes)),
    )
    told.command("create_object", type="CUBE", name="New")
    told.command("duplicate_object", name="New")
    told.command("modify_object", name="New", new_name="Old", location=[1, 2, 3])
    told.command("set_material", object_name="Old", color=[1, 0, 0])
    told.command("select_objects", names=["Old"])
    told.command("delete_object", name="Old")
    told.code("print(1)")
    told.code("bpy.data.objects['Cube'].location.x = 5")
    told.code("bpy.ops.object.select_all(action='SELECT')")
    told.by_hand("D.objects['Cube'].location.x = 6")
    assert not walks
    told.code("bpy.data.objects['Cube'].name = 'Box'")
    told.by_hand("bpy.ops.mesh.primitive_cube_add()")
    assert len(walks) == 2


def test_code_is_seen(told):
    assert told.code("D = bpy.data; D.objects['Cube'].name = 'Box'") == {
        "removed": ["Cube"],
        "added": ["Box"],
        "selected_objects": ["Box"],
        "active_object": "Box",
    }
    assert told.code("bpy.ops.mesh.primitive_cone_add()")["added"] == ["Cone"]
    assert told.code("bpy.context.scene.frame_set(7)") == {"frame": 7}
    assert told.code("bpy.ops.object.mode_set(mode='EDIT')") == {"mode": "EDIT"}
    assert told.code("bpy.data.objects.remove(bpy.data.objects['Light']); raise ValueError") == {
        "removed": ["Light"]
    }


def test_the_command_of_another_add_on_is_looked_after(told, monkeypatch):
    def swap():
        bpy.data.objects.remove(bpy.data.objects["Light"])
        bpy.context.collection.objects.link(bpy.data.objects.new("Lamp", None))

    monkeypatch.setattr(registry, "TABLE", {**TABLE, "swap": registry.row_of(swap)})
    assert told.command("swap") == {"removed": ["Light"], "added": ["Lamp"]}


def test_a_batch_and_what_it_takes_back(told):
    commands = [
        {"command": "create_object", "params": {"type": "CUBE", "name": name}, "reads_only": False}
        for name in "AB"
    ]
    assert told.command("batch", commands=commands)["added"] == ["A", "B"]
    commands.append({"command": "delete_object", "params": {"name": "nothing"}, "reads_only": False})
    told.command("batch", commands=commands, atomic=True)
    assert told.names == {"Cube", "Light", "Camera", "A", "B"}


def test_files_and_scenes(told, tmp_path):
    path = str(tmp_path / "saved.blend")
    told.command("create_object", type="CUBE", name="Kept")
    assert told.command("save_file", filepath=path) == {"file": path}
    assert "Kept" not in told.command("new_file")["objects"]
    assert "Kept" in told.command("open_file", filepath=path)["objects"]
    assert told.by_hand("C.window.scene = D.scenes.new('Other')")["objects"] == []
    told.command("create_object", type="CUBE", name="In the other")
    assert set(told.by_hand("C.window.scene = D.scenes['Scene']")["objects"]) == {
        "Cube",
        "Light",
        "Camera",
        "Kept",
    }
    told.by_hand("D.scenes.remove(D.scenes['Scene'])")
    assert told.names == {"In the other"}


def test_objects_of_a_library_may_share_a_name(told, library):
    told.take()
    assert told.code("D, C = bpy.data, bpy.context" + LINK.format(path=library))["added"] == ["Borrowed"]
    told.command("delete_object", name="Cube")
    told.by_hand("D.objects.remove(next(obj for obj in D.objects if obj.name == 'Cube'))")
    assert told.names == {"Light", "Camera", "Borrowed"}


def test_what_the_scene_does_not_show_belongs_to_it(told):
    told.code("bpy.data.objects['Light'].hide_viewport = True; bpy.data.objects['Camera'].hide_set(True)")
    told.code("bpy.context.view_layer.layer_collection.children['Collection'].exclude = True")
    assert told.rest["selected_objects"] == [] and len(told.names) == 3
    assert told.code("bpy.data.objects['Light'].name = 'Lamp'") == {"removed": ["Light"], "added": ["Lamp"]}
    told.code("bpy.context.view_layer.layer_collection.children['Collection'].exclude = False")


def test_an_object_beside_the_scene_is_none_of_it(told):
    told.code("bpy.data.collections.new('Beside')")
    assert told.command("create_object", type="CUBE", name="Loose", collection="Beside") == {}
    assert told.command("modify_object", name="Loose", new_name="Looser") == {}
    assert told.command("modify_object", name="Cube", collection="Beside")["removed"] == ["Cube"]
    assert told.command("delete_object", name="Cube") == {}


OBJECTS = "obj = random.choice(D.objects[:])\n"
CODE = [
    OBJECTS + "obj.name = random.choice(NAMES)",
    OBJECTS + "D.objects.remove(obj)",
    OBJECTS + "obj.location.x += 1; obj.name += 'x'",
    OBJECTS + "obj.hide_viewport = not obj.hide_viewport",
    OBJECTS + "obj.hide_set(not obj.hide_get())",
    OBJECTS + "C.view_layer.objects.active = obj; obj.select_set(True)",
    OBJECTS + "C.scene.collection.objects.link(obj)",
    OBJECTS + "random.choice(D.collections[:]).objects.unlink(obj)",
    OBJECTS + "obj.select_set(not obj.select_get())",
    "C.collection.objects.link(D.objects.new(random.choice(NAMES), None))",
    "random.choice(D.collections[:]).objects.link(D.objects.new(random.choice(NAMES), None))",
    "D.objects.new(random.choice(NAMES), None)",
    "D.batch_remove(D.objects[:2])",
    "bpy.ops.object.select_all(action='TOGGLE')",
    "bpy.ops.mesh.primitive_cube_add()",
    "bpy.ops.object.delete()",
    "bpy.ops.object.duplicate()",
    "bpy.ops.object.mode_set(mode=random.choice(('EDIT', 'OBJECT')))",
    "bpy.ops.object.mode_set(mode='OBJECT')",
    "C.scene.collection.children.link(D.collections.new(random.choice(NAMES)))",
    "C.scene.collection.children.unlink(random.choice(C.scene.collection.children[:]))",
    "layer = random.choice(C.view_layer.layer_collection.children[:]); layer.exclude = not layer.exclude",
    "C.scene.frame_set(random.randrange(9))",
    "C.window.scene = random.choice(D.scenes[:])",
    "D.scenes.new('More') if len(D.scenes) < 4 else None",
    "C.scene.name = random.choice(NAMES)",
    LINK,
]
NAMES = ["Cube", "Light", "A", "B", "C", "Borrowed", "建物"]


@pytest.mark.parametrize("seed", range(4))
def test_some_hundred_operations(told, library, seed):
    chance = random.Random(seed)
    world = {"random": chance, "NAMES": NAMES}

    def some_object():
        return chance.choice([*bpy.data.objects.keys(), "nothing"])

    def some_code():
        bpy.app.driver_namespace.update(world)
        prelude = "random, NAMES = map(bpy.app.driver_namespace.get, ('random', 'NAMES'))\n"
        return (
            prelude
            + "D, C = bpy.data, bpy.context\n"
            + chance.choice(CODE).replace("{path!r}", repr(library))
        )

    def by_hand():
        try:
            told.by_hand(some_code())
        except Exception:  # what chance chose cannot be done now
            told.by_hand("")

    operations = [
        lambda: told.code(some_code()),
        lambda: told.code(some_code()),
        by_hand,
        lambda: told.command("create_object", type="EMPTY", name=chance.choice(NAMES)),
        lambda: told.command("duplicate_object", name=some_object()),
        lambda: told.command("delete_object", name=some_object(), children=chance.random() < 0.5),
        lambda: told.command("modify_object", name=some_object(), new_name=chance.choice(NAMES)),
        lambda: told.command("modify_object", name=some_object(), visible=chance.random() < 0.5),
        lambda: told.command("modify_object", name=some_object(), collection=chance.choice(NAMES)),
        lambda: told.command("select_objects", names=[some_object()]),
        lambda: told.command("undo", steps=chance.randrange(1, 4)),
        lambda: told.command("redo"),
        lambda: told.command("new_scene") if len(bpy.data.scenes) < 4 else None,
    ]
    for turn in range(100):
        chance.choice(operations)()
        if turn == 60:
            told.command("new_file")
