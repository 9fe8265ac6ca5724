"""Tells systemd how a service is: READY, STATUS, WATCHDOG, STOPPING (sd_notify).

In: `NOTIFY_SOCKET` in the environment; without it nothing is told. Out: datagrams.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Mapping


def notify(*lines: str, environ: Mapping[str, str] = os.environ) -> bool:
    """False: somebody is to be told, and could not be. The service runs all the same."""
    address = environ.get("NOTIFY_SOCKET", "")
    family = getattr(socket, "AF_UNIX", None)
    if not address or family is None:
        return True
    if address.startswith("@"):  # Linux's abstract namespace
        address = "\0" + address[1:]
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as to:
        to.settimeout(1.0)
        to.sendto("\n".join(lines).encode(), address)
        return True
    return False
