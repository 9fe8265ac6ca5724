"""Every command in one state of Blender, and what was wrong with it.

In: the name of a state and a folder. Out: faults, a line each. As a program (`matrix_run.py FOLDER`): names
of states on standard input, for each a line of JSON on standard output. Main thread, inside Blender.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
import traceback
from pathlib import Path

import bpy

MAX_REPLY = 200_000  # bytes of JSON
KNOWN_CODES = ("command_failed", "invalid_params", "unknown_command", "timeout", "cancelled", "blocked")

# Blender's own steps of these modes hold only what is edited there (docs/effects_on_blender.md).
WITHOUT_UNDO = {
    "edit_mode": "a step of Edit Mode holds the edited data only",
    "sculpt_mode": "a step of Sculpt Mode holds the sculpted mesh only",
    "texture_paint_mode": "a step of Texture Paint holds the painted pixels only",
}


def faults_of(state: str, folder: Path, on_call=lambda command: None) -> list[str]:
    """All commands in turn; the state is made anew where one did not leave it as it was."""
    from matrix_calls import CALLS, IN_A_WINDOW, OUTSIDE, SELDOM
    from tenon.registry.table import TABLE

    left_out = OUTSIDE if bpy.app.background else {**OUTSIDE, **IN_A_WINDOW}
    with _trackers():
        run = _Run(state, folder)
        for name in TABLE:
            if name in CALLS and name not in left_out and state in SELDOM.get(name, (state,)):
                on_call(name)
                run.call(name)
    if slow := os.environ.get("TENON_MATRIX_SECONDS"):
        run.faults += [f"{name}: {s:.2f} s" for name, s in run.seconds.items() if s > float(slow)]
    return run.faults


@contextlib.contextmanager
def _trackers():
    """Registered, as in an enabled add-on."""
    from tenon.tracking import code_changes, render_progress, scene_tracker, undo_tracker

    parts = (undo_tracker, scene_tracker, code_changes, render_progress)
    for part in parts:
        part.register()
    try:
        yield
    finally:
        for part in reversed(parts):
            part.unregister()


class _Run:
    def __init__(self, state: str, folder: Path) -> None:
        self.state, self.folder = state, folder
        self.faults: list[str] = []
        self.seconds: dict[str, float] = {}
        self._number = 0
        self._build()

    def _build(self) -> None:
        from matrix_digest import digest
        from matrix_states import build
        from tenon.blender import undo_stack
        from tenon.tracking.undo_tracker import tracker

        self._number += 1
        self.target = build(self.state, self.folder / f"{self.state}_{self._number}")
        tracker.ensure_first_step()
        undo_stack.push("state")
        self.before = digest()

    def call(self, name: str) -> None:
        from matrix_calls import CALLS, MAY_BE_A_STEP, STEPS
        from matrix_digest import differences, digest
        from tenon.registry.table import TABLE

        row = TABLE[name]
        step = STEPS.get(name, name if row.undo else None)
        can_redo = row.reads_only and self.state not in (*WITHOUT_UNDO, "two_thousand_objects")
        if can_redo:
            self._redoable()
        began = _active_step()
        script = CALLS[name](self.target)
        started = time.monotonic()
        try:
            reply = _reply(name, next(script))
        except Exception as error:
            self._check_error(name, error)
            step = None
        else:
            self._check_claim(name, script, reply)
        self.seconds[name] = time.monotonic() - started
        if step is None:
            same = self._must_be_as_before(name, digest(), differences, "left")
            if same and (now := _active_step()) != began and now[1] != MAY_BE_A_STEP.get(name):
                self._fault(name, f"made an undo step: {now[1]}")
                self._build()
            elif can_redo:
                self._check_redo(name)
        elif self.state in WITHOUT_UNDO:
            self._build()
        else:
            self._check_step(name, step, began)
            self._undo(name, step)
            self._must_be_as_before(name, digest(), differences, "undo brought back")

    def _check_error(self, name: str, error: Exception) -> None:
        from tenon.errors import CommandError

        if not isinstance(error, CommandError):
            where = traceback.extract_tb(error.__traceback__)[-1]
            self._fault(name, f"raised {error!r} in {Path(where.filename).name}:{where.lineno}")
        elif error.code not in KNOWN_CODES:
            self._fault(name, f"unknown code {error.code}")
        elif len(error.message.split()) < 3 or "Traceback" in error.message or "\n" in error.message:
            self._fault(name, f"no sentence: {error.message}")
        elif self.state == "as_started" and name not in MAY_FAIL:
            self._fault(name, f"failed: {error.message}")

    def _check_claim(self, name, script, reply: bytes) -> None:
        if len(reply) > MAX_REPLY:
            self._fault(name, f"a reply of {len(reply):,} bytes")
        try:
            script.send(json.loads(reply))
        except StopIteration:
            pass
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            self._fault(name, f"the claim: {where.line}: {error!r}; reply {reply[:300]!r}")

    def _redoable(self) -> None:
        from call import run

        run("create_collection", name="To be redone")
        run("undo")

    def _check_redo(self, name: str) -> None:
        """What reads ends nothing that can be redone."""
        from call import run

        try:
            run("redo")
        except Exception as error:
            self._fault(name, f"redo after it raised {error!r}")
            self._build()
        else:
            run("undo")

    def _check_step(self, name: str, step: str, began: tuple[str, str]) -> None:
        from tenon.blender import undo_stack

        steps = undo_stack.steps()
        at = next((index for index, each in enumerate(steps) if each.active), -1)
        if at < 0:
            return  # they cannot be read here
        if steps[at].name != step:
            self._fault(name, f"its undo step is '{steps[at].name}'")
        elif at and steps[at - 1].address != began[0]:
            self._fault(name, f"more than one undo step: {[each.name for each in steps[-4:]]}")

    def _undo(self, name: str, step: str) -> None:
        from call import run

        try:
            undone = run("undo")["steps"]
        except Exception as error:
            self._fault(name, f"undo raised {error!r}")
        else:
            if undone not in ([step], [None]):
                self._fault(name, f"undo took back {undone}")

    def _must_be_as_before(self, name: str, now, differences, what: str) -> bool:
        found = differences(self.before, now)
        if found:
            self._fault(name, f"{what} a difference: {' | '.join(found)}")
            self._build()
        return not found

    def _fault(self, command: str, text: str) -> None:
        self.faults.append(f"{command}: {text}"[:1500])


MAY_FAIL = {
    "screenshot": "there is no window",
    "list_geometry_inputs": "the Cube has no geometry nodes",
    "set_geometry_inputs": "the Cube has no geometry nodes",
}


def _reply(name: str, parameters) -> bytes:
    """The reply as a client reads it."""
    from call import run
    from tenon._native import encode

    return bytes(encode(run(name, **parameters)))


def _active_step() -> tuple[str, str]:
    from tenon.blender import undo_stack

    return next(((each.address, each.name) for each in undo_stack.steps() if each.active), ("", ""))


def main(folder: str) -> None:
    import conftest  # noqa: F401  (makes `import tenon` mean the sources)

    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what Blender prints
    for line in sys.stdin:
        state = line.strip()
        try:
            faults = faults_of(
                state, Path(folder), lambda command: print(json.dumps(command), file=answers, flush=True)
            )
        except Exception:
            faults = [traceback.format_exc()]
        print(json.dumps(faults), file=answers, flush=True)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    sys.path.insert(0, str(Path(__file__).parent))
    main(sys.argv[1])
