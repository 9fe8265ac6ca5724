"""The one bridge to the native core.

The server, its sessions and its queue live on native threads behind it and never wait for Python. The panel
reads its snapshots; a command reads `bridge.session_id` while it runs.
"""

from __future__ import annotations

from ._native import Bridge

bridge = Bridge()
