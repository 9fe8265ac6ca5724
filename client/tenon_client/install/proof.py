"""The whole way once: starts an installed Blender without a window, has it do something, and ends it.

In: a Blender with the add-on. Out: what answered, in words; `InstallFailed` if anything did not. The Blender
listens on a free port of this machine only, under a token made for it, and keeps no sessions.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import secrets
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import headless_blender
from ..blenders import FoundBlender
from ..client import connect
from ..effects import ConnectionLost
from ..errors import Blocked, TenonError
from ..instances import PORT_VARIABLE, TOKEN_VARIABLE, Address, Instance, list_instances
from ..mcp_stdio import mcp_protocol, mcp_session
from ..mcp_stdio.http_exchange import HttpError, HttpExchange
from ..setup.verify import CLIENT
from ..state_folder import VARIABLE
from . import blender_steps
from .failure import InstallFailed

START_TIMEOUT = 180.0  # seconds until it serves
ANSWER_TIMEOUT = 60.0
END_TIMEOUT = 30.0  # seconds to end by itself, after which it is killed
POLL = 0.05  # seconds between two looks at the folder of descriptors


@dataclass(frozen=True)
class Proof:
    address: str
    blender: str
    tenon: str
    object: str  # that was made; empty if the preferences forbid changes
    tools: int  # that an assistant is offered

    def __str__(self) -> str:
        made = (
            f"made and saw {self.object}"
            if self.object
            else "read the scene (the preferences forbid changes)"
        )
        return (
            f"Blender {self.blender} with Tenon {self.tenon} served at {self.address}, {made}, "
            f"and offered {self.tools} tools over MCP"
        )


def prove(blender: FoundBlender, version: str, folder: Path) -> Proof:
    """`folder` is for what the trial leaves: one of the user's own, since a Blender in a sandbox may not see
    the one for temporary files."""
    token = secrets.token_hex(16)
    with serving(blender, token, folder) as instance:
        if instance.version != version:
            raise InstallFailed(f"the Blender that started runs Tenon {instance.version}, not {version}")
        _health(instance.address)
        made = _commands(instance.address, token)
        tools = _tools(instance.address, token)
    return Proof(str(instance.address), instance.blender, instance.version, made, tools)


@contextlib.contextmanager
def serving(blender: FoundBlender, token: str, folder: Path) -> Iterator[Instance]:
    """The Blender while it serves."""
    command = headless_blender.command(blender.program, host="127.0.0.1")
    with tempfile.TemporaryDirectory(dir=folder, ignore_cleanup_errors=True) as state:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TENON_")}
        chosen = {PORT_VARIABLE: "0", TOKEN_VARIABLE: token, "TENON_STORE_FOLDER": "off"}
        environment = {**kept, VARIABLE: state, **chosen}
        with (Path(state) / "output").open("w+b") as output:
            try:
                with blender_steps.running(command, output, environment, END_TIMEOUT) as process:
                    yield _started(process, state)
            except (InstallFailed, TenonError, OSError, ConnectionLost, HttpError, LookupError) as error:
                output.seek(0)
                # Blender repeats the whole script in its message.
                text = output.read().decode("utf-8", "replace").replace(command[-1], "the script")
                said = "\n".join(text.strip().splitlines()[-15:])
                raise InstallFailed(f"{error}. {blender.program} says:\n{said}") from error


def _started(process: subprocess.Popen[bytes], folder: str) -> Instance:
    """Its descriptor, once it serves."""
    until = time.monotonic() + START_TIMEOUT
    while time.monotonic() < until:
        if found := list_instances({VARIABLE: folder}):
            return found[0]
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = process.wait(POLL)
            raise InstallFailed(f"the Blender that was started ended with exit code {code} before it served")
    raise InstallFailed(f"the Blender that was started did not serve within {START_TIMEOUT:.0f} s")


def _health(address: Address) -> None:
    connection = http.client.HTTPConnection(address.host, address.port, timeout=ANSWER_TIMEOUT)
    try:
        connection.request("GET", "/health")
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise InstallFailed(f"GET /health answered {answer.status}: {text[:200]!r}")
    finally:
        connection.close()


def _commands(address: Address, token: str) -> str:
    """Makes an object and finds it in the scene; its name."""
    with connect(address.host, address.port, token, reconnect=0) as client:
        made = ""
        with contextlib.suppress(Blocked):
            made = str(
                client.send_command(None, "create_object", {"type": "CUBE"}, timeout=ANSWER_TIMEOUT)["name"]
            )
        scene = client.send_command(None, "get_scene", {}, timeout=ANSWER_TIMEOUT)
        if made not in json.dumps(scene):
            raise InstallFailed(f"{made} was made, and is not in the scene that Blender tells")
        return made


def _tools(address: Address, token: str) -> int:
    """How many tools an assistant is offered."""
    bearer = {"Authorization": f"Bearer {token}"}

    def exchange(headers: Any, limit: float | None) -> HttpExchange:
        return HttpExchange(address, {**bearer, **headers}, limit)

    session = mcp_session.McpSession(exchange, CLIENT)
    session.begin()
    request = {"id": "tenon-install", "method": "tools/list", "params": {}}
    asked = exchange(session.headers(), ANSWER_TIMEOUT)
    asked.send("POST", mcp_protocol.encoded(request))
    tools = mcp_session.answer(asked, request)["tools"]
    session.end()
    if not tools:
        raise InstallFailed("it offers no tools over MCP")
    return len(tools)
