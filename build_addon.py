#!/usr/bin/env python3
"""Builds, runs, tests and ships Tenon, from a bare machine on: `python3 build_addon.py --help`.

In: a command line and the repository this file lies in. Out: the command's effect; exit code 1 and one
message, with the line to type where one helps, when it cannot be had. Standard library only, Python 3.10+.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from build_steps import checks, environment, native, release, versions
from build_steps.project import CLIENT, DIST, ROOT, TARGET, VENV, BuildError, exclusive, run, say, version


def run_command(arguments: argparse.Namespace) -> None:
    blend = arguments.blend and Path(arguments.blend).resolve()
    if blend and not blend.is_file():
        raise BuildError(f"{blend} is not a file")
    with exclusive():
        env = environment.prepare()
        native.build(env)
    command = [str(env.python), "-u", str(ROOT / "build_steps" / "serve.py")]
    command += [arguments.host or "", arguments.port or "", str(blend or "")]
    if os.name == "nt":
        sys.exit(subprocess.run(command, env=env.variables(), check=False).returncode)
    # The server takes this process's place: signals and the exit code are its own.
    os.execve(command[0], command, env.variables())


def build_command(_: argparse.Namespace) -> None:
    with exclusive():
        native.build(environment.prepare())


def zip_command(_: argparse.Namespace) -> Path:
    with exclusive():
        env = environment.prepare()
        return release.make(env, native.build(env))


def install_command(arguments: argparse.Namespace) -> None:
    sys.path.insert(0, str(CLIENT.parent))
    from tenon_client import blenders, cli

    named = arguments.blender or []
    # A wrong path is told before a build of minutes.
    if refused := [str(each) for each in blenders.find(named=named) if not each.is_usable and named]:
        raise BuildError(
            f"{'; '.join(refused)}; type: python3 build_addon.py install --blender "
            + (shutil.which("blender") or "/path/to/blender")
        )
    words = [word for each in named for word in ("--blender", each)]
    sys.exit(cli.main(["install", "--zip", str(zip_command(arguments)), *words, *arguments.more]))


def test_command(arguments: argparse.Namespace) -> None:
    with exclusive():
        env = environment.prepare(tests=True)
    more = [*(["-k", arguments.k] if arguments.k else []), *(["-x"] if arguments.x else [])]
    checks.test(env, arguments.parts, more)


def bench_command(arguments: argparse.Namespace) -> None:
    with exclusive():
        env = environment.prepare(tests=True)
        native.build(env)
    run([env.python, ROOT / "tests" / "bench" / "bench.py", *arguments.arguments], env=env.variables())


def soak_command(arguments: argparse.Namespace) -> None:
    with exclusive():
        env = environment.prepare(tests=True)
        native.build(env)
    run([env.python, ROOT / "tests" / "soak" / "soak.py", str(arguments.count)], env=env.variables())


def docs_command(_: argparse.Namespace) -> None:
    with exclusive():
        env = environment.prepare(tests=True)  # ruff is among the test programs
        native.build(env)
    for page in ("command_reference.py", "dictionary_page.py", "assistant_snapshot.py", "sync_client.py"):
        run([env.python, ROOT / "build_steps" / page], env=env.variables())


def release_command(_: argparse.Namespace) -> None:
    with exclusive():
        env = environment.prepare()
        release.make(env, native.build(env), whole=True)
        release.make_client(env)
        release.write_checksums(DIST)


def extension_repository_command(arguments: argparse.Namespace) -> None:
    with exclusive():
        env = environment.prepare()
        release.make_repository(env, arguments.folder.resolve(), complete=arguments.complete)


def version_command(arguments: argparse.Namespace) -> None:
    if arguments.version:
        versions.change(arguments.version)
    versions.check()
    if arguments.tag not in (None, f"v{version()}"):
        raise BuildError(f"the tag is {arguments.tag}, the version {version()}, whose tag is v{version()}")
    print(version())


def clean_command(_: argparse.Namespace) -> None:
    folders = [TARGET, DIST, VENV, *(ROOT / f".{tool}_cache" for tool in ("mypy", "ruff", "pytest"))]
    for folder in filter(Path.exists, folders):
        say(f"removing {folder.relative_to(ROOT)}")
        shutil.rmtree(folder)


def command_line() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Builds, runs, tests and ships Tenon.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(
        name: str, function: Callable[[argparse.Namespace], object], text: str
    ) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(function=function)
        return added

    run_ = command("run", run_command, "serve a Blender without a window until Ctrl-C")
    run_.add_argument("--host", help="address to listen on (localhost)")
    run_.add_argument("--port", type=port, help="TCP port (9876); 0 takes any free one")
    run_.add_argument("--blend", metavar="FILE", help="open this .blend first")
    command("build", build_command, "compile the native module and stage the add-on in target/addon")
    command("zip", zip_command, "write the release zip for this platform into dist/")
    install = command("install", install_command, "build the zip and hand it to `tenon install`")
    install.add_argument(
        "--blender", metavar="PATH", action="append", help="this Blender only; may be repeated"
    )
    install.epilog = "Other options are those of `tenon install`, such as --autostart and --yes."
    test = command("test", test_command, "run every lint and test, or the named parts")
    test.add_argument(
        "parts", nargs="*", choices=checks.PARTS, default="all", metavar="PART", help=", ".join(checks.PARTS)
    )
    test.add_argument("-k", metavar="EXPRESSION", help="only the Python tests that match, as pytest's -k")
    test.add_argument("-x", action="store_true", help="end at the first Python test that fails")
    bench = command("bench", bench_command, "print the table of speeds")
    bench.add_argument("arguments", nargs=argparse.REMAINDER, help="handed to tests/bench/bench.py")
    soak = command("soak", soak_command, "send a million commands through every door; minutes")
    soak.add_argument("count", nargs="?", type=int, default=1_000_000, help="commands in all (1000000)")
    command("docs", docs_command, "write the generated files: two pages of docs/ and two of the client's")
    command(
        "release", release_command, "write all that this platform gives a release into dist/, with checksums"
    )
    repository = command(
        "extension-repository",
        extension_repository_command,
        "make Blender's extension repository of release zips",
    )
    repository.add_argument(
        "folder", type=Path, nargs="?", default=DIST, help="holds the zips of all platforms (dist)"
    )
    repository.add_argument("--complete", action="store_true", help="fail unless every platform has its zip")
    version_ = command("version", version_command, "print the version, or set it everywhere it stands")
    version_.add_argument(
        "version", nargs="?", metavar="X.Y.Z", help="the new one; nothing is tagged or published"
    )
    version_.add_argument("--tag", help="fail unless this is the version's tag")
    command("clean", clean_command, "remove all that was built, downloaded or cached here")
    return parser


def port(text: str) -> str:
    if not (text.isdecimal() and int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text} is not a port from 0 to 65535")
    return text


def main(words: Sequence[str]) -> int:
    parser = command_line()
    arguments, more = parser.parse_known_args(words)
    if more and arguments.function is not install_command:
        parser.error(f"unrecognized arguments: {' '.join(more)}")
    arguments.more = more
    try:
        arguments.function(arguments)
    except BuildError as error:
        print(f"tenon: error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
