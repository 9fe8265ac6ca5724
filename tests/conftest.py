"""Lets every test import what the tests share, `wire` among it, from wherever pytest was started.

And keeps what Tenon keeps for its user (sessions, descriptors, the log) in a folder of the tests' own.
"""

import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

# Gone when this process ends. One that a test starts inherits the names, and makes no folder of its own.
if "TENON_STATE_DIR" not in os.environ:
    _kept = tempfile.TemporaryDirectory(prefix="tenon-tests-", ignore_cleanup_errors=True)
    for _variable, _name in (("TENON_STATE_DIR", "state"), ("BLENDER_USER_DATAFILES", "datafiles")):
        os.environ[_variable] = str(Path(_kept.name) / _name)
        Path(os.environ[_variable]).mkdir()
