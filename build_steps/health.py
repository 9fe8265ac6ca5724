"""Asks the Tenon on this machine whether it serves: exit code 0, else 1 and why. The image's HEALTHCHECK.

In: TENON_PORT and TENON_TOKEN, as the server's. Out: the exit code. Blender's main thread is not asked, so a
long render is healthy.
"""

import json
import os
import sys
import urllib.request

address = f"http://127.0.0.1:{os.environ.get('TENON_PORT') or 9876}/health"
headers = {"Authorization": f"Bearer {token}"} if (token := os.environ.get("TENON_TOKEN")) else {}
try:
    # Nothing of the proxies that the environment may name: it is this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(address, headers=headers), timeout=4) as reply:
        told = json.load(reply)
except (OSError, ValueError) as error:
    sys.exit(f"tenon: no health from {address}: {error}")
if told.get("status") != "ok":
    sys.exit(f"tenon: {address} says {told}")
