"""Sessions through `tenon_api`, as other add-ons use them: on Blender's main thread and on others.

In: the package `tenon` inside `bpy`, serving on a free port, with a store of its own.
"""

import threading
import time

import bpy
import pytest
import tenon
from tenon.bridge import bridge
from tenon.server import control
from wire import PATIENCE, Client


@pytest.fixture
def api(monkeypatch, default_file, tmp_path):
    """The module, while Tenon serves; this test is its main thread."""
    monkeypatch.setenv("TENON_PORT", "0")
    monkeypatch.setenv("TENON_STORE_FOLDER", str(tmp_path / "store"))
    tenon.register()
    import tenon_api

    control.connect()
    yield tenon_api
    for name in list(tenon_api._commands):
        tenon_api.unregister_command(name)
    tenon.unregister()


def elsewhere(call):
    """What the call comes to on a thread of its own, while this one serves."""
    came = []

    def run():
        try:
            came.append(call())
        except Exception as error:
            came.append(error)
        bridge.request_stop()

    thread = threading.Thread(target=run)
    thread.start()
    bridge.run_forever()
    thread.join(PATIENCE)
    control.disconnect()
    control.connect()
    return came[0]


def code_of(api, call, *args, **params):
    with pytest.raises(api.CommandError) as raised:
        call(*args, **params)
    return raised.value.code


def test_a_session_lives_its_life(api):
    session = api.create_session()
    assert session.startswith("scene-")
    state = api.update_state(session, step=3, note=None)
    assert (state["step"], state["note"]) == (3, None)
    cube = api.send_command(session, "create_object", {"type": "CUBE", "name": "Box", "user_prompt": "a box"})
    assert cube["name"] == "Box" and "Box" in bpy.data.objects
    (entry,) = api.get_session_history(session)
    assert entry["command"] == "create_object" and entry["success"] and entry["user_input"] == "a box"
    assert entry["args"] == {"type": "CUBE", "name": "Box"} and entry["duration"] > 0
    info = api.get_session(session)
    assert info["state"]["step"] == 3 and info["state"]["last_command"] == "create_object"
    assert session in [row["session_id"] for row in api.list_sessions("live")]
    assert [hit["session_id"] for hit in api.search_history("box")] == [session]
    assert api.close_session(session) == {"session_id": session, "closed": True}
    assert [row["session_id"] for row in api.list_sessions("closed")] == [session]
    assert api.restore_session(session)["state"]["last_command"] == "create_object"
    assert session in api.cleanup_idle_sessions(0)


def test_what_runs_here_is_a_task_and_an_undo_step(api):
    session = api.create_session()
    api.send_command(session, "create_object", {"type": "EMPTY", "name": "Nothing"})
    (entry,) = api.get_session_history(session)
    task = bridge.ask("get_task", task_id=entry["task_id"])
    assert task["status"] == "completed" and task["result"]["name"] == "Nothing"
    assert tenon.blender.undo_stack.active_step() == "create_object"
    assert bridge.status()["queue"]["waiting"] == 0


def test_errors_are_those_of_clients(api):
    session = api.create_session()
    assert code_of(api, api.get_session, "nobody") == "session_not_found"
    assert code_of(api, api.send_command, "nobody", "ping") == "session_not_found"
    assert code_of(api, api.send_command, session, "no_such_command") == "unknown_command"
    assert code_of(api, api.send_command, session, "create_object", {"type": "NONSENSE"}) == "invalid_params"
    assert code_of(api, api.send_command, session, "send_command", {}) == "invalid_params"
    assert code_of(api, api.send_command, session, "delete_object", {"name": "Nobody"}) == "command_failed"
    assert code_of(api, api.get_session_history, session, limit=0) == "invalid_params"
    (entry,) = api.get_session_history(session)
    assert (entry["command"], entry["success"]) == ("delete_object", False)
    control.disconnect()
    assert (
        code_of(api, api.create_session) == code_of(api, api.send_command, session, "ping") == "shutting_down"
    )


def test_native_commands_are_answered_as_that_session(api):
    session = api.create_session()
    assert api.send_command(session, "ping")["pong"]
    assert api.send_command(session, "get_session_info")["session_id"] == session


def test_inside_of_a_command_it_is_refused(api):
    session = api.create_session()
    codes = []

    def outer():
        codes.append(code_of(api, api.send_command, session, "create_object", {"type": "CUBE"}))
        return api.send_command(session, "ping")["pong"]  # what needs no Blender is answered

    api.register_command(outer, reads_only=True)
    before = len(bpy.data.objects)
    assert api.send_command(session, "outer") is True
    assert codes == ["command_failed"] and len(bpy.data.objects) == before
    assert [entry["command"] for entry in api.get_session_history(session)] == ["outer"]


def test_what_waits_in_the_session_runs_first(api):
    session = api.create_session()
    address = str(bridge.address)

    def name(client, number):
        client.begin("create_object", {"type": "EMPTY", "name": f"Waits {number}"}, session_id=session)

    with Client(address) as client:
        for number in range(3):
            name(client, number)  # answered when it is queued; nobody ticks here
        api.send_command(session, "create_object", {"type": "EMPTY", "name": "Now"})
    names = [entry["args"]["name"] for entry in api.get_session_history(session)]
    assert names == ["Waits 0", "Waits 1", "Waits 2", "Now"]


def test_a_generator_goes_on_in_later_ticks(api):
    def slowly(steps: int):
        for step in range(steps):
            yield step / steps
        return {"steps": steps}

    api.register_command(slowly, reads_only=True)
    session = api.create_session()
    answer = api.send_command(session, "slowly", {"steps": 3})
    assert answer["status"] == "processing"
    behind = api.send_command(session, "get_scene_info")
    assert behind["status"] == "pending"  # in its order
    for _ in range(10):
        bridge.tick()
    task = bridge.ask("get_task", task_id=answer["task_id"])
    assert (task["status"], task["result"]) == ("completed", {"steps": 3})
    assert bridge.ask("get_task", task_id=behind["task_id"])["status"] == "completed"


def test_on_another_thread_it_waits_for_the_main_thread(api):
    session = api.create_session()
    cube = elsewhere(lambda: api.send_command(session, "create_object", {"type": "CUBE", "name": "Far"}))
    assert cube["name"] == "Far"
    error = elsewhere(lambda: api.send_command(session, "delete_object", {"name": "Nobody"}))
    assert error.code == "command_failed"
    assert [entry["success"] for entry in api.get_session_history(session)] == [True, False]


def test_a_session_outlives_the_add_on(api):
    session = api.create_session()
    api.update_state(session, step=3)
    api.send_command(session, "create_object", {"type": "CUBE", "name": "Kept"})
    tenon.unregister()  # disabled
    tenon.register()  # and enabled
    control.connect()
    info = api.get_session(session)
    assert info["state"]["step"] == 3 and info["state"]["last_command"] == "create_object"
    assert api.send_command(session, "get_scene_info")
    assert [entry["id"] for entry in api.get_session_history(session)] == [1, 2]


def test_an_idle_session_is_parked_and_goes_on(api):
    session = api.create_session()
    api.update_state(session, step=3)
    control.disconnect()
    control.connect({"idle_timeout": 0.05, "reaper_interval": 0.02})
    api.restore_session(session)
    give_up = time.monotonic() + PATIENCE
    while session not in [row["session_id"] for row in api.list_sessions("parked")]:
        assert time.monotonic() < give_up, "it must fall idle"
    assert api.send_command(session, "get_scene_info")
    assert api.get_session(session)["state"]["step"] == 3
    assert [entry["command"] for entry in api.get_session_history(session)] == ["get_scene_info"]
