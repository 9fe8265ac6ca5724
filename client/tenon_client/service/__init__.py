"""`tenon service`: a Blender kept running by a supervisor that the system starts at login.

In: the command line, the state folder, the system's service manager. Out: what was done, as it was found
afterwards, as text or JSON; an exit code: 0 it is as was asked, 1 it is not.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import blenders
from ..errors import InvalidParams, TenonError
from ..instances import DEFAULT_PORT, HOST_VARIABLE, PORT_VARIABLE, TOKEN_VARIABLE
from ..setup import is_temporary
from ..setup.platform_paths import System
from ..state_folder import VARIABLE as STATE_VARIABLE
from ..state_folder import state_folder
from . import definition, lock, logs, units
from .definition import DEFAULT_NAME, Definition, Files, read_json
from .registration import Entry, ServiceManager, service_manager, stop_by_file
from .supervisor import Supervisor

DONE, FAILED = 0, 1
WAIT = 60.0  # seconds that `start` waits for Blender to serve
# What Blender and Tenon read in an environment, but for what `install` has options for.
INHERITED = ("BLENDER_", "TENON_", "XDG_CONFIG_HOME")
NOT_INHERITED = (STATE_VARIABLE, HOST_VARIABLE, PORT_VARIABLE, TOKEN_VARIABLE)
SETTLED = ("serving", "failed", "port_taken")  # states that are worth telling who waits


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    parser = subparsers.add_parser(
        "service",
        help="keep a Blender running, from login on",
        description="Keeps a Blender running that serves Tenon: from login on, started again when it dies.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, func: Callable[[argparse.Namespace], int], words: str) -> argparse.ArgumentParser:
        added: argparse.ArgumentParser = commands.add_parser(name, help=words, description=words)
        added.set_defaults(func=func, json=False)
        return added

    def named(added: argparse.ArgumentParser, default: str | None = DEFAULT_NAME) -> argparse.ArgumentParser:
        added.add_argument("--name", default=default, help=f"which service ({default or 'all'})")
        return added

    install = named(add("install", _install, "Enter a service with the system, and start it."))
    install.add_argument("--blender", help="Blender's program (the newest on this machine)")
    install.add_argument("--port", type=int, default=DEFAULT_PORT, help=f"where it serves ({DEFAULT_PORT})")
    install.add_argument(
        "--host", default="localhost", help="other addresses than this computer's need a token"
    )
    install.add_argument("--blend", metavar="FILE", help="the file to open at each start")
    install.add_argument("--window", action="store_true", help="with Blender's window; needs a display")
    secret = install.add_mutually_exclusive_group()
    secret.add_argument("--token", help="what clients must send; kept in a file that only you may read")
    secret.add_argument("--token-file", metavar="FILE", help="a file with the token, read at each start")
    install.add_argument(
        "--task-limit", type=float, metavar="SECONDS", help="kill Blender when a command runs longer"
    )
    install.add_argument(
        "--env", action="append", default=[], metavar="KEY=VALUE", help="for Blender's environment"
    )
    when = install.add_mutually_exclusive_group()
    when.add_argument("--no-start", action="store_true", help="only from the next login on")
    when.add_argument("--manual", action="store_true", help="you start `tenon service run NAME` yourself")
    named(add("uninstall", _uninstall, "End a service, and take it out of the system with all that it kept."))
    named(add("start", _start, "Start a service, and wait until Blender serves."))
    named(add("stop", _stop, "Stop a service until the next login or start."))
    restart = named(add("restart", _restart, "Stop a service, and start it again."))
    restart.add_argument(
        "--forget-tasks", action="store_true", help="allow tasks again under which Blender ended"
    )
    status = named(add("status", _status, "Tell how the services are."), default=None)
    status.add_argument("--json", action="store_true", help="answer in JSON")
    shown = named(add("logs", _logs, "Print what a service and its Blender said."))
    shown.add_argument("-f", "--follow", action="store_true", help="go on until Ctrl+C")
    shown.add_argument("-n", "--lines", type=int, default=50, help="the last so many (50)")
    run = add("run", _run, "Run a service's supervisor here: what the system starts.")
    run.add_argument("name", metavar="NAME")
    run.add_argument("--state-dir", metavar="FOLDER", help=argparse.SUPPRESS)  # where there is no environment
    run.add_argument("--failed-exit-code", type=int, default=units.GIVEN_UP, help=argparse.SUPPRESS)


# --- what changes a service ---


def _install(args: argparse.Namespace) -> int:
    files = definition.files_of(args.name)
    env = dict(map(_assignment, args.env))
    wanted = Definition(
        name=args.name,
        blender=_blender(args.blender),
        port=args.port,
        host=args.host.strip(),
        blend=str(Path(args.blend).resolve()) if args.blend else None,
        window=args.window,
        token=args.token,
        token_file=str(Path(args.token_file).resolve()) if args.token_file else None,
        task_limit=args.task_limit,
        env=env,
        limits=_limits(args.name),
    )
    wanted.check()
    manager = service_manager()
    entry = Entry(wanted.name, files, supervisor_command(wanted.name, manager.system), wanted.window)
    if args.manual:
        definition.save(wanted, files)
        print(f"Nothing starts it but you: {shlex.join(entry.command)}")
        return DONE
    is_new = not files.definition.exists()
    definition.save(wanted, files)
    try:
        print(manager.install(entry))
    except (TenonError, OSError):
        if is_new:
            shutil.rmtree(files.folder, ignore_errors=True)
        raise
    for note in [*_warnings(wanted), *manager.notes(wanted.name)]:
        print(f"Note: {note}")
    if args.no_start:
        return DONE
    if lock.is_taken(files.lock):
        manager.stop(entry)
    return _started(manager, entry)


def _uninstall(args: argparse.Namespace) -> int:
    manager, files = service_manager(), definition.files_of(args.name)
    entry = Entry(args.name, files)
    installed = manager.is_installed(args.name)
    if not installed and not files.folder.exists():
        raise InvalidParams(f"no service {args.name!r} is installed")
    if installed:
        print(manager.uninstall(entry))
    if not stop_by_file(files):
        words = "its supervisor still runs, so what it keeps was left"
        raise TenonError(
            f"{words} in {files.folder}: end it (`tenon service status` has its pid), and repeat this"
        )
    if files.folder.exists():
        shutil.rmtree(files.folder)
        print(f"Removed {files.folder}")
    return DONE


def _start(args: argparse.Namespace) -> int:
    manager, entry = _installed(args.name)
    if lock.is_taken(entry.files.lock):
        return _print_state(entry)
    return _started(manager, entry)


def _stop(args: argparse.Namespace) -> int:
    definition.load(args.name)  # says what is installed, if this is not
    manager, entry = service_manager(), Entry(args.name, definition.files_of(args.name))
    if manager.is_installed(args.name):
        manager.stop(entry)
    if not stop_by_file(entry.files):  # one that the system has not started
        raise TenonError("its supervisor still runs: `tenon service status` has its pid")
    print(f"{args.name}: stopped")
    return DONE


def _restart(args: argparse.Namespace) -> int:
    manager, entry = _installed(args.name)
    manager.stop(entry)
    if args.forget_tasks:
        for file in (entry.files.killers, entry.files.refused):
            file.unlink(missing_ok=True)
    return _started(manager, entry)


def _installed(name: str) -> tuple[ServiceManager, Entry]:
    definition.load(name)  # says what is installed, if this is not
    manager, files = service_manager(), definition.files_of(name)
    if not manager.is_installed(name):
        words = f"the system does not know the service {name!r}: install it without --manual"
        raise TenonError(f"{words}, or start `tenon service run {name}` yourself")
    return manager, Entry(name, files)


def _started(manager: ServiceManager, entry: Entry) -> int:
    """Starts it, waits, and tells what came of it."""
    asked = time.time()
    manager.start(entry)
    give_up = asked + WAIT
    while time.time() < give_up:
        state = read_json(entry.files.state) or {}
        if state.get("updated", 0.0) >= asked and state.get("state") in SETTLED:
            break
        time.sleep(0.1)
    else:
        print(f"{entry.name}: does not serve after {WAIT:.0f} s")
    return _print_state(entry)


def _print_state(entry: Entry) -> int:
    state = _look(entry.name, service_manager())
    print(f"{entry.name}: {state.words}")
    return DONE if state.state == "serving" else FAILED


def supervisor_command(name: str, system: System) -> list[str]:
    """With whole paths: whoever starts it has another PATH, and another environment."""
    python = sys.executable
    if system.platform == "win32":  # no console window
        without_console = Path(python).with_name("pythonw.exe")
        python = str(without_console) if without_console.exists() else python
    command = [python, "-m", __package__.partition(".")[0], "service", "run", name]
    # Which folder that is may depend on variables that only this shell has.
    command += ["--state-dir", str(state_folder(system.environ).absolute())]
    # launchd and the Task Scheduler start again whatever ends with another code.
    return command if system.platform == "linux" else [*command, "--failed-exit-code", "0"]


def _blender(chosen: str | None) -> str:
    """The one that is named, else the newest on this machine."""
    found = blenders.find(named=[chosen] if chosen else ())
    usable = next((each for each in found if each.is_usable), None)
    if usable is None:
        told = "; ".join(map(str, found)) or "there is none where they usually lie"
        raise InvalidParams(f"no Blender can be used ({told}): name its program with --blender")
    print(usable)
    return usable.program


def _limits(name: str) -> definition.Limits:
    """What the user may have written into an earlier definition stays."""
    try:
        return definition.load(name).limits
    except InvalidParams:
        return definition.Limits()


def _assignment(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise InvalidParams(f"--env {text!r}: expected KEY=VALUE")
    return key, value


def _warnings(wanted: Definition) -> list[str]:
    warnings = []
    if is_temporary():
        warnings.append("this tenon is there for one run only. Install it for good first, with pipx or pip")
    ours = [each for each in os.environ if each.startswith(INHERITED) and each not in NOT_INHERITED]
    missing = [each for each in ours if each not in wanted.env]
    warnings += [f"{each} is set here and will not be in the service: give it with --env" for each in missing]
    if TOKEN_VARIABLE in os.environ and not (wanted.token or wanted.token_file):
        warnings.append(
            f"{TOKEN_VARIABLE} is set here, and the service has no token: give it with --token-file"
        )
    return warnings


# --- what tells of it ---


@dataclass(frozen=True)
class Look:
    """A service as it is found now."""

    name: str
    state: str
    words: str
    told: dict[str, Any]  # `state.json`
    is_registered: bool
    is_supervised: bool

    def to_json(self, notes: list[str]) -> dict[str, Any]:
        return {
            **self.told,
            "name": self.name,
            "state": self.state,
            "detail": self.words,
            "registered": self.is_registered,
            "supervised": self.is_supervised,
            "notes": notes,
        }


def _look(name: str, manager: ServiceManager) -> Look:
    files = definition.files_of(name)
    told = read_json(files.state)
    told = told if isinstance(told, dict) else {}
    supervised = lock.is_taken(files.lock)
    state, words = str(told.get("state", "stopped")), str(told.get("detail", "never started"))
    if not supervised and state not in ("stopped", "failed"):
        state, words = "stopped", f"its supervisor has gone without a word; the last was: {words}"
    if supervised and state in ("stopped", "failed"):
        state, words = "starting", "its supervisor starts"
    return Look(name, state, f"{state}: {words}", told, manager.is_installed(name), supervised)


def _status(args: argparse.Namespace) -> int:
    manager = service_manager()
    if args.name is not None:
        definition.load(args.name)
    looks = [_look(name, manager) for name in ([args.name] if args.name else definition.names())]
    if args.json:
        print(json.dumps([look.to_json(manager.notes(look.name)) for look in looks]))
    elif not looks:
        print("No service is installed. See `tenon service install --help`.")
    else:
        print("\n".join(line for look in looks for line in _lines(look, manager)))
    return DONE if all(look.state == "serving" for look in looks) else FAILED


def _lines(look: Look, manager: ServiceManager) -> list[str]:
    told = look.told
    lines = [f"{look.name}: {look.words}"]
    if look.is_supervised:
        pids = [f"supervisor {told.get('supervisor_pid')}"]
        pids += [f"Blender {told['blender_pid']}"] if told.get("blender_pid") else []
        lines.append(f"  pids: {', '.join(pids)}; started again {told.get('restarts', 0)} times")
    if not look.is_registered:
        lines.append("  the system does not know it: nothing starts it but you")
    lines += [f"  {note}" for note in manager.notes(look.name) if look.is_registered]
    if told.get("log_trouble"):
        lines.append(f"  {told['log_trouble']}")
    end = told.get("last_end")
    if not end:
        return lines
    moment = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(end["time"]))
    lines.append(f"  last end, {moment}: Blender {end['how']}")
    if end.get("crash_file"):
        lines.append(f"    Blender's crash file: {end['crash_file']}")
    for task in end.get("tasks", []):
        refused = "; it is not run again" if task.get("refused") else ""
        store = f"; Tenon tells clients: {task['store']}" if task.get("store") else ""
        lines.append(
            f"    it ran '{task.get('command')}' (task {task.get('task_id')}), "
            f"{task.get('count')}x so far{refused}{store}"
        )
    if look.state == "failed":
        lines += [f"    | {line}" for line in end.get("log", [])]
    return lines


def _logs(args: argparse.Namespace) -> int:
    definition.load(args.name)
    files: Files = definition.files_of(args.name)
    # Taken before the tail is printed, so that no line falls between the two.
    following = logs.follow(files.log) if args.follow else None
    for line in logs.tail(files.log, max(args.lines, 0)):
        print(line)
    for line in following or ():
        print(line, flush=True)
    return DONE


def _run(args: argparse.Namespace) -> int:
    if args.state_dir:
        os.environ[STATE_VARIABLE] = args.state_dir
    try:
        found = definition.load(args.name)
        found.check()
    except InvalidParams as error:
        print(f"tenon: {error.message}", file=sys.stderr)
        return units.WRONG_DEFINITION if args.failed_exit_code else 0
    code = Supervisor(found, definition.files_of(args.name)).run()
    return args.failed_exit_code if code == units.GIVEN_UP else code
