"""What a client's code prints and warns of, kept in bounds.

In: text, from `print`, `logging`, `warnings` and tracebacks, while an `Output` replaces sys.stdout or
sys.stderr. Out: that text, at most a limit's worth of it and a note on how much more there was. Main thread;
other threads may write.
"""

from __future__ import annotations

import io
import linecache
import logging
import re
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from ...cancellation import retry_on_cancel

LIMIT = 64 * 1024 * 1024  # characters

REPORTS = 20  # different warnings and errors of operators told in a reply

# How Blender prints what an operator reports: one line, in one piece. Mere information is left out.
_REPORTS = (
    "Warning: ",
    "Error: ",
    "Invalid Input Error: ",
    "Invalid Context Error: ",
    "Out Of Memory Error: ",
)
_OPERATOR_CALL = re.compile(r"(?:bpy\.)?ops\.\w+\.\w+\(")

_PASSING_ON = -1  # room of an output whose code does not run


class Output(io.StringIO):
    """A stream that stops growing at its limit, and that a client's code cannot close.

    Something may keep it for longer than the code runs: a logging handler, a thread. What that writes goes
    to the stream that stands in sys under this one's name then.
    """

    def __init__(self, limit: int = LIMIT, name: str = "stdout") -> None:
        super().__init__()
        self._limit = self._room = self._unused = min(limit, LIMIT)
        self._lost = 0  # characters beyond the limit
        self._stands_for = name
        self._reported: list[str] = []
        self._more_reported = 0

    def open(self) -> None:
        self._room = self._unused

    def shut(self) -> None:
        """May be called again."""
        if self._room != _PASSING_ON:
            self._unused, self._room = self._room, _PASSING_ON

    def set_limit(self, limit: int) -> None:
        """Of one that holds nothing."""
        self.seek(0)
        self._limit = self._room = self._unused = min(limit, LIMIT)

    def reports(self) -> list[str]:
        """What operators warned of, each text once, in order."""
        more = [f"and {self._more_reported} more"] if self._more_reported else []
        return self._reported + more

    def write(self, text: str) -> int:
        size = len(text)
        if text.startswith(_REPORTS) and text.endswith("\n") and _is_report(sys._getframe(1)):
            self._note_report(text.rstrip())
        if size <= self._room:
            self._room -= size
            return super().write(text)
        if self._room == _PASSING_ON:
            return self._pass_on(text)
        super().write(text[: self._room])
        self._lost += size - self._room
        self._room = 0
        return size

    def _note_report(self, text: str) -> None:
        if len(self._reported) == REPORTS:
            self._more_reported += 1
        elif text not in self._reported:
            self._reported.append(text)

    def _pass_on(self, text: str) -> int:
        present = getattr(sys, self._stands_for, None)
        if isinstance(present, Output) and present._room == _PASSING_ON:
            present = getattr(sys, f"__{self._stands_for}__")
        if present is not None:  # a windowed Blender on Windows may have none
            present.write(text)
        return len(text)

    def close(self) -> None:
        """Nothing: what was printed before is still wanted."""

    def text(self) -> str:
        """All that was kept, as valid UTF-8: lone surrogates are escaped."""
        text = self.getvalue()
        if not text.isascii():
            text = text.encode("utf-8", "backslashreplace").decode("utf-8")
        if self._lost:
            text += f"\n[cut at {self._limit:,} characters; {self._lost:,} more were printed]\n"
        return text


_spare: list[Output] = []  # one for sys.stderr that nobody wrote into: most code warns of nothing


def take_stderr(limit: int) -> Output:
    """One for sys.stderr, open; it is given back by `give_stderr`."""
    if not _spare:
        return Output(limit, "stderr")
    output = _spare.pop()
    output.set_limit(limit)
    return output


def give_stderr(output: Output) -> str:
    """Its text; no use of it after that."""
    text = output.text()
    if not text and not _spare:
        _spare.append(output)
    return text


class Redirection:
    """Both streams replaced, from `begin` until `end`; what the code puts in their place is discarded."""

    def __init__(self, stdout: Output, stderr: Output) -> None:
        self._outputs = stdout, stderr
        self._before = sys.stdout, sys.stderr
        self._handlers = _console_handlers(self._before, self._outputs) if logging.root.handlers else ()

    def begin(self) -> None:
        """Both outputs are open by now."""
        sys.stdout, sys.stderr = self._outputs
        for handler, _, output in self._handlers:
            handler.stream = output

    def end(self) -> None:
        """May be called again where `Cancelled` came between."""
        sys.stdout, sys.stderr = self._before
        for handler, stream, _ in self._handlers:
            handler.stream = stream
        self._outputs[0].shut()
        self._outputs[1].shut()


def _console_handlers(
    streams: tuple[Any, Any], outputs: tuple[Output, Output]
) -> list[tuple[logging.StreamHandler[Any], Any, Output]]:
    """Handlers of the root logger that write to the console: `logging` does not ask for sys.stderr anew."""
    consoles = {id(sys.__stdout__): outputs[0], id(sys.__stderr__): outputs[1]}
    consoles.update({id(stream): output for stream, output in zip(streams, outputs, strict=True)})
    consoles.pop(id(None), None)
    return [
        (handler, handler.stream, consoles[id(handler.stream)])
        for handler in logging.root.handlers
        if isinstance(handler, logging.StreamHandler) and id(handler.stream) in consoles
    ]


def captured(stdout: Output, stderr: Output, function: Callable[..., Any], *arguments: Any) -> Any:
    """Call the function with both streams captured; what it puts in their place is discarded."""
    redirection = Redirection(stdout, stderr)
    try:
        stdout.open()
        stderr.open()
        redirection.begin()
        return function(*arguments)
    finally:
        retry_on_cancel(redirection.end)


def _is_report(frame: FrameType) -> bool:
    """Whether an operator reports, and not the code prints what looks like it.

    Blender's own `bpy/ops.py` calls operators, or native code does (Blender 5.2, say): then the frame is the
    code's, and the call that it is at tells. One by another name than `ops.group.name` counts as no operator.
    """
    if frame.f_globals.get("__name__") == "bpy.ops":
        return True
    return _OPERATOR_CALL.match(_call_text(frame)) is not None


def _call_text(frame: FrameType) -> str:
    """The line of source from the call on that the frame is at; empty where that is not known."""
    code = frame.f_code
    if not hasattr(code, "co_positions"):  # before Python 3.11, which has no such Blender
        return ""
    line, _, column, _ = list(code.co_positions())[frame.f_lasti // 2]
    if line is None or column is None:
        return ""
    return linecache.getline(code.co_filename, line).encode()[column:].decode(errors="replace")
