"""Sentences, done in a real Blender without a window that serves: what the scene is then, as numbers.

In: the user's own examples over HTTP, and `do` over the JSON port, one connection (so one session) a test.
Out: what `bpy.data` holds afterwards. Each test begins with an empty file.
"""

import http.client
import json
from pathlib import Path

import bpy
import pytest
import tenon
from tenon.bridge import bridge
from tenon.server import control
from wire import PATIENCE, Client

RED, GREEN, BLUE = [1, 0, 0], [0, 1, 0], [0, 0, 1]

SCENE = """
import bpy, json
def color(obj):
    material = obj.active_material
    nodes = material.node_tree.nodes if material and material.node_tree else []
    shader = next((node for node in nodes if node.type == "BSDF_PRINCIPLED"), None)
    return shader and [round(channel, 4) for channel in shader.inputs["Base Color"].default_value[:3]]
bpy.context.view_layer.update()
print(json.dumps({obj.name: {
    "at": [round(part, 4) for part in obj.matrix_world.translation],
    "size": [round(part, 4) for part in obj.dimensions],
    "turned": [round(part, 4) for part in obj.matrix_world.to_euler()],
    "vertices": len(obj.data.vertices) if obj.type == "MESH" else None,
    "color": color(obj),
    "parent": obj.parent and obj.parent.name,
    "selected": obj.select_get(),
    "hidden": not obj.visible_get(),
    "type": obj.type,
} for obj in bpy.context.scene.objects}))
"""

# How many of everything there are, and what each object is like: a change of any of them shows.
CENSUS = """
import bpy, json
kinds = [each.identifier for each in bpy.data.bl_rna.properties if each.type == "COLLECTION"]
counts = {kind: [block.name for block in getattr(bpy.data, kind)] for kind in kinds}
objects = [[obj.name, repr(obj.matrix_world), obj.hide_viewport, obj.select_get(), len(obj.data.vertices)
            if obj.type == "MESH" else 0] for obj in bpy.context.scene.objects]
print(json.dumps([counts, objects, bpy.context.mode]))
"""


EDIT = """
bpy.context.view_layer.objects.active = bpy.data.objects["Cube"]
bpy.ops.object.mode_set(mode="EDIT")
"""


class Speaker(Client):
    """A client that talks in sentences."""

    def do(self, text, **more):
        return self.result("do", {"text": text, **more})

    def refused(self, text, **more):
        """The whole reply to a sentence that must not be done."""
        reply = self.ask("do", {"text": text, **more})
        assert reply["status"] == "error", reply
        return reply

    def python(self, code):
        return self.result("execute_code", {"code": code})["result"]

    def scene(self):
        return json.loads(self.python(SCENE))

    def census(self):
        return json.loads(self.python(CENSUS))


@pytest.fixture
def says(blender):
    with Speaker(blender.address) as client:
        client.result("new_file", {"empty": True})
        yield client


