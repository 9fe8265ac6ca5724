"""Commands made of other commands: a batch, and one command with a picture after it.

In: commands that native code has looked up and validated already (`src/commands/composite.rs`), each as
`{"command", "params", "reads_only"}`, or with the `error` that it is refused with. Out: the result of each,
in order. Main thread; generators, so that Blender stays usable during a long batch.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Literal

import bpy

from .._native import Cancelled, encode
from ..blender.context_override import first_window
from ..bridge import bridge
from ..cancellation import retry_on_cancel
from ..errors import CommandError
from ..registry.schema import Constraint
from ..registry.table import command, find
from ..tracking.progress import progress
from ..tracking.undo_tracker import UndoCheckpoint, tracker

Progress = tuple[float | None, str]
Item = dict[str, Any]

BUDGET = 0.008  # seconds of commands before Blender gets its main loop back
MAX_COMMANDS = 1000  # commands in a batch
PREVIEW_SIZE = 256  # pixels of the longer side

# They leave the state that an atomic batch has to return to.
_LEAVING = frozenset({"undo", "redo", "open_file", "new_file", "restore_checkpoint"})


@command(title="Run several commands", destructive=True, undo=False, reports_names=False, composite="batch")
def batch(
    commands: Annotated[list[Any], Constraint(minItems=1, maxItems=MAX_COMMANDS)],
    on_error: Literal["stop", "continue"] = "stop",
    atomic: bool = False,
) -> Generator[Progress, None, dict[str, Any]]:
    """Run commands in order and answer what each came to: success, error or skipped.

    commands: each the name of a command, or an object of type, params and (for execute_code) command, the
        Python text
    on_error: after a command that failed, skip the others or go on with them
    atomic: one undo step for all of them, and if any fails, everything is taken back; what was written to
        files stays
    """
    results: list[Item] = []
    checkpoint = atomic_start(commands) if atomic else None
    refused = atomic and any("error" in item for item in commands)
    try:
        changed = yield from _run_all(commands, on_error, checkpoint, refused, results)
    except BaseException:
        if checkpoint:
            take_back(checkpoint)
        raise
    failed = sum(result["status"] == "error" for result in results)
    undone = bool(checkpoint and failed and not refused and not all(item["reads_only"] for item in commands))
    if checkpoint and undone:
        take_back(checkpoint)
    elif checkpoint and changed:
        tracker.push("batch")
    completed = sum(result["status"] == "success" for result in results)
    return {
        "success": not failed,  # native code looks for these two here, in this order
        "results": results,
        "completed": completed,
        "failed": failed,
        "skipped": len(results) - completed - failed,
        "undone": undone,
    }


@command(
    title="Run a command and take a picture",
    destructive=True,
    undo=False,
    reports_names=False,
    composite="with_preview",
)
def with_preview(
    command: str, params: dict[str, Any] | None = None
) -> Generator[Progress, None, dict[str, Any]]:
    """Run another command, and add a small PNG picture of the view to its result, as base64 in `preview`.

    command: the name of the command
    params: its parameters
    """
    row = find(command)
    steps = row is None or not row.reads_only
    if steps:
        tracker.defer_step("with_preview", command)
    try:
        result = yield from call_command(command, params or {})
    except Exception:
        if steps:
            tracker.resolve_step("with_preview", False)
        raise
    if steps:
        tracker.resolve_step("with_preview", True)
    encoded = encode(result)  # now, while the Blender objects that it may hold are alive
    try:
        picture = _function("get_viewport_screenshot")(max_size=PREVIEW_SIZE)
    except CommandError as error:  # no camera, no view: the command itself was done
        return {"result": encoded, "preview": None, "preview_error": error.message}
    return {"result": encoded, "preview": picture["image"]}


def _run_all(
    commands: list[Item], on_error: str, checkpoint: UndoCheckpoint | None, refused: bool, results: list[Item]
) -> Generator[Progress, None, bool]:
    """Fill `results`; returns whether anything was changed that is to be an undo step.

    An atomic batch never yields: what the user did in between would be taken back with it.
    """
    changed = False
    stopped = False
    resumed = time.perf_counter()
    for at, item in enumerate(commands):
        name = item["command"]
        if "error" in item:
            results.append({"command": name, "status": "error", "error": item["error"]})
            stopped = stopped or on_error == "stop"
            continue
        if stopped or refused:
            results.append({"command": name, "status": "skipped"})
            continue
        if time.perf_counter() - resumed > BUDGET:
            so_far = at / len(commands), f"{at} of {len(commands)} commands"
            if checkpoint:
                progress(*so_far)
            else:
                yield so_far
            resumed = time.perf_counter()
        steps = not checkpoint and not item["reads_only"]
        if steps:
            tracker.defer_step("batch", name)
        answer = yield from _run_one(item, at, len(commands))
        results.append(answer)
        succeeded = answer["status"] == "success"
        if checkpoint:
            changed = tracker.is_step(name, succeeded) or changed
        elif steps:
            tracker.resolve_step("batch", succeeded)
        stopped = on_error == "stop" and not succeeded
    return changed


def _run_one(item: Item, at: int, total: int) -> Generator[Progress, None, Item]:
    name = item["command"]
    try:
        with _own_streams():
            result = yield from call_command(name, item["params"], at, total)
        # Now, while the Blender objects that it may hold are alive: the next command may remove them.
        return {"command": name, "status": "success", "result": encode(result)}
    except (Cancelled, GeneratorExit):
        raise
    except BaseException as error:
        return {"command": name, "status": "error", "error": _error_info(error)}


def call_command(
    name: str, params: dict[str, Any], at: int = 0, total: int = 1
) -> Generator[Progress, None, Any]:
    """The command's result; its own progress as a part of the whole."""
    result = _function(name)(**params)
    if not isinstance(result, Generator):
        return result
    while True:
        try:
            progress_now = next(result)
        except StopIteration as end:
            return end.value
        fraction, message = progress_now if isinstance(progress_now, tuple) else (progress_now, "")
        try:
            yield (None if fraction is None else (at + fraction) / total), message or ""
        except BaseException as error:  # so that it can put back what it changed
            result.throw(error)
            raise


