"""The best-known peer, PyPI `mcp-for-blender`, beside Tenon in the same windowed Blender.

In: the package index, once; afterwards what lies in `target/peer`. Out: the port that its add-on serves on.
Its add-on is enabled as its users do it; its own look for updates is switched off by its own variable.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import zipfile

from programs import ROOT, Unavailable, Windowed

FOLDER = ROOT / "target" / "peer"
MODULE = "mcp_for_blender_addon"
START = """
import os, sys
sys.path.append({libraries!r})
os.environ["BLENDERMCP_NO_UPDATE_CHECK"] = "1"
bpy.ops.preferences.addon_enable(module={module!r})
# Its own start comes with a timer, a moment later, and reads the port then.
bpy.context.scene.blendermcp_port = {port}
"""


def fetch() -> bytes:
    """Its add-on's source; with it comes `requests`, which that imports."""
    if not list(FOLDER.glob("*.whl")):
        pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
        download = [*pip, "download", "--no-deps", "--dest", FOLDER, "mcp-for-blender"]
        install = [*pip, "install", "--target", FOLDER / "libraries", "requests"]
        for command in (install, download):
            ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
            if ended.returncode != 0:
                raise Unavailable(f"the peer could not be had: {ended.stderr.strip().splitlines()[-1]}")
    [wheel] = FOLDER.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith("bundled/addon.py")]
        return archive.read(name)


def version() -> str:
    return next(FOLDER.glob("*.whl")).name.split("-")[1]


def start(window: Windowed) -> int:
    """Enables it in this Blender; returns its port once it serves."""
    (window.addons / f"{MODULE}.py").write_bytes(fetch())
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    window.order(START.format(libraries=str(FOLDER / "libraries"), module=MODULE, port=port))
    window.wait_for("BlenderMCP server started on ")
    return port
