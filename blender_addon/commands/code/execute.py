"""Running Python code that a client sent.

In: source text. Out: what it printed and left behind, or an error with the traceback into that source. Main
thread only, like all that touches bpy. Everything that code can raise becomes the reply's error, `sys.exit`
too; only `Cancelled`, which the watchdog raises inside it, goes on to the native core.

`execute_code` has its own code path because it is the most used command, and each microsecond counts.
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

from ..._native import Cancelled, encode
from ...bridge import bridge
from ...cancellation import retry_on_cancel
from ...errors import CommandError
from ...registry import notes
from ...registry.schema import Constraint
from ...registry.table import command
from ...tracking import code_changes
from ...tracking.progress import progress
from ...tracking.undo_tracker import tracker
from .code_policy import is_safe_only, require_allowed
from .error_hints import hint_for
from .output import LIMIT, Output, Redirection, captured, give_stderr, take_stderr
from .source import VALUE, Program, compile_as, compiled, message_of, traceback_of

VALUE_SIZE = 60_000  # bytes of JSON of a last expression's value
NAMESPACES = 64  # lasting namespaces kept, those used last
UNFINISHED_LIMIT = 3600.0  # seconds that `check_is_finished` may take

_namespaces: OrderedDict[tuple[str | None, bool], dict[str, Any]] = OrderedDict()


def fresh_namespace() -> dict[str, Any]:
    """What code finds at its start: a main module with bpy imported, and `progress`."""
    return {"__name__": "__main__", "__builtins__": builtins, "bpy": bpy, "progress": progress}


def session_namespace() -> dict[str, Any]:
    """The lasting namespace of the session whose command runs now."""
    # What code kept that nobody looked at is not for code that keeps to the scene.
    key = (bridge.session_id, is_safe_only())
    namespace = _namespaces.get(key)
    if namespace is None:
        namespace = _namespaces[key] = fresh_namespace()
        if len(_namespaces) > NAMESPACES:
            _namespaces.popitem(last=False)
    else:
        _namespaces.move_to_end(key)
        namespace.pop("__warningregistry__", None)  # each call warns anew
    return namespace


_NOTES = {"type": "array", "items": {"type": "string"}}
_ANSWER = {
    "type": "object",
    "properties": {
        "result": {"type": "string"},
        "stderr": {"type": "string"},
        "reports": {"type": "array"},
        "changes": {"type": "object"},
        "notes": _NOTES,
    },
}


@command(
    title="Run Python code",
    destructive=True,
    undo="if_changed",
    runs_code=True,
    tool=True,
    output_schema=_ANSWER,
)
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
    require_allowed(code, session_namespace if persist else None)
    stdout, stderr = Output(max_output or LIMIT), take_stderr(max_output or LIMIT)
    program: Program | None = None
    failure: BaseException | None = None
    value = None
    redirection = Redirection(stdout, stderr)
    try:
        redirection.begin()  # already here: compiling warns too
        program = compiled(code)
        if persist or not program.harmless:
            _begin_tracking(code)
        namespace = session_namespace() if persist else fresh_namespace()
        exec(program.code, namespace)
        if program.has_value:
            value = _value(namespace.pop(VALUE, None), max_output or VALUE_SIZE)
    except Cancelled:
        code_changes.abort()
        raise
    except BaseException as error:
        failure = error
    finally:
        retry_on_cancel(redirection.end)
    if failure is None:
        answer = {"executed": True, "result": stdout.text()}
        if warned := give_stderr(stderr):
            answer["stderr"] = warned
        if value is not None:
            answer["value"] = value
        if persist or (program and not program.harmless):
            answer.update(_effects(stdout))
        answer.update(_noted())
        return answer
    summary = {
        "exception_type": type(failure).__name__,
        "message": message_of(failure),
        "traceback": traceback_of(failure, code, program and program.code),
    }
    raise CommandError(json.dumps(summary), data=_data(failure, stdout, stderr)) from None


@command(title="Run Python code for a result", destructive=True, undo="if_changed", runs_code=True)
def execute(code: str, strict_json: bool = False) -> Generator[None, None, dict[str, Any]]:
    """Run Python code that fills the dict `result`. Code that leaves a function `check_is_finished` is not
    finished until that, called again and again, returns a dict instead of None: then this is the result.

    code: Python source text; `result` is an empty dict when it starts
    strict_json: fail when the result holds what JSON cannot, instead of giving its repr
    """
    require_allowed(code)
    _begin_tracking(code)
    stdout, stderr = Output(), Output(name="stderr")
    namespace = fresh_namespace()
    namespace["result"] = {}
    program: Program | None = None
    effects: dict[str, Any] = {}
    try:
        program = captured(stdout, stderr, compiled, code)
        captured(stdout, stderr, exec, program.code, namespace)
        result = namespace.get("result")
        is_finished = namespace.get("check_is_finished")
        if callable(is_finished):
            effects = _effects(stdout)  # now: what others change in their turns is not the code's
            deadline = time.monotonic() + UNFINISHED_LIMIT
            while (result := captured(stdout, stderr, is_finished)) is None:
                if time.monotonic() > deadline:
                    raise CommandError("check_is_finished still returned None after an hour", code="timeout")
                yield
    except (Cancelled, GeneratorExit):
        code_changes.abort()
        raise
    except CommandError as error:
        error.data = {**effects, **(_printed(stdout, stderr) or {})} or None
        raise
    except BaseException as error:
        text = traceback_of(error, code, program and program.code)
        raise CommandError(text, data={**effects, **(_data(error, stdout, stderr) or {})} or None) from None
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
    answer = {"result": encoded, **effects, **(_printed(stdout, stderr) or {}), **_noted()}
    if not result and (value := _value(namespace.get(VALUE), VALUE_SIZE)) is not None:
        answer["value"] = value
    return answer


@command(
    name="python.execute", title="Run a Python script", destructive=True, undo="if_changed", runs_code=True
)
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
    require_allowed(source)
    _begin_tracking(source)
    stdout, stderr = Output(), Output(name="stderr")
    namespace = fresh_namespace()
    namespace.update(args=args or {}, mathutils=sys.modules["mathutils"])
    program: CodeType | None = None
    start = time.monotonic()
    try:
        if script_path:
            namespace["__file__"] = script_path
            program = captured(stdout, stderr, compile_as, source, script_path)
        else:
            program = captured(stdout, stderr, compiled, source).code
        captured(stdout, stderr, exec, program, namespace)
    except Cancelled:
        code_changes.abort()
        raise
    except BaseException as error:
        text = traceback_of(error, source, program)
        raise CommandError(text, data=_data(error, stdout, stderr)) from None
    answer = {
        "result": encode(namespace.get("__result__")),
        "stdout": stdout.text(),
        "stderr": stderr.text(),
        "duration_seconds": round(time.monotonic() - start, 6),
        **_effects(stdout),
        **_noted(),
    }
    if "__result__" not in namespace and (value := _value(namespace.get(VALUE), VALUE_SIZE)) is not None:
        answer["value"] = value
    return answer


def _read_script(path: str) -> str:
    try:
        return Path(bpy.path.abspath(path)).read_text("utf-8-sig")
    except (OSError, UnicodeError) as error:
        raise CommandError(f"Cannot read the script {path}: {error}") from None


def _begin_tracking(source: str) -> None:
    """Take the present as what the code's changes are told from."""
    tracker.begin_code(source)
    code_changes.begin()


