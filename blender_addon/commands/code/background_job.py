"""Runs in a Blender of its own: client's code on another blend file.

In: a folder (the last argument) with `job.json`. Out: `outcome.json` there, and whatever the code prints,
between two lines that `job.json` names. Started by `background_blender.py`; no part of the add-on is loaded.
"""

from __future__ import annotations

import builtins
import faulthandler
import json
import linecache
import os
import sys
import traceback
from typing import Any

NAME = "<code>"


def main(folder: str) -> None:
    with open(os.path.join(folder, "job.json"), encoding="utf-8") as file:
        job: dict[str, Any] = json.load(file)
    # Should the Blender that waits for this one die, this one ends all the same.
    faulthandler.dump_traceback_later(job["seconds"], exit=True)
    outcome: dict[str, Any] = {}
    try:
        _run(job, outcome)
    except BaseException as error:
        outcome["error"] = _told(error)
    _mark(job["end"])
    with open(os.path.join(folder, "outcome.json"), "w", encoding="utf-8") as file:
        json.dump(outcome, file, default=repr)
    sys.stdout.flush()
    os._exit(0)  # the code may have left threads; nothing is to be asked or saved


def _run(job: dict[str, Any], outcome: dict[str, Any]) -> None:
    import bpy

    if job["filepath"]:
        outcome["step"] = "open"
        bpy.ops.wm.open_mainfile(filepath=job["filepath"], load_ui=False, use_scripts=False)
    else:
        bpy.ops.wm.read_homefile(use_factory_startup=True)
    outcome["step"] = "code"
    _mark(job["begin"])
    source = job["code"]
    linecache.cache[NAME] = (len(source), None, source.splitlines(keepends=True), NAME)
    namespace = {"__name__": "__main__", "__builtins__": builtins, "bpy": bpy, "result": {}}
    exec(compile(source, NAME, "exec"), namespace)
    _mark(job["end"])
    outcome["result"] = namespace.get("result")
    if job["save_to"]:
        outcome["step"] = "save"
        bpy.ops.wm.save_as_mainfile(filepath=job["save_to"], check_existing=False, copy=True)
    outcome["step"] = "done"
    outcome["objects"] = len(bpy.data.objects)


def _mark(line: str) -> None:
    """What is printed between the two marks is the code's, what is before and after Blender's own."""
    sys.stderr.flush()
    print(f"\n{line}", flush=True)


def _told(error: BaseException) -> str:
    """The traceback, without this file's own lines."""
    trace = traceback.TracebackException.from_exception(error)
    trace.stack = traceback.StackSummary.from_list(
        [each for each in trace.stack if each.filename != __file__]
    )
    return "".join(trace.format())


if __name__ == "__main__":
    main(sys.argv[-1])
