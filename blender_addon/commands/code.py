"""Running Python code that a client sent.

In: source text. Out: what it printed and left behind, or an error with the traceback into that source. Main
thread only, like all that touches bpy. Everything that code can raise becomes the reply's error, `sys.exit`
too; only `Cancelled`, which the watchdog raises inside it, goes on to the native core.

`execute_code` stands alone in its speed: sequential clients feel each microsecond of it.
"""

from __future__ import annotations

import builtins
import json
import sys
import time
from collections import OrderedDict
from collections.abc import Generator
from pathlib import Path
from types import CodeType
from typing import Annotated, Any

import bpy

from .. import undo
from .._native import Cancelled, encode
from ..progress import progress
from .code_advice import advice
from .code_output import LIMIT, Output, captured
from .code_source import compile_as, compiled, message_of, traceback_of
from .registry import CommandError, command
from .schema import Constraint

NAMESPACES = 64  # lasting namespaces kept, those used last
UNFINISHED_LIMIT = 3600.0  # seconds that `check_is_finished` may take

_namespaces: OrderedDict[str | None, dict[str, Any]] = OrderedDict()


def fresh_namespace() -> dict[str, Any]:
    """What code finds at its start: a main module with bpy imported, and `progress`."""
    return {"__name__": "__main__", "__builtins__": builtins, "bpy": bpy, "progress": progress}


def session_namespace() -> dict[str, Any]:
    """The lasting namespace of the session whose command runs now."""
    from ..main_thread import bridge  # here, because the commands themselves do not need a server

    session = bridge.session_id
    namespace = _namespaces.get(session)
    if namespace is None:
        namespace = _namespaces[session] = fresh_namespace()
        if len(_namespaces) > NAMESPACES:
            _namespaces.popitem(last=False)
    else:
        _namespaces.move_to_end(session)
    return namespace


_ANSWER = {"type": "object", "properties": {"result": {"type": "string"}}}


@command(title="Run Python code", destructive=True, undo="if_changed", tool=True, output_schema=_ANSWER)
def execute_code(
    code: str, persist: bool = False, max_output: Annotated[int, Constraint(minimum=1)] | None = None
) -> dict[str, Any]:
    """Run Python in Blender, for all that no tool does. `bpy` is imported; print() what you want to know;
    `progress(fraction, message)` tells how far long work is. Operators (bpy.ops) need the right mode, active
    object and context; bpy.data does not. In steps: an error leaves done what came before it.

    code: source text
    persist: keep names for this session's next call
    max_output: characters of it at most
    """
    output = Output(max_output or LIMIT)
    program: CodeType | None = None
    failure: BaseException | None = None
    console = sys.stdout
    try:
        program, harmless = compiled(code)
        if persist or not harmless:
            undo.begin()
        sys.stdout = output
        exec(program, session_namespace() if persist else fresh_namespace())
    except Cancelled:
        raise
    except BaseException as error:
        failure = error
    finally:
        sys.stdout = console
    if failure is None:
        return {"executed": True, "result": output.text()}
    words = {
        "exception_type": type(failure).__name__,
        "message": message_of(failure),
        "traceback": traceback_of(failure, code, program),
    }
    raise CommandError(json.dumps(words), data=_data(failure, output)) from None


@command(title="Run Python code for a result", destructive=True, undo="if_changed")
def execute(code: str, strict_json: bool = False) -> Generator[None, None, dict[str, Any]]:
    """Run Python code that fills the dict `result`. Code that leaves a function `check_is_finished` is not
    finished until that, called again and again, returns a dict instead of None: then this is the result.

    code: Python source text; `result` is an empty dict when it starts
    strict_json: fail when the result holds what JSON cannot, instead of giving its repr
    """
    undo.begin()
    stdout, stderr = Output(), Output()
    namespace = fresh_namespace()
    namespace["result"] = {}
    program: CodeType | None = None
    try:
        program, _ = captured(stdout, stderr, compiled, code)
        captured(stdout, stderr, exec, program, namespace)
        result = namespace.get("result")
        is_finished = namespace.get("check_is_finished")
        if callable(is_finished):
            deadline = time.monotonic() + UNFINISHED_LIMIT
            while (result := captured(stdout, stderr, is_finished)) is None:
                if time.monotonic() > deadline:
                    raise CommandError("check_is_finished still returned None after an hour", code="timeout")
                yield
    except (Cancelled, GeneratorExit):
        raise
    except CommandError as error:
        error.data = _printed(stdout, stderr)
        raise
    except BaseException as error:
        raise CommandError(traceback_of(error, code, program), data=_data(error, stdout, stderr)) from None
    if not isinstance(result, dict):
        rule = (
            "check_is_finished must return None or a dict"
            if callable(is_finished)
            else "result must be a dict"
        )
        raise CommandError(f"{rule}, not {type(result).__name__}", data=_printed(stdout, stderr))
    try:
        encoded = encode(result, strict_json)  # now, while the Blender objects that it may hold are alive
    except (TypeError, ValueError) as error:
        raise CommandError(f"{type(error).__name__}: {error}", data=_printed(stdout, stderr)) from None
    return {"result": encoded, **(_printed(stdout, stderr) or {})}


@command(name="python.execute", title="Run a Python script", destructive=True, undo="if_changed")
def run_script(
    code: str | None = None,
    script_path: str | None = None,
    args: dict[str, Any] | None = None,
    timeout_seconds: float | None = None,
) -> dict[str, Any]:
    """Run Python code, or a script file, that finds its arguments in `args` and leaves its result in
    `__result__`.

    code: Python source text; either this or script_path
    script_path: a Python file
    args: the value of `args` in the script
    timeout_seconds: after which the script is stopped
    """
    if (code is None) == (script_path is None):
        raise CommandError("Give either 'code' or 'script_path'", code="invalid_params")
    source = code if code is not None else _read_script(str(script_path))
    undo.begin()
    stdout, stderr = Output(), Output()
    namespace = fresh_namespace()
    namespace.update(args=args or {}, mathutils=sys.modules["mathutils"])
    program: CodeType | None = None
    start = time.monotonic()
    try:
        if script_path:
            namespace["__file__"] = script_path
            program = captured(stdout, stderr, compile_as, source, script_path)
        else:
            program, _ = captured(stdout, stderr, compiled, source)
        captured(stdout, stderr, exec, program, namespace)
    except Cancelled:
        raise
    except BaseException as error:
        text = traceback_of(error, source, program)
        raise CommandError(text, data=_data(error, stdout, stderr)) from None
    return {
        "result": encode(namespace.get("__result__")),
        "stdout": stdout.text(),
        "stderr": stderr.text(),
        "duration_seconds": round(time.monotonic() - start, 6),
    }


def _read_script(path: str) -> str:
    try:
        return Path(bpy.path.abspath(path)).read_text("utf-8")
    except (OSError, UnicodeError) as error:
        raise CommandError(f"Cannot read the script {path}: {error}") from None


def _data(error: BaseException, stdout: Output, stderr: Output | None = None) -> dict[str, str] | None:
    """What goes with an error of the code: what it printed before, and what to do, where that is known."""
    hint = advice(error)
    return {**({"hint": hint} if hint else {}), **(_printed(stdout, stderr) or {})} or None


def _printed(stdout: Output, stderr: Output | None = None) -> dict[str, str] | None:
    """What the code printed, by stream; None: nothing."""
    streams = {"stdout": stdout, "stderr": stderr}
    return {name: stream.text() for name, stream in streams.items() if stream and stream.tell()} or None
