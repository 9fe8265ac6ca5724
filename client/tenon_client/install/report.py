"""What is said while an installation goes on, and the same for machines at its end.

In: words, and the steps as they are done. Out: lines on standard output, or with `--json` one object. An
outcome is told after it was seen, never before.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from ..errors import TenonError


@dataclass
class Step:
    name: str
    outcome: str = "failed"  # done, skipped or failed
    message: str = ""


@dataclass
class Report:
    is_json: bool
    steps: list[Step] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        self.notes.append(text)
        if not self.is_json:
            print(text, flush=True)

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Tells the outcome of what is inside, which may set the step's `outcome` and `message`."""
        step = Step(name)
        self.steps.append(step)
        if not self.is_json:
            print(f"{name} ... ", end="", flush=True)
        try:
            yield step
        except BaseException as error:
            why = error.message if isinstance(error, TenonError) else str(error)
            step.message = "stopped" if isinstance(error, KeyboardInterrupt) else why or type(error).__name__
            self._tell(step)
            raise
        if step.outcome == "failed":
            step.outcome = "done"
        self._tell(step)

    def _tell(self, step: Step) -> None:
        if not self.is_json:
            print(step.outcome + (f": {step.message}" if step.message else ""), flush=True)

    def end(self, outcome: str, **more: Any) -> None:
        """The object for machines."""
        if self.is_json:
            steps = [asdict(each) for each in self.steps]
            print(json.dumps({"outcome": outcome, "steps": steps, "notes": self.notes, **more}))
