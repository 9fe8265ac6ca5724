"""`tenon_api`, as other add-ons use it: events, and commands that come, work, fail and go.

In: the package `tenon` inside `bpy`, registered and serving on a free port. Out: what clients get from
commands that are not Tenon's own.
"""

import json
import sys
import threading
import types

import bpy
import pytest
import tenon
from tenon.bridge import bridge
from tenon.server import control
from wire import Client


@pytest.fixture
def api(monkeypatch, default_file):
    """The module, while Tenon is registered and serves nobody."""
    monkeypatch.setenv("TENON_PORT", "0")
    tenon.register()
    import tenon_api

    yield tenon_api
    for name in list(tenon_api._commands):
        tenon_api.unregister_command(name)
    tenon.unregister()


@pytest.fixture
def ask(api):
    """Asks one thing of the running server, whose main thread this test is: `ask("ping")`."""

    def ask(command, **params):
        with Client(str(bridge.address)) as client:
            replies = []

            def speak():
                replies.append(client.ask(command, params))
                bridge.request_stop()

            speaker = threading.Thread(target=speak)
            speaker.start()
            bridge.run_forever()
            speaker.join()
        control.disconnect()
        control.connect()
        return replies[0]

    control.connect()
    yield ask
    control.disconnect()


def count_things(kind: str = "MESH", least: int = 0) -> dict:
    """Count the objects of one kind.

    kind: as Blender calls it
    """
    return {"count": sum(obj.type == kind for obj in bpy.context.scene.objects), "least": least}


def test_a_command_is_described_by_its_hints(api):
    api.register_command(count_things, reads_only=True, aliases=("things.count",))
    (row,) = [row for row in bridge.commands() if row["name"] == "count_things"]
    assert row["title"] == "Count things" and row["aliases"] == ["things.count"] and row["reads_only"]
    assert row["description"] == "Count the objects of one kind."
    assert row["schema"]["properties"]["kind"] == {
        "type": "string",
        "default": "MESH",
        "description": "as Blender calls it",
    }


def test_a_command_serves_and_is_validated(ask, api):
    api.register_command(count_things, reads_only=True, aliases=("things.count",))
    assert ask("count_things", least=2.0)["result"] == {"count": 1, "least": 2}
    assert ask("things.count", kind="LIGHT")["result"]["count"] == 1
    refused = ask("count_things", kind=7)
    assert (refused["status"], refused["code"]) == ("error", "invalid_params")
    assert "count_things" in ask("get_addon_info")["result"]["capabilities"]


def test_a_schema_may_be_given(ask, api):
    schema = {"type": "object", "properties": {"n": {"type": "integer", "maximum": 3}}, "required": ["n"]}
    api.register_command(lambda n: n * 2, name="double", title="Double it", schema=schema, reads_only=True)
    assert ask("double", n=3)["result"] == 6
    assert ask("double", n=4)["code"] == "invalid_params"


def test_a_command_that_raises_is_an_error_like_ours(ask, api):
    def careless():
        raise KeyError("gone")

    def careful():
        raise api.CommandError("Nothing to count", code="not_supported", data={"things": 0})

    api.register_command(careless)
    api.register_command(careful)
    reply = ask("careless")
    assert (reply["status"], reply["code"], reply["message"]) == (
        "error",
        "command_failed",
        "KeyError: 'gone'",
    )
    reply = ask("careful")
    assert reply["status"] == "error" and reply["message"] == "Nothing to count"
    assert ask("count_things")["code"] == "unknown_command"  # and Tenon goes on


def test_a_success_is_one_undo_step(ask, api):
    def add_empty():
        bpy.context.collection.objects.link(bpy.data.objects.new("From another add-on", None))

    api.register_command(add_empty)
    assert ask("add_empty")["status"] == "success"
    assert "From another add-on" in bpy.data.objects
    assert tenon.blender.undo_stack.active_step() == "add_empty"
    bpy.ops.ed.undo()
    assert "From another add-on" not in bpy.data.objects


def test_a_generator_and_its_progress(ask, api):
    def slowly(steps: int):
        for step in range(steps):
            yield step / steps, f"step {step}"
        return {"steps": steps}

    api.register_command(slowly, reads_only=True)
    assert ask("slowly", steps=3)["result"] == {"steps": 3}


