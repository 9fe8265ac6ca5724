"""What `tenon install`, `update` and `uninstall` do, step by step, each telling its outcome.

In: a plan. Out: changed Blenders and files, and a record; or everything as it was, and the error.
"""

from __future__ import annotations

import glob
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..setup import apply
from ..setup.registry import named
from ..state_folder import state_folder
from . import blender_steps, proof, record, traces
from .addon_zip import AddonZip
from .failure import InstallFailed
from .plan import SERVICE, Plan, Target
from .record import Installed, Record
from .report import Report
from .rollback import Undo, all_or_nothing, remove

SERVICE_TIMEOUT = 300.0  # seconds


def install(plan: Plan, report: Report, before: traces.Before) -> None:
    with all_or_nothing(plan.files, report.say) as undo:
        kept = record.read()
        unused = traces.unused(kept.preferences)
        for target in plan.targets:
            _into_blender(plan.archive, target, plan.auto_start, undo.folder, report)
            kept.blenders = [each for each in kept.blenders if each.program != target.blender.program]
            kept.blenders.append(_installed(target))
        for change in plan.changes:
            undo.add("backups", _new_backups(Path(change.place.file).resolve()))
            with report.step(f"Enter Tenon in {named(change.assistant).title}") as step:
                backup = apply.apply(change)
                step.message = f"{change.place.file}{f'; as it was: {backup}' if backup else ''}"
            kept.assistants = [*dict.fromkeys([*kept.assistants, change.assistant])]
        for target in plan.targets:
            with report.step(f"Try the whole way with {target.name}") as step:
                step.message = str(proof.prove(target.blender, plan.archive.version, undo.folder))
        if plan.service:
            _install_service(plan.targets[0], report, undo)
            kept.service = SERVICE
        kept.version = plan.archive.version
        _note_traces(kept, plan, before, unused)
        with report.step("Record what was done") as step:
            record.write(kept)
            step.message = str(record.file())


def _note_traces(kept: Record, plan: Plan, before: traces.Before, unused: list[Path]) -> None:
    """What of it was not there before, or only by an earlier installation and `unused` since."""
    files = [path for each in plan.targets for path in each.seen.files]
    tenons = [state_folder() / name / "file" for name in ("instances", "services")]
    made = before.made([*files, *tenons, *before.leaves])
    kept.folders = sorted({*kept.folders, *made}, key=len, reverse=True)
    for target in plan.targets:
        file = target.seen.preferences
        if file in unused or not before.has(file):
            kept.preferences[str(file)] = traces.digest(file)
        else:
            kept.preferences.pop(str(file), None)


def _new_backups(file: Path) -> Callable[[], None]:
    """Removes the backups that were made beside the file since now."""
    pattern = f"{glob.escape(file.name)}.before-tenon-*"
    known = set(file.parent.glob(pattern))

    def undo() -> None:
        for each in set(file.parent.glob(pattern)) - known:
            each.unlink(missing_ok=True)

    return undo


def _installed(target: Target) -> Installed:
    seen = target.seen
    return Installed(target.blender.program, seen.module, str(seen.addon), str(seen.data))


def _into_blender(
    archive: AddonZip, target: Target, auto_start: bool | None, folder: Path, report: Report
) -> None:
    with report.step(f"Install the add-on into {target.name}") as step:
        # A Blender in a sandbox does not see the folder for temporary files.
        shown = folder / archive.path.name
        shutil.copyfile(archive.path, shown)
        blender_steps.run(target.blender, "install", archive=str(shown), auto_start=auto_start)
        step.message = str(target.seen.addon)
    with report.step("Start it once more to see the add-on enabled") as step:
        told = blender_steps.run(target.blender, "verify", version=archive.version, auto_start=auto_start)
        step.message = f"{told['module']} {told['version']}"
        if told["auto_start"]:
            step.message += ", which starts with Blender's window"


