"""Serves a windowless Blender as `build_steps/serve.py` does, but read-only and with a token: THIS _ PORT _.

On this, the main thread, until the process is ended.
"""

import importlib
import sys
from pathlib import Path

TOKEN = "s3cret"


def main(port: str) -> None:
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "target" / "addon"))
    importlib.import_module("bpy")  # makes the next one importable
    tenon = importlib.import_module("addon_utils").enable("tenon", default_set=True)
    restricted = {"read_only": True, "require_token": True, "token": TOKEN}
    tenon.server.headless.serve({"port": int(port), **restricted})


if __name__ == "__main__":
    main(sys.argv[2])
