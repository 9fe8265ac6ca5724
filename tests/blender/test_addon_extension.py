"""The zip as an extension in the newest Blender, without a window, in a process and user folder of its own.

In: the staged add-on, zipped. Out: what `blender_ext.py` says of the zip, what Blender installs, and a server
that prints when it starts and stops.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import bpy
import pytest

STAGED = Path(__file__).resolve().parents[2] / "target" / "addon" / "tenon"

ENABLE = """
import sys, bpy
bpy.ops.extensions.package_install_files(
    filepath=sys.argv[-1], repo="user_default", enable_on_install=True)
import bl_ext.user_default.tenon as tenon
assert tenon.settings.preferences._stored() is not None
"""
SERVE = ENABLE + "tenon.server.headless.serve()\n"
RESET = (
    ENABLE
    + """
tenon.server.control.connect()
import socket
client = socket.create_connection(("localhost", tenon.bridge.bridge.port))
bpy.ops.wm.read_factory_settings()
assert not tenon.bridge.bridge.running
assert client.recv(1) == b""
assert not hasattr(bpy.types, "TENON_PT_server")
"""
)

OTHERS = (
    ENABLE
    + """
import tenon_api
def count(): return 1
tenon_api.register_command(count)
bpy.ops.preferences.addon_disable(module="bl_ext.user_default.tenon")
assert not tenon_api.enabled and "count" not in tenon.registry.table.TABLE
bpy.ops.preferences.addon_enable(module="bl_ext.user_default.tenon")
assert tenon_api.enabled and "count" in tenon.registry.table.TABLE
import addon_utils
assert not addon_utils._extensions_warnings_get()  # Blender's own look at what extensions may do
"""
)


@pytest.fixture(scope="module")
def addon_zip(tmp_path_factory):
    folder = tmp_path_factory.mktemp("zip")
    return shutil.make_archive(str(folder / "tenon"), "zip", STAGED.parent, "tenon")


@pytest.fixture
def start(addon_zip, tmp_path):
    """Runs a script in a new process, which is ended with the test."""
    processes = []

    def start(script, **variables):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TENON_")}
        environment |= {"BLENDER_USER_RESOURCES": str(tmp_path), "TENON_STATE_DIR": str(tmp_path / "state")}
        environment |= {"TENON_PORT": "0", **variables}
        processes.append(
            subprocess.Popen(
                [sys.executable, "-c", script, addon_zip],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        )
        return processes[-1]

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def served_port(process):
    """The port, once the server has printed it."""
    printed = []
    for line in process.stdout:
        printed.append(line)
        if line.startswith("Tenon server started on localhost:"):
            return int(line.rpartition(":")[2])
    raise AssertionError("".join(printed))


def test_the_zip_is_a_valid_extension(addon_zip):
    checker = Path(bpy.utils.system_resource("SCRIPTS")) / "addons_core/bl_pkg/cli/blender_ext.py"
    run = subprocess.run([sys.executable, checker, "validate", addon_zip], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_installed_it_serves_until_told_to_stop(start, ending, tmp_path):
    process = start(SERVE)
    with socket.create_connection(("localhost", served_port(process)), timeout=30) as client:
        replies = client.makefile("rb")
        client.sendall(b'{"type":"get_scene_info"}\n')
        reply = json.loads(replies.readline())
        assert reply["status"] == "success" and reply["result"]["object_count"] == 3
        process.send_signal(ending)
        assert replies.readline() == b""
    printed, _ = process.communicate(timeout=30)
    assert process.returncode == 0, printed
    assert printed.splitlines().count("Tenon server stopped") == 1
    logs = list(tmp_path.rglob("tenon.log"))
    assert logs and "Tenon server started on localhost" in logs[0].read_text()


def test_a_port_in_use_is_named(start):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        process = start(SERVE, TENON_PORT=str(port))
        printed, _ = process.communicate(timeout=60)
    assert process.returncode != 0
    assert str(port) in printed.splitlines()[-1]
    assert "Tenon server started" not in printed


def test_factory_settings_stop_the_server(start):
    process = start(RESET)
    printed, _ = process.communicate(timeout=60)
    assert process.returncode == 0, printed
    assert "Tenon server stopped" in printed


def test_other_addons_reach_it_under_the_same_name(start):
    process = start(OTHERS)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0, output
