"""Server-sent events: the bytes of a `text/event-stream` in, whatever their cuts, whole events out.

Pure: no sockets, no threads. Linear in the bytes, since one event can carry a picture of many megabytes.
https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The lines, without their ends: `\\n`, `\\r\\n` or `\\r`. An unfinished last line is dropped."""
    held: list[bytes] = []  # the pieces of a line whose end has not come
    after_return = False  # a `\n` that comes now belongs to the `\r` before
    for chunk in chunks:
        if after_return and chunk.startswith(b"\n"):
            chunk = chunk[1:]
            after_return = False
        if not chunk:
            continue
        after_return = chunk.endswith(b"\r")
        first, *rest = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        held.append(first)
        for piece in rest:
            yield b"".join(held)
            held = [piece]


def events(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The data of each event that has some, when its blank line has come.

    Ids, names and comments (keep-alives) are of no use to a bridge.
    """
    data: list[bytes] = []
    for line in lines(chunks):
        name, _, value = line.partition(b":")
        if name == b"data":
            data.append(value.removeprefix(b" "))
        elif not line:
            text = b"\n".join(data).strip()
            if text:
                yield text
            data = []