def _effects(stdout: Output) -> dict[str, Any]:
    """What the code did beside printing: what operators warned of, and which objects it changed."""
    effects: dict[str, Any] = {}
    if reports := stdout.reports():
        effects["reports"] = reports
    if changes := code_changes.end():
        effects["changes"] = changes
    return effects


def _value(value: Any, limit: int) -> Any:
    """The value of a last expression as JSON, or the beginning of that text if it is long; None: no value."""
    if value is None:
        return None
    try:
        encoded = encode(value)
    except Exception as error:  # it is larger than any reply
        return f"<{type(value).__name__} that cannot be shown: {message_of(error)[:200]}>"
    text = bytes(encoded)
    if len(text) <= limit:
        return encoded
    return f"{text[:limit].decode(errors='ignore')}... (cut: {len(text):,} bytes of JSON; print a part of it)"


def _data(error: BaseException, stdout: Output, stderr: Output) -> dict[str, Any] | None:
    """What goes with an error of the code: what to do, if that is known; what it printed and did before."""
    hint = hint_for(error)
    return {**({"hint": hint} if hint else {}), **(_printed(stdout, stderr) or {}), **_noted()} or None


def _noted() -> dict[str, list[str]]:
    """What the reply must say beside the result."""
    noted = notes.take()
    return {"notes": noted} if noted else {}


def _printed(stdout: Output, stderr: Output) -> dict[str, Any] | None:
    """What the code printed, by stream, and did; None: nothing."""
    streams = {"stdout": stdout, "stderr": stderr}
    printed = {name: stream.text() for name, stream in streams.items() if stream.tell()}
    return {**printed, **_effects(stdout)} or None
