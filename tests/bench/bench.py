"""Measures Tenon in real Blenders and prints the table of the README: `python3 build_addon.py bench`.

In: the staged add-on, the system's Blender, the package index for the peer; options (`bench --help`). Out:
one Markdown table, the line of the machine, and with `--json FILE` the figures behind it. Bounded to five and
a half minutes after building; every program that it starts is ended, also when it fails.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import platform
import re
import resource
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from programs import Load
from rows import ROWS, Row
from rows_handover import HANDOVER_ROWS
from rows_language import LANGUAGE_ROWS
from rows_mcp import MCP_ROWS
from rows_sessions import SESSION_ROWS
from rows_tasks import TASK_ROWS
from stage import FEW, Amounts, Stage

ROWS.update(HANDOVER_ROWS)
ROWS.update(TASK_ROWS)
ROWS.update(SESSION_ROWS)
ROWS.update(MCP_ROWS)
ROWS.update(LANGUAGE_ROWS)
BOUND = 330  # seconds
FILES = 12_000  # file handles, for thousands of connections


class TooLong(BaseException):
    """The time is over. Not an Exception, so that no row takes it for its own failure."""


def too_long(*_: object) -> None:
    raise TooLong


def asked_to_end(*_: object) -> None:
    sys.exit("bench: ended by SIGTERM")


def measured(stage: Stage, names: list[str]) -> Iterator[tuple[str, Row]]:
    """Row after row; one that fails says why in its place, and the others go on."""
    for number, name in enumerate(names):
        print(f"bench: {name}", file=sys.stderr, flush=True)
        try:
            for row in ROWS[name](stage):
                yield name, row
        except TooLong:
            for late in names[number:]:
                yield late, Row(late, f"not measured: over the bound of {BOUND} s")
            return
        except Exception as error:
            yield name, Row(name, f"not measured: {type(error).__name__}: {error}")


def table(rows: list[Row]) -> str:
    verdict = {True: "yes", False: "**no**", None: ""}
    lines = [["what", "measured", "ratio", "goal", "reached"], ["---"] * 5]
    lines += [[row.what, row.measured, row.ratio, row.goal, verdict[row.reached]] for row in rows]
    return "\n".join(f"| {' | '.join(' '.join(cell.split()) for cell in line)} |" for line in lines)


def machine(stage: Stage) -> str:
    """Where the figures come from."""
    information = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    names = re.findall(r"^model name\s*: (.+)$", information, re.MULTILINE) or [platform.machine()]
    return ", ".join([f"{os.cpu_count()} cores ({names[0]})", platform.system(), *stage.versions()])


def raise_file_limit() -> None:
    """For this process and the load generators that it starts."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def main(words: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"only these: {', '.join(ROWS)}")
    parser.add_argument(
        "--few", action="store_true", help="tiny counts: shows that it works, measures nothing"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    arguments = parser.parse_args(words)
    if unknown := set(arguments.rows) - ROWS.keys():
        parser.error(f"no such row: {', '.join(sorted(unknown))}")

    signal.signal(signal.SIGTERM, asked_to_end)
    load = Load(release=not arguments.few)
    raise_file_limit()
    before = os.getloadavg()[0]
    signal.signal(signal.SIGALRM, too_long)
    with Stage(load, FEW if arguments.few else Amounts()) as stage:
        signal.alarm(BOUND)
        rows = list(measured(stage, arguments.rows or list(ROWS)))
        signal.alarm(0)
        line = f"Machine: {machine(stage)}. Load before: {before:.1f}."
    print(f"{table([row for _, row in rows])}\n\n{line}")
    if arguments.json:
        figures = [{"name": name, **dataclasses.asdict(row)} for name, row in rows]
        arguments.json.write_text(json.dumps({"machine": line, "rows": figures}, indent=1), encoding="utf-8")


if __name__ == "__main__":
    # `build_addon.py bench -- --few` hands its `--` on.
    main(sys.argv[2:] if sys.argv[1:2] == ["--"] else sys.argv[1:])
