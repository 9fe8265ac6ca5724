"""The add-on in a windowed Blender, used by a hand: one click connects, and nothing the user does breaks it.

In: real clicks and keys on a virtual display, real TCP clients. Out: what the panel, the port and the scene
then show. Test process.
"""

import os
import socket
import sys
import time
from pathlib import Path

import pytest
from blender_window import PATIENCE, Client, answers, port_of


def objects(blender):
    return set(blender.order("answer = list(bpy.data.objects.keys())"))


def wait_for_ever(blender, client):
    """Send a command of dialect B that is polled until it is finished, which is never."""
    code = "import bpy\ndef check_is_finished():\n    bpy.app.driver_namespace['polled'] = True"
    client.send("execute", code=code, strict_json=False)
    blender.until("bpy.app.driver_namespace.get('polled')")


def test_a_click_connects_and_a_click_disconnects(blender, tmp_path):
    port = blender.connect()
    client = Client(port)
    assert client.call("get_scene_info")["object_count"] == 3
    client.call("create_object", type="CUBE", name="Made outside")
    assert objects(blender) == {"Cube", "Light", "Camera", "Made outside"}
    blender.wait_for("drawn", clients=1)
    blender.screenshot(tmp_path / "connected.png")

    blender.press_button()
    assert blender.wait_for("drawn", running=False)
    assert client.reply() is None
    assert not answers(port)

    blender.press_button()
    assert answers(port_of(blender.wait_for("drawn", running=True)))


def test_a_port_in_use_is_said_in_the_panel(start):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        blender = start(TENON_PORT=str(port))
        blender.show_panel()
        blender.press_button()
        drawn = blender.wait_for("drawn")
        while not drawn["trouble"]:
            drawn = blender.wait_for("drawn")
    assert str(port) in drawn["trouble"] and not drawn["running"]
    assert f"Tenon server not started: {drawn['trouble']}" in blender.printed()
    blender.press_button()  # the other program has ended
    assert port_of(blender.wait_for("drawn", running=True)) == port


def test_a_bad_variable_is_said_in_the_panel(start):
    blender = start(TENON_PORT="many")
    blender.show_panel()
    blender.press_button()
    drawn = blender.wait_for("drawn", running=False)
    while not drawn["trouble"]:
        drawn = blender.wait_for("drawn")
    assert drawn["trouble"] == "TENON_PORT must be a number from 0 to 65535, but is 'many'"


def test_loading_a_file_keeps_the_client(blender, tmp_path):
    client = Client(blender.connect())
    blender.order("bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)")
    blender.wait_for("load_post")
    assert client.call("get_scene_info")["object_count"] == 0
    client.call("create_object", type="CUBE", name="Kept")
    path = str(tmp_path / "saved.blend")
    blender.order(f"bpy.ops.wm.save_as_mainfile(filepath={path!r})")
    blender.order("bpy.ops.wm.read_homefile(use_factory_startup=True)")
    blender.order(f"bpy.ops.wm.open_mainfile(filepath={path!r})")
    assert objects(blender) == {"Kept"}
    assert client.call("get_scene_info")["object_count"] == 1


def test_the_users_undo_takes_back_one_command(blender):
    client = Client(blender.connect())
    client.call("create_object", type="CUBE", name="First")
    client.call("create_object", type="CUBE", name="Second")
    blender.press("ctrl+z")
    blender.wait_for("undo_post")
    assert objects(blender) == {"Cube", "Light", "Camera", "First"}
    blender.press("ctrl+z")
    blender.wait_for("undo_post")
    assert objects(blender) == {"Cube", "Light", "Camera"}


def test_clients_are_served_while_the_user_renders(blender):
    client = Client(blender.connect())
    blender.order(
        "scene = bpy.context.scene; scene.render.engine = 'CYCLES'; scene.cycles.use_denoising = False\n"
        "scene.render.resolution_x = scene.render.resolution_y = 64; scene.cycles.samples = 64\n"
        "bpy.context.preferences.view.render_display_type = 'NONE'"
    )
    blender.press("F12")
    blender.until("bpy.app.is_job_running('RENDER')")
    assert client.call("get_scene_info")["object_count"] == 3
    blender.wait_for("render_complete")
    assert client.call("get_scene_info")["object_count"] == 3


