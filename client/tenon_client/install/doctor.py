"""`tenon doctor`: what stands between an assistant and Blender on this machine, and what to do about it.

In: the machine, the Blenders on it, the files of Tenon and of the assistants, the servers that run. Out:
findings, each ok, a warning or a problem, with what to do. Changes nothing, but for `--fix`; starts each
Blender without a window to ask it.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .. import setup
from ..blenders import FoundBlender, find
from ..instances import (
    DEFAULT_PORT,
    HOST_VARIABLE,
    PORT_VARIABLE,
    TOKEN_VARIABLE,
    Instance,
    ended_instances,
    list_instances,
)
from ..service import ports
from ..setup.editors import ConfigError
from ..setup.place import place_of
from ..setup.platform_paths import System, config_file
from ..setup.registry import ASSISTANTS, Assistant
from ..state_folder import state_folder
from ..version import __version__
from . import blender_steps, record, steps, surroundings
from .blender_steps import Look, is_loopback
from .failure import InstallFailed
from .rollback import Snapshot

OK, WARNING, PROBLEM = "ok", "warning", "problem"
ROOM = 200 << 20  # bytes that should be free where Tenon writes
ANSWER_TIMEOUT = 3.0  # seconds for /health, which never waits for Blender
SETTLED = 5.0  # seconds after which a descriptor without a lock is one of a Tenon that has ended


@dataclass(frozen=True)
class Finding:
    level: str
    what: str
    todo: str = ""

    def __str__(self) -> str:
        return f"{self.level:8} {self.what}" + (f"\n         -> {self.todo}" if self.todo else "")


@dataclass
class Machine:
    """What the checks look at, found once."""

    system: System
    token: str | None
    fix: bool
    running: list[Instance]
    blenders: list[FoundBlender]
    looks: dict[str, Look]  # of the Blenders that can be asked
    failures: dict[str, str]  # of those that cannot, with what they say

    @property
    def with_tenon(self) -> list[Look]:
        return [each for each in self.looks.values() if each.is_enabled]

    @property
    def ports(self) -> set[int]:
        """Where an assistant may find a Tenon: those that run, and those that would."""
        served = {each.port for each in self.running}
        return served | {each.port or DEFAULT_PORT for each in self.with_tenon} or {DEFAULT_PORT}


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    parser = subparsers.add_parser(
        "doctor",
        help="look for what keeps assistants from Blender, and say what to do",
        description="Looks at the Blenders, the add-on, ports, tokens, the assistants' files and the "
        "machine. Exit code 1 if there is a problem.",
    )
    parser.add_argument("--blender", action="append", metavar="PATH", help="look at this Blender only")
    parser.add_argument("--token", help=f"the token that clients send (default: {TOKEN_VARIABLE})")
    parser.add_argument(
        "--fix", action="store_true", help="remove what Blenders that crashed have left behind"
    )
    parser.add_argument("--json", action="store_true", help="answer with one JSON array")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    machine = look(
        System(), args.token or os.environ.get(TOKEN_VARIABLE) or None, args.fix, args.blender or ()
    )
    findings = [finding for check in CHECKS for finding in check(machine)]
    if args.json:
        print(json.dumps([asdict(each) for each in findings]))
    else:
        print("\n".join(map(str, findings)))
        problems, warnings = (sum(each.level == level for each in findings) for level in (PROBLEM, WARNING))
        print(f"\nProblems: {problems}. Warnings: {warnings}.")
    return 1 if any(each.level == PROBLEM for each in findings) else 0


def look(system: System, token: str | None, fix: bool, named: Any = ()) -> Machine:
    machine = Machine(system, token, fix, list_instances(system.environ), find(system, named), {}, {})
    for each in machine.blenders:
        if each.is_usable:
            try:
                machine.looks[each.program] = blender_steps.look(each)
            except InstallFailed as error:
                machine.failures[each.program] = error.message
    return machine


# ---- this program and its folder ----


def client(machine: Machine) -> Iterator[Finding]:
    if setup.is_temporary():
        yield Finding(
            WARNING,
            f"tenon-client {__version__} is there for one run only",
            "install it for good: uv tool install tenon-client, or pipx install tenon-client",
        )
    else:
        yield Finding(OK, f"tenon-client {__version__}")
    port = machine.system.environ.get(PORT_VARIABLE, "")
    if port and not (port.isdecimal() and 0 < int(port) < 65536):
        yield Finding(
            PROBLEM, f"{PORT_VARIABLE} is {port!r}, which is no port", f"unset {PORT_VARIABLE}, or mend it"
        )
    elif port or machine.system.environ.get(HOST_VARIABLE):
        chosen = [
            f"{name}={value}"
            for name in (HOST_VARIABLE, PORT_VARIABLE)
            if (value := machine.system.environ.get(name))
        ]
        yield Finding(OK, f"clients connect where the environment says: {' '.join(chosen)}")


def folder(machine: Machine) -> Iterator[Finding]:
    place = state_folder(machine.system.environ, machine.system.platform)
    there = next(each for each in (place, *place.parents) if each.exists())
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        yield Finding(
            PROBLEM,
            f"Tenon's state folder {place} cannot be written to: {error.strerror}",
            f"make {there} yours (chown), or set TENON_STATE_DIR to a folder that is",
        )
        return
    free = shutil.disk_usage(there).free
    if free < ROOM:
        yield Finding(
            WARNING,
            f"only {free >> 20} MB are free where {place} lies",
            "make room: sessions are stored there",
        )
    else:
        yield Finding(OK, f"state folder: {place}")
    if Snapshot(place / "install" / "unfinished").is_there:
        yield Finding(
            PROBLEM,
            "an installation was killed half-way",
            "type: tenon install (it puts everything back first)",
        )


def descriptors(machine: Machine) -> Iterator[Finding]:
    """The files of Tenons that have ended. One that starts holds its lock a moment after it made the file."""
    for file in ended_instances(machine.system.environ):
        try:
            if time.time() - file.stat().st_mtime < SETTLED:
                continue
            if machine.fix:
                file.unlink()
                yield Finding(OK, f"removed {file}, of a Blender that has ended")
                continue
        except FileNotFoundError:
            continue
        except OSError as error:
            yield Finding(WARNING, f"{file} cannot be removed: {error.strerror}", "remove it yourself")
            continue
        yield Finding(
            WARNING,
            f"{file} is of a Blender that has ended without a word (it crashed, or was killed)",
            "tenon doctor --fix",
        )


# ---- the Blenders, and the add-on in them ----


def blenders(machine: Machine) -> Iterator[Finding]:
    if not any(each.is_usable for each in machine.blenders):
        yield Finding(
            PROBLEM,
            "no Blender 3.4 or later was found",
            "install one from https://www.blender.org/download/, or name it: tenon doctor --blender PATH",
        )
    for each in machine.blenders:
        if not each.is_usable:
            yield Finding(WARNING, str(each), "update it, or leave it: Tenon cannot use it")
        elif each.program in machine.failures:
            yield Finding(
                PROBLEM,
                f"{each} does not start: {machine.failures[each.program]}",
                "start it by hand to see more",
            )
        else:
            yield from _addon(each, machine.looks[each.program], machine)
    for installed in record.read().blenders:
        if not Path(installed.program).exists():
            yield Finding(
                WARNING,
                f"Tenon was installed into {installed.program}, which is gone",
                "tenon uninstall --yes forgets it",
            )


def _addon(blender: FoundBlender, seen: Look, machine: Machine) -> Iterator[Finding]:
    name = f"Blender {seen.version} ({blender.program})"
    this = f"tenon install --blender {blender.program}"
    try:
        blender_steps.check(blender, seen)
    except InstallFailed as error:
        yield Finding(PROBLEM if "damaged" in error.message else WARNING, f"{name}: {error.message}")
    if seen.is_legacy_enabled:
        yield Finding(
            WARNING, f"{name}: a Tenon that an older Blender has left in its add-ons is enabled, too", this
        )
    if not seen.installed_version and not seen.is_enabled:
        yield Finding(OK if machine.with_tenon else WARNING, f"{name} has no Tenon", this)
        return
    if seen.is_enabled and not seen.installed_version:
        yield Finding(PROBLEM, f"{name}: Tenon is enabled, and its files are gone from {seen.addon}", this)
        return
    if not seen.is_enabled:
        yield Finding(WARNING, f"{name}: Tenon {seen.installed_version} is installed, and not enabled", this)
    elif seen.installed_version != __version__:
        yield Finding(
            WARNING,
            f"{name} has Tenon {seen.installed_version}, and this tenon-client is {__version__}",
            "type: tenon update; or update tenon-client (uv tool upgrade, pipx upgrade)",
        )
    else:
        starts = "with Blender's window" if seen.auto_start else "when you press Connect"
        yield Finding(
            OK, f"{name}: Tenon {seen.installed_version} at port {seen.port}, which starts {starts}"
        )
    if seen.is_open and not seen.has_token:
        yield Finding(
            PROBLEM,
            f"{name}: it is to listen on {seen.host}, and no token is set: it will not start",
            "set a token in Tenon's preferences, or the host to localhost",
        )
    elif seen.needs_token and not machine.token:
        yield Finding(
            WARNING,
            f"{name}: it wants its token, and {TOKEN_VARIABLE} is not set here",
            f"set {TOKEN_VARIABLE} to the one in Tenon's preferences; for assistants: tenon setup --token",
        )


# ---- what runs ----


def servers(machine: Machine) -> Iterator[Finding]:
    if not machine.running:
        yield from _nobody(machine)
    for each in machine.running:
        yield from _server(each, machine)


def _nobody(machine: Machine) -> Iterator[Finding]:
    """No Tenon runs. Whether somebody has its port."""
    wanted = {each.port or DEFAULT_PORT for each in machine.with_tenon} or {DEFAULT_PORT}
    for port in sorted(wanted):
        if surroundings.listens("127.0.0.1", port):
            yield Finding(
                PROBLEM,
                f"port {port} is taken, and not by a Tenon of this user: {ports.owner(port)}",
                "end that program, or choose another port in Tenon's preferences, or Find a Free Port",
            )
        else:
            yield Finding(OK, f"port {port} is free; no Blender with Tenon runs now")


def _server(instance: Instance, machine: Machine) -> Iterator[Finding]:
    name = f"Blender {instance.blender} ({instance})"
    status = _status(instance, machine.token)
    if status is None:
        yield Finding(
            PROBLEM,
            f"{name} runs, and does not answer at {instance.address}",
            "a firewall on this machine may be in the way; else end that Blender and start it anew",
        )
    elif status == 401:
        sent = (
            "refuses the token that is set here" if machine.token else "wants its token, and none is set here"
        )
        yield Finding(PROBLEM, f"{name} {sent}", f"set {TOKEN_VARIABLE} to the one in Tenon's preferences")
    elif status != 200:
        yield Finding(
            PROBLEM, f"what answers at {instance.address} answers {status}", "start that Blender anew"
        )
    elif instance.version != __version__:
        yield Finding(
            WARNING,
            f"{name} runs Tenon {instance.version}, and this tenon-client is {__version__}",
            "start that Blender anew, if Tenon was updated since; else: tenon update",
        )
    else:
        yield Finding(OK, f"{name} answers at {instance.address}")
    if not is_loopback(instance.host):
        yield Finding(
            WARNING,
            f"{name} listens on {instance.host}: whoever has its token can run code in it from elsewhere",
            "if they are not to: host localhost in Tenon's preferences. If they are, and cannot: "
            + surroundings.firewall(machine.system, instance.port),
        )


def _status(instance: Instance, token: str | None) -> int | None:
    """What it answers to `GET /health`; None: nothing."""
    connection = http.client.HTTPConnection(instance.address.host, instance.port, timeout=ANSWER_TIMEOUT)
    try:
        connection.request("GET", "/health", headers={"Authorization": f"Bearer {token}"} if token else {})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def services(machine: Machine) -> Iterator[Finding]:
    del machine
    for each in steps.services():
        name = f"the service {each['name']}"
        state, told = str(each.get("state")), str(each.get("detail") or each.get("state"))
        if not each.get("registered", True):
            yield Finding(
                PROBLEM,
                f"the system does not start {name} any more",
                "install it again: tenon service install",
            )
        elif state == "failed":
            yield Finding(PROBLEM, f"{name}: {told}", f"see: tenon service logs --name {each['name']}")
        else:
            yield Finding(OK if state == "serving" else WARNING, f"{name}: {told}")
        for note in each.get("notes", ()):
            yield Finding(WARNING, f"{name}: {note}")
    if record.read().service and not steps.has_service(record.read().service):
        yield Finding(WARNING, "the service that `tenon install` set up is gone", "tenon service install")


# ---- the assistants ----


def assistants(machine: Machine) -> Iterator[Finding]:
    for each in ASSISTANTS:
        try:
            place = place_of(each, machine.system)
            text = place.text
            entry = None if text is None else place.read(text)
        except (ConfigError, OSError) as error:
            file = config_file(each, machine.system)
            if "YAML" not in str(error):
                yield Finding(WARNING, f"{each.title}: {file}: {error}", f"mend it; see {each.documentation}")
            continue
        if isinstance(entry, dict):
            yield from _entry(each, place.file, entry, machine)


def _entry(assistant: Assistant, file: str, entry: dict[str, Any], machine: Machine) -> Iterator[Finding]:
    again = f"tenon setup --assistant {assistant.key}"
    name = f"{assistant.title} ({file})"
    url = next((each for each in entry.values() if isinstance(each, str) and each.startswith("http")), None)
    words = [] if url else _command(entry)
    if not url and not words:
        yield Finding(WARNING, f"{name}: its entry 'blender' is not one of Tenon's", again)
        return
    if words and not machine.system.program(words[0]) and not shutil.which(words[0]):
        yield Finding(PROBLEM, f"{name} starts {words[0]}, which is gone", again)
        return
    if words and "tenon" not in " ".join(words):
        yield Finding(
            WARNING, f"{name}: its entry 'blender' starts another program, {' '.join(words)}", again
        )
        return
    host, port = _place(url, words)
    if not is_loopback(host):
        yield Finding(OK, f"{name} is for a Blender on another machine, {host}:{port}")
    elif port not in machine.ports and not _follows(words):
        yield Finding(
            PROBLEM if machine.running else WARNING,
            f"{name} asks at port {port}; Tenon's is {', '.join(map(str, sorted(machine.ports)))}",
            f"{again} --port {min(machine.ports)}",
        )
    elif (
        any(each.needs_token for each in machine.with_tenon)
        and "TOKEN" not in json.dumps(entry)
        and ("Authorization" not in json.dumps(entry) and not assistant.inherits_token)
    ):
        yield Finding(WARNING, f"{name} sends no token, and Tenon wants one", f"{again} --token")
    elif _follows(words):
        yield Finding(OK, f"{name} asks the only Blender that runs, else port {port}")
    else:
        yield Finding(OK, f"{name} asks at port {port}")


def _command(entry: dict[str, Any]) -> list[str]:
    command = entry.get("command")
    if isinstance(command, list):
        return [str(each) for each in command]
    arguments = entry.get("args")
    more = [str(each) for each in arguments] if isinstance(arguments, list) else []
    return [command, *more] if isinstance(command, str) and command else []


def _place(url: str | None, words: list[str]) -> tuple[str, int]:
    if url:
        try:
            parts = urlsplit(url)
            return parts.hostname or "", parts.port or 80
        except ValueError:
            return "", 0
    named = dict(itertools.pairwise(words))
    port = named.get("--port", "")
    return named.get("--host", "127.0.0.1"), int(port) if port.isdecimal() else DEFAULT_PORT


def _follows(words: list[str]) -> bool:
    """`tenon mcp` without a port finds the only Blender that runs."""
    return bool(words) and "--port" not in words


# ---- the machine ----


def machine_around(machine: Machine) -> Iterator[Finding]:
    system = machine.system
    kind = surroundings.wsl(system)
    if kind in ("nat", "wsl1") and not machine.running:
        how = (
            "a Blender on Windows is not at localhost from here: mirror the network (networkingMode=mirrored "
            "in .wslconfig, then wsl --shutdown), or run tenon and the assistant on Windows"
            if kind == "nat"
            else "use WSL 2, or run tenon and the assistant on Windows"
        )
        yield Finding(WARNING, f"this is WSL ({kind})", how)
    elif kind:
        yield Finding(
            OK,
            f"this is WSL ({kind}): localhost is the same on both sides"
            if kind == "mirrored"
            else f"this is WSL ({kind})",
        )
    if inside := surroundings.container(system):
        yield Finding(
            OK if machine.running or machine.with_tenon else WARNING,
            f"this is a container ({inside}): its localhost is not the host's",
            "for a Blender on the host: TENON_HOST=host.docker.internal (docker run --add-host "
            "host.docker.internal:host-gateway) and TENON_TLS here (`tenon run get_certificate` there tells "
            "it), and there host 0.0.0.0 with a token in Tenon's preferences. For a Blender in here: publish "
            "its port (docker run -p 127.0.0.1:9876:9876 -e TENON_INSECURE_REMOTE=1)",
        )
    if variable := surroundings.proxy(system):
        yield Finding(
            WARNING,
            f"{variable} is set, and requests to this machine go through that proxy, too",
            "set NO_PROXY=localhost,127.0.0.1 for the assistants",
        )


CHECKS: tuple[Callable[[Machine], Iterator[Finding]], ...] = (
    client,
    folder,
    descriptors,
    blenders,
    servers,
    services,
    assistants,
    machine_around,
)
