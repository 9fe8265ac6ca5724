"""Sentences that a language model plans, done in a real Blender without a window that serves.

In: a server that plays the model (`fake_ollama`), and sentences whose words Tenon does not know. Out: what
the scene holds then, what the replies and the history say, and that nothing is left of what failed or was
stopped.
"""

import threading
from pathlib import Path

import pytest
from fake_ollama import MODEL, SILENCE, FakeOllama
from headless import Headless
from test_do import Speaker

CLIENT = Path(__file__).resolve().parents[2] / "client"
ODD = "conjure up something to sit at"


def plan(*steps, question=False):
    commands = [{"command": name, "params": params} for name, params in steps]
    return {"steps": commands, "echo": "As was said.", "question": question}


@pytest.fixture(scope="module")
def model():
    with FakeOllama() as fake:
        yield fake


@pytest.fixture(scope="module")
def blender(tmp_path_factory, model):
    settings = {"TENON_LLM": "on", "TENON_LLM_ADDRESS": model.address, "TENON_LLM_KEY": "sk-hush-hush"}
    with Headless(tmp_path_factory.mktemp("user"), **settings) as blender:
        yield blender


@pytest.fixture
def says(blender, model):
    model.answers.clear()
    model.chats.clear()
    model.asked.clear()
    model.closed.clear()
    with Speaker(blender.address) as client:
        client.result("new_file", {"empty": True})
        yield client


def test_a_plan_of_several_steps_is_one_undo_step_and_says_who_made_it(says, model):
    model.answers += [
        plan(
            ("create_object", {"type": "CUBE", "size": 1.0, "name": "Table"}),
            ("color_objects", {"names": {"$step": 0}, "material": "WOOD"}),
            ("create_object", {"type": "CYLINDER", "location": [3, 0, 0]}),
            ("place_objects", {"names": {"$step": 2}, "relation": "ON", "target": ["Table"]}),
            ("add_modifier", {"object_name": {"$step": 0}, "type": "BEVEL"}),
        )
    ]
    before = says.census()
    done = says.do(ODD)
    assert (done["by"], done["model"], done["names"]) == ("model", MODEL, ["Table", "Cylinder"])
    assert done["echo"] == f'{MODEL}: "As was said."', "nobody else has words for a bevel"
    scene = says.scene()
    assert scene["Table"]["size"] == [1, 1, 1]
    assert scene["Cylinder"]["at"][2] == pytest.approx(1.5), "it stands on the table"
    assert says.python("import bpy; print(bpy.data.objects['Table'].modifiers[0].type)").strip() == "BEVEL"
    entry = says.result("get_session_history")[-3]  # behind it: the looks at the scene
    assert entry["command"] == "do" and '"by": "model"' in str(entry["result"]).replace("'", '"'), entry
    assert MODEL in str(entry["result"])
    says.result("undo")
    assert says.census()[1] == before[1]


def test_the_model_is_told_the_scene_and_what_was_done(says, model):
    says.do("make a red cube")
    assert not model.chats, "what Tenon reads itself is sent nowhere"
    model.answers.append(plan(("move_objects", {"names": ["Cube"], "offset": [0, 0, 2]})))
    done = says.do("hoist it a good deal")
    assert (done["echo"], says.scene()["Cube"]["at"]) == ('move "Cube" by (0, 0, 2)', [0, 0, 2])
    system = model.chats[0]["messages"][0]["content"]
    assert '"Cube", "it", ' in system and "made as cube" in system, system[-3000:]
    assert "# Last commands\n" in system and '{"text":"make a red cube"}' in system
    assert "build_wall(" in system and "move_objects(" in system and "execute_code(" not in system
    assert len(system.encode()) < 30_000, "what a model of 16,384 tokens has room for"
    # It goes on from there without the model.
    assert says.do("make it blue")["names"] == ["Cube"]


def test_a_plan_that_fails_half_way_is_taken_back(says, model):
    says.do("make a cube")
    before = says.census()
    model.answers.append(
        plan(
            ("create_object", {"type": "CONE"}),
            ("add_modifier", {"object_name": "Cube", "type": "NO_SUCH_MODIFIER"}),
        )
    )
    told = says.refused(ODD)
    assert told["failed_step"] == 1 and told["undone"] is True, told
    assert "Nothing was done" in told["message"] and f"language model '{MODEL}'" in told["message"]
    assert (told["by"], told["model"]) == ("model", MODEL)
    assert says.census() == before


