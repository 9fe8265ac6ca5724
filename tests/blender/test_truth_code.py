"""Code that asks for more than a served Blender gives by itself: timers without a window, and a server that
outlives the preferences it was enabled in. Over real sockets."""

from __future__ import annotations

import socket

import pytest
from wire import PATIENCE, Client


@pytest.fixture
def mailbox():
    """Where code can say that it ran: `connect()` in the code, and `words(count)` here."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(PATIENCE)

        class Mailbox:
            source = (
                "import socket\n"
                f"def tell(words): socket.create_connection({server.getsockname()}).sendall(words.encode())\n"
            )

            @staticmethod
            def word():
                connection, _ = server.accept()
                with connection:
                    connection.settimeout(PATIENCE)
                    return connection.makefile().read()

        yield Mailbox


def printed(client, source):
    return client.result("execute_code", {"code": source})["result"]


def test_a_timer_runs_without_a_window_until_it_has_enough(fresh_client, mailbox):
    source = f"""{mailbox.source}
left = [3]
def again():
    left[0] -= 1
    bpy.data.objects.new(f"Made {{left[0]}}", None)
    tell(f"{{left[0]}} {{bpy.app.timers.is_registered(again)}}")
    return 0.001 if left[0] else None
bpy.app.timers.register(again, first_interval=0.001)
bpy.app.driver_namespace["again"] = again
print(bpy.app.timers.is_registered(again))
"""
    assert printed(fresh_client, source) == "True\n"
    assert [mailbox.word() for _ in range(3)] == ["2 True", "1 True", "0 True"]
    names = "print(sum('Made' in each.name for each in bpy.data.objects))"
    assert printed(fresh_client, names) == "3\n"
    registered = "print(bpy.app.timers.is_registered(bpy.app.driver_namespace['again']))"
    assert printed(fresh_client, registered) == "False\n"


def test_a_timer_that_fails_is_told_on_the_console_and_the_next_runs(fresh_client, fresh_blender, mailbox):
    source = f"""{mailbox.source}
def fails(): raise ValueError("in a timer")
def leaves(): raise SystemExit
for each in (fails, leaves, lambda: tell("ran")):
    bpy.app.timers.register(each)
"""
    printed(fresh_client, source)
    assert mailbox.word() == "ran"
    assert printed(fresh_client, "print('served')") == "served\n"
    assert any("ValueError: in a timer" in line for line in fresh_blender.output)


def test_timers_keep_blenders_rules(fresh_client, mailbox):
    source = f"""{mailbox.source}
def never(): tell("never")
bpy.app.timers.register(never, first_interval=3600)
bpy.app.timers.unregister(never)
for wrong in (lambda: bpy.app.timers.unregister(never), lambda: bpy.app.timers.register(5)):
    try: wrong()
    except (ValueError, TypeError) as error: print(type(error).__name__)
bpy.app.timers.register(never, first_interval=0.001)
bpy.app.timers.register(lambda: tell("stays"), first_interval=0.001, persistent=True)
bpy.ops.wm.read_homefile(use_factory_startup=True)
print(bpy.app.timers.is_registered(never))
"""
    assert printed(fresh_client, source) == "ValueError\nTypeError\nFalse\n"
    assert mailbox.word() == "stays"


RESETS = {
    "factory settings": "bpy.ops.wm.read_factory_settings(use_empty=True)",
    "factory preferences": "bpy.ops.wm.read_factory_userpref()",
    "user preferences": "bpy.ops.wm.read_userpref()",
    "template": "bpy.ops.wm.read_homefile(app_template='Sculpting')",
    "factory template": "bpy.ops.wm.read_homefile(app_template='2D_Animation', use_factory_startup=True)",
}
CHOSEN = "bpy.context.preferences.addons['tenon'].preferences.idle_timeout"


@pytest.mark.parametrize("source", RESETS.values(), ids=RESETS.keys())
def test_the_server_outlives_code_that_loads_preferences(fresh_client, fresh_blender, source):
    printed(fresh_client, f"{CHOSEN} = 1234")
    told = fresh_client.result("execute_code", {"code": f"{source}; print('said')"})
    assert told["result"] == "said\n" and "Tenon stays enabled" in told["notes"][0]
    told = fresh_client.result("execute_code", {"code": f"print({CHOSEN})"})
    assert told["result"] == "1234.0\n" and "notes" not in told
    if "template" not in source:  # the same one again changes no preferences
        assert len(fresh_client.execute(source)["notes"]) == 1
        assert len(fresh_client.ask("execute_code", {"code": f"{source}; 1 / 0"})["notes"]) == 1
    with Client(fresh_blender.address) as other:
        assert other.result("create_object", {"type": "CUBE", "name": "After"})["name"] == "After"
        assert other.result("undo")


def test_what_is_served_stays_so_while_unfinished_code_goes_on_after_a_reset(fresh_client):
    source = f"""{RESETS["factory settings"]}
turns = [3]
def check_is_finished():
    turns[0] -= 1
    return None if turns[0] else {{"ended": True}}
"""
    assert fresh_client.execute(source)["result"] == {"ended": True}
    assert printed(fresh_client, f"print({CHOSEN})") == "300.0\n"


@pytest.mark.parametrize("source", ["bpy.ops.wm.read_homefile(use_empty=True)", "open"])
def test_the_server_outlives_files(fresh_client, tmp_path, source):
    if source == "open":
        path = str(tmp_path / "x.blend")
        source = "".join(
            f"bpy.ops.wm.{each}(filepath={path!r});" for each in ("save_mainfile", "open_mainfile")
        )
    for _ in range(2):
        assert "notes" not in fresh_client.result("execute_code", {"code": source})
    assert printed(fresh_client, "print('served')") == "served\n"


def test_code_may_still_disable_the_add_on(fresh_client):
    printed(fresh_client, RESETS["factory settings"])
    disable = "import addon_utils; addon_utils.disable('tenon')"
    assert fresh_client.error("execute_code", {"code": disable})[0] == "shutting_down"
    assert fresh_client.closed()
