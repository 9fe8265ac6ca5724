"""The management page: `web/` in, what Tenon serves under /ui/ out, in `target/web`.

npm's registry gives what `package-lock.json` names; a Node of its own is installed where the machine's is too
old for Vite. Nothing is done again whose sources have not changed.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

from .project import ROOT, TARGET, BuildError, Skipped, run, say

SOURCES = ROOT / "web"
BUILT = TARGET / "web"
STAMP = TARGET / "web.stamp"
# Vite asks for no less; the version is what npm's package `node` installs where it is older.
OLDEST_NODE = (20, 19)
NODE = "22.23.3"
NO_NPM = "the management page needs npm; on Debian: apt-get install -y npm"


def files() -> dict[str, bytes]:
    """The built page by path in its folder; empty, and said so, where there is no npm."""
    if not shutil.which("npm"):
        say(f"built without the management page: {NO_NPM}")
        return {}
    build()
    return {
        path.relative_to(BUILT).as_posix(): path.read_bytes() for path in BUILT.rglob("*") if path.is_file()
    }


def build() -> None:
    wanted = digest(SOURCES)
    if BUILT.is_dir() and STAMP.is_file() and STAMP.read_text(encoding="utf-8") == wanted:
        return
    variables = install()
    say("building the management page")
    shutil.rmtree(BUILT, ignore_errors=True)
    STAMP.unlink(missing_ok=True)
    run(["npm", "run", "--silent", "build"], env={**variables, "TENON_WEB_OUT": str(BUILT)}, cwd=SOURCES)
    run(["node", "scripts/compress.mjs", BUILT], env=variables, cwd=SOURCES)
    STAMP.write_text(wanted, encoding="utf-8")


def check() -> None:
    """Types, lint and the unit tests."""
    if not shutil.which("npm"):
        raise Skipped(NO_NPM)
    run(["npm", "run", "--silent", "check"], env=install(), cwd=SOURCES)


def install() -> dict[str, str]:
    """What the lock names, once; the environment to run it in."""
    variables = with_node()
    lock = hashlib.sha256((SOURCES / "package-lock.json").read_bytes()).hexdigest()
    stamp = SOURCES / "node_modules" / ".stamp"
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != lock:
        say("installing what the management page is built with")
        run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], env=variables, cwd=SOURCES)
        stamp.write_text(lock, encoding="utf-8")
    return variables


def with_node() -> dict[str, str]:
    """The process environment with a Node that is new enough first."""
    if node_version("node") >= OLDEST_NODE:
        return dict(os.environ)
    folder = TARGET / "node"
    programs = folder / "node_modules" / "node" / "bin"
    if node_version(str(programs / "node")) < OLDEST_NODE:
        say(f"this Node is older than {'.'.join(map(str, OLDEST_NODE))}; installing {NODE} into target/node")
        folder.mkdir(parents=True, exist_ok=True)
        run(["npm", "install", "--no-audit", "--no-fund", "--prefix", folder, f"node@{NODE}"])
    if node_version(str(programs / "node")) < OLDEST_NODE:
        raise BuildError(f"npm's package node@{NODE} does not run here; install Node.js 20.19 or newer")
    return {**os.environ, "PATH": os.pathsep.join([str(programs), os.environ.get("PATH", os.defpath)])}


def node_version(program: str) -> tuple[int, ...]:
    """`(20, 20)`; empty if it cannot be started."""
    try:
        told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return ()
    found = re.match(r"v(\d+)\.(\d+)", told)
    return tuple(int(part) for part in found.groups()) if found else ()


def digest(folder: Path) -> str:
    """Of every source file's path and content."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and name.parts[0] not in ("node_modules", "dist"):
            total.update(f"{name.as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return total.hexdigest()
