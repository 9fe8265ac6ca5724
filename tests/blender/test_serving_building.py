"""Building elements as clients and sentences reach them: in a headless Blender that serves.

In: sentences in three languages and commands, over a socket. Out: what is then in the scene.
"""

import json

import pytest
from wire import Client


@pytest.fixture
def client(blender):
    with Client(blender.address) as client:
        reset = "bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)"
        client.result("execute_code", {"code": reset})
        yield client


def value(client, expression):
    text = client.result("execute_code", {"code": f"import json; print(json.dumps({expression}))"})["result"]
    return json.loads(text)


def record(client, name):
    return json.loads(value(client, f"bpy.data.objects[{name!r}]['tenon_element']"))


@pytest.mark.parametrize(
    "sentence",
    [
        "move the Window 1 m to the right and create a red cube",
        "「Window」を右に1m動かして、赤い立方体を作成",
        "把“Window”向右移动1米, 然后创建一个红色立方体",
    ],
)
def test_an_opening_follows_in_a_sentence_of_several_steps(client, sentence):
    client.result("build_wall", {"length": 6})
    client.result("build_window", {"wall": "Wall"})
    client.result("do", {"text": sentence})
    # This first: code that is run ends with a look at the openings too.
    assert record(client, "Wall")["openings"] == [[3.4, 0.9, 1.2, 1.2]]
    assert value(client, "bpy.data.objects['Window'].location.x") == pytest.approx(4.0)
    client.result("undo")
    assert record(client, "Wall")["openings"] == [[2.4, 0.9, 1.2, 1.2]]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("build a wooden house with 2 storeys", "make the house 9 m wide"),
        ("2階建ての木造の家を作成", "家の幅を9mにして"),
    ],
)
def test_a_house_is_spoken_of_as_a_whole(client, first, second):
    client.result("do", {"text": first})
    client.result("do", {"text": second})
    parameters = record(client, "House")["parameters"]
    assert (parameters["width"], parameters["storeys"]) == (9.0, 2)
    assert value(client, "bpy.data.objects['Wall'].dimensions.x") == pytest.approx(9.0)


def test_a_command_with_wrong_parameters_is_refused_before_blender_sees_it(client):
    assert client.error("build_wall", {"length": -1})[0] == "invalid_params"
    assert client.error("build_wall", {"lenght": 3})[0] == "invalid_params"
    assert client.error("build_roof", {"kind": "ONION"})[0] == "invalid_params"
    assert client.error("build_column", {"round": "yes"})[0] == "invalid_params"
    assert value(client, "len(bpy.data.objects)") == 0


def test_whole_numbers_and_nothing_at_all_are_taken(client):
    reply = client.result(
        "build_room", {"width": 6, "depth": 8, "windows": 2.0, "name": None, "material": None}
    )
    assert reply["parameters"]["windows"] == 2
    assert (
        client.result("update_element", {"names": ["Room"], "change": {"windows": 1}})["elements"][0][
            "parameters"
        ]["windows"]
        == 3
    )
