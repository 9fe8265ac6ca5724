"""The command `tenon`: a running Blender from the shell.

In: the command line and the environment. Out: text for people, or with `--json` one JSON value for machines
(a line for each event), and an exit code: 0 done, 1 the command failed, 2 wrong usage, 3 nothing answers,
4 whether the command ran cannot be told, 130 stopped by Ctrl+C.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import __version__, assistants, stdio, tables
from .client import Client, connect
from .errors import FateUnknown, InvalidParams, SeveralInstances, TenonError, Unreachable
from .instances import list_instances

FAILED, WRONG_USAGE, NOBODY_THERE, FATE_UNKNOWN, STOPPED = 1, 2, 3, 4, 130


def main(words: Sequence[str] | None = None) -> int:
    """Runs one command line; the exit code."""
    said = _parser().parse_args(words)
    try:
        code: int | None = said.func(said)
        return code or 0
    except TenonError as error:
        if getattr(said, "json", False):
            print(json.dumps({"code": error.code, "message": error.message, **error.data}))
        print(f"tenon: {tables.complaint(error.message)}", file=sys.stderr)
        return _exit_code(error)
    except BrokenPipeError:  # whoever read us has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return STOPPED


def _exit_code(error: TenonError) -> int:
    if isinstance(error, FateUnknown):
        return FATE_UNKNOWN
    if isinstance(error, SeveralInstances):
        return WRONG_USAGE
    return NOBODY_THERE if isinstance(error, Unreachable) else FAILED


def common(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """Which Blender, and how to answer: what every subcommand takes."""
    which = parser.add_argument_group("which Blender")
    which.add_argument("--host", help="default: TENON_HOST, else this machine")
    which.add_argument("--port", type=int, help="default: TENON_PORT, else the only Blender here, else 9876")
    which.add_argument("--token", help="default: TENON_TOKEN")
    which.add_argument("--instance", help="a pid, a port, or the name of the open file")
    parser.add_argument("--json", action="store_true", help="answer in JSON")
    return parser


def reach(said: argparse.Namespace, **more: Any) -> Client:
    """The client that a command line names."""
    return connect(said.host, said.port, said.token, instance=said.instance, **more)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tenon", description="Drive a running Blender through Tenon.")
    parser.add_argument("--version", action="version", version=f"tenon-client {__version__}")
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, func: Any, words: str, *arguments: str) -> argparse.ArgumentParser:
        added = common(subparsers.add_parser(name, help=words, description=words))
        added.set_defaults(func=func)
        for argument in arguments:
            added.add_argument(argument)
        return added

    add("instances", _instances, "List the Blenders on this machine that run Tenon.")
    add("status", _status, "Tell what Tenon and Blender's main thread are doing.")
    run = add("run", _run, "Run a command in Blender and print its result.", "type")
    run.add_argument(
        "pairs",
        nargs="*",
        metavar="key=value",
        help="a parameter: JSON or text; key=@FILE takes the file's text, key=@- standard input's",
    )
    run.add_argument("--params", help="all parameters as a JSON object")
    run.add_argument("--session", metavar="ID", help="run in this session")
    run.add_argument("--timeout", type=float, metavar="SECONDS", help="interrupt it then")
    run.add_argument("--prompt", help="the person's own words, for the session's log")
    sessions = add("sessions", _sessions, "List the sessions, the last used first.")
    sessions.add_argument("--status", choices=["live", "parked", "closed", "all"], help="only such")
    sessions.add_argument("--limit", type=int, help="the last so many")
    history = add("history", _history, "List what ran in a session.", "session")
    history.add_argument("--limit", type=int, help="the latest so many")
    history.add_argument("--before", type=int, metavar="ID", help="of those before this entry")
    search = add("search", _search, "Find commands that ran, by their text.", "text")
    search.add_argument("--limit", type=int)
    add("restore", _restore, "Make a stored session live again.", "session")
    add("close", _close, "Close a session.", "session")
    events = add("events", _events, "Print what the channels tell, until Ctrl+C.")
    events.add_argument("channels", nargs="+", metavar="CHANNEL", help="tasks, scene, logs, …")
    events.add_argument("--since", type=int, metavar="ID", help="begin behind this event")
    stdio.add_parser(subparsers)
    assistants.add_parser(subparsers)
    return parser


def answer(said: argparse.Namespace, value: Any, text: str) -> None:
    """Prints the one or the other."""
    print(json.dumps(value) if said.json else text)


def _instances(said: argparse.Namespace) -> None:
    found = list_instances()
    answer(said, [vars(instance) for instance in found], tables.instances(found))


def _status(said: argparse.Namespace) -> None:
    with reach(said) as blender:
        status = blender.status()
        answer(said, status, tables.status(status, str(blender.address)))


def _run(said: argparse.Namespace) -> None:
    params = _params(said)
    task_id = str(uuid.uuid4())
    with reach(said) as blender:
        try:
            result = blender.send_command(
                said.session,
                said.type,
                params,
                timeout=said.timeout,
                user_prompt=said.prompt,
                task_id=task_id,
            )
        except KeyboardInterrupt:
            blender.cancel_task(task_id)
            raise
    answer(said, result, tables.result(result))


def _params(said: argparse.Namespace) -> dict[str, Any]:
    try:
        params = json.loads(said.params) if said.params else {}
    except ValueError as error:
        raise InvalidParams(f"--params is not JSON: {error}") from error
    if not isinstance(params, dict):
        raise InvalidParams("--params: expected a JSON object")
    for pair in said.pairs:
        key, equals, text = pair.partition("=")
        if not equals:
            raise InvalidParams(f"{pair!r}: expected key=value")
        params[key] = _value(text)
    return params


def _value(text: str) -> Any:
    if text == "@-":
        return sys.stdin.read()
    if text.startswith("@"):
        try:
            return Path(text[1:]).read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise InvalidParams(f"{text[1:]}: {error}") from error
    try:
        return json.loads(text)
    except ValueError:
        return text


def _sessions(said: argparse.Namespace) -> None:
    with reach(said) as blender:
        found = blender.list_sessions(said.status, said.limit)
    answer(said, found, tables.sessions(found))


def _history(said: argparse.Namespace) -> None:
    with reach(said) as blender:
        entries = blender.history(said.session, limit=said.limit, before=said.before)
    answer(said, entries, tables.history(entries))


def _search(said: argparse.Namespace) -> None:
    with reach(said) as blender:
        entries = blender.search(said.text, limit=said.limit)
    answer(said, entries, tables.hits(entries))


def _restore(said: argparse.Namespace) -> None:
    with reach(said) as blender:
        session = blender.restore_session(said.session)
    answer(said, session, f"{said.session} is live again")


def _close(said: argparse.Namespace) -> None:
    with reach(said) as blender:
        blender.close_session(said.session)
    answer(said, {"session_id": said.session, "closed": True}, f"{said.session} is closed")


def _events(said: argparse.Namespace) -> None:
    with reach(said) as blender, blender.events(*said.channels, since=said.since) as events:
        for event in events:
            answer(said, event, tables.event(event))
            sys.stdout.flush()
