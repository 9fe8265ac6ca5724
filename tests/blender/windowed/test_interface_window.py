"""Another add-on that runs commands in sessions of its own, in a windowed Blender where a client works too.

In: code in a timer of Blender's, as an add-on has it, and a client on the port. Out: results at once, undo
steps, tasks that go on in later turns.
"""

import pytest
from blender_window import Client


@pytest.fixture
def client(blender):
    client = Client(blender.connect())
    yield client
    client.close()


def test_what_an_add_on_runs_is_there_at_once_and_one_undo_step(blender, client):
    session = blender.order("import tenon_api; session = tenon_api.create_session(); answer = session")
    made = blender.order(
        "answer = tenon_api.send_command(session, 'create_object', {'type': 'CUBE', 'name': 'Ours'})"
    )
    assert made["name"] == "Ours"
    assert client.call("get_object_info", name="Ours")["name"] == "Ours"
    assert client.call("undo")["steps"] == ["create_object"]
    assert not blender.order("answer = 'Ours' in bpy.data.objects")
    (entry,) = client.call("get_session_history", session_id=session)
    assert entry["command"] == "create_object" and entry["success"]


def test_a_render_goes_on_in_later_turns(blender, client, tmp_path):
    blender.order("import tenon_api; session = tenon_api.create_session()")
    picture = tmp_path / "render.png"
    params = {"filepath": str(picture), "resolution_x": 32, "resolution_y": 32, "samples": 1}
    answer = blender.order(f"answer = tenon_api.send_command(session, 'render_image', {params!r})")
    assert answer["status"] == "processing"
    blender.until(
        f"tenon_api.send_command(session, 'get_task', {{'task_id': {answer['task_id']!r}}}).get('result')"
    )
    assert picture.is_file()
