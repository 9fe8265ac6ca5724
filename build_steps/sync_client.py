"""Generates the client's blocking module from its asyncio one: THIS [--check].

In: `client/tenon_client/aio.py`. Out: `client/tenon_client/client.py`, which is the same without `async` and
`await`, over the other transport. Needs ruff, which formats the result.
"""

import ast
import subprocess
import sys
import tokenize
from io import StringIO
from pathlib import Path

CLIENT = Path(__file__).resolve().parent.parent / "client" / "tenon_client"
SOURCE, GENERATED = CLIENT / "aio.py", CLIENT / "client.py"

# What has no counterpart among blocking calls.
OMITTED = ("Connecting",)
NAMES = {
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "aclose": "close",
    "asyncio": "time",
    "transport_asyncio": "transport_blocking",
}
TEXTS = {
    '"""The client for asyncio: `aio.connect()`, then commands, sessions, tasks and events.\n': '"""'
    "The client for ordinary code: `connect()`, then commands, sessions, tasks and events. Calls block.\n",
    "calls from the tasks of one event loop.": "calls from any thread.",
    "A call that is cancelled gives up waiting; what it asked for goes on in Blender.\n\n": "",
    "`client.py` is generated from this file by `build_steps/sync_client.py`: change it here.": "Generated "
    "from `aio.py` by `python3 build_addon.py docs`: change it there.",
    "import Generator, Mapping": "import Mapping",
    ") -> Connecting:": ") -> Client:",
    "To be awaited, or entered with `async with`: a client": "A client",
    "return Connecting(client)": "return client.open()",
}


def blocking(source: str) -> str:
    """The module's text; SystemExit when a rule above no longer finds what it was made for."""
    lines = source.splitlines(keepends=True)
    found = {node.name: node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)}
    for name in OMITTED:
        lines[found[name].lineno - 1 : found[name].end_lineno] = []
    text = "".join(lines)
    for old, new in TEXTS.items():
        if text.count(old) != 1:
            sys.exit(f"tenon: {SOURCE.name} has {text.count(old)} times, not once: {old!r}")
        text = text.replace(old, new)
    return without_async(text)


def without_async(text: str) -> str:
    """The text with no `async` or `await`, and each name replaced that has a blocking one."""
    lines = text.splitlines(keepends=True)
    # From the end, so that the positions before stay true.
    for token in reversed(list(tokenize.generate_tokens(StringIO(text).readline))):
        if token.type != tokenize.NAME:
            continue
        (row, begin), (_, end) = token.start, token.end
        line = lines[row - 1]
        if token.string in ("async", "await"):
            lines[row - 1] = line[:begin] + line[end + 1 :]
        elif token.string in NAMES:
            lines[row - 1] = line[:begin] + NAMES[token.string] + line[end:]
    return "".join(lines)


def formatted(text: str) -> str:
    for arguments in (["format"], ["check", "--fix-only", "--select", "I"]):
        command = [sys.executable, "-m", "ruff", *arguments, "--stdin-filename", str(GENERATED), "-"]
        text = subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout
    return text


def main() -> None:
    text = formatted(blocking(SOURCE.read_text(encoding="utf-8")))
    if "--check" not in sys.argv:
        GENERATED.write_text(text, encoding="utf-8")
    elif not GENERATED.is_file() or GENERATED.read_text(encoding="utf-8") != text:
        sys.exit(f"tenon: {GENERATED.name} is not made from {SOURCE.name}; run: python3 build_addon.py docs")


if __name__ == "__main__":
    main()
