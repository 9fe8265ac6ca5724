"""The command `tenon`: a running Blender from the shell.

In: the command line and the environment. Out: text for people, or with `--json` one JSON value for machines
(a line for each event), and an exit code: 0 done, 1 the command failed, 2 wrong usage, 3 nothing answers,
4 whether the command ran cannot be found out, 130 stopped by Ctrl+C.
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

from .. import install, mcp_stdio, service, setup, slack
from ..client import Client, connect
from ..errors import InvalidParams, OutcomeUnknown, SeveralInstances, TenonError, Unreachable
from ..instances import list_instances
from ..version import __version__
from . import cli_output

FAILED, WRONG_USAGE, UNREACHABLE, OUTCOME_UNKNOWN, STOPPED = 1, 2, 3, 4, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command line; the exit code."""
    args = _parser().parse_args(argv)
    try:
        code: int | None = args.func(args)
        return code or 0
    except TenonError as error:
        if getattr(args, "json", False):
            print(json.dumps({"code": error.code, "message": error.message, **error.data}))
        print(f"tenon: {cli_output.error(error.message)}", file=sys.stderr)
        return _exit_code(error)
    except BrokenPipeError:  # the reader has closed its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return STOPPED


def _exit_code(error: TenonError) -> int:
    if isinstance(error, OutcomeUnknown):
        return OUTCOME_UNKNOWN
    if isinstance(error, SeveralInstances):
        return WRONG_USAGE
    return UNREACHABLE if isinstance(error, Unreachable) else FAILED


def common(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """Which Blender, and how to answer: what every subcommand takes."""
    which = parser.add_argument_group("which Blender")
    which.add_argument("--host", help="default: TENON_HOST, else this machine")
    which.add_argument("--port", type=int, help="default: TENON_PORT, else the only Blender here, else 9876")
    which.add_argument("--token", help="default: TENON_TOKEN")
    which.add_argument(
        "--tls", metavar="TRUST", help="sha256:…, a file of certificates, or system; default: TENON_TLS"
    )
    which.add_argument("--instance", help="a pid, a port, or the name of the open file")
    parser.add_argument("--json", action="store_true", help="answer in JSON")
    return parser


def connected(args: argparse.Namespace, **more: Any) -> Client:
    """A client of the Blender that a command line names."""
    return connect(args.host, args.port, args.token, instance=args.instance, tls=args.tls, **more)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tenon", description="Drive a running Blender through Tenon.")
    parser.add_argument("--version", action="version", version=f"tenon-client {__version__}")
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, func: Any, description: str, *arguments: str) -> argparse.ArgumentParser:
        added = common(subparsers.add_parser(name, help=description, description=description))
        added.set_defaults(func=func)
        for argument in arguments:
            added.add_argument(argument)
        return added

    add("instances", _instances, "List the Blenders on this machine that run Tenon.")
    add("status", _status, "Print what Tenon and Blender's main thread are doing.")
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
    do = add("do", _do, "Do what a sentence says, in English, Japanese or Chinese.")
    do.add_argument("words", nargs="+", metavar="WORD", help='as in: tenon do "make a red cube"')
    do.add_argument("--dry-run", action="store_true", help="only print the commands that it means")
    do.add_argument("--session", metavar="ID", help="the session whose thread goes on: what 'it' is")
    do.add_argument("--timeout", type=float, metavar="SECONDS", help="interrupt it then")
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
    events = add("events", _events, "Print the events of the channels, until Ctrl+C.")
    events.add_argument("channels", nargs="+", metavar="CHANNEL", help="tasks, scene, logs, …")
    events.add_argument("--since", type=int, metavar="ID", help="begin behind this event")
    mcp_stdio.add_parser(subparsers)
    setup.add_parser(subparsers)
    service.add_parser(subparsers)
    install.add_parser(subparsers)
    slack.add_parser(subparsers)
    return parser


def print_answer(args: argparse.Namespace, value: Any, text: str) -> None:
    """Prints the value as JSON, or the text for people."""
    print(json.dumps(value) if args.json else text)


def _instances(args: argparse.Namespace) -> None:
    found = list_instances()
    print_answer(args, [vars(instance) for instance in found], cli_output.instances(found))


def _status(args: argparse.Namespace) -> None:
    with connected(args) as blender:
        status = blender.status()
        print_answer(args, status, cli_output.status(status, str(blender.address)))


def _run(args: argparse.Namespace) -> None:
    result = _result(args, args.type, _params(args), args.prompt)
    print_answer(args, result, cli_output.result(result))


def _do(args: argparse.Namespace) -> None:
    text = " ".join(args.words)
    answer = _result(args, "do", {"text": text, "dry_run": args.dry_run}, text)
    print_answer(args, answer, cli_output.plan(answer) if args.dry_run else cli_output.done(answer))


def _result(args: argparse.Namespace, command: str, params: dict[str, Any], prompt: str | None) -> Any:
    """What the command answers; Ctrl+C stops it in Blender too."""
    task_id = str(uuid.uuid4())
    with connected(args) as blender:
        try:
            return blender.send_command(
                args.session, command, params, timeout=args.timeout, user_prompt=prompt, task_id=task_id
            )
        except KeyboardInterrupt:
            blender.cancel_task(task_id)
            raise


def _params(args: argparse.Namespace) -> dict[str, Any]:
    try:
        params = json.loads(args.params) if args.params else {}
    except ValueError as error:
        raise InvalidParams(f"--params is not JSON: {error}") from error
    if not isinstance(params, dict):
        raise InvalidParams("--params: expected a JSON object")
    for pair in args.pairs:
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


def _sessions(args: argparse.Namespace) -> None:
    with connected(args) as blender:
        found = blender.list_sessions(args.status, args.limit)
    print_answer(args, found, cli_output.sessions(found))


def _history(args: argparse.Namespace) -> None:
    with connected(args) as blender:
        entries = blender.history(args.session, limit=args.limit, before=args.before)
    print_answer(args, entries, cli_output.history(entries))


def _search(args: argparse.Namespace) -> None:
    with connected(args) as blender:
        entries = blender.search(args.text, limit=args.limit)
    print_answer(args, entries, cli_output.hits(entries))


def _restore(args: argparse.Namespace) -> None:
    with connected(args) as blender:
        session = blender.restore_session(args.session)
    print_answer(args, session, f"{args.session} is live again")


def _close(args: argparse.Namespace) -> None:
    with connected(args) as blender:
        blender.close_session(args.session)
    print_answer(args, {"session_id": args.session, "closed": True}, f"{args.session} is closed")


def _events(args: argparse.Namespace) -> None:
    with connected(args) as blender, blender.events(*args.channels, since=args.since) as events:
        for event in events:
            print_answer(args, event, cli_output.event(event))
            sys.stdout.flush()
