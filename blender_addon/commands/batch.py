"""Commands made of other commands: a batch, and one command with a picture after it.

In: commands that native code has looked up and validated already (`src/commands/composite.rs`), each as
`{"command", "params", "reads_only"}`, or with the `error` that it is refused with. Out: the result of each,
in order. Main thread; generators, so that Blender stays usable during a long batch.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Literal

from .._native import Cancelled, encode
from ..errors import CommandError
from ..registry.schema import Constraint
from ..registry.table import command, find
from ..tracking import scene_tracker
from ..tracking.progress import progress
from ..tracking.undo_tracker import UndoCheckpoint, tracker
from .composite import Item, Progress, atomic_start, call_command, function_of, take_back
from .sentence import do_in

BUDGET = 0.008  # seconds of commands before Blender gets its main loop back
MAX_COMMANDS = 1000  # commands in a batch
PREVIEW_SIZE = 256  # pixels of the longer side


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
        yield from _run_all(commands, on_error, checkpoint, refused, results)
    except BaseException:
        if checkpoint:
            take_back(checkpoint)
        raise
    failed = sum(result["status"] == "error" for result in results)
    undone = bool(checkpoint and failed and not refused and not all(item["reads_only"] for item in commands))
    if checkpoint and undone:
        take_back(checkpoint)
    elif checkpoint and checkpoint.changed:
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
        picture = function_of("get_viewport_screenshot")(max_size=PREVIEW_SIZE)
    except CommandError as error:  # no camera, no view: the command itself was done
        return {"result": encoded, "preview": None, "preview_error": error.message}
    return {"result": encoded, "preview": picture["image"]}


def _run_all(
    commands: list[Item], on_error: str, checkpoint: UndoCheckpoint | None, refused: bool, results: list[Item]
) -> Generator[Progress, None, None]:
    """Fill `results`.

    An atomic batch never yields: what the user did in between would be taken back with it.
    """
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
        answer = yield from _run_one(item, at, len(commands), checkpoint)
        results.append(answer)
        succeeded = answer["status"] == "success"
        if checkpoint:
            checkpoint.note(name, succeeded)
        elif steps:
            tracker.resolve_step("batch", succeeded)
        stopped = on_error == "stop" and not succeeded


def _run_one(
    item: Item, at: int, total: int, checkpoint: UndoCheckpoint | None
) -> Generator[Progress, None, Item]:
    name, row = item["command"], find(item["command"])
    speaks = row is not None and row.composite == "sentence"
    try:
        with _own_streams():
            if speaks:
                scene_tracker.catch_up()  # it may speak of what came before it
            if checkpoint and speaks and not item["params"].get("dry_run"):
                result = yield from do_in(checkpoint, item["params"]["text"])
            else:
                result = yield from call_command(name, item["params"], at, total)
        # Now, while the Blender objects that it may hold are alive: the next command may remove them.
        return {"command": name, "status": "success", "result": encode(result)}
    except (Cancelled, GeneratorExit):
        raise
    except BaseException as error:
        return {"command": name, "status": "error", "error": _error_info(error)}


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
