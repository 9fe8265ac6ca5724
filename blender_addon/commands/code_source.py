"""Source text that a client sent: compiled, and shown again in its tracebacks.

In: source text; later the exception that running it raised. Out: code objects, the last ones kept for clients
that send the same again; and the traceback as text, with the lines of the source, without our own frames.
Main thread.
"""

from __future__ import annotations

import itertools
import linecache
import os
import traceback
from collections import OrderedDict
from types import CodeType, TracebackType

KEPT = 256  # compiled sources kept
KEPT_SIZE = 64 * 1024  # characters: longer ones are compiled anew each time
FRAMES = 100  # frames of a traceback, the innermost
MESSAGE_SIZE = 64 * 1024  # characters of an exception's own message

NAME = "<code"  # how the file name of submitted code begins
_OUR_FOLDER = os.path.dirname(__file__)  # its frames at the outer end of a traceback are left out

# Code that names nothing but these cannot reach Blender's data, so nobody need look whether it changed any.
_HARMLESS = frozenset(
    """abs all any bool dict enumerate filter float format int isinstance len list map max min pow print range
    repr reversed round set slice sorted str sum tuple zip""".split()  # noqa: SIM905
)

_numbers = itertools.count(1)
_compiled: OrderedDict[str, tuple[CodeType, bool]] = OrderedDict()


def compiled(source: str) -> tuple[CodeType, bool]:
    """The code object, and whether it is harmless; raises what `compile` raises, mostly SyntaxError."""
    known = _compiled.get(source)
    if known is not None:
        _compiled.move_to_end(source)
        return known
    # A file name of its own for each source: functions that stay (a session's, a handler's) show their own
    # lines.
    code = compile_as(source, f"{NAME} {next(_numbers)}>")
    known = code, _is_harmless(code)
    if len(source) <= KEPT_SIZE:
        _compiled[source] = known
        _show_lines(source, code)
        if len(_compiled) > KEPT:
            _, (oldest, _) = _compiled.popitem(last=False)
            linecache.cache.pop(oldest.co_filename, None)
    return known


def _is_harmless(code: CodeType) -> bool:
    inner = (constant for constant in code.co_consts if isinstance(constant, CodeType))
    return _HARMLESS.issuperset(code.co_names) and all(map(_is_harmless, inner))


def compile_as(source: str, filename: str) -> CodeType:
    """Compile under this name; SyntaxError also for text that can be no source code at all."""
    if "\0" in source:
        raise _unfit(source, source.index("\0"))
    try:
        # dont_inherit: this file's own `from __future__` is no business of the client's code.
        return compile(source, filename, "exec", dont_inherit=True)
    except UnicodeEncodeError as error:  # a lone surrogate
        raise _unfit(source, error.start) from None


def _unfit(source: str, position: int) -> SyntaxError:
    line = source.count("\n", 0, position) + 1
    return SyntaxError(f"line {line} holds U+{ord(source[position]):04X}, which Python source cannot")


def message_of(error: BaseException) -> str:
    """The exception's own message, however its `__str__` behaves."""
    try:
        text = str(error)
    except Exception:
        return f"<{type(error).__name__} cannot be shown as text>"
    return text if len(text) <= MESSAGE_SIZE else f"{text[:MESSAGE_SIZE]}... ({len(text):,} characters)"


def traceback_of(error: BaseException, source: str, code: CodeType | None) -> str:
    """Python's traceback text from the submitted code inwards; `code` is None if the source did not
    compile."""
    if code is not None:
        _show_lines(source, code)
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename.startswith(_OUR_FOLDER):
        frames = frames.tb_next
    try:
        return _formatted(error, frames)
    finally:
        if code is not None and source not in _compiled:
            linecache.cache.pop(code.co_filename, None)


def _show_lines(source: str, code: CodeType) -> None:
    """Give Python the lines for its tracebacks; no modification time, so it looks for no file."""
    linecache.cache[code.co_filename] = (len(source), None, source.splitlines(True), code.co_filename)


def _formatted(error: BaseException, frames: TracebackType | None) -> str:
    shown = message_of(error)
    if len(shown) > MESSAGE_SIZE:  # the full message would be in the traceback once more
        stack = _submitted(traceback.extract_tb(frames, limit=-FRAMES))
        return "".join(["Traceback (most recent call last):\n", *stack.format()]) + (
            f"{type(error).__name__}: {shown}\n"
        )
    told = traceback.TracebackException(type(error), error, frames, limit=-FRAMES)
    _trim(told)
    return "".join(told.format())


def _trim(told: traceback.TracebackException | None) -> None:
    """Leave the frames of submitted code, also in the exceptions that this one came from."""
    while told is not None:
        told.stack = _submitted(told.stack)
        _trim(told.__context__)
        told = told.__cause__


def _submitted(stack: traceback.StackSummary) -> traceback.StackSummary:
    """Up to the last frame of submitted code: what lies below is a library's own affair."""
    own = [at for at, frame in enumerate(stack) if frame.filename.startswith(NAME)]
    return traceback.StackSummary.from_list(stack[: own[-1] + 1]) if own else stack
