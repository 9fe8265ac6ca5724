"""Registration: any number of times, cleaned up after a failure, and in words where the core does not load.

In: the package `tenon` inside `bpy`. Out: Blender's classes, handlers and the server before and after.
"""

import importlib.util
import os
import socket
import sys
from pathlib import Path

import bpy
import pytest
import tenon
from tenon._native import Cancelled
from tenon.bridge import bridge
from tenon.registry.table import TABLE
from tenon.server import control, tick
from tenon.settings import preferences
from tenon.settings import server_settings as settings
from tenon.ui import load_error_panel, panel

SOURCES = Path(tenon.__file__).parent


def present():
    """What registration adds to Blender, and must take away again."""
    handlers = (getattr(bpy.app.handlers, name) for name in dir(bpy.app.handlers))
    classes = [name for name in dir(bpy.types) if name.startswith("TENON_")]
    return classes, [list(each) for each in handlers if isinstance(each, list)]


@pytest.fixture
def registered(monkeypatch):
    monkeypatch.setenv("TENON_PORT", "0")
    tenon.unregister()
    before = present()
    tenon.register()
    yield
    tenon.unregister()
    assert present() == before


def test_registered_and_unregistered_many_times(registered):
    whole = present()
    for _ in range(20):
        bpy.ops.tenon.connect()
        port = bridge.port
        socket.create_connection(("localhost", port)).close()
        tenon.register()  # again, without having been unregistered
        assert present() == whole
        assert not bridge.running
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("localhost", port))
        tenon.unregister()
        tenon.unregister()
        tenon.register()
    assert present() == whole


def test_half_a_registration_is_taken_back(registered, monkeypatch):
    tenon.unregister()
    nothing = present()
    refused = type("TENON_PT_refused", (bpy.types.Panel,), {})
    monkeypatch.setattr(panel, "CLASSES", (panel.TENON_PT_server, refused))
    with pytest.raises(AttributeError, match="TENON_PT_refused"):
        tenon.register()
    monkeypatch.undo()
    assert present() == nothing
    monkeypatch.setenv("TENON_PORT", "0")
    tenon.register()
    bpy.ops.tenon.connect()
    assert bridge.running


def test_every_command_is_offered(registered):
    offered = {row["name"] for row in bridge.commands()}
    assert {"execute_code", "get_scene_info", "ping"} <= offered
    assert set(TABLE) <= offered


def test_settings_that_are_refused_stay_in_the_panel(registered, monkeypatch):
    with pytest.raises(ValueError, match="token"):
        control.connect({"host": "0.0.0.0", "port": 0})
    assert "token" in control.connect_error
    assert not bridge.running
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(OSError, match=str(port)):
            control.connect({"port": port})
        assert str(port) in control.connect_error
        monkeypatch.setenv("TENON_PORT", str(port))
        with pytest.raises(RuntimeError, match=f"Tenon: .*{port}"):
            bpy.ops.tenon.connect()
    control.connect({"port": 0})
    assert control.connect_error is None


@pytest.fixture
def stored(registered):
    """The preferences, as Blender keeps them for an add-on that is enabled."""
    addon = bpy.context.preferences.addons.new()
    addon.module = "tenon"
    yield addon.preferences
    bpy.context.preferences.addons.remove(addon)


def test_the_server_takes_what_the_preferences_allow(stored):
    numbers = [each for each in stored.bl_rna.properties if each.type in {"INT", "FLOAT"}]
    assert len(numbers) == 20
    for number in numbers:
        for value in (number.hard_min, number.hard_max):
            setattr(stored, number.identifier, value)
            control.connect()  # on a free port, by the environment
        stored.property_unset(number.identifier)