def _install_service(target: Target, report: Report, undo: Undo) -> None:
    with report.step("Have it run at every login") as step:
        undo.add("the service", lambda: has_service() and _service("uninstall"))
        port = ["--port", str(target.seen.port)] if target.seen.port else []
        step.message = _service("install", "--blender", target.blender.program, *port)


def services() -> list[dict[str, Any]]:
    """The services that `tenon service` keeps for this user, as its `status --json` tells them."""
    command = [sys.executable, "-m", __package__.partition(".")[0], "service", "status", "--json"]
    try:
        answer = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False
        )
        return [each for each in json.loads(answer.stdout) if "name" in each]
    except (OSError, subprocess.SubprocessError, ValueError, TypeError):
        return []


def has_service(name: str = SERVICE) -> bool:
    return any(each["name"] == name for each in services())


def _service(verb: str, *more: str) -> str:
    """`tenon service …` in a process of its own; its last line."""
    command = [sys.executable, "-m", __package__.partition(".")[0], "service", verb, "--name", SERVICE, *more]
    try:
        answer = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SERVICE_TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InstallFailed(f"`tenon service {verb}` did not end: {error}") from error
    if answer.returncode != 0:
        raise InstallFailed(f"`tenon service {verb}` failed: {(answer.stderr or answer.stdout).strip()}")
    return (answer.stdout.strip().splitlines() or [""])[-1]


def uninstall(chosen: list[Target], kept: Record, everything: bool, purge: bool, report: Report) -> None:
    """Takes the add-on out of these Blenders; with `everything` also what was done beside them."""
    entered = [each for each in apply.read_record() if everything and each["assistant"] in kept.assistants]
    files = [path for each in chosen for path in each.seen.files]
    files += [Path(each["place"]["file"]).resolve() for each in entered]
    files += [Path(each["backup"]) for each in entered if each["backup"]]
    gone: list[Installed] = []
    preferences = traces.unused(kept.preferences)  # before the add-on is disabled in them
    folders = kept.folders
    with all_or_nothing([*files, record.file()], report.say) as undo:
        if everything and kept.service:
            _remove_service(kept, report, undo)
        for target in chosen:
            _out_of_blender(target, report)
            kept.blenders = [each for each in kept.blenders if each.program != target.blender.program]
        for done in reversed(entered):
            with report.step(f"Take Tenon out of {named(done['assistant']).title}") as step:
                step.message = f"{done['place']['file']}: {apply.undo(done)}"
        if everything:
            kept.assistants = []
            gone, kept.blenders = kept.blenders, []
        record.write(kept)
    for each in gone:
        report.say(
            f"{each.program} is gone, or has no Tenon any more. What may be left: {each.addon}, {each.data}"
        )
    for target in chosen:  # what cannot be put back comes last
        data = target.seen.data
        if purge and data.exists():
            with report.step(f"Remove sessions and logs of {target.name}") as step:
                remove(data)
                step.message = str(data)
        elif data.exists():
            report.say(f"Sessions and logs stay in {data}; `tenon uninstall --purge` removes them too.")
    if everything:
        traces.remove(preferences, folders)


def _remove_service(kept: Record, report: Report, undo: Undo) -> None:
    """First, since it runs the add-on. Its settings are its own, so it is not set up again."""

    def told() -> None:
        raise InstallFailed("it was removed; set it up again with `tenon service install`")

    with report.step("Remove the service") as step:
        if has_service(kept.service):
            step.message = _service("uninstall")
            undo.add("the service", told)
        else:
            step.outcome, step.message = "skipped", "there is none any more"
        kept.service = ""


def _out_of_blender(target: Target, report: Report) -> None:
    with report.step(f"Remove the add-on from {target.name}") as step:
        if target.seen.is_enabled:
            blender_steps.run(target.blender, "disable")
        remove(target.seen.addon)
        after = blender_steps.look(target.blender)
        if after.is_enabled or after.installed_version or after.addon.exists():
            raise InstallFailed(f"the add-on is still there: {after.addon}")
        step.message = f"{target.seen.addon} is gone"
