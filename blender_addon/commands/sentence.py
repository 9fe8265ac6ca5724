"""A sentence in the user's own words, done as the commands that it means.

In: the text; native code makes the plan (`src/language/`, or a language model before its turn), as the
session sees the scene now. Out: each command with what it came to. One undo step; a plan that fails half-way
is taken back. Main thread; a generator.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Annotated, Any

import bpy

from .._native import Cancelled, encode
from ..bridge import bridge
from ..errors import CommandError
from ..registry.schema import Constraint
from ..registry.table import command
from ..tracking.undo_tracker import UndoCheckpoint, tracker
from .composite import Progress, atomic_start, call_command, take_back

Step = dict[str, Any]


@command(
    name="do",
    title="Do what a sentence says",
    destructive=True,
    undo=False,
    reports_names=False,
    composite="sentence",
    tool=True,
)
def do_sentence(
    text: Annotated[str, Constraint(minLength=1)], dry_run: bool = False
) -> Generator[Progress, None, dict[str, Any]]:
    """Do a sentence (English, Japanese, Chinese): make, move, color, build...; refused if not understood.

    text: as "put a red cube on the cone"; "it" is what the last one made
    dry_run: tell the commands only
    """
    plan = _plan(text)
    if dry_run:  # as a part of another command; native code answers it by itself otherwise
        return {**plan, "dry_run": True}
    steps: list[Step] = plan["steps"]
    several = len(steps) > 1 and not all(step["reads_only"] for step in steps)
    checkpoint = atomic_start(steps, "a sentence of several steps") if several else None
    try:
        answer = yield from _do(plan, checkpoint, bool(checkpoint))
    except BaseException:
        if checkpoint:
            take_back(checkpoint)
        raise
    if checkpoint and checkpoint.changed:
        tracker.push("do")
    return answer


def do_in(checkpoint: UndoCheckpoint, text: str) -> Generator[Progress, None, dict[str, Any]]:
    """The sentence as a part of what is one undo step, and is taken back as a whole."""
    return (yield from _do(_plan(text), checkpoint, False))


def _do(
    plan: Any, checkpoint: UndoCheckpoint | None, undone: bool
) -> Generator[Progress, None, dict[str, Any]]:
    """`undone`: an error takes it back."""
    steps: list[Step] = plan["steps"]
    done: list[Step] = []
    touched: list[list[str]] = []
    made: list[list[str]] = []
    try:
        for at, step in enumerate(steps):
            done.append((yield from _run(step, at, len(steps), made, touched, checkpoint)))
    except Exception as error:
        raise _with_plan(error, plan, len(done), undone) from error
    _remember(steps, made)
    names = _there(name for step in touched for name in step)
    return {**_said(plan), "steps": done, "names": names}


def _said(plan: Any) -> Step:
    """What a reply and an error say of the plan: who made it first, so that a shortened history has it."""
    return {key: plan[key] for key in ("by", "model", "language", "echo", "answer") if key in plan}


def _plan(text: str) -> Any:
    try:
        return bridge.plan_sentence(text)
    except ValueError as error:
        code = getattr(error, "code", "invalid_params")
        raise CommandError(str(error), code=code, data=getattr(error, "data", None)) from None


def _run(
    step: Step,
    at: int,
    total: int,
    made: list[list[str]],
    touched: list[list[str]],
    checkpoint: UndoCheckpoint | None,
) -> Generator[Progress, None, Step]:
    name = step["command"]
    params = {key: _resolved(key, value, made) for key, value in step["params"].items()}
    steps = checkpoint is None and not step["reads_only"]
    if steps:
        tracker.defer_step("do", name)
    try:
        result = yield from call_command(name, params, at, total)
    except Exception:
        if steps:
            tracker.resolve_step("do", False)
        raise
    if steps:
        tracker.resolve_step("do", True)
    elif checkpoint:  # what follows from its change is done before the next step looks
        checkpoint.note(name, True)
    # Now, while the Blender objects that it may hold are alive: the next command may remove them.
    encoded = encode(result)
    names = _names_in(result, params)
    touched.append(names)
    # A house stands for its walls and windows: what is done to it is done to them once, not twice.
    made.append(names[:1] if name.startswith("build_") else names)
    return {"command": name, "params": params, "words": step["words"], "result": encoded}


def _resolved(key: str, value: Any, made: list[list[str]]) -> Any:
    """What an earlier step made in place of a reference to it."""
    if not (isinstance(value, dict) and "$step" in value):
        return value
    names = made[value["$step"]]
    if key in ("names", "target", "object_names"):
        return names
    if len(names) != 1:
        raise CommandError(f"'{key}' takes one object, and there are {len(names)}: {', '.join(names[:10])}")
    return names[0]


def _names_in(result: Any, params: dict[str, Any]) -> list[str]:
    """The objects that a command says it made or changed."""
    if isinstance(result, dict):
        names = result.get("names")
        if isinstance(names, list):
            return [str(name) for name in names]
        if isinstance(result.get("name"), str):
            return [result["name"]]
    given = params.get("names") or params.get("object_names") or params.get("name") or []
    return [given] if isinstance(given, str) else list(given)


def _remember(steps: list[Step], made: list[list[str]]) -> None:
    """Tell what the next sentence may speak of."""
    kinds = [
        (name, step["makes"])
        for step, names in zip(steps, made, strict=True)
        if "makes" in step
        for name in names
    ]
    recent = [
        name
        for step, names in zip(steps, made, strict=True)
        if not step["reads_only"] or step["command"] == "get_object"
        for name in names
    ]
    bridge.remember_said(_there(recent), [(name, kind) for name, kind in kinds if name in bpy.data.objects])


def _there(names: Iterable[str]) -> list[str]:
    """Each name once, of objects that there still are."""
    return [name for name in dict.fromkeys(names) if name in bpy.data.objects]


def _with_plan(error: Exception, plan: Any, failed: int, undone: bool) -> Exception:
    """The error of a step, with the plan that it stopped."""
    if isinstance(error, (Cancelled, GeneratorExit)):
        return error
    steps = plan["steps"]
    if isinstance(error, CommandError):
        message, code, data = error.message, error.code, error.data or {}
    else:
        message = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        code, data = "command_failed", {}
    if undone:
        sentence = message.rstrip(".")
        message = (
            f"Step {failed + 1} of {len(steps)}, {steps[failed]['command']}: {sentence}. Nothing was done."
        )
    if "by" in plan:
        message = f"{message.rstrip('.')}. The plan was made by the language model '{plan['model']}'."
    told = {**_said(plan), "steps": steps, "failed_step": failed, "undone": undone}
    return CommandError(message, code=code, data={**data, **told})