@pytest.mark.parametrize("reset", ["read_factory_settings", "read_factory_userpref"])
def test_factory_reset_stops_the_server(blender, reset):
    port = blender.connect()
    client = Client(port)
    assert client.call("ping")
    blender.order(f"bpy.ops.wm.{reset}()")
    assert client.reply() is None
    assert not answers(port)
    assert not blender.order("answer = hasattr(bpy.types, 'TENON_PT_server')")

    blender.order("bpy.ops.preferences.addon_enable(module='tenon'); watch_panel()")
    assert Client(blender.connect()).call("get_scene_info")["object_count"] == 3


def test_disabled_and_enabled_many_times(blender):
    handlers = (
        "handlers = bpy.app.handlers\n"
        "answer = [len(x) for x in (getattr(handlers, n) for n in dir(handlers)) if type(x) is list]"
    )
    before = blender.order(handlers)
    for _ in range(20):
        blender.order("bpy.ops.tenon.connect()")
        port = blender.order("answer = sys.modules['tenon'].bridge.bridge.port")
        client = Client(port)
        assert client.call("get_scene_info")["object_count"] == 3
        blender.order("bpy.ops.preferences.addon_disable(module='tenon')")
        assert client.reply() is None
        assert nobody_answers(port)
        blender.order("bpy.ops.preferences.addon_enable(module='tenon')")
    assert blender.order(handlers) == before
    blender.order("watch_panel()")
    assert Client(blender.connect()).call("ping")


def nobody_answers(port):
    """A client may hear of its own end a moment before the port is let go."""
    deadline = time.monotonic() + PATIENCE
    while answers(port):
        assert time.monotonic() < deadline, "the port is still served"
    return True


STOPS = {
    "disconnect": "bpy.ops.tenon.disconnect()",
    "disable": "bpy.ops.preferences.addon_disable(module='tenon')",
}


@pytest.mark.parametrize("stop", STOPS)
def test_a_client_may_stop_the_server_it_talks_to(blender, stop):
    port = blender.connect()
    client = Client(port)
    client.send("execute_code", params={"code": f"import bpy; {STOPS[stop]}"})
    reply = client.reply()
    assert reply is None or reply["status"] == "success" or reply["code"] == "shutting_down"
    assert reply is None or client.reply() is None
    assert nobody_answers(port)
    if stop != "disconnect":
        blender.order("bpy.ops.preferences.addon_enable(module='tenon'); watch_panel()")
    assert Client(blender.connect()).call("get_scene_info")["object_count"] == 3


FILES = {
    "factory settings": "bpy.ops.wm.read_factory_settings(use_empty=True)",
    "factory preferences": "bpy.ops.wm.read_factory_userpref()",
    "user preferences": "bpy.ops.wm.read_userpref()",
    "home file": "bpy.ops.wm.read_homefile(use_empty=True)",
    "factory home file": "bpy.ops.wm.read_homefile(use_factory_startup=True)",
    "template": "bpy.ops.wm.read_homefile(app_template='Sculpting')",
    "file": "p = bpy.app.tempdir + 'x.blend'; bpy.ops.wm.save_as_mainfile(filepath=p); "
    "bpy.ops.wm.open_mainfile(filepath=p)",
}


def test_code_that_loads_files_and_preferences_keeps_the_server(blender):
    blender.order("bpy.context.preferences.addons['tenon'].preferences.idle_timeout = 1234")
    client = Client(blender.connect())
    for source in FILES.values():
        for _ in range(2):
            told = client.call("execute_code", code=f"import bpy; {source}; print('said')")
            assert told["result"].endswith("said\n"), source  # Blender says there that it saved
            assert client.call("execute_code", code="print(1)")["result"] == "1\n"
    state = (
        "answer = [bpy.context.preferences.addons['tenon'].preferences.idle_timeout, "
        "sys.modules['tenon'].__addon_enabled__, hasattr(bpy.types, 'TENON_PT_server')]"
    )
    assert blender.order(state) == [1234, True, True]
    blender.order("bpy.ops.preferences.addon_disable(module='tenon')")
    assert client.reply() is None
    blender.order("bpy.ops.preferences.addon_enable(module='tenon'); watch_panel()")
    assert Client(blender.connect()).call("get_scene_info")


