"""Tries what was written, as the assistant will. In: a URL or a command. Out: whether it answers, and a
message."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ..effects import ConnectionLost
from ..errors import Unreachable
from ..instances import Address
from ..mcp_stdio import mcp_protocol
from ..mcp_stdio.http_exchange import HttpError, HttpExchange
from ..mcp_stdio.mcp_session import McpSession
from .registry import TOKEN

START_TIMEOUT = 20.0  # seconds for a program to start and answer
CLIENT = {
    "protocolVersion": mcp_protocol.HANDSHAKE_VERSIONS[-1],
    "capabilities": {},
    "clientInfo": {"name": "tenon setup", "version": "1"},
}


def address(url: str, token: str | None) -> tuple[bool, str]:
    """Whether a Tenon answers the handshake there, and a message."""
    parts = urlsplit(url)
    where = Address(parts.hostname or "127.0.0.1", parts.port or 80)
    bearer = {"Authorization": f"Bearer {token}"} if token else {}
    session = McpSession(lambda headers, limit: HttpExchange(where, {**bearer, **headers}, limit), CLIENT)
    try:
        server = session.begin()["serverInfo"]
        session.end()
    except Unreachable:
        return False, f"nobody listens at {where} yet: start Tenon in Blender (N panel > Tenon)"
    except HttpError as error:
        if error.status == 401:
            return (
                False,
                f"it wants its token: set {TOKEN} to the one in Tenon's preferences, and use --token",
            )
        return False, f"what listens at {where} is not a Tenon that knows this protocol ({error})"
    except (ConnectionLost, KeyError) as error:
        return False, f"what listens at {where} did not answer as a Tenon does ({error})"
    return True, f"{server.get('title') or server.get('name')} {server.get('version')} answers at {where}"


def program(command: list[str], environment: Mapping[str, str]) -> tuple[bool, str]:
    """Whether the program starts and answers the handshake."""
    handshake = {"id": 1, "method": "initialize", "params": CLIENT}
    try:
        answer = subprocess.run(
            command,
            input=mcp_protocol.encoded(handshake) + b"\n",
            capture_output=True,
            timeout=START_TIMEOUT,
            check=True,
            env={**os.environ, **environment},
        )
        result: dict[str, Any] = json.loads(answer.stdout.splitlines()[0])["result"]
    except subprocess.CalledProcessError as error:
        return False, f"the program failed: {error.stderr.decode('utf-8', 'replace').strip()[-500:]}"
    except (OSError, subprocess.TimeoutExpired, ValueError, LookupError) as error:
        return False, f"the program does not answer: {error}"
    return True, f"the program starts and answers {result['protocolVersion']}"
