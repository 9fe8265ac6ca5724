"""Source text that a client sent: compiled, and shown again in its tracebacks.

In: source text; later the exception that running it raised. Out: code objects, the last ones kept for clients
that send the same again; and the traceback as text, with the lines of the source, without our own frames.
Main thread.
"""

from __future__ import annotations

import ast
import itertools
import linecache
import os
import traceback
import warnings
from collections import OrderedDict
from types import CodeType, TracebackType
from typing import NamedTuple

KEPT = 256  # compiled sources kept
KEPT_SIZE = 64 * 1024  # characters: longer ones are compiled anew each time
FRAMES = 100  # frames of a traceback, the innermost
MESSAGE_SIZE = 64 * 1024  # characters of an exception's own message

BYTE_ORDER_MARK = "\ufeff"  # some editors begin a text with it
NAME = "<code"  # how the file name of submitted code begins
_OUR_FOLDER = os.path.dirname(__file__)  # its frames at the outer end of a traceback are left out

# Code that uses no other names cannot reach Blender's data, so there is no need to look for changes.
_HARMLESS = frozenset(
    """abs all any bool dict enumerate filter float format int isinstance len list map max min pow print range
    repr reversed round set slice sorted str sum tuple zip""".split()  # noqa: SIM905
)

VALUE = "__value__"  # the name that the value of a last expression gets
_NAMES = _HARMLESS | {VALUE}

_numbers = itertools.count(1)


class Program(NamedTuple):
    """Source text, compiled."""

    code: CodeType
    harmless: bool  # it cannot reach Blender's data
    has_value: bool  # its last statement is an expression, whose value it leaves as `VALUE`


_compiled: OrderedDict[str, Program] = OrderedDict()


def compiled(source: str) -> Program:
    """The program; raises what `compile` raises, mostly SyntaxError."""
    known = _compiled.get(source)
    if known is not None:
        _compiled.move_to_end(source)
        return known
    # A file name of its own for each source: functions that stay (a session's, a handler's) show their own
    # lines.
    filename = f"{NAME} {next(_numbers)}>"
    code = compile_as(source, filename)
    with_value = _with_value(source, filename) if len(source) <= KEPT_SIZE else None
    code = with_value or code
    known = Program(code, _is_harmless(code), with_value is not None)
    if len(source) <= KEPT_SIZE:
        _compiled[source] = known
        _show_lines(source, code)
        if len(_compiled) > KEPT:
            _, oldest = _compiled.popitem(last=False)
            linecache.cache.pop(oldest.code.co_filename, None)
    return known


def _with_value(source: str, filename: str) -> CodeType | None:
    """The same program, leaving its last expression's value; None: it does not end in one that has any."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the first compilation has told them
            tree = ast.parse(source.removeprefix(BYTE_ORDER_MARK), filename)
            last = tree.body[-1] if tree.body else None
            if not isinstance(last, ast.Expr) or _is_print(last.value):
                return None
            target = ast.copy_location(ast.Name(VALUE, ast.Store()), last)
            tree.body[-1] = ast.copy_location(ast.Assign([target], last.value), last)
            return compile(tree, filename, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # deeper than a tree may be
        return None


def _is_print(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"


def _is_harmless(code: CodeType) -> bool:
    inner = (constant for constant in code.co_consts if isinstance(constant, CodeType))
    return _NAMES.issuperset(code.co_names) and all(map(_is_harmless, inner))


def compile_as(source: str, filename: str) -> CodeType:
    """Compile under this name; SyntaxError also for text that can be no source code at all."""
    if "\0" in source:
        raise _unfit(source, source.index("\0"))
    try:
        # dont_inherit: this file's own `from __future__` must not apply to the client's code.
        return compile(source.removeprefix(BYTE_ORDER_MARK), filename, "exec", dont_inherit=True)
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
    shown_error = traceback.TracebackException(type(error), error, frames, limit=-FRAMES)
    _trim(shown_error)
    return "".join(shown_error.format())


def _trim(shown_error: traceback.TracebackException | None) -> None:
    """Leave the frames of submitted code, also in the exceptions that this one came from."""
    while shown_error is not None:
        shown_error.stack = _submitted(shown_error.stack)
        _trim(shown_error.__context__)
        shown_error = shown_error.__cause__


def _submitted(stack: traceback.StackSummary) -> traceback.StackSummary:
    """Up to the last frame of submitted code: frames inside libraries are left out."""
    own = [at for at, frame in enumerate(stack) if frame.filename.startswith(NAME)]
    return traceback.StackSummary.from_list(stack[: own[-1] + 1]) if own else stack