def test_disabling_answers_the_client_that_waits(blender):
    client = Client(blender.connect())
    wait_for_ever(blender, client)
    blender.order("bpy.ops.preferences.addon_disable(module='tenon')")
    assert client.reply()["status"] == "error"
    assert client.reply() is None


def test_an_update_needs_no_restart(blender, addon_zip):
    client = Client(blender.connect())
    blender.order("old = sys.modules['tenon'].server.control")
    blender.order(f"bpy.ops.preferences.addon_install(filepath={str(addon_zip)!r})")
    assert client.call("get_scene_info")["object_count"] == 3  # the user has not switched over yet
    blender.order("bpy.ops.preferences.addon_disable(module='tenon')")
    assert client.reply() is None
    blender.order("bpy.ops.preferences.addon_enable(module='tenon'); watch_panel()")
    assert blender.order("answer = sys.modules['tenon'].server.control is not old")
    assert Client(blender.connect()).call("get_scene_info")["object_count"] == 3


INTERRUPT = """
tick = sys.modules['tenon'].server.tick
on_idle = tick._on_idle

def interrupt():
    tick._on_idle = on_idle
    raise KeyboardInterrupt

tick._on_idle = interrupt
"""


def test_an_interrupt_reaches_blender_and_the_server_goes_on(blender):
    client = Client(blender.connect())
    blender.tracebacks = 3
    for _ in range(blender.tracebacks):
        blender.order(INTERRUPT)
        while not blender.order("answer = tick._on_idle is on_idle"):
            assert client.call("get_scene_info")["object_count"] == 3
        assert client.call("get_scene_info")["object_count"] == 3
    assert blender.order("answer = bpy.app.timers.is_registered(tick._tick)")
    assert blender.printed().count("KeyboardInterrupt") == blender.tracebacks


def test_starts_with_blender_when_told_to(blender, start):
    blender.order("bpy.context.preferences.addons['tenon'].preferences.auto_start = True")
    blender.order("bpy.ops.wm.save_userpref()")
    assert not blender.order("answer = sys.modules['tenon'].bridge.bridge.running")
    again = start()
    drawn = again.show_panel()
    while not drawn["running"]:
        drawn = again.wait_for("drawn")
    assert Client(port_of(drawn)).call("get_scene_info")["object_count"] == 3


@pytest.mark.parametrize("work", ["a script that runs", "a task that waits"])
def test_quitting_while_a_client_waits(blender, work):
    client = Client(blender.connect())
    if work == "a script that runs":
        client.send("execute_code", params={"code": "import time; time.sleep(1.5)"})
        onlooker = Client(client.port)
        while onlooker.call("get_server_status")["main_thread"]["state"] != "running":
            assert not client.answered(), "it ended before it was seen"
    else:
        wait_for_ever(blender, client)
    blender.press("ctrl+q")
    assert blender.wait() == 0, blender.printed()
    reply = client.reply()
    if work == "a script that runs":
        assert reply is None or reply["status"] == "success" or reply["code"] == "shutting_down"
    else:
        assert reply and reply["status"] == "error"
        assert client.reply() is None


def test_a_blender_without_numpy_says_where_to_get_it(start):
    """Debian's package only recommends it. Blender would find the one of a Python that is on the PATH."""
    here = Path(sys.executable).parent
    others = [each for each in os.environ["PATH"].split(os.pathsep) if Path(each).resolve() != here.resolve()]
    blender = start(PATH=os.pathsep.join(others))
    if blender.order("import importlib.util; answer = importlib.util.find_spec('numpy') is not None"):
        pytest.skip("this Blender has numpy")
    client = Client(blender.connect())
    client.send("place_objects", params={"names": ["Cube"], "relation": "ON", "target": ["Camera"]})
    reply = client.reply()
    assert reply["code"] == "command_failed" and "apt-get install python3-numpy" in reply["message"], reply
    assert client.call("create_object", type="CUBE", name="Still")["name"] == "Still"
    client.close()
