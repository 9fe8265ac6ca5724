"""What a reply tells of a client's code beside what it printed: the value of its last expression, operators'
warnings, and which objects it changed. Over real sockets, in every dialect."""

from __future__ import annotations

import json

import pytest
from wire import Client


@pytest.fixture
def client(blender):
    """A connection to Blender with its own start-up file."""
    with Client(blender.address) as client:
        client.result("execute_code", {"code": "bpy.ops.wm.read_homefile(use_factory_startup=True)"})
        yield client


def told(client, source, **more):
    return client.result("execute_code", {"code": source, **more})


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("2 + 2", 4),
        ("x = [1, 'a']\nx", [1, "a"]),
        ("bpy.data.objects['Cube']", "bpy.data.objects['Cube']"),
        ("bpy.context.object.location", "Vector((0.0, 0.0, 0.0))"),
        ("(\n  'over',\n  'lines',\n)", ["over", "lines"]),
        ("0", 0),
        ("''", ""),
        ("from __future__ import annotations\nimport math\nmath.floor(2.5)", 2),
    ],
)
def test_the_value_of_a_last_expression_comes_back(client, source, value):
    assert told(client, source)["value"] == value


@pytest.mark.parametrize("source", ["pass", "x = 1", "None", "print(1)", "if True:\n  5", "", "# only this"])
def test_code_that_ends_otherwise_has_no_value(client, source):
    assert "value" not in told(client, source)


def test_a_value_leaves_no_name_and_is_bounded(client):
    told(client, "6 * 7", persist=True)
    assert told(client, "print('__value__' in globals())", persist=True)["result"] == "False\n"
    value = told(client, "list(range(100_000))")["value"]
    assert value.startswith("[0,1,2") and value.endswith("(cut: 588,891 bytes of JSON; print a part of it)")
    assert len(told(client, "'x' * 1000", max_output=100)["value"]) < 200


def test_a_line_of_a_value_that_fails_is_shown(client):
    reply = client.ask("execute_code", {"code": "# one\n[\n  1,\n  1 / 0,\n]"})
    assert "line 4" in json.loads(reply["message"])["traceback"]


def test_the_dialects_with_a_result_of_their_own_have_a_value_only_without_it(client):
    assert client.execute("3")["value"] == 3
    reply = client.execute("result['a'] = 1\n3")
    assert reply["result"] == {"a": 1} and "value" not in reply
    assert client.line("python.execute", {"code": "3"})["result"]["value"] == 3
    result = client.line("python.execute", {"code": "__result__ = 1\n3"})["result"]
    assert result["result"] == 1 and "value" not in result


WARNS = "bpy.ops.object.select_all(action='DESELECT')\nbpy.data.objects['Cube'].select_set(True)\n"
WARNS += "bpy.context.view_layer.objects.active = bpy.data.objects['Cube']\nbpy.ops.object.join()\n"
REPORT = "Warning: No mesh data to join"


def test_what_an_operator_warns_of_is_told_apart(client):
    answer = told(client, "print('Warning: mine')\n" + WARNS + "print('end')")
    assert answer["reports"] == [REPORT]
    assert answer["result"] == f"Warning: mine\n{REPORT}\nend\n"
    for source in (
        "import sys; sys.stdout.write('Warning: mine\\n')",
        "print('Warning: mine\\n', end='')",
        "print('Warning: bpy.ops.object.join()\\n', end='')",
    ):
        assert "reports" not in told(client, source)


def test_every_dialect_and_batches_tell_of_warnings(client):
    assert client.execute(WARNS)["reports"] == [REPORT]
    assert client.line("python.execute", {"code": WARNS})["result"]["reports"] == [REPORT]
    batch = client.result("batch", {"commands": [{"type": "execute_code", "command": WARNS}]})
    assert batch["results"][0]["result"]["reports"] == [REPORT]
    assert client.ask("execute_code", {"code": WARNS + "1 / 0"})["reports"] == [REPORT]


def test_warnings_are_bounded(client):
    source = f"""{WARNS}
class TENON_OT_warns(bpy.types.Operator):
    bl_idname, bl_label, text = "tenon_test.warns", "Warns", ""
    number: bpy.props.IntProperty()
    def execute(self, context):
        self.report({{'WARNING'}}, f'number {{self.number}}')
        return {{'FINISHED'}}
bpy.utils.register_class(TENON_OT_warns)
for n in range(30):
    bpy.ops.tenon_test.warns(number=n)
    bpy.ops.tenon_test.warns(number=0)
bpy.utils.unregister_class(TENON_OT_warns)
"""
    found = told(client, source)["reports"]
    assert found[:3] == [REPORT, "Warning: number 0", "Warning: number 1"]
    assert len(found) == 21 and found[-1].startswith("and ")


def changes(client, source):
    return told(client, source).get("changes")


