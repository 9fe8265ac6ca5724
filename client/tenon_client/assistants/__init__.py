"""`tenon setup`: enters Tenon in the configuration of the assistants on this machine.

In: the command line, the files of the assistants, answers at the terminal. Out: changed files, each shown
before and with its backup; a note of it all for `--undo`; what to do next, in words. Exit code 1 if anything
that was asked for could not be done.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from ..configuration import Unreadable, json_text, toml_text
from . import trial, writing
from .catalogue import ASSISTANTS, TOKEN, Assistant, Entry, named
from .system import System

PORT = 9876


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


def run(said: argparse.Namespace) -> int:
    system = System()
    if said.snippet:
        print(snippet(named(said.snippet), said, system), end="")
        return 0
    if said.undo:
        return undo(said)
    chosen = [named(each) for each in said.assistant or ()]
    chosen = chosen or [each for each in ASSISTANTS if each.is_installed(system)]
    if not chosen:
        print(f"None of these was found: {', '.join(each.title for each in ASSISTANTS)}.")
        print("Name one with --assistant, or print what to write with --print.")
        return 1
    entered = [set_up(each, said, system) for each in chosen]
    return 0 if all(entered) else 1


def by_address(assistant: Assistant, said: argparse.Namespace) -> bool:
    if assistant.address is None or said.stdio:
        return False
    if said.token and assistant.hands_token_on:
        return False
    return bool(assistant.prefers_address or said.http)


def url(said: argparse.Namespace) -> str:
    host = f"[{said.host}]" if ":" in said.host else said.host
    return f"http://{host}:{said.port}/mcp"


def is_temporary() -> bool:
    """Whether this Python was made for one run, as uvx does it, and may be gone tomorrow."""
    return any(part.startswith("archive-v") for part in Path(sys.prefix).parts)


def command(said: argparse.Namespace) -> list[str]:
    """With whole paths, since assistants are started with other PATHs than shells."""
    place = [] if said.host == "127.0.0.1" else ["--host", said.host]
    place += [] if said.port == PORT else ["--port", str(said.port)]
    return [sys.executable, "-m", __package__.partition(".")[0], "mcp", *place]


def entry(assistant: Assistant, said: argparse.Namespace) -> Entry:
    if assistant.address is not None and by_address(assistant, said):
        return assistant.address(url(said), said.token)
    made = assistant.program(command(said), said.token)
    if said.token and assistant.keeps_token:
        made["env"] = {TOKEN: os.environ.get(TOKEN, f"<the value of {TOKEN}>")}
    return made


def snippet(assistant: Assistant, said: argparse.Namespace, system: System) -> str:
    path = assistant.path(system, "")
    language: Any = toml_text if assistant.is_toml else json_text
    text: str = language.put("", path, entry(assistant, said))
    return text


def set_up(assistant: Assistant, said: argparse.Namespace, system: System) -> bool:
    """Shows, asks, writes, tries; whether Tenon is entered now."""
    file = assistant.file(system)
    print(f"\n{assistant.title}: {file}")
    if said.token and assistant.keeps_token:
        if TOKEN not in os.environ:
            print(
                f"  Not written: {assistant.title} hands no variables on, so the token has to be in the file."
            )
            print(f"  Set {TOKEN} for this command, and run it again.")
            return False
        print(f"  The token itself will be in this file: {assistant.title} hands no variables on.")
    wanted = entry(assistant, said)
    if said.http and said.token and assistant.hands_token_on:
        print("  As a program, since an address would need the token itself in this file.")
    if is_temporary() and not by_address(assistant, said):
        print("  Note: this tenon is there for one run only. Install it for good first, with pipx or pip.")
    try:
        text = writing.Place(str(file), (), assistant.is_toml).text or ""
        place = writing.Place(str(file), assistant.path(system, text), assistant.is_toml)
        change = writing.plan(assistant.key, place, wanted)
        if change is None:
            print("  Tenon is entered there already.")
        else:
            print(change.diff(), end="")
            if not (said.yes or agreed()):
                print("  Nothing was written.")
                return True
            backup = writing.apply(change)
            print(f"  Written{f'; as it was: {backup}' if backup else ''}. {assistant.afterwards}.")
    except (Unreadable, OSError) as error:
        print(f"  Nothing was written: {error}.")
        print(f"  See {assistant.documentation} and `tenon setup --print {assistant.key}`.")
        return False
    return tried(assistant, said, wanted)


def agreed() -> bool:
    try:
        return input("  Write this? [Y/n] ").strip().lower() in ("", "y", "yes")
    except EOFError:
        print()
        return False


def tried(assistant: Assistant, said: argparse.Namespace, wanted: Entry) -> bool:
    """Whether what was written works. That Blender is not there yet is no failure."""
    token = os.environ.get(TOKEN) if said.token else None
    if said.token and not token:
        print(f"  Not tried: {TOKEN} is not set here; {assistant.title} will need it.")
        return True
    works = True
    if not by_address(assistant, said):
        works, words = trial.program(command(said), {TOKEN: token} if token else {})
        print(f"  Tried: {words}.")
    _, words = trial.address(url(said), token)
    print(f"  Blender: {words}.")
    return works


def undo(said: argparse.Namespace) -> int:
    """Takes back what was written, the latest first."""
    wanted = said.assistant or [each.key for each in ASSISTANTS]
    done = [each for each in reversed(writing.read_record()) if each["assistant"] in wanted]
    if not done:
        print("Nothing was written, or it has been taken back.")
    failed = False
    for each in done:
        print(f"{named(each['assistant']).title}: {each['place']['file']}")
        try:
            print(f"  {writing.undo(each)}")
        except (Unreadable, OSError) as error:
            failed = True
            print(f"  Not taken back: {error}. As it was: {each['backup'] or json.dumps(each['previous'])}")
    return 1 if failed else 0
