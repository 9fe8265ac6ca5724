"""The curated tools as an assistant meets them: what they cost, and whether they answer what they promise.

In: a real Blender, asked over HTTP; a tokenizer with the vocabularies that assistants use (npm's
`gpt-tokenizer`). Out: counts, and results held against the tools' own schemas.
"""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import urllib.request

import jsonschema
import pytest
from headless import Headless
from peers import CLIENTS, port_of

TOKENIZER = "gpt-tokenizer@4.0.0"
COUNT = """
import {readFileSync} from "fs";
import {countTokens as newer} from "gpt-tokenizer/encoding/o200k_base";
import {countTokens as older} from "gpt-tokenizer/encoding/cl100k_base";
const text = readFileSync(0, "utf8");
console.log(Math.max(newer(text), older(text)));
"""
LIST, COMPACT, SCENE = (
    4000,
    600,
    1000,
)  # tokens at most: of all tools, of the few, of a scene with 500 objects
OURS = {
    "create_object", "delete_object", "do", "execute_code", "export_scene", "get_object", "get_scene",
    "import_file", "look", "modify_object", "render", "set_material", "undo",
}  # fmt: skip
VERSION = "2025-06-18"


@pytest.fixture(scope="session")
def tokens():
    """How many tokens a text costs, by the vocabulary that makes most of it."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed, and the tokenizer comes with it")
    folder = CLIENTS / TOKENIZER.replace("@", "-")
    if not (folder / "count.mjs").exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text("{}")
        quiet = ["--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run([npm, "install", *quiet, TOKENIZER], check=True, cwd=folder)
        (folder / "count.mjs").write_text(COUNT)

    def count(value):
        text = (
            value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        )
        done = subprocess.run(
            ["node", "count.mjs"],
            input=text,
            capture_output=True,
            text=True,
            cwd=folder,
            timeout=60,
            check=True,
        )
        return int(done.stdout)

    return count


class Assistant:
    """A client of the handshake era, as small as can be."""

    def __init__(self, port):
        self.url = f"http://127.0.0.1:{port}/mcp"
        self.headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        who = {"protocolVersion": VERSION, "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
        headers, text = self._post({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": who})
        self.greeting = self._answer(text, 0)
        self.headers |= {"Mcp-Session-Id": headers["Mcp-Session-Id"], "Mcp-Protocol-Version": VERSION}
        self._post({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def ask(self, method, **params):
        _, text = self._post({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        return self._answer(text, 1)

    @staticmethod
    def _answer(text, number):
        lines = [line[5:] for line in text.splitlines() if line.startswith("data:")] or [text]
        answer = next(each for each in map(json.loads, filter(str.strip, lines)) if each.get("id") == number)
        return answer["result"]

    def call(self, tool, /, **arguments):
        return self.ask("tools/call", name=tool, arguments=arguments)

    def _post(self, message):
        request = urllib.request.Request(self.url, json.dumps(message).encode(), self.headers)
        with urllib.request.urlopen(request, timeout=60) as reply:
            return reply.headers, reply.read().decode()


@pytest.fixture(scope="module")
def assistant(blender):
    return Assistant(port_of(blender))


@pytest.fixture(scope="module")
def tools(assistant):
    return {tool["name"]: tool for tool in assistant.ask("tools/list")["tools"]}


def test_the_tools_cost_little_together(tools, tokens):
    assert tools.keys() >= OURS | {"run_command", "list_commands", "get_task", "cancel_task", "list_sessions"}
    count = tokens(list(tools.values()))
    assert count < LIST, {name: tokens(tool) for name, tool in tools.items()}


def test_few_tools_in_few_words_do_all_the_same(tmp_path, tokens):
    with Headless(tmp_path, TENON_TOOLS="compact") as blender:
        assistant = Assistant(port_of(blender))
        tools = {tool["name"]: tool for tool in assistant.ask("tools/list")["tools"]}
        assert tools.keys() == {"get_scene", "look", "execute_code", "run_command", "get_task"}
        assert tokens(list(tools.values())) < COMPACT, {name: tokens(tool) for name, tool in tools.items()}
        made = assistant.call("run_command", command="create_object", params={"type": "cube", "name": "Few"})
        assert made["isError"] is False and made["structuredContent"]["name"] == "Few"


def test_a_picture_of_an_older_command_is_shown_as_one(assistant):
    shown = assistant.call("run_command", command="get_viewport_screenshot", params={"max_size": 100})
    assert [block["type"] for block in shown["content"]] == ["text", "image"]
    assert "image" not in shown["structuredContent"]


def test_the_greeting_tells_which_blender_this_is(blender):
    greeted = Assistant(port_of(blender))
    scene = greeted.call("get_scene")["structuredContent"]
    assert f"This is Blender {scene['blender']}" in greeted.greeting["instructions"]


def test_every_tool_says_what_it_does(tools):
    for name, tool in tools.items():
        assert tool["title"] and tool["description"].endswith("."), name
        assert {"readOnlyHint", "openWorldHint"} <= tool["annotations"].keys(), name
        jsonschema.Draft202012Validator.check_schema(tool["inputSchema"])
        jsonschema.Draft202012Validator.check_schema(tool.get("outputSchema", {}))


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("get_scene", {}),
        ("get_scene", {"query": "cube"}),
        ("get_object", {"name": "Cube"}),
        ("execute_code", {"code": "print(1)"}),
        ("create_object", {"type": "CONE", "name": "Cone"}),
        ("modify_object", {"name": "Cone", "offset": [0, 0, 1]}),
        ("set_material", {"object_name": "Cone", "color": [1, 0, 0]}),
        ("delete_object", {"name": "Cone"}),
        ("undo", {}),
        ("render", {"resolution": [64, 48], "engine": "WORKBENCH", "preview": 32}),
        ("look", {"view": "all", "size": 200}),
    ],
)
def test_results_are_what_the_tool_promises(assistant, tools, name, arguments):
    result = assistant.call(name, **arguments)
    assert not result.get("isError"), result
    jsonschema.validate(result["structuredContent"], tools[name].get("outputSchema", {}))
    if name in ("render", "look"):
        (picture,) = [each for each in result["content"] if each["type"] == "image"]
        assert picture["mimeType"] == "image/png"
        assert base64.b64decode(picture["data"]).startswith(b"\x89PNG")


def test_a_scene_of_five_hundred_objects_stays_small(assistant, tokens):
    code = """
