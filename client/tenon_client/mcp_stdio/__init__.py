"""`tenon mcp`: the server of the Model Context Protocol that an assistant starts and talks to by lines.

In: JSON-RPC messages on standard input. Out: JSON-RPC messages on standard output, and nothing else; the log
goes to standard error. It talks to the Tenon that runs in Blender (`/mcp`), and runs before Blender and after
it. Ends when its input ends.
"""

from __future__ import annotations

import argparse
import os
import sys
from io import FileIO
from typing import Any

from ..instances import HOST_VARIABLE, PORT_VARIABLE, TOKEN_VARIABLE
from .blender import Blender
from .bridge import Bridge, Output
from .locator import Locator


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    parser = subparsers.add_parser(
        "mcp",
        help="serve an assistant over standard input and output",
        description="The MCP server that an assistant starts. It needs no Blender to start, and finds the "
        "one that runs on this machine. `tenon setup` enters it in an assistant's configuration.",
    )
    parser.add_argument("--host", help=f"where Blender runs, if not on this machine ({HOST_VARIABLE})")
    parser.add_argument("--port", type=int, help=f"the port of one Blender among several ({PORT_VARIABLE})")
    parser.add_argument(
        "--instance", help="one Blender among several: a pid, a port, the name of its open file"
    )
    parser.set_defaults(func=run, json=False)


def run(arguments: argparse.Namespace) -> int:
    output = Output(FileIO(sys.stdout.fileno(), "wb", closefd=False))
    sys.stdout = sys.stderr  # what is printed by mistake must not get among the messages
    locator = Locator(arguments.host, arguments.port, arguments.instance)
    blender = Blender(locator, os.environ.get(TOKEN_VARIABLE))
    try:
        Bridge(blender, output).run(sys.stdin.buffer)
    except KeyboardInterrupt:
        return 130
    return 0  # threads may be waiting for Blender; nobody waits for them