def _function(name: str) -> Callable[..., Any]:
    if row := find(name):
        return row.function
    function = bridge.function(name)
    if function is None:
        raise CommandError(f"'{name}' is gone", code="unknown_command")
    return function


def _error_info(error: BaseException) -> dict[str, Any]:
    if isinstance(error, CommandError):
        return {**(error.data or {}), "code": error.code, "message": error.message}
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return {"code": "command_failed", "message": text}


@contextmanager
def _own_streams() -> Iterator[None]:
    """Restore `sys.stdout` and `sys.stderr`, which the command may have replaced, for the next one."""
    stdout, stderr = sys.stdout, sys.stderr
    try:
        yield
    finally:
        sys.stdout, sys.stderr = stdout, stderr


def atomic_start(commands: list[Item], what: str = "an atomic batch") -> UndoCheckpoint:
    """Remember the state to return to after a failure; CommandError where Blender cannot return.

    `what` is to be taken back, for the error.
    """
    leaving = next((item["command"] for item in commands if item["command"] in _LEAVING), None)
    if leaving:
        raise CommandError(f"'{leaving}' cannot be part of {what}", code="invalid_params")
    if not bpy.context.preferences.edit.use_global_undo:
        raise CommandError(f"Undo is switched off in Blender's preferences; {what} needs it")
    if bpy.context.mode != "OBJECT":  # the other modes have undo steps that hold only a part of the file
        raise CommandError(f"{what.capitalize()} needs Object Mode; Blender is in {bpy.context.mode}")
    return UndoCheckpoint("batch")


def take_back(checkpoint: UndoCheckpoint) -> None:
    def take_back() -> None:
        if bpy.context.mode != "OBJECT":
            with first_window():
                bpy.ops.object.mode_set(mode="OBJECT")
        checkpoint.restore()

    retry_on_cancel(take_back)
