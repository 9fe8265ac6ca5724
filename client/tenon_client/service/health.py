"""Asks a Tenon how it is, over HTTP. Each question is bounded.

In: an address, a token. Out: what `/status` says of the main thread, or None where nothing answers `/health`.
"""

from __future__ import annotations

import http.client
import json
from typing import Any

from ..instances import Address

MOST_BYTES = 1 << 20  # of an answer


class Prober:
    """One connection, kept while it works: a new one for each look would be counted as a client."""

    def __init__(self, address: Address, token: str | None, timeout: float) -> None:
        self._address, self._timeout = address, timeout
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._connection: http.client.HTTPConnection | None = None

    def look(self) -> dict[str, Any] | None:
        """`main_thread` of /status; empty where the token is refused, which is an answer too."""
        if self._get("/health") is None:
            return None
        status, body = self._get("/status") or (0, {})
        if status == 0:
            return None
        found = body.get("main_thread") if status == 200 else None
        return found if isinstance(found, dict) else {}

    def task(self, task_id: str) -> dict[str, Any] | None:
        """What Tenon knows of a task; None: nothing."""
        status, body = self._get(f"/mcp/task/{task_id}") or (0, {})
        return body if status == 200 else None

    def close(self) -> None:
        if self._connection:
            self._connection.close()
        self._connection = None

    def _get(self, path: str) -> tuple[int, dict[str, Any]] | None:
        for fresh in (self._connection is None, True):  # an old connection may have been closed meanwhile
            if self._connection is None:
                self._connection = http.client.HTTPConnection(
                    self._address.host, self._address.port, timeout=self._timeout
                )
            try:
                self._connection.request("GET", path, headers=self._headers)
                answer = self._connection.getresponse()
                body = json.loads(answer.read(MOST_BYTES))
                return answer.status, body if isinstance(body, dict) else {}
            except TimeoutError:
                self.close()
                return None
            except (OSError, http.client.HTTPException, ValueError):
                self.close()
                if fresh:
                    return None
        return None
