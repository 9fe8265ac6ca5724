"""Records what a Tenon tells an assistant before its first call, for `tenon mcp` with Blender closed.

Runs inside the environment's Python: THIS [--check]. In: the staged add-on, with its default settings, asked
over a socket like any client. Out: `client/tenon_client/mcp_stdio/snapshot.json`.
"""

import importlib
import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
CLIENT = ROOT / "client"
PAGE = CLIENT / "tenon_client" / "mcp_stdio" / "snapshot.json"
HERE = {"name": "tenon mcp", "version": "1"}
META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": HERE,
    "io.modelcontextprotocol/clientCapabilities": {},
}
LISTS = ("server/discover", "tools/list", "prompts/list", "resources/list", "resources/templates/list")


def ask_all(port: int) -> dict[str, Any]:
    """Method -> result. Lists are kept in their newer form, which the older one is a part of."""
    sys.path.insert(0, str(CLIENT))
    blender = importlib.import_module("tenon_client.mcp_stdio.blender")
    mcp_session = importlib.import_module("tenon_client.mcp_stdio.mcp_session")
    address = importlib.import_module("tenon_client.instances").Address("127.0.0.1", port)
    there = blender.Blender(lambda: address, None)
    greeting = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": HERE}
    old = mcp_session.McpSession(there.connect, greeting)
    found = {"initialize": old.begin(), **{method: there.result(method, {"_meta": META}) for method in LISTS}}
    old.end()
    return found


def main() -> None:
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(ROOT / "target" / "addon"))
    importlib.import_module("bpy")  # makes the next one importable
    tenon = importlib.import_module("addon_utils").enable("tenon")
    if tenon is None:
        sys.exit("tenon: the add-on could not be enabled; its reason is above")
    # What is asked here is answered by the server's own threads, so this one may wait for it.
    tenon.bridge.bridge.start(host="localhost", port=0)
    try:
        text = json.dumps(ask_all(tenon.bridge.bridge.port), indent=1, ensure_ascii=False) + "\n"
    finally:
        tenon.bridge.bridge.stop()
    if "--check" not in sys.argv:
        PAGE.write_text(text, "utf-8")
    elif not PAGE.is_file() or json.loads(PAGE.read_text("utf-8")) != json.loads(text):
        sys.exit(f"tenon: {PAGE.name} is not what the server says; run: python3 build_addon.py docs")


if __name__ == "__main__":
    main()