def post(address, **body):
    connection = http.client.HTTPConnection(address, timeout=PATIENCE)
    connection.request("POST", "/mcp", json.dumps(body), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    return json.loads(answer.read())


# The user's own examples


def test_a_red_cube_now_and_its_result_later(blender, says):
    answer = post(
        blender.address, **{"command": "赤い立方体を作成", "type": "execute", "async": True, "metadata": {}}
    )
    assert answer["status"] == "queued"
    task = says.task(answer["task_id"])
    assert (task["status"], task["result"]["language"], task["result"]["names"]) == (
        "completed",
        "ja",
        ["Cube"],
    )
    cube = says.scene()["Cube"]
    assert (cube["vertices"], cube["color"], cube["at"]) == (8, RED, [0, 0, 0])


def test_a_sphere_that_is_waited_for(blender, says):
    answer = post(blender.address, **{"command": "球体を作成", "async": False})
    assert answer["success"] and answer["result"]["steps"][0]["command"] == "create_object"
    (name,) = answer["result"]["names"]
    assert says.scene()[name]["vertices"] == 482


def test_a_batch_of_sentences(blender, says):
    commands = ["立方体を作成", "球体を(1,0,0)に作成", "円柱を(2,0,0)に作成"]
    answer = post(blender.address, type="batch", metadata={"commands": commands})
    assert [each["status"] for each in answer["result"]["results"]] == ["success"] * 3
    assert [(each["vertices"], each["at"]) for each in says.scene().values()] == [
        (8, [0, 0, 0]),
        (482, [1, 0, 0]),
        (64, [2, 0, 0]),
    ]


def test_a_batch_with_a_sentence_that_is_not_understood_tells_it_there(blender, says):
    answer = post(blender.address, type="batch", metadata={"commands": ["立方体を作成", "立方体をほげほげ"]})
    first, second = answer["result"]["results"]
    assert first["status"] == "success" and second["error"]["code"] == "not_understood"
    assert list(says.scene()) == ["Cube"]


# Three languages, the same scene


@pytest.mark.parametrize(
    "text", ["make a red cube at (1, 2, 3)", "赤い立方体を(1,2,3)に作成", "在(1,2,3)创建一个红色立方体"]
)
def test_a_colour_and_a_place(says, text):
    says.do(text)
    assert [(each["vertices"], each["color"], each["at"]) for each in says.scene().values()] == [
        (8, RED, [1, 2, 3])
    ]


@pytest.mark.parametrize(
    "text",
    [
        "make 5 cubes in a row, 3 m apart",
        "立方体を5個、3m間隔で一列に作って",
        "创建5个立方体排成一行,间距3米",
    ],
)
def test_a_count_in_a_row(says, text):
    answer = says.do(text)
    assert [each["at"] for each in says.scene().values()] == [[3 * at, 0, 0] for at in range(5)]
    assert answer["names"] == list(says.scene())


@pytest.mark.parametrize(
    "text", ["put a blue sphere on the cube", "立方体の上に青い球を作って", "在立方体上创建一个蓝色球体"]
)
def test_a_relation(says, text):
    says.do("make a cube at (4, 0, 1)")
    (name,) = says.do(text)["names"]
    sphere = says.scene()[name]
    assert (sphere["at"], sphere["color"], sphere["vertices"]) == ([4, 0, 3], BLUE, 482)


@pytest.mark.parametrize(
    "text", ["rotate the cube 90 degrees around the z axis", "立方体をZ軸で90度回転", "把立方体绕Z轴旋转90度"]
)
def test_an_angle(says, text):
    says.do("make a cube")
    says.do(text)
    assert says.scene()["Cube"]["turned"] == [0, 0, 1.5708]


@pytest.mark.parametrize(
    "text", ["make a wall 5 m long and 3 m high", "長さ5m、高さ3mの壁を作って", "建一面长5米高3米的墙"]
)
def test_an_element_of_a_building(says, text):
    (name,) = says.do(text)["names"]
    assert says.scene()[name]["size"] == [5, 0.15, 3]


# The page for users


def table(heading):
    """The cells of the table under a heading of docs/natural_language.md."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "natural_language.md").read_text(encoding="utf-8")
    lines = page.split(f"## {heading}")[1].split("\n## ")[0].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    assert len(rows) > 6
    return rows[2:]


def test_the_examples_of_the_page_do_the_same_in_each_language(blender):
    results = []
    for sentences in zip(*table("What can be said"), strict=True):
        with Speaker(blender.address) as speaker:
            speaker.result("new_file", {"empty": True})
            said = [speaker.do(sentence) for sentence in sentences]
            steps = [[(step["command"], step["params"]) for step in each["steps"]] for each in said]
            results.append((steps, [each["names"] for each in said], speaker.scene()))
    english, japanese, chinese = results
    assert english == japanese == chinese and len(english[2]) > 20
    assert english[2]["Uv Sphere"]["at"] == [4, 0, 4]


def test_what_the_page_says_is_refused_is(says):
    before = says.census()
    codes = {sentence: says.refused(sentence)["code"] for sentence, _ in table("What is refused")}
    why = dict(table("What is refused"))
    for sentence, code in codes.items():
        assert code == ("invalid_params" if "invalid_params" in why[sentence] else "not_understood"), sentence
    assert says.census() == before


# What "it" is


def test_it_is_what_this_session_has_selected(says):
    says.result("create_object", {"type": "CUBE", "name": "Rock"})
    says.result("create_object", {"type": "CUBE", "name": "Post", "location": [5, 0, 0]})
    says.result("select_objects", {"names": ["Post"]})
    assert says.do("make it bigger")["names"] == ["Post"]
    scene = says.scene()
    assert scene["Rock"]["size"] == [2, 2, 2] and scene["Post"]["size"] == [3, 3, 3]


def test_with_nothing_made_or_selected_there_is_no_it(says):
    says.result("create_object", {"type": "CUBE", "name": "Rock"})
    says.result("select_objects", {"names": []})
    before = says.census()
    assert says.refused("make it bigger")["code"] == "not_understood"
    assert says.census() == before


@pytest.mark.parametrize(
    ("sentences", "bigger"),
    [
        (["make a red cube", "move it up 2 m", "make it blue"], "make it twice as big"),
        (["赤い立方体を作成", "それを2m上に動かして", "それを青にして"], "それを2倍にして"),
        (["创建一个红色立方体", "把它向上移动2米", "把它变成蓝色"], "把它放大两倍"),
    ],
)
def test_a_thread_of_several_turns(says, sentences, bigger):
    said = [says.do(text) for text in sentences]
    assert [each["names"] for each in said] == [["Cube"]] * 3
    cube = says.scene()["Cube"]
    assert (cube["at"], cube["color"], cube["size"]) == ([0, 0, 2], BLUE, [2, 2, 2])
    says.do(bigger)
    assert says.scene()["Cube"]["size"] == [4, 4, 4]


def test_each_session_has_its_own_thread(blender, says):
    says.do("make a red cube")
    with Speaker(blender.address) as other:
        other.do("make a cone at (5, 0, 0)")
        other.do("move it up 1 m")
    says.do("move it up 2 m")
    assert {name: each["at"] for name, each in says.scene().items()} == {"Cube": [0, 0, 2], "Cone": [5, 0, 1]}


def test_what_has_been_deleted_is_not_it_any_more(says):
    says.do("make a cube")
    says.result("delete_object", {"name": "Cube"})
    assert says.refused("move it up 1 m")["code"] == "not_understood"
    assert says.scene() == {}


# One sentence, one step of undo


@pytest.mark.parametrize(
    "text",
    [
        "make a red cube",
        "make a red cube and a blue sphere",
        "make 5 cylinders in a row, 1.5 m apart",
        "make a green cone, then move it up 2 m and rotate it 45 degrees",
        "make a room 4 m by 3 m with a door",
    ],
)
def test_undo_takes_a_sentence_back_whole(says, text):
    says.do("make a torus at (9, 9, 9)")
    before = says.census()
    says.do(text)
    after = says.scene()
    assert len(after) > 1
    says.result("undo")
    assert says.census()[1] == before[1]
    says.result("redo")
    assert says.scene() == after


def test_undo_said_as_a_sentence(says):
    says.do("make a cube and a cone")
    says.do("undo")
    assert says.scene() == {}


def test_a_plan_that_fails_half_way_is_taken_back_whole(says):
    says.do("make a torus")
    before = says.census()
    error = says.refused("make a red cube, move it up 2 m and save the file")  # it was never saved: no path
    assert error["code"] != "not_understood" and error["failed_step"] == 2 and error["undone"] is True
    assert error["message"].startswith("Step 3 of 3, save_file: ")
    assert error["message"].endswith("Nothing was done.")
    assert [step["command"] for step in error["steps"]] == ["create_object", "move_objects", "save_file"]
    assert says.census() == before
    says.do("move it up 1 m")
    assert says.scene()["Torus"]["at"] == [0, 0, 1], "the thread is as before the sentence that failed"


def test_a_sentence_that_is_cancelled_is_taken_back_whole(blender, says):
    says.do("make a torus")
    before = says.census()
    rows = [f"make 1000 spheres in a grid at (0, 0, {height})" for height in range(3, 7)]
    with Client(blender.address) as other:
        task = says.begin("do", {"text": ", then ".join(rows)})
        other.running("do")
        other.result("cancel_task", {"task_id": task})
        assert other.task(task)["status"] == "cancelled"
    assert says.census() == before


# The answer


def test_the_answer_tells_the_plan_the_names_and_the_sentence_in_the_askers_language(says):
    answer = says.do("make a red cube, then make a cone at (3, 0, 0)")
    assert [step["command"] for step in answer["steps"]] == ["create_object", "create_object"]
    assert [step["result"]["name"] for step in answer["steps"]] == ["Cube", "Cone"]
    assert answer["steps"][1]["params"] == {"type": "CONE", "location": [3.0, 0.0, 0.0]}
    assert answer["steps"][1]["words"] in "make a red cube, then make a cone at (3, 0, 0)"
    assert (answer["language"], answer["names"]) == ("en", ["Cube", "Cone"])
    assert "cube" in answer["echo"] and "cone" in answer["echo"]
    japanese = says.do("円柱を作成")
    assert japanese["language"] == "ja" and "円柱" in japanese["echo"]
    chinese = says.do("创建一个圆锥")
    assert chinese["language"] == "zh" and "圆锥" in chinese["echo"]


def test_a_question_is_answered_and_changes_nothing(says):
    says.do("make 3 cubes in a row")
    before = says.census()
    answer = says.do("how many cubes are there?")
    assert answer["steps"][0]["result"]["count"] == 3
    assert says.census() == before


def test_a_dry_run_tells_the_plan_alone(says):
    before = says.census()
    plan = says.do("make a red cube and a sphere", dry_run=True)
    assert plan["dry_run"] is True and "names" not in plan
    assert [step["params"] for step in plan["steps"]] == [
        {"type": "CUBE", "color": [1.0, 0.0, 0.0]},
        {"type": "UV_SPHERE"},
    ]
    assert says.census() == before
    assert says.refused("make a frobnicator", dry_run=True)["code"] == "not_understood"


# What is refused


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("make it frobnicate", "not_understood"),
        ("make a red cube and frobnicate it", "not_understood"),
        ("do not delete the cube", "not_understood"),
        ("delete the monkey", "not_understood"),
        ("赤い立方体をほげほげ", "not_understood"),
        ("创建一个红色的饕餮", "not_understood"),
        ("make a million cubes", "invalid_params"),
        ("move the cube up 1e30 m", "invalid_params"),
        ("", "invalid_params"),
        ("?!", "not_understood"),
    ],
)
def test_a_refused_sentence_changes_nothing(says, text, code):
    says.do("make a cube")
    before = says.census()
    error = says.refused(text)
    assert error["code"] == code and error["message"]
    assert says.census() == before


def test_a_refusal_says_what_was_not_understood_and_what_is_near(says):
    error = says.refused("make a red cubee")
    assert error["not_understood"] == ["cubee"] and "cube" in error["nearest"]["cubee"]
    assert "red" in error["understood"] and '"cubee"' in error["message"]


def test_several_readings_are_told(blender, says):
    says.do("make 2 cubes in a row")
    with Speaker(blender.address) as stranger:
        before = says.census()
        assert stranger.refused("move the cube up 1 m")["readings"] == ["Cube", "Cube.001"]
        assert says.census() == before
        stranger.do("move all cubes up 1 m")
    assert [each["at"][2] for each in says.scene().values()] == [1, 1]


def test_sentences_in_an_atomic_batch_are_one_step_with_it(blender, says):
    says.do("make a torus")
    before = says.census()
    commands = ["make a cube and a cone at (3, 0, 0)", "make a sphere at (6, 0, 0)"]
    answer = post(blender.address, type="batch", metadata={"commands": commands, "atomic": True})
    assert answer["success"] and len(says.scene()) == 4
    says.result("undo")
    assert says.census() == before
    commands.append("make a cube and save the file")
    answer = post(blender.address, type="batch", metadata={"commands": commands, "atomic": True})
    assert answer["result"]["undone"] is True and says.census() == before


@pytest.mark.parametrize("atomic", [True, False])
def test_the_sentences_of_a_batch_are_a_thread(blender, says, atomic):
    commands = ["赤い立方体を作成", "それを2m上に動かして", "put a cone on the cube", "それを青にして"]
    answer = post(blender.address, type="batch", metadata={"commands": commands, "atomic": atomic})
    assert [each["status"] for each in answer["result"]["results"]] == ["success"] * 4, answer
    scene = says.scene()
    assert (scene["Cube"]["at"], scene["Cube"]["color"]) == ([0, 0, 2], RED)
    assert (scene["Cone"]["at"], scene["Cone"]["color"]) == ([0, 0, 4], BLUE)


def test_a_sentence_with_a_preview_is_one_step_and_comes_with_a_picture(blender, says):
    says.do("make a camera at (0, 0, 9)")
    before = says.scene()
    text = "make a cube and a cone at (3, 0, 0)"
    answer = post(blender.address, command=text, metadata={"preview": True})
    assert answer["result"]["names"] == ["Cube", "Cone"]
    assert ("preview" in answer) != ("preview_error" in answer), answer
    says.result("undo")
    assert says.scene() == before


@pytest.mark.parametrize("atomic", [True, False])
def test_a_dry_run_in_a_batch_tells_the_plan_alone(blender, says, atomic):
    item = {"type": "do", "params": {"text": "make a cube and a cone", "dry_run": True}}
    answer = post(blender.address, type="batch", metadata={"commands": [item], "atomic": atomic})
    (told,) = answer["result"]["results"]
    assert told["result"]["dry_run"] is True and len(told["result"]["steps"]) == 2
    assert says.scene() == {}


def test_sentences_in_a_batch_are_a_step_each(blender, says):
    commands = [
        "make a cube and a cone at (3, 0, 0)",
        "make a sphere at (6, 0, 0)",
        "make a cube and save the file",
    ]
    answer = post(blender.address, type="batch", metadata={"commands": commands})
    assert [each["status"] for each in answer["result"]["results"]] == ["success", "success", "error"]
    assert len(says.scene()) == 3
    says.result("undo")
    assert sorted(says.scene()) == ["Cone", "Cube"]
    says.result("undo")
    assert says.scene() == {}


# Where Blender is not as usual


def test_a_sentence_of_one_step_in_edit_mode_does_as_its_command_does(says):
    says.do("make a cube")
    says.python(EDIT)
    says.do("make a cone at (5, 0, 0)")
    assert says.scene()["Cone"]["at"] == [5, 0, 0]


def test_several_steps_need_object_mode_and_say_so(says):
    says.do("make a cube")
    says.python(EDIT)
    before = says.census()
    error = says.refused("make a cone and a sphere")
    assert "Object Mode" in error["message"] and "EDIT_MESH" in error["message"]
    assert "batch" not in error["message"]
    assert says.census() == before


def test_without_global_undo_one_step_is_done_and_several_are_refused(says):
    says.python("bpy.context.preferences.edit.use_global_undo = False")
    try:
        says.do("make a cube")
        before = says.census()
        error = says.refused("make a cone and a sphere")
        assert "Undo is switched off" in error["message"] and "batch" not in error["message"]
        assert says.census() == before and list(says.scene()) == ["Cube"]
    finally:
        says.python("bpy.context.preferences.edit.use_global_undo = True")
    says.do("make a cone and a sphere")
    assert len(says.scene()) == 3


@pytest.mark.parametrize(
    "texts",
    [
        ["build a two-storey house, then move it 5 m to the right"],
        ["build a two-storey house", "move it 5 m to the right"],
        ["2階建ての家を建てて", "それを右に5m動かして"],
    ],
    ids=["one sentence", "two", "two in Japanese"],
)
def test_it_is_the_house_with_all_that_hangs_on_it(says, texts):
    says.do("build a two-storey house")
    before = says.scene()
    says.python("import bpy\nfor each in list(bpy.data.objects): bpy.data.objects.remove(each)")
    for text in texts:
        answer = says.do(text)
    after = says.scene()
    moved = {name: round(after[name]["at"][0] - before[name]["at"][0], 3) for name in before}
    assert len(moved) > 20 and set(moved.values()) == {5.0}, moved
    assert "House" in answer["names"]


@pytest.fixture
def read_only(monkeypatch, tmp_path, empty_file):
    """A session of a server in this process that lets nothing be changed."""
    monkeypatch.setenv("TENON_PORT", "0")
    monkeypatch.setenv("TENON_STORE_FOLDER", str(tmp_path / "store"))
    tenon.register()
    control.connect({"read_only": True})
    yield bridge.ask("create_session")["session_id"]
    tenon.unregister()


def test_read_only_lets_sentences_be_planned_and_none_be_done(read_only):
    for text in ("make a red cube", "make a cube and a cone"):
        with pytest.raises(ValueError, match=r"[Rr]ead.only"):
            bridge.send_command(read_only, "do", {"text": text})
    assert not bpy.data.objects and not bpy.data.meshes and not bpy.data.materials
