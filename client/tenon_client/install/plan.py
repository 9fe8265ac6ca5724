"""What an installation will do, known and shown before anything is changed.

In: what the person asks for, the Blenders, the zip, the assistants' files. Out: a `Plan`, or `InstallFailed`
when something stands in its way. Starts Blenders to look at them; changes nothing.
"""

from __future__ import annotations

import argparse
import functools
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .. import setup
from ..blenders import FoundBlender
from ..instances import list_instances
from ..setup import apply, verify
from ..setup.editors import ConfigError
from ..setup.place import place_of
from ..setup.platform_paths import System, is_installed
from ..setup.registry import ASSISTANTS, PORT, TOKEN, Assistant, named
from ..state_folder import state_folder
from ..version import __version__
from . import blender_steps, record
from .addon_zip import AddonZip, check_platform
from .blender_steps import Look
from .failure import InstallFailed

SERVICE = "default"  # the name of the service that `--service` sets up


@dataclass(frozen=True)
class Target:
    blender: FoundBlender
    seen: Look

    @property
    def name(self) -> str:
        return f"Blender {self.seen.version} ({self.blender.program})"


@dataclass
class Plan:
    archive: AddonZip
    targets: list[Target]
    auto_start: bool | None = None  # None: as it is
    changes: list[apply.Change] = field(default_factory=list)
    untouched: list[tuple[str, str]] = field(default_factory=list)  # an assistant, and why
    service: bool = False
    notes: list[str] = field(default_factory=list)

    @property
    def files(self) -> list[Path]:
        """All that may change."""
        of_blenders = [path for each in self.targets for path in each.seen.files]
        of_service = [state_folder() / "services" / SERVICE] if self.service else []
        return [
            *of_blenders,
            *of_service,
            *(Path(each.place.file).resolve() for each in self.changes),
            record.file(),
        ]

    def text(self) -> str:
        archive = self.archive
        checked = f"checked, {archive.checked}" if archive.checked else "no checksum to compare with"
        lines = [f"This will install Tenon {archive.version} from {archive.origin} ({checked}):"]
        for each in self.targets:
            lines.append(f"- into {each.name}: {each.seen.addon}")
            if each.seen.installed_version:
                lines.append(f"  in the place of Tenon {each.seen.installed_version}, which is there")
            if each.seen.is_legacy_enabled:
                lines.append("  and disable the Tenon that an older Blender has left in its add-ons")
            lines.append(
                f"  enabled in its preferences, {each.seen.preferences}" + _auto_start(self.auto_start)
            )
        for change in self.changes:
            lines.append(f"- into {named(change.assistant).title}: {change.place.file}")
            lines += [f"    {line}" for line in change.diff().splitlines()]
        lines.append("- then start it without a window, on a free port, to make an object and end again")
        if self.service:
            lines.append("- then have it run at every login, by `tenon service install`")
        lines += [f"Left alone: {title}: {why}." for title, why in self.untouched]
        lines += [f"Note: {each}." for each in self.notes]
        lines.append("If any of this fails, everything is put back as it was.")
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        return {
            "version": self.archive.version,
            "zip": str(self.archive.path),
            "checked": self.archive.checked,
            "blenders": [
                {
                    "program": each.blender.program,
                    "version": each.seen.version,
                    "addon": str(each.seen.addon),
                    "preferences": str(each.seen.preferences),
                    "installed_version": each.seen.installed_version,
                }
                for each in self.targets
            ],
            "auto_start": self.auto_start,
            "assistants": [{"assistant": each.assistant, "file": each.place.file} for each in self.changes],
            "untouched": [{"assistant": title, "why": why} for title, why in self.untouched],
            "service": self.service,
        }


def _auto_start(wanted: bool | None) -> str:
    if wanted is None:
        return ""
    return "; it will start with Blender's window" if wanted else "; it will not start by itself"


def targets(chosen: Sequence[FoundBlender], refused: list[tuple[str, str]] | None) -> list[Target]:
    """What each Blender says of itself. One that cannot say it, or where a change would spoil something, goes
    to `refused` with the reason, or fails all if there is no such list."""
    found = []
    for each in chosen:
        try:
            seen = blender_steps.look(each)
            blender_steps.check(each, seen)
        except InstallFailed as error:
            if refused is None:
                raise
            refused.append((str(each), error.message))
        else:
            found.append(Target(each, seen))
    return found


def make(archive: AddonZip, chosen: Sequence[Target], auto_start: bool | None = None) -> Plan:
    """For the Blenders alone; refuses what cannot end well."""
    for each in chosen:
        check_platform(archive, each.seen.platform)
    plan = Plan(archive, list(chosen), auto_start)
    if archive.version != __version__:
        plan.notes.append(
            f"this tenon-client is {__version__} and the add-on {archive.version}; use one version of both"
        )
    if (user := os.environ.get("SUDO_USER")) and sys.platform != "win32" and os.geteuid() == 0:
        plan.notes.append(
            f"this runs under sudo, so it is for root's Blender and not for {user}'s; leave sudo out"
        )
    plan.notes += [
        f"Blender {each.blender} with Tenon {each.version} runs ({each}); start it anew afterwards"
        for each in list_instances()
    ]
    return plan


def add_assistants(plan: Plan, wanted: Sequence[str] | None, system: System) -> None:
    """The changes to the assistants' files; only those named, if any are, and then each must be possible."""
    seen = plan.targets[0].seen
    args = argparse.Namespace(
        host="127.0.0.1", port=seen.port or PORT, token=seen.needs_token, stdio=False, http=False
    )
    chosen = [named(each) for each in wanted or ()] or [
        each for each in ASSISTANTS if is_installed(each, system)
    ]
    for assistant in chosen:
        try:
            change = _change(assistant, args, system)
        except (ConfigError, OSError) as error:
            if wanted:
                raise InstallFailed(f"{assistant.title}: {error}. See {assistant.documentation}") from error
            how = f"`tenon setup --print {assistant.key}` prints what to write"
            plan.untouched.append((assistant.title, f"{error}; {how}"))
            continue
        if change is None:
            plan.untouched.append((assistant.title, "Tenon is entered there already"))
        else:
            plan.changes.append(change)


def _change(assistant: Assistant, args: argparse.Namespace, system: System) -> apply.Change | None:
    if not setup.by_address(assistant, args) and (why := _why_no_program(args.port)):
        raise ConfigError(why)
    if args.token and assistant.writes_token and TOKEN not in os.environ:
        raise ConfigError(f"it needs the token itself in its file; set {TOKEN} for this command")
    change = apply.plan(assistant.key, place_of(assistant, system), setup.entry(assistant, args))
    if change is not None:
        folder = next(each for each in Path(change.place.file).resolve().parents if each.exists())
        if not os.access(folder, os.W_OK):
            raise ConfigError(f"you may not write into {folder}")
    return change


@functools.cache
def _why_no_program(port: int) -> str:
    """Why an assistant cannot start `tenon mcp`; empty: it can."""
    if setup.is_temporary():
        return (
            "it starts tenon as a program, and this one is there for one run only; install tenon-client for "
            "good, with `uv tool install` or pipx"
        )
    works, message = verify.program(setup.command(argparse.Namespace(host="127.0.0.1", port=port)), {})
    if works:
        return ""
    return (
        f"it starts tenon as a program, and {sys.executable} has none ({message}); install tenon-client (in "
        "a checkout: pip install ./client), and run this again"
    )
