"""The staged native module in plain Python, as `_native`: importing this file loads it as the add-on does."""

import sys
from pathlib import Path

STAGED = Path(__file__).resolve().parents[2] / "target" / "addon" / "tenon"
sys.path.append(str(STAGED))

import native_library  # noqa: E402

[LIBRARY] = [path for path in STAGED.glob("_native_*") if path.suffix in (".so", ".pyd")]
_native = native_library.load_file("_native", LIBRARY)
