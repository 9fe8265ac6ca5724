"""Every command in every state of Blender: it does what its reply says, or fails and leaves all as it was.

In: the states of `matrix_states.py` and the calls of `matrix_calls.py`. Out: one test for each state. Where
Blender is the module `bpy`, another process runs them, for some of this may crash it; a Blender that runs
pytest is a process of its own already.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import bpy
import matrix_run
import pytest
from matrix_calls import CALLS, OUTSIDE
from matrix_states import STATES
from tenon.registry.table import TABLE

IN_PROCESS = not getattr(bpy.app, "module", False)


class Process:
    """Runs states in a Blender of its own; begun anew after a crash."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._blender = None
        self._log = folder / "blender.log"

    def faults_of(self, state: str) -> list[str]:
        if self._blender is None:
            self._start()
        self._blender.stdin.write(state + "\n")
        self._blender.stdin.flush()
        command = "the state itself"
        for line in self._blender.stdout:
            told = json.loads(line)
            if isinstance(told, list):
                return told
            command = told
        code = self._blender.wait()
        self.end()
        return [f"{command}: Blender ended with {code}: {self._log.read_text(errors='replace')[-2000:]}"]

    def _start(self) -> None:
        with self._log.open("w") as log:
            self._blender = subprocess.Popen(
                [sys.executable, matrix_run.__file__, str(self._folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**os.environ, "TENON_STATE_DIR": str(self._folder)},
            )

    def end(self) -> None:
        if self._blender:
            self._blender.stdin.close()
            self._blender.stdout.close()
            self._blender.wait()
        self._blender = None


class Here:
    """Runs states in this Blender."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def faults_of(self, state: str) -> list[str]:
        return matrix_run.faults_of(state, self._folder)

    def end(self) -> None:
        pass


@pytest.fixture(scope="module")
def blender(tmp_path_factory):
    blender = (Here if IN_PROCESS else Process)(tmp_path_factory.mktemp("matrix"))
    yield blender
    blender.end()


def test_every_command_has_a_call():
    assert sorted(CALLS.keys() | OUTSIDE.keys()) == sorted(TABLE), "see CONTRIBUTING.md, 'A command'"
    assert not CALLS.keys() & OUTSIDE.keys()


@pytest.mark.parametrize("state", STATES)
def test_every_command_in_the_state(blender, state):
    faults = blender.faults_of(state)
    assert not faults, "\n".join(faults)