def test_commands_come_and_go(ask, api):
    api.register_command(count_things, aliases=("things.count",))
    api.register_command(count_things, aliases=("things.number",))  # its add-on was reloaded
    assert ask("things.number")["status"] == "success"
    assert ask("things.count")["code"] == "unknown_command"
    api.unregister_command("count_things")
    api.unregister_command("count_things")
    assert ask("count_things")["code"] == "unknown_command"
    assert tenon.registry.table.find("count_things") is None


def test_code_that_another_add_on_runs_needs_the_users_leave(ask, api):
    ran = []

    def evaluate(text: str) -> dict:
        """Run it."""
        ran.append(text)
        return {}

    api.register_command(evaluate, runs_code=True)
    control.connect({"allow_code": False})
    assert ask("evaluate", text="1")["code"] == "blocked" and not ran
    assert ask("evaluate", text="1")["status"] == "success" and ran == ["1"]  # connected anew: it is allowed


def test_code_in_another_blender_needs_the_users_leave(ask):
    control.connect({"allow_code": False})
    assert ask("run_in_background_blender", code="1")["code"] == "blocked"


@pytest.mark.parametrize("taken", ["create_object", "object.create", "ping"])
def test_tenons_own_names_are_refused(ask, api, taken):
    with pytest.raises(ValueError, match=taken):
        api.register_command(count_things, name=taken)
    with pytest.raises(ValueError, match=taken):
        api.register_command(count_things, aliases=(taken,))
    assert tenon.registry.table.find("count_things") is None and not api._commands
    assert ask("ping")["status"] == "success"
    api.unregister_command(taken)
    assert ask("ping")["status"] == "success"


def test_hints_that_json_cannot_say_are_refused(api):
    def of_objects(objects: set): ...

    with pytest.raises(TypeError, match="hint"):
        api.register_command(of_objects)
    assert not api._commands


def test_commands_outlive_tenon(ask, api):
    api.register_command(count_things)
    tenon.unregister()
    assert not api.enabled and api.address() is None and api.notify("scene", "seen", {}) == 0
    assert tenon.registry.table.find("count_things") is None
    api.register_command(count_things, name="later")  # another add-on, enabled meanwhile
    tenon.register()
    assert sys.modules["tenon_api"] is api and api.enabled
    control.connect()
    assert ask("count_things")["status"] == ask("later")["status"] == "success"
    tenon.unregister()
    api.unregister_command("later")
    tenon.register()
    control.connect()
    assert ask("later")["code"] == "unknown_command"


def test_an_addon_that_was_enabled_first_is_invited(api, caplog):
    tenon.unregister()
    welcome = types.ModuleType("enabled_first")
    welcome.tenon_register = lambda tenon_api: tenon_api.register_command(count_things)
    rude = types.ModuleType("enabled_too")
    rude.tenon_register = lambda tenon_api: 1 / 0
    rows = []
    for module in (rude, welcome):
        sys.modules[module.__name__] = module
        rows.append(bpy.context.preferences.addons.new())
        rows[-1].module = module.__name__
    try:
        tenon.register()
        assert "count_things" in tenon.registry.table.TABLE
        assert "enabled_too" in caplog.text and "ZeroDivisionError" in caplog.text
    finally:
        for row in rows:
            del sys.modules[row.module]
            bpy.context.preferences.addons.remove(row)


def test_events(ask, api):
    assert api.notify("scene", "counted", {"things": 3}) == 0 and not api.wants("scene")
    for call in (api.notify, lambda *_: api.notify("weather", "rain")):
        with pytest.raises((TypeError, ValueError)):
            call("weather")
    api.progress(0.5, "outside of any command")
    bpy.ops.tenon.disconnect()
    assert api.notify("scene", "counted") == 0


def test_a_script_reaches_it_too(ask, api):
    code = "import tenon_api; tenon_api.progress(0.5, 'half'); print(tenon_api.address())"
    assert json.dumps(ask("execute_code", code=code)["result"]).count("localhost") == 1
