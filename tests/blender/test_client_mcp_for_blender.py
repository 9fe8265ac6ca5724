"""A real assistant's client against a headless Blender: PyPI's `mcp-for-blender`, the MCP server it starts.

It has an environment of its own and is spoken to over its standard input and output. Every tool that needs no
internet must answer properly. Its telemetry is off, and its way to the internet leads to a socket of ours,
where nobody may come.
"""

from __future__ import annotations

import base64
import json
import os
import socket
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from mcp_stdio import McpClient
from wire import Client

VERSION = "2.2.4"
ENVIRONMENT = Path(__file__).resolve().parents[2] / "target" / "clients" / f"mcp-for-blender-{VERSION}"

TOOLS = {
    "get_addon_status",
    "disable_telemetry",
    "get_scene_info",
    "look",
    "execute_blender_code",
    "record_trajectory_feedback",
    "generate_3d",
    "search_assets",
    "import_asset",
    "search_mentions",
    "open_viewport",
    "viewport_latest",
    "viewport_capture",
    "viewport_pick",
}


@pytest.fixture(scope="module")
def client_python() -> str:
    """The Python of an environment that holds the client, made once."""
    python = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = ENVIRONMENT / "installed"
    if not stamp.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, f"mcp-for-blender=={VERSION}"], check=True)
        stamp.touch()
    return str(python)


@pytest.fixture(scope="module")
def internet():
    """What the client believes to be its proxy; nobody may ask it for anything."""
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        yield proxy.getsockname()[1]
        proxy.setblocking(False)
        with pytest.raises(BlockingIOError):
            proxy.accept()


