"""A real browser signs in, and a hostile page on another port of the same host tries to use its cookie.

In: the built module behind a token with a page of one line, Chromium, a server of the hostile page's.
Out: what each page's requests came to, and what ran. Test process; each wait is bounded.
"""

from __future__ import annotations

import gzip
import http.server
import json
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import Serving
from wire import PATIENCE

pytest.importorskip("aiohttp")
from chromium_page import pages  # it needs aiohttp

TOKEN = "s3cret"

OWN = """
(async () => {
  const told = {};
  const post = (path, body) => fetch(path, {
    method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body),
  });
  told.before = (await fetch("/status")).status;
  told.wrong = (await post("/sign-in", {token: "guess"})).status;
  told.right = (await post("/sign-in", {token: "s3cret"})).status;
  told.seen = document.cookie;
  told.after = (await fetch("/status")).status;
  told.command = (await (await post("/mcp", {type: "echo", params: {value: 1}})).json()).result;
  const socket = new WebSocket(`ws://${location.host}/ws`);
  told.socket = await new Promise((resolve) => {
    socket.onopen = () => resolve("open");
    socket.onerror = () => resolve("refused");
  });
  return told;
})()
"""

HOSTILE = """
(async () => {
  const told = {};
  const tenon = "http://localhost:PORT";
  const body = JSON.stringify({type: "changes", params: {seconds: 0}});
  const tried = async (path, options) => {
    try {
      const answer = await fetch(tenon + path, {credentials: "include", ...options});
      return answer.type === "opaque" ? "not readable" : answer.status;
    } catch (error) {
      return "refused";
    }
  };
  const form = async (kind) => {
    const frame = document.createElement("iframe");
    frame.name = `frame-${kind}`;
    document.body.append(frame);
    const form = document.createElement("form");
    Object.assign(form, {method: "POST", action: `${tenon}/mcp`, target: frame.name, enctype: kind});
    const field = document.createElement("input");
    Object.assign(field, {type: "hidden", name: body.slice(0, -1) + ', "x": "', value: '"}'});
    form.append(field);
    document.body.append(form);
    const loaded = new Promise((resolve) => { frame.onload = resolve; });
    form.submit();
    await loaded;
  };
  const json = {"Content-Type": "application/json"};
  told.read = await tried("/status");
  told.blind_read = await tried("/status", {mode: "no-cors"});
  told.post = await tried("/mcp", {method: "POST", headers: json, body});
  told.blind_post = await tried("/mcp", {method: "POST", mode: "no-cors", body});
  told.sign_out = await tried("/sign-out", {method: "POST", mode: "no-cors"});
  await form("text/plain");
  await form("application/x-www-form-urlencoded");
  told.socket = await new Promise((resolve) => {
    const socket = new WebSocket("ws://localhost:PORT/ws");
    socket.onopen = () => resolve("open");
    socket.onerror = () => resolve("refused");
  });
  return told;
})()
"""

OWN_AGAIN = """
(async () => {
  const told = {still: (await fetch("/status")).status};
  told.out = (await fetch("/sign-out", {method: "POST"})).status;
  told.after = (await fetch("/status")).status;
  return told;
})()
"""


@pytest.fixture
def built_page(tmp_path: Path) -> Path:
    """A management page of one line, as the build would leave it."""
    folder = tmp_path / "web"
    folder.mkdir()
    (folder / "index.html.gz").write_bytes(gzip.compress(b"<!doctype html><title>Page</title><body></body>"))
    entry = {"type": "text/html; charset=utf-8", "etag": "1", "immutable": False, "size": 47}
    (folder / "manifest.json").write_text(json.dumps({"index.html": entry}))
    return folder


@pytest.fixture
def hostile() -> Iterator[tuple[str, list[str]]]:
    """Some page's server on this host; out: its address, and the cookies that browsers sent it."""
    cookies: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            cookies.append(self.headers.get("Cookie", ""))
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>Hostile</title><body></body>")

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://localhost:{server.server_port}", cookies
        server.shutdown()
        thread.join()


def commands_served(port: str) -> int:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    request = urllib.request.Request(f"http://localhost:{port}/status", headers=headers)
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return int(json.load(answer)["commands_served"])


@pytest.mark.parametrize("allowed", [False, True])
def test_only_the_own_page_acts_by_its_cookie(
    allowed: bool, built_page: Path, hostile: tuple[str, list[str]], tmp_path: Path
) -> None:
    elsewhere, cookies = hostile
    words = [f'token="{TOKEN}"', "require_token=true", f'web_folder="{built_page}"']
    if allowed:  # that lets it in with the token, not with somebody's cookie
        words.append(f'allowed_origins=["{elsewhere}"]')
    with Serving(*words) as serving:
        port = serving.address.rsplit(":", 1)[1]
        address = f"http://localhost:{port}"
        own, foreign, again = pages(
            [(f"{address}/", OWN), (elsewhere, HOSTILE.replace("PORT", port)), (f"{address}/ui/", OWN_AGAIN)],
            tmp_path,
        )
        assert own == {
            "before": 401,
            "wrong": 401,
            "right": 204,
            "seen": "",
            "after": 200,
            "command": 1,
            "socket": "open",
        }
        # Or nothing would be proved: the browser does send the cookie along.
        assert any(f"tenon_{port}=" in cookie for cookie in cookies)
        assert foreign["socket"] == foreign["read"] == foreign["post"] == "refused"
        assert again == {"still": 200, "out": 204, "after": 401}
        assert commands_served(port) == 1, "the hostile page's commands must not run"