ADD = "o = bpy.data.objects.new('New', bpy.data.meshes.new('New'))\nbpy.context.collection.objects.link(o)\n"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("bpy.data.objects['Cube'].location.x = 3", {"changed": ["Cube"]}),
        (
            "bpy.data.meshes['Cube'].vertices[0].co.x = 5; bpy.data.meshes['Cube'].update()",
            {"changed": ["Cube"]},
        ),
        (ADD, {"added": ["New"]}),
        (ADD + "bpy.data.objects['Cube'].location.x = 3", {"added": ["New"], "changed": ["Cube"]}),
        ("bpy.data.objects.remove(bpy.data.objects['Cube'])", {"removed": ["Cube"]}),
        ("bpy.data.objects['Cube'].name = 'Box'", {"renamed": [["Cube", "Box"]]}),
        (
            "for o in list(bpy.data.objects): o.name = 'my ' + o.name",
            {"renamed": [["Camera", "my Camera"], ["Cube", "my Cube"], ["Light", "my Light"]]},
        ),
        (
            "bpy.data.objects.remove(bpy.data.objects['Cube'])\n" + ADD,
            {"removed": ["Cube"], "added": ["New"]},
        ),
        ("bpy.ops.mesh.primitive_cube_add(); x = 1", {"added": ["Cube.001"]}),
        ("print(len(bpy.data.objects))", None),
        ("bpy.data.objects.new('Loose', None)", None),
        ("x = 1", None),
        (ADD + "bpy.data.objects.remove(o)", None),
    ],
)
def test_the_objects_that_code_changed_are_named(client, source, expected):
    assert changes(client, source) == expected


def test_what_others_changed_before_is_not_the_codes(client):
    client.result("create_object", {"type": "CUBE", "name": "Earlier"})
    client.result("modify_object", {"name": "Earlier", "location": [1, 2, 3]})
    assert changes(client, "x = 1") is None
    assert changes(client, "bpy.data.objects['Earlier'].location.x = 9") == {"changed": ["Earlier"]}
    assert changes(client, "bpy.data.objects['Earlier'].name = 'Later'") == {
        "renamed": [["Earlier", "Later"]]
    }


def test_a_new_object_under_an_old_name_is_told_apart_from_a_renamed_one(client):
    again = "bpy.data.objects.remove(bpy.data.objects['Cube'])\n" + ADD.replace("'New', ", "'Cube', ", 1)
    told(client, again)
    assert changes(client, "bpy.data.objects['Cube'].name = 'Box'") == {"renamed": [["Cube", "Box"]]}
    client.result("delete_object", {"name": "Box"})
    client.result("create_object", {"type": "EMPTY", "name": "Box"})
    assert changes(client, "bpy.data.objects['Box'].name = 'Lid'") == {"renamed": [["Box", "Lid"]]}
    heir = "bpy.data.objects.remove(bpy.data.objects['Lid'])\nbpy.data.objects['Light'].name = 'Lid'"
    assert changes(client, heir) == {"removed": ["Lid"], "renamed": [["Light", "Lid"]]}
    swap = "a, b = bpy.data.objects['Lid'], bpy.data.objects['Camera']\n"
    swap += "a.name, b.name = 'x', 'Lid'\na.name = 'Camera'"
    assert changes(client, swap) == {"renamed": [["Camera", "Lid"], ["Lid", "Camera"]]}


def test_names_are_bounded_and_counted(client):
    source = "for n in range(120):\n  o = bpy.data.objects.new(f'N{n:03}', None)\n"
    source += "  bpy.context.collection.objects.link(o)"
    found = changes(client, source)
    assert len(found["added"]) == 50 and found["added_count"] == 120 and found["added"][0] == "N000"
    found = changes(client, "for o in bpy.data.objects: o.location.x += 1")
    assert len(found["changed"]) == 50 and found["changed_count"] == 123


def test_an_error_tells_what_was_done_before_it(client):
    reply = client.ask("execute_code", {"code": ADD + "1 / 0"})
    assert reply["status"] == "error" and reply["changes"] == {"added": ["New"]}
    reply = client.execute("bpy.data.objects['Cube'].location.x = 3\nresult = 5")
    assert reply["status"] == "error" and reply["changes"] == {"changed": ["Cube"]}


def test_every_dialect_and_batches_tell_of_changes(client):
    move = "bpy.data.objects['Cube'].location.x += 1"
    assert client.execute(move)["changes"] == {"changed": ["Cube"]}
    assert client.line("python.execute", {"code": move})["result"]["changes"] == {"changed": ["Cube"]}
    batch = client.result("batch", {"commands": [{"type": "execute_code", "command": move}] * 2})
    assert [each["result"]["changes"] for each in batch["results"]] == [{"changed": ["Cube"]}] * 2
    preview = client.ask("with_preview", {"command": "execute_code", "params": {"code": move}})
    assert preview["result"]["result"]["changes"] == {"changed": ["Cube"]}


def test_another_file_is_told_as_such(client, tmp_path):
    path = str(tmp_path / "x.blend")
    assert changes(client, "bpy.ops.wm.read_homefile(use_empty=True); x = 1") == {"loaded": "", "objects": 0}
    told(client, f"bpy.ops.wm.save_as_mainfile(filepath={path!r})")
    found = changes(client, f"bpy.ops.wm.open_mainfile(filepath={path!r}); x = 1")
    assert found == {"loaded": path, "objects": 0}


def test_an_undo_in_code_is_told(client):
    told(client, "bpy.data.objects['Cube'].location.x = 3")
    found = changes(client, ADD + "bpy.ops.ed.undo_push(message='x')\nbpy.ops.ed.undo()")
    assert found is None or "added" not in found
