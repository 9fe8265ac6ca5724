"""The examples of the documentation, run as they stand there, against a real headless Blender.

In: `requests` for tasks over HTTP, `aiohttp` for notifications, a real Chromium page for both. Out: what each
prints or returns. Test process; each wait is bounded by the clients' own time limits.
"""

import asyncio
import functools
import http.server
import threading
import time

import pytest
import requests
from chromium_page import page
from headless import Headless

aiohttp = pytest.importorskip("aiohttp")


@pytest.fixture
def url(blender):
    return f"http://{blender.address}"


def test_a_task_now_and_its_result_later(url):
    answer = requests.post(
        f"{url}/mcp",
        json={
            "command": "import bpy\nprint(len(bpy.data.objects))",
            "type": "execute_code",
            "async": True,
            "metadata": {"asked_by": "me"},
        },
        timeout=10,
    ).json()
    assert answer["status"] == "queued"

    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        task = requests.get(f"{url}/mcp/task/{answer['task_id']}", timeout=10).json()
        if task["status"] in ("completed", "failed"):
            break
    assert (task["status"], task["type"], task["metadata"]) == (
        "completed",
        "execute_code",
        {"asked_by": "me"},
    )
    assert task["result"]["success"] is True and int(task["result"]["result"]["result"]) >= 3

    status = requests.post(f"{url}/mcp/status", timeout=10).json()
    assert status["completed"] >= 1 and status["tasks"][answer["task_id"]]["status"] == "completed"


def test_a_task_whose_result_is_waited_for(url):
    answer = requests.post(
        f"{url}/mcp",
        json={"type": "create_object", "params": {"type": "SPHERE", "name": "Waited for"}, "async": False},
        timeout=40,
    )
    assert answer.status_code == 200
    assert answer.json()["result"]["name"] == "Waited for"


def test_a_batch(url):
    answer = requests.post(
        f"{url}/mcp",
        json={
            "type": "batch",
            "metadata": {
                "commands": [
                    {"type": "create_object", "params": {"type": "CUBE", "name": "First"}},
                    {"type": "create_object", "params": {"type": "SPHERE", "location": [1, 0, 0]}},
                    {"type": "create_object", "params": {"type": "CYLINDER", "location": [2, 0, 0]}},
                    "get_selection",
                ]
            },
        },
        timeout=40,
    ).json()
    assert [each["status"] for each in answer["result"]["results"]] == ["success"] * 4
    assert answer["result"]["results"][0]["result"]["name"] == "First"


def test_notifications_in_python(blender, url):
    async def listen():
        heard = []
        address = f"ws://{blender.address}/ws?client_id=my_client"
        async with aiohttp.ClientSession() as session, session.ws_connect(address) as ws:
            await ws.send_json({"action": "subscribe", "channel": "tasks"})
            await ws.send_json({"action": "subscribe", "channel": "no such channel"})
            body = {"type": "execute_code", "command": "pass", "async": True}
            async for message in ws:
                data = message.json()
                heard.append(data)
                if data["type"] == "error":
                    async with session.post(f"{url}/mcp", json=body) as answer:
                        task = (await answer.json())["task_id"]
                if data["type"] == "task_completed" and data["data"]["task_id"] == task:
                    return heard
        return heard

    heard = asyncio.run(asyncio.wait_for(listen(), 20))
    error = next(each for each in heard if each["type"] == "error")
    assert error["message"] == "Invalid channel: no such channel" and "tasks" in error["available_channels"]
    assert {"channel", "data", "timestamp", "type"} <= heard[-1].keys() and heard[-1]["channel"] == "tasks"


JAVASCRIPT = """
new Promise((resolve, reject) => {
  const ws = new WebSocket(`ws://${location.host}/ws?client_id=my_page`);
  const heard = [];
  ws.onopen = () => ws.send(JSON.stringify({action: "subscribe", channel: "tasks"}));
  ws.onerror = () => reject(new Error("the socket failed"));
  ws.onmessage = (event) => {
    const message = JSON.parse(event.data);
    heard.push(message.type);
    if (message.type === "subscribed") {
      fetch("/mcp", {
        method: "POST",
        headers: {"Content-Type": "application/json"},
        body: JSON.stringify({type: "execute_code", command: "print('from a page')"}),
      }).then((answer) => answer.json()).then((answer) => {
        heard.push(answer.result.result);
        ws.send(JSON.stringify({action: "ping"}));
      });
    }
    if (heard.includes("task_completed") && heard.includes("from a page\\n")) resolve(heard);
  };
})
"""


def test_notifications_in_a_page(url, tmp_path):
    heard = page(f"{url}/docs", JAVASCRIPT, tmp_path)
    assert heard[0] == "subscribed" and {"task_queued", "task_started", "task_completed"} <= set(heard)
    assert "from a page\n" in heard


PAGE_ELSEWHERE = """
(async () => {
  const answer = await fetch("%s/mcp", {
    method: "POST",
    headers: {"Content-Type": "application/json"},
    body: JSON.stringify({type: "execute_code", command: "print('let in')"}),
  }).then((answer) => answer.json()).then((answer) => answer.result.result, (error) => `${error}`);
  const socket = await new Promise((resolve) => {
    const ws = new WebSocket("%s/ws");
    ws.onopen = () => resolve("open");
    ws.onerror = () => resolve("refused");
  });
  return [answer, socket];
})()
"""


@pytest.fixture
def other_server(tmp_path):
    """Some web page's own server on this machine; out: the page's origin."""
    (tmp_path / "index.html").write_text("<title>A page</title>")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("allowed", [True, False])
def test_a_page_from_elsewhere_is_let_in_only_where_the_user_says_so(allowed, other_server, tmp_path):
    user = tmp_path / "user"
    variables = {"TENON_ALLOWED_ORIGINS": other_server} if allowed else {}
    with Headless(user, **variables) as blender:
        script = PAGE_ELSEWHERE % (f"http://{blender.address}", f"ws://{blender.address}")
        answer, socket = page(other_server, script, tmp_path)
        assert (answer, socket) == (
            ("let in\n", "open") if allowed else ("TypeError: Failed to fetch", "refused")
        )
        served = requests.get(f"http://{blender.address}/mcp/status", timeout=10).json()
        assert served["completed"] == (1 if allowed else 0), "a refused page's command must not run"
