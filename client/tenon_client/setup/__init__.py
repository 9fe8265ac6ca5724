"""`tenon setup`: enters Tenon in the configuration of the assistants on this machine.

In: the command line, the files of the assistants, answers at the terminal. Out: changed files, each shown
before and with its backup; a record for `--undo`; what to do next. Exit code 1 if anything that was asked for
could not be done.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from . import apply, verify
from .editors import ConfigError
from .place import entry_path, place_of
from .platform_paths import System, config_file, is_installed
from .registry import ASSISTANTS, PORT, TOKEN, Assistant, Entry, Secret, mcp_arguments, named

NO_VARIABLE = "{} documents no way to name a variable there"


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    parser = subparsers.add_parser(
        "setup",
        help="enter Tenon in the configuration of your assistants",
        description="Finds the assistants on this machine, shows what it would write into the configuration "
        "of each, writes it when you agree, with a backup beside it, and tries it.",
    )
    keys = [each.key for each in ASSISTANTS]
    parser.add_argument("--assistant", action="append", choices=keys, help="only this one, installed or not")
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--stdio", action="store_true", help="as a program that the assistant starts")
    way.add_argument("--http", action="store_true", help="as an address, where the assistant takes one")
    parser.add_argument("--host", default="127.0.0.1", help="where Blender runs (127.0.0.1)")
    parser.add_argument("--port", type=int, default=PORT, help=f"Tenon's port ({PORT})")
    parser.add_argument("--token", action="store_true", help=f"Tenon wants a token: refer to {TOKEN}")
    parser.add_argument("--yes", action="store_true", help="write without asking")
    parser.add_argument("--undo", action="store_true", help="take back what was written")
    parser.add_argument("--print", choices=keys, dest="snippet", help="print what to write yourself, and end")
    parser.set_defaults(func=run, json=False)


def run(args: argparse.Namespace) -> int:
    system = System()
    if args.snippet:
        print(snippet(named(args.snippet), args, system), end="")
        return 0
    if args.undo:
        return undo(args)
    chosen = [named(each) for each in args.assistant or ()]
    chosen = chosen or [each for each in ASSISTANTS if is_installed(each, system)]
    if not chosen:
        print(f"None of these was found: {', '.join(each.title for each in ASSISTANTS)}.")
        print("Name one with --assistant, or print what to write with --print.")
        return 1
    entered = [set_up(each, args, system) for each in chosen]
    return 0 if all(entered) else 1


def by_address(assistant: Assistant, args: argparse.Namespace) -> bool:
    if assistant.address is None or args.stdio:
        return False
    if args.token and assistant.inherits_token:
        return False
    return bool(assistant.prefers_address or args.http)


def url(args: argparse.Namespace) -> str:
    host = f"[{args.host}]" if ":" in args.host else args.host
    return f"http://{host}:{args.port}/mcp"


def is_temporary() -> bool:
    """Whether this Python was made for one run, as uvx does it, and may be gone tomorrow."""
    return any(part.startswith("archive-v") for part in Path(sys.prefix).parts)


def command(args: argparse.Namespace) -> list[str]:
    """With whole paths, since assistants are started with other PATHs than shells."""
    return [sys.executable, "-m", __package__.partition(".")[0], *mcp_arguments(args.host, args.port)]


def entry(assistant: Assistant, args: argparse.Namespace) -> Entry:
    secret = Secret(assistant.reference, is_variable=True) if args.token else None
    if args.token and assistant.writes_token:
        secret = Secret(os.environ.get(TOKEN, f"<the value of {TOKEN}>"))
    if assistant.address is not None and by_address(assistant, args):
        return assistant.address(url(args), secret)
    return assistant.program(command(args), secret)


def snippet(assistant: Assistant, args: argparse.Namespace, system: System) -> str:
    return assistant.document(entry_path(assistant, system, ""), entry(assistant, args))


def set_up(assistant: Assistant, args: argparse.Namespace, system: System) -> bool:
    """Shows, asks, writes, tries; whether all went well."""
    print(f"\n{assistant.title}: {config_file(assistant, system)}")
    if assistant.form == "yaml":
        print("  Not written: this file is YAML, which is not edited. Paste this into it:")
        print(f"  ({assistant.place}; see {assistant.documentation})\n")
        print(snippet(assistant, args, system))
        return True
    if args.token and assistant.writes_token:
        if TOKEN not in os.environ:
            print(
                f"  Not written: {NO_VARIABLE.format(assistant.title)}, so the token has to be in the file."
            )
            print(f"  Set {TOKEN} for this command, and run it again.")
            return False
        print(f"  The token itself will be in this file: {NO_VARIABLE.format(assistant.title)}.")
    wanted = entry(assistant, args)
    if args.http and args.token and assistant.inherits_token:
        print("  As a program, since an address would need the token itself in this file.")
    if is_temporary() and not by_address(assistant, args):
        print("  Note: this tenon is there for one run only. Install it for good first, with pipx or pip.")
    try:
        change = apply.plan(assistant.key, place_of(assistant, system), wanted)
        if change is None:
            print("  Tenon is entered there already.")
        else:
            print(change.diff(), end="")
            if not (args.yes or agreed()):
                print("  Nothing was written.")
                return True
            backup = apply.apply(change)
            print(f"  Written{f'; as it was: {backup}' if backup else ''}. {assistant.afterwards}.")
    except (ConfigError, OSError) as error:
        print(f"  Nothing was written: {error}.")
        print(f"  See {assistant.documentation} and `tenon setup --print {assistant.key}`.")
        return False
    return tried(assistant, args, wanted)


def agreed() -> bool:
    try:
        return input("  Write this? [Y/n] ").strip().lower() in ("", "y", "yes")
    except EOFError:
        print()
        return False


def tried(assistant: Assistant, args: argparse.Namespace, wanted: Entry) -> bool:
    """Whether what was written works. That Blender does not run yet is no failure."""
    token = os.environ.get(TOKEN) if args.token else None
    if args.token and not token:
        print(f"  Not tried: {TOKEN} is not set here; {assistant.title} will need it.")
        return True
    works = True
    if not by_address(assistant, args):
        works, message = verify.program(command(args), {TOKEN: token} if token else {})
        print(f"  Tried: {message}.")
    _, message = verify.address(url(args), token)
    print(f"  Blender: {message}.")
    return works


def undo(args: argparse.Namespace) -> int:
    """Takes back what was written, the latest first."""
    wanted = args.assistant or [each.key for each in ASSISTANTS]
    done = [each for each in reversed(apply.read_record()) if each["assistant"] in wanted]
    if not done:
        print("Nothing was written, or it has been taken back.")
    failed = False
    for each in done:
        print(f"{named(each['assistant']).title}: {each['place']['file']}")
        try:
            print(f"  {apply.undo(each)}")
        except (ConfigError, OSError) as error:
            failed = True
            print(f"  Not taken back: {error}. As it was: {each['backup'] or json.dumps(each['previous'])}")
    return 1 if failed else 0