def test_what_cannot_be_run_is_asked_again_once_and_then_refused(says, model):
    before = says.census()
    wrong = plan(("create_object", {"type": "CUBE", "color": "reddish"}))
    model.answers += [wrong, plan(("create_object", {"type": "CUBE"}))]
    assert says.do(ODD)["names"] == ["Cube"]
    assert "'color'" in model.chats[1]["messages"][1]["content"]
    says.result("undo")
    model.answers += [wrong, wrong]
    told = says.refused(ODD)
    assert told["code"] == "model_failed" and "'color'" in told["message"], told
    assert says.census() == before


def test_a_question_is_answered_from_the_scene(says, model):
    says.do("make a cube")
    says.do("make a cone at (5, 0, 0)")
    model.answers += [
        plan(question=True),
        ("get_scene", {}),
        ("measure", {"objects": ["Cube", "Cone"]}),
        "The cube and the cone are equally tall.",
    ]
    before = says.census()
    done = says.do("what is the tallest object?")
    assert (done["answer"], done["by"]) == ("The cube and the cone are equally tall.", "model")
    assert (done["steps"], done["names"]) == ([], [])
    looked_up = [message["content"] for message in model.chats[-1]["messages"] if message["role"] == "tool"]
    assert "Cube" in looked_up[0] and "distance" in looked_up[1], looked_up
    assert says.census() == before
    commands = [entry["command"] for entry in says.result("get_session_history")]
    assert "get_scene" not in commands and "measure" not in commands


def test_cancelling_stops_the_model_and_blender_goes_on(says, blender, model):
    model.answers.append(SILENCE)
    task = says.ask("do", {"text": ODD}, **{"async": True})["result"]["task_id"]
    assert model.asked.wait(30)
    with Speaker(blender.address) as other:
        other.do("make a cube")  # nobody else waits
        waiting = other.result("get_task", {"task_id": task})
        assert (waiting["status"], waiting["waits_for"]) == ("pending", "model")
        assert "model" in waiting["progress"]["message"]
        other.result("cancel_task", {"task_id": task})
    assert model.closed.wait(30), "the model computes for nobody"
    assert set(says.scene()) == {"Cube"}


def test_a_batch_s_sentences_too(says, model):
    model.answers.append(plan(("create_object", {"type": "CONE"})))
    done = says.result("batch", {"commands": ["make a cube", ODD], "atomic": True})
    assert done["success"] and [each["result"].get("by") for each in done["results"]] == [None, "model"]
    assert set(says.scene()) == {"Cube", "Cone"}
    says.result("undo")
    assert says.scene() == {}


def test_panel_and_shell_say_that_a_model_made_it(says, model, monkeypatch):
    monkeypatch.syspath_prepend(str(CLIENT))
    from tenon.ui import sentence_panel
    from tenon_client.cli import cli_output

    model.answers.append(plan(("create_object", {"type": "CONE"})))
    made = says.do(ODD)
    assert sentence_panel._words(made) == f"make a cone; by the language model {MODEL}"
    lines = ["make a cone", "  create_object: Cone", f"  (by the language model {MODEL})"]
    assert cli_output.done(made).splitlines() == lines
    model.answers += [plan(question=True), "None is."]
    words = "which gizmo is loftiest?"
    answered = says.do(words)
    assert sentence_panel._words(answered) == f"{words}; None is.; by the language model {MODEL}"
    assert cli_output.done(answered).splitlines() == [words, "  None is.", lines[-1]]


def test_the_key_is_told_nowhere(says, blender, model):
    model.answers.append(plan(("create_object", {"type": "CONE"})))
    says.do(ODD)
    status = says.result("get_llm_status")
    assert status["has_key"] is True and "hush" not in str(status)
    assert not [line for line in blender.output if "hush" in line]
    assert "hush" not in str(says.result("get_session_history"))


def test_many_at_once_do_not_hold_up_blender(blender, says, model):
    model.answers += [plan(("create_object", {"type": "CONE"}))] * 8
    replies = []

    def one():
        with Speaker(blender.address) as client:
            replies.append(client.ask("do", {"text": ODD}))

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [reply["status"] for reply in replies] == ["success"] * 8, replies
    assert len(says.scene()) == 8