import bpy
for at in range(500):
    name = ("Tree", "House", "Rock")[at % 3] if at < 450 else f"Thing {chr(65 + at % 26)}{chr(97 + at % 7)}"
    bpy.context.scene.collection.objects.link(bpy.data.objects.new(name, bpy.data.meshes["Cube"]))
"""
    before = assistant.call("get_scene")["structuredContent"]["counts"]["MESH"]
    assert not assistant.call("execute_code", code=code).get("isError")
    told = assistant.call("get_scene")
    assert told["structuredContent"]["counts"]["MESH"] == before + 500
    assert "offset=25" in told["structuredContent"]["more"]
    (text,) = [each["text"] for each in told["content"]]
    assert tokens(text) < SCENE, tokens(text)
    assert not assistant.call("undo").get("isError")


def test_an_error_shows_the_line_and_the_way_out(assistant):
    lines = [
        "import bpy",
        "bpy.ops.object.mode_set(mode='OBJECT')",
        "bpy.context.view_layer.objects.active = None",
        "bpy.ops.mesh.subdivide()",
    ]
    code = "\n".join(lines)
    result = assistant.call("execute_code", code=code)
    (text,) = [each["text"] for each in result["content"]]
    assert result["isError"]
    assert "line 4, in <module>\n    bpy.ops.mesh.subdivide()" in text
    assert "modules/bpy" not in text, "no frames but those of the code"
    assert "hint: The operator needs another mode" in text and "mode OBJECT, active object none" in text
