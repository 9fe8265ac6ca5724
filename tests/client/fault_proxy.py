"""A TCP proxy that forwards messages by the line, and breaks the connection on both sides where it is told.

In: a server's address and a stage. Out: an address for the client; `cuts` counts. A thread for each direction
of each connection; all of them end with the sockets.
"""

from __future__ import annotations

import contextlib
import enum
import json
import socket
import threading
from collections.abc import Callable

from wire import PATIENCE


class Stage(enum.Enum):
    """Where the connection breaks, once, about a command with a task id."""

    NOT_DELIVERED = "before it arrived"
    HALF_DELIVERED = "in the middle of the command"
    DELIVERED = "while it waited or ran"
    NOT_ANSWERED = "after it ran, before the reply"
    HALF_ANSWERED = "in the middle of the reply"


class Proxy:
    """Listens until closed. Without a stage it forwards everything."""

    def __init__(self, address: str) -> None:
        host, port = address.rsplit(":", 1)
        self._there = (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.cuts = 0
        self.broken = threading.Event()  # the stage was reached and the connection cut
        self._stage: Stage | None = None
        self._reached: Callable[[], object] = lambda: None
        self._meanwhile: Callable[[], object] = lambda: None
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def arm(
        self,
        stage: Stage,
        reached: Callable[[], object] = lambda: None,
        meanwhile: Callable[[], object] = lambda: None,
    ) -> None:
        """Cuts at the stage; a command that is delivered is cut once `reached` returns. The client hears of
        the cut after `meanwhile`."""
        self._stage, self._reached, self._meanwhile = stage, reached, meanwhile

    def cut(self) -> None:
        """Breaks every connection now."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for each in pair:
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
                each.close()
        self.cuts += bool(pairs)

    def __enter__(self) -> Proxy:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                here, _ = self._listener.accept()
                try:
                    there = socket.create_connection(self._there, PATIENCE)
                except OSError:
                    here.close()
                    continue
                there.settimeout(None)
                with self._lock:
                    self._pairs.append((here, there))
                tasks: list[str | None] = []  # the task of each command that is under way, in order
                for way in (self._upwards, self._downwards):
                    threading.Thread(
                        target=self._forward, args=(way, here, there, tasks), daemon=True
                    ).start()

    def _forward(
        self, way: Callable[..., None], here: socket.socket, there: socket.socket, tasks: list[str | None]
    ) -> None:
        source, target = (here, there) if way == self._upwards else (there, here)
        with contextlib.suppress(OSError, ValueError):
            if source.recv(1, socket.MSG_PEEK) == b"{":
                way(here, there, tasks)
            else:  # HTTP: nothing to look into
                while data := source.recv(1 << 16):
                    target.sendall(data)
        for each in (here, there):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _upwards(self, here: socket.socket, there: socket.socket, tasks: list[str | None]) -> None:
        with here.makefile("rb") as lines:
            for line in lines:
                message = json.loads(line)
                task = message.get("task_id")
                tasks.append(task)
                if task and self._stage is Stage.NOT_DELIVERED:
                    self._break()
                    break
                if task and self._stage is Stage.HALF_DELIVERED:
                    there.sendall(line[: len(line) // 2])
                    self._break()
                    break
                there.sendall(line)
                if task and self._stage is Stage.DELIVERED:
                    self._reached()
                    self._break()
                    break

    def _downwards(self, here: socket.socket, there: socket.socket, tasks: list[str | None]) -> None:
        with there.makefile("rb") as lines:
            for line in lines:
                task = tasks.pop(0) if tasks else None
                if task and self._stage is Stage.NOT_ANSWERED:
                    self._break()
                    break
                if task and self._stage is Stage.HALF_ANSWERED:
                    here.sendall(line[: len(line) // 2])
                    self._break()
                    break
                here.sendall(line)

    def _break(self) -> None:
        self._stage = None
        self._meanwhile()
        self.cut()
        self.broken.set()