@pytest.fixture(scope="module")
def assistant(client_python, blender, internet, tmp_path_factory):
    home = str(tmp_path_factory.mktemp("home"))
    proxy = f"http://127.0.0.1:{internet}"
    host, port = blender.address.rsplit(":", 1)
    environment = {
        **os.environ,
        **dict.fromkeys(("HOME", "APPDATA", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"), home),
        **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"), proxy),
        **dict.fromkeys(("NO_PROXY", "no_proxy"), ""),
        "DISABLE_TELEMETRY": "true",
        "BLENDER_HOST": host,
        "BLENDER_PORT": port,
    }
    start = "from blender_mcp.server import main; main()"
    client = McpClient([client_python, "-c", start], environment)
    yield client
    assert client.close() == 0, client.log[-20:]


@pytest.fixture(autouse=True)
def start_up_file(blender):
    with Client(blender.address) as client:
        client.result("execute_code", {"code": "bpy.ops.wm.read_homefile(use_factory_startup=True)"})


def picture(result):
    """The width and height of the one picture in a result."""
    assert not result.get("isError"), result
    [image] = [each for each in result["content"] if each["type"] == "image"]
    data = base64.b64decode(image["data"])
    assert image["mimeType"] == "image/png" and data.startswith(b"\x89PNG")
    return struct.unpack(">II", data[16:24])


def test_it_has_the_tools_that_are_tried_here(assistant):
    assert assistant.server["serverInfo"]["name"] == "MCP for Blender"
    assert {tool["name"] for tool in assistant.request("tools/list")["tools"]} == TOOLS


def test_get_addon_status_finds_a_current_addon(assistant, blender):
    text = assistant.text("get_addon_status")
    status = json.JSONDecoder().raw_decode(text)[0]
    assert (status["up_to_date"], status["source"], status["warning"]) == (True, "native", None)
    assert status["addon_version"] == [0, 1, 0]
    assert status["libraries"] == dict.fromkeys(("polyhaven", "sketchfab", "polypizza"), "off")
    assert {status["generators"][name] for name in ("hunyuan3d", "hyper3d", "meshy")} == {"off"}
    assert status["telemetry_consent"] is False
    with Client(blender.address) as client:
        assert status["blender_version"] == client.result("get_addon_info")["blender_version"]


def test_disable_telemetry(assistant):
    assert assistant.text("disable_telemetry").startswith("Data collection is now OFF")


def test_get_scene_info_reads_the_scene_by_its_script(assistant):
    lines = assistant.text("get_scene_info").splitlines()
    assert lines[0].startswith("Scene 'Scene' | 1 camera, 1 light, 1 mesh | active Cube")
    assert lines[2].startswith("Showing 3 of 3")
    assert any(line.startswith("Cube | mesh |") for line in lines[3:])


def test_get_scene_info_with_every_field(assistant):
    fields = (
        "location size ground rotation scale parent children hidden details materials modifiers animation"
    )
    fields += " topology weights settings"
    lines = assistant.text("get_scene_info", fields=fields.split(), query="cube").splitlines()
    assert lines[1].startswith("(unsaved) | engine ") and "1920x1080" in lines[1]
    [cube] = [line for line in lines if line.startswith("Cube | mesh |")]
    assert "Material" in cube and "6 quads" in cube


def test_execute_blender_code(assistant, blender):
    assert (
        assistant.text("execute_blender_code", code="print('é', 1 + 1)")
        == "Code executed successfully: é 2\n"
    )
    assistant.text(
        "execute_blender_code",
        code="bpy.ops.mesh.primitive_cube_add(location=(0, 0, 5)); bpy.context.object.name = 'Upper'",
        user_prompt="put a cube on top",
    )
    with Client(blender.address) as client:
        assert client.result("get_object_info", {"name": "Upper"})["location"] == [0, 0, 5]
        assert client.result("undo")["steps"] == ["execute_code"]


def test_execute_blender_code_that_fails_shows_its_lines(assistant):
    text = assistant.text("execute_blender_code", code="x = 1\nbpy.data.objects['X']")
    assert text.startswith("Error executing code: ") and "KeyError" in text
    assert "line 2, in <module>" in text
    assert assistant.text("execute_blender_code", code="print(1)").endswith(": 1\n")


def test_execute_blender_code_with_a_long_answer(assistant):
    text = assistant.text("execute_blender_code", code="print('0123456789' * 200_000)")
    assert len(text) == len("Code executed successfully: ") + 2_000_001


def test_look_at_the_viewport(assistant):
    assert max(picture(assistant.tool("look", max_size=256))) == 256


@pytest.mark.parametrize(
    "arguments",
    [
        {"mode": "camera"},
        {"mode": "angles", "target": ["Cube"], "views": ["front", [0, -1, 0.2]]},
        {"mode": "frames", "frames": [1, 10]},
        {"shading": "wireframe"},
    ],
    ids=lambda arguments: " ".join(f"{key}" for key in arguments),
)
def test_look_in_other_ways_shows_at_least_the_view(assistant, arguments):
    """Its script needs OpenGL; without it the client shows the plain view and says so."""
    result = assistant.tool("look", max_size=256, **arguments)
    assert min(picture(result)) > 0
    caption = [each["text"] for each in result["content"] if each["type"] == "text"]
    assert caption and ("mode" not in arguments or caption[0])


def test_record_trajectory_feedback_records_nothing(assistant):
    text = assistant.text("record_trajectory_feedback", feedback="accept")
    assert text.startswith("Trajectory feedback skipped")


def test_search_mentions(assistant):
    items = assistant.tool("search_mentions", query="cu")["structuredContent"]["items"]
    assert [(item["uri"], item["description"]) for item in items] == [
        ("blender://object/Cube", "Mesh object")
    ]
    everything = assistant.tool("search_mentions")["structuredContent"]["items"]
    assert {item["uri"].split("/")[2] for item in everything} == {"object", "material", "collection"}


def test_the_viewport_app_takes_pictures_and_picks_objects(assistant):
    taken = assistant.tool("viewport_capture", max_size=256)
    assert max(picture(taken)) == 256
    state = taken["structuredContent"]
    assert state["addon_outdated"] is False
    for name in ("open_viewport", "viewport_latest"):
        assert assistant.tool(name)["structuredContent"]["seq"] == state["seq"]
    hit = assistant.tool("viewport_pick", seq=state["seq"], x=0.5, y=0.5)
    assert hit["structuredContent"]["object"]["name"] == "Cube", hit
    missed = assistant.tool("viewport_pick", seq=state["seq"], x=0.01, y=0.01)
    assert missed["structuredContent"] == {"object": None}


def test_resources(assistant):
    def read(uri):
        [content] = assistant.request("resources/read", uri=uri)["contents"]
        return content["text"]

    assert json.loads(read("blender://object/Cube"))["mesh"]["vertices"] == 8
    assert json.loads(read("blender://material/Material"))["detail"] == "Material with 1 user"
    assert json.loads(read("blender://collection/Collection"))["detail"] == "Collection of 3 objects"


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("generate_3d", {"prompt": "a chair"}),
        ("generate_3d", {"prompt": "a chair", "provider": "meshy"}),
        ("search_assets", {"source": "polyhaven", "query": "wood"}),
        ("search_assets", {"source": "sketchfab", "query": "wood"}),
        ("search_assets", {"source": "polypizza", "query": "wood"}),
        ("import_asset", {"source": "polyhaven", "id": "wood", "asset_type": "textures"}),
    ],
    ids=lambda value: " ".join(value.values()) if isinstance(value, dict) else value,
)
def test_libraries_that_tenon_has_not_are_said_to_be_off(assistant, tool, arguments):
    text = assistant.text(tool, **arguments)
    print(text)
    assert "switched off" in text or text.startswith("Error: ")
    assert assistant.text("execute_blender_code", code="print(1)").endswith(": 1\n")
