"""The two eras of the Model Context Protocol as a bridge must know them: JSON in, JSON and headers out. Pure.

Versions up to 2025-11-25 begin with `initialize` and live in a session of the HTTP server; from 2026-07-28 on
every request carries its version and stands alone.
https://modelcontextprotocol.io/specification/2025-11-25/basic/transports
https://modelcontextprotocol.io/specification/2026-07-28/basic/transports
"""

from __future__ import annotations

import base64
import json
import re
from typing import Any

Message = dict[str, Any]

HANDSHAKE_VERSIONS = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
VERSION_KEY = "io.modelcontextprotocol/protocolVersion"
SUBSCRIPTION_KEY = "io.modelcontextprotocol/subscriptionId"

ID = (str, int, float)  # what a request may be known by
PARSE_ERROR, INVALID_REQUEST, INTERNAL_ERROR = -32700, -32600, -32603
CONNECTION_CLOSED = -32000

# The parameter that the header `Mcp-Name` repeats.
NAMED_BY = {
    **dict.fromkeys(("tools/call", "prompts/get"), "name"),
    **dict.fromkeys(("resources/read", "resources/subscribe", "resources/unsubscribe"), "uri"),
    **dict.fromkeys(("tasks/get", "tasks/update", "tasks/cancel"), "taskId"),
}
SAFE = re.compile(r"(?! )(?!=\?base64\?.*\?=$)[\x20-\x7e]*(?<! )")


def params(message: Message) -> Message:
    found = message.get("params")
    return found if isinstance(found, dict) else {}


def version(message: Message) -> str | None:
    """The version that a message of the newer era carries."""
    meta = params(message).get("_meta")
    found = meta.get(VERSION_KEY) if isinstance(meta, dict) else None
    return found if isinstance(found, str) else None


def routing_headers(message: Message) -> dict[str, str]:
    """The headers that repeat what a message of the newer era says."""
    method = message["method"]
    headers = {"MCP-Protocol-Version": version(message) or "", "Mcp-Method": method}
    name = params(message).get(NAMED_BY.get(method, ""))
    if isinstance(name, str):
        headers["Mcp-Name"] = header_value(name)
    return headers


def header_value(text: str) -> str:
    if SAFE.fullmatch(text):
        return text
    return f"=?base64?{base64.b64encode(text.encode('utf-8', 'surrogatepass')).decode('ascii')}?="


def encoded(message: Message) -> bytes:
    return json.dumps({"jsonrpc": "2.0", **message}, ensure_ascii=False).encode("utf-8", "backslashreplace")


def reply(to: Message, result: Message) -> Message:
    """A result, in the form of the asker's era."""
    if version(to):
        return {"id": to["id"], "result": {"resultType": "complete", **result}}
    return {"id": to["id"], "result": {key: result[key] for key in result if key not in MODERN_MEMBERS}}


MODERN_MEMBERS = ("resultType", "ttlMs", "cacheScope")


def error(to: object, code: int, text: str) -> Message:
    return {"id": to, "error": {"code": code, "message": text}}


def failure(to: Message, text: str) -> Message:
    """What went wrong, where it will be read: a tool's in its result, which models are shown."""
    if to["method"] == "tools/call":
        return reply(to, {"content": [{"type": "text", "text": text}], "isError": True})
    return error(to["id"], CONNECTION_CLOSED, text)


def is_request(message: Message) -> bool:
    return isinstance(message.get("method"), str) and isinstance(message.get("id"), ID)


def response(text: bytes, request: object) -> Message | None:
    """The message in this JSON text if it answers the request of that id, else None.

    A server that could not read the id answers under none.
    """
    message = json.loads(text)
    if isinstance(message, dict) and "method" not in message and message.get("id") in (request, None):
        return message
    return None
