"""Lets every test import what the tests share, `wire` among it, from wherever pytest was started."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
