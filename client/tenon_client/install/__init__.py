"""`tenon install`, `update`, `uninstall` and `doctor`: Tenon in the Blenders of this machine.

In: the command line, the machine, answers at the terminal. Out: the add-on installed, enabled and tried, the
assistants' files, a record; each step's outcome, or with `--json` one object. Exit code 1 when it could not
be done; everything is as it was before then.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from .. import setup
from ..blenders import FoundBlender, find
from ..errors import TenonError
from ..setup.platform_paths import System
from ..setup.registry import ASSISTANTS
from . import addon_zip, doctor, plan, record, rollback, steps, traces
from .failure import InstallFailed
from .plan import Plan, Target
from .report import Report

Subparsers: TypeAlias = "argparse._SubParsersAction[Any]"


def add_parser(subparsers: Subparsers) -> None:
    """Adds all of them."""
    _add_install(subparsers)
    _add_update(subparsers)
    _add_uninstall(subparsers)
    doctor.add_parser(subparsers)


def _added(
    subparsers: Subparsers, name: str, function: Callable[[argparse.Namespace], int], text: str, more: str
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(name, help=text, description=more)
    parser.add_argument(
        "--blender", action="append", metavar="PATH", help="this Blender only; may be repeated"
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and end")
    parser.add_argument("--yes", action="store_true", help="do it without asking")
    parser.add_argument(
        "--json", action="store_true", help="answer with one JSON object; needs --yes or --dry-run"
    )
    parser.set_defaults(func=lambda args: _reported(function, args))
    return parser


def _add_zip(parser: argparse.ArgumentParser) -> None:
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--zip", metavar="FILE", help="the add-on's zip")
    source.add_argument(
        "--from", dest="address", metavar="URL", help="its address; SHA256SUMS beside it is obeyed"
    )


def _add_install(subparsers: Subparsers) -> None:
    parser = _added(
        subparsers,
        "install",
        install,
        "install the add-on into your Blenders, and enter it in your assistants",
        "Finds the Blenders on this machine, shows what it would do, does it when you agree, and tries the "
        "whole way. If anything fails, everything is put back as it was.",
    )
    _add_zip(parser)
    parser.add_argument(
        "--autostart",
        action=argparse.BooleanOptionalAction,
        help="whether it starts with Blender's window; without a word, that stays as it is",
    )
    keys = [each.key for each in ASSISTANTS]
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--assistant", action="append", choices=keys, help="only this one; may be repeated")
    which.add_argument("--no-assistants", action="store_true", help="leave the assistants alone")
    parser.add_argument("--service", action="store_true", help="run it without a window at every login, too")


def _add_update(subparsers: Subparsers) -> None:
    parser = _added(
        subparsers,
        "update",
        update,
        "replace the add-on in the Blenders that have it",
        "Replaces the add-on where it is installed, and tries it. If anything fails, the old one comes back.",
    )
    _add_zip(parser)


def _add_uninstall(subparsers: Subparsers) -> None:
    parser = _added(
        subparsers,
        "uninstall",
        uninstall,
        "take back all that `tenon install` has done",
        "Removes the add-on from the Blenders that have it, takes it out of the assistants' files "
        "and removes the service. With --blender only from that Blender. Sessions stay.",
    )
    stored = parser.add_mutually_exclusive_group()
    stored.add_argument("--purge", action="store_true", help="remove the stored sessions and logs, too")
    stored.add_argument("--keep-sessions", action="store_true", help="keep them (so it is without a word)")


def _reported(function: Callable[[argparse.Namespace], int], args: argparse.Namespace) -> int:
    """Runs it; an error is the last thing said, in words or as JSON."""
    args.report = Report(args.json)
    try:
        if args.json and not (args.yes or args.dry_run):
            raise InstallFailed("--json asks nothing: add --yes or --dry-run")
        if not args.dry_run:
            rollback.recover(args.report.say)  # before anything is looked at
        return function(args)
    except (TenonError, OSError) as raised:
        error = raised if isinstance(raised, TenonError) else InstallFailed(str(raised))
        args.report.end("failed", code=error.code, message=error.message)
        print(f"tenon: {error.message}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        args.report.end("stopped")
        raise


def install(args: argparse.Namespace) -> int:
    report: Report = args.report
    system = System()
    if args.service and setup.is_temporary():
        raise InstallFailed(
            "--service needs a tenon that stays: install tenon-client with `uv tool install` or pipx first"
        )
    if args.service and steps.has_service():
        raise InstallFailed(
            f"there is a service {plan.SERVICE!r} already: leave --service out, and type `tenon service "
            "restart` afterwards"
        )
    with tempfile.TemporaryDirectory(prefix="tenon-") as folder:
        before = traces.Before(traces.roots(system))
        usable = choose(args, system)
        refused: list[tuple[str, str]] = []
        # Of one that was named all is to be done; of all that were found, what can be done.
        chosen = plan.targets(usable, None if args.blender or len(usable) == 1 else refused)
        if not chosen:
            raise InstallFailed("; ".join(f"{blender}: {why}" for blender, why in refused))
        made = plan.make(_zip(args, chosen, folder), chosen, args.autostart)
        made.untouched += refused
        if not args.no_assistants:
            plan.add_assistants(made, args.assistant, system)
        made.service = args.service
        if not agreed(args, made.text(), made.as_json()):
            return 0
        steps.install(made, report, before)
    for title, why in made.untouched:
        report.say(f"{title} was left alone: {why}.")
    report.say(_afterwards(made))
    report.end("done", **made.as_json())
    return 0


def _zip(args: argparse.Namespace, chosen: Sequence[Target], folder: str) -> addon_zip.AddonZip:
    return addon_zip.fetch(args.zip, args.address, chosen[0].seen.platform, Path(folder))


def _afterwards(made: Plan) -> str:
    if made.service:
        return "Tenon is installed and runs as a service; `tenon service status` tells of it."
    if made.auto_start or (made.auto_start is None and all(each.seen.auto_start for each in made.targets)):
        return "Tenon is installed. Start Blender (anew, if it runs): it serves as soon as its window opens."
    return (
        "Tenon is installed. Start Blender (anew, if it runs), press N in the 3D View, open the tab Tenon "
        "and press Connect; or have it start with Blender: `tenon install --autostart`."
    )


def choose(args: argparse.Namespace, system: System) -> list[FoundBlender]:
    """The Blenders to install into: those named, or those that the person picks of all that are found."""
    found = find(system, args.blender or ())
    usable = [each for each in found if each.is_usable]
    if args.blender and len(usable) < len(found):
        raise InstallFailed("; ".join(str(each) for each in found if not each.is_usable))
    if not usable:
        listed = "".join(f"\n  {each}" for each in found)
        raise InstallFailed(
            "no Blender 3.4 or later was found on this machine; name one with --blender PATH"
            + (f". What was found:{listed}" if found else "")
        )
    if args.json or args.blender:
        return usable
    print("Blenders on this machine:")
    for number, each in enumerate(found, 1):
        print(f"  {number}. {each}")
    if args.yes or args.dry_run or len(usable) == 1:
        return usable
    return picked(found)


def picked(found: list[FoundBlender]) -> list[FoundBlender]:
    """Those whose numbers are typed."""
    words = asked("Into which? Numbers, or Enter for all that can be used: ").replace(",", " ").split()
    if not words:
        return [each for each in found if each.is_usable]
    wrong = [word for word in words if not (word.isdecimal() and 1 <= int(word) <= len(found))]
    if wrong:
        raise InstallFailed(f"there is no number {wrong[0]} in the list; nothing was changed")
    chosen = [found[int(word) - 1] for word in dict.fromkeys(words)]
    if refused := [str(each) for each in chosen if not each.is_usable]:
        raise InstallFailed("; ".join(refused))
    return chosen


def asked(question: str) -> str:
    try:
        return input(question).strip()
    except EOFError:
        print()
        raise InstallFailed(
            "nobody answers here, and nothing was changed: add --yes to do it without asking"
        ) from None


def agreed(args: argparse.Namespace, text: str, plan_json: dict[str, Any]) -> bool:
    """Shows what will be done; whether to go on."""
    if args.dry_run:
        print(json.dumps({"outcome": "planned", **plan_json}) if args.json else text)
        return False
    if args.json:
        return True
    print(text)
    if args.yes or asked("Do this? [Y/n] ").lower() in ("", "y", "yes"):
        return True
    print("Nothing was changed.")
    return False


def having_tenon(args: argparse.Namespace) -> list[Target]:
    """The Blenders that have it: those named, those recorded, or else any on this machine."""
    programs = args.blender or [
        each.program for each in record.read().blenders if Path(each.program).exists()
    ]
    found = find(System(), programs)
    if args.blender and (refused := [str(each) for each in found if not each.is_usable]):
        raise InstallFailed("; ".join(refused))
    left: list[tuple[str, str]] = []
    seen = plan.targets([each for each in found if each.is_usable], None if args.blender else left)
    for blender, why in left:
        args.report.say(f"{blender} is left alone: {why}")
    return [each for each in seen if each.seen.installed_version or each.seen.is_enabled]


def update(args: argparse.Namespace) -> int:
    report: Report = args.report
    with tempfile.TemporaryDirectory(prefix="tenon-") as folder:
        have = having_tenon(args)
        if not have:
            raise InstallFailed("no Blender here has Tenon; type: tenon install")
        archive = _zip(args, have, folder)
        old = [each for each in have if each.seen.installed_version != archive.version]
        for each in have:
            if each not in old:
                report.say(f"{each.name} has Tenon {archive.version} already.")
        if not old:
            report.end("done", version=archive.version, blenders=[])
            return 0
        made = plan.make(archive, old)
        if not agreed(args, made.text(), made.as_json()):
            return 0
        steps.install(made, report, traces.Before(traces.roots(System())))
    kept = record.read()
    report.say(f"Tenon {archive.version} is there. A Blender that runs takes it when it is started anew.")
    if kept.service:
        report.say("The service still runs the old one; type: tenon service restart")
    report.end("done", **made.as_json())
    return 0


def uninstall(args: argparse.Namespace) -> int:
    report: Report = args.report
    kept = record.read()
    have = having_tenon(args)
    everything = not args.blender
    if not have and not (everything and (kept.assistants or kept.service or kept.blenders)):
        raise InstallFailed("nothing of Tenon is installed here")
    lines = [f"- the add-on, from {each.name}: {each.seen.addon}" for each in have]
    if everything:
        lines += [f"- the entry of {each}, from its file" for each in kept.assistants]
        lines += ["- the service"] if kept.service else []
    lines += [f"- sessions and logs: {each.seen.data}" for each in have if args.purge]
    text = "\n".join(["This will remove:", *lines])
    told = {"blenders": [each.blender.program for each in have], "purge": args.purge}
    if not agreed(args, text, told):
        return 0
    steps.uninstall(have, kept, everything, args.purge, report)
    report.say("Tenon is uninstalled. A Blender that runs has it until it ends.")
    report.end("done", **told)
    return 0