def test_every_setting_can_be_chosen_and_has_a_tooltip(stored):
    assert {**settings.DEFAULTS, **stored.chosen()} == settings.DEFAULTS
    own = [each for each in stored.bl_rna.properties if each.identifier in type(stored).__annotations__]
    # Beside the settings: when to start, what to log, and whether to keep sessions instead of three folders.
    assert len(own) == len(settings.DEFAULTS) and all(each.description for each in own)
    stored.port, stored.tick_linger, stored.host = 4321, 0.1, " ::1 "
    chosen = {**settings.DEFAULTS, **stored.chosen()}
    assert chosen == {**settings.DEFAULTS, "port": 4321, "tick_linger": 0.1, "host": "::1"}
    stored.host, stored.token = "0.0.0.0", ""
    assert preferences.problem() == "Host 0.0.0.0 lets other computers in: set a token first"


def test_sessions_are_kept_in_the_users_folder_unless_told_otherwise(stored, monkeypatch, tmp_path):
    monkeypatch.setenv("BLENDER_USER_DATAFILES", str(tmp_path))
    assert preferences.current()["store_folder"] == str(tmp_path / "tenon" / "sessions")
    assert not list(tmp_path.iterdir())  # whether that can be made is the server's to say
    stored.store = False
    assert preferences.current()["store_folder"] == ""
    assert preferences.current()["state_folder"] == os.environ["TENON_STATE_DIR"]
    assert preferences.current()["web_folder"] == str(Path(preferences.__file__).parents[1] / "web")


class FaultyBridge:
    """Raises from every tick; the real one is made not to."""

    generation = 0

    def __init__(self, error):
        self.error = error

    def tick(self):
        raise self.error


def test_a_tick_that_raises_is_logged_once_and_called_again(monkeypatch, caplog):
    monkeypatch.setattr(tick, "bridge", FaultyBridge(OSError("gone")))
    monkeypatch.setattr(tick, "error", None)
    assert tick._tick() == tick._tick() == tick.RETRY_INTERVAL
    assert tick.error == "OSError: gone"
    assert [record.message for record in caplog.records] == ["The tick raised"]


def test_a_late_cancellation_is_no_fault(monkeypatch, caplog):
    monkeypatch.setattr(tick, "bridge", FaultyBridge(Cancelled("late")))
    monkeypatch.setattr(tick, "error", None)
    assert tick._tick() == tick.RETRY_INTERVAL
    assert tick.error is None and not caplog.records


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_the_wish_to_end_blender_passes_and_the_tick_comes_again(monkeypatch, caplog, error):
    monkeypatch.setattr(tick, "bridge", FaultyBridge(error()))
    monkeypatch.setattr(tick, "error", None)
    try:
        with pytest.raises(error):
            tick._tick()
        assert bpy.app.timers.is_registered(tick._tick)
    finally:
        tick.stop()
    assert tick.error is None and not caplog.records


def test_without_the_native_core_the_panel_says_why(capsys):
    tenon.unregister()
    spec = importlib.util.spec_from_file_location(
        "unbuilt", SOURCES / "__init__.py", submodule_search_locations=[str(SOURCES)]
    )
    unbuilt = importlib.util.module_from_spec(spec)
    sys.modules["unbuilt"] = unbuilt
    try:
        spec.loader.exec_module(unbuilt)
        unbuilt.register()
        assert bpy.types.TENON_PT_load_error.bl_category == "Tenon"
        assert not hasattr(bpy.types, "TENON_PT_server")
        assert "has no native core" in capsys.readouterr().err
        unbuilt.unregister()
        unbuilt.unregister()
        assert not hasattr(bpy.types, "TENON_PT_load_error")
    finally:
        for name in [name for name in sys.modules if name.split(".")[0] == "unbuilt"]:
            del sys.modules[name]


@pytest.mark.parametrize(
    "error, words",
    [
        (
            "libc.so.6: version `GLIBC_2.34' not found (required by _native.abi3.so)",
            "older than the system",
        ),
        ("cannot import name '_native' from 'tenon'", "has no native core"),
        ("_native.abi3.so: wrong ELF class: ELFCLASS32", "does not load"),
    ],
)
def test_the_loaders_words_are_explained(error, words):
    lines = load_error_panel.explanation(error, "Linux", "aarch64")
    assert words in lines[0] and "Linux aarch64" in lines[0]
    assert error in lines[-1] or "no native core" in lines[0]
