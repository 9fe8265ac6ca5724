"""Compiles for the systems that this machine is not: Windows and macOS. Runs the core's tests under Wine.

In: a Rust toolchain that has those systems' standard library or its source, and zig from the environment as
their C compiler; for Wine also mingw as the linker. Out: a BuildError for what does not compile or pass, or
`Skipped` with what is missing. Nothing made here is ever released.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .environment import Environment
from .project import ROOT, TARGET, Skipped, run, say

WINDOWS, MACOS = "x86_64-pc-windows-gnu", "aarch64-apple-darwin"
ZIG_TARGETS = {WINDOWS: "x86_64-windows-gnu", MACOS: "aarch64-macos"}
FOLDER = TARGET / "cross"

INSTALL_STD = (
    f"rustup target add {WINDOWS} {MACOS}, or on Debian: apt-get install rustc-web cargo-web rust-web-src"
)
INSTALL_MINGW = "apt-get install gcc-mingw-w64-x86-64"
INSTALL_WINE = "apt-get install --no-install-recommends wine64"
MINGW = "x86_64-w64-mingw32-gcc"
WINE_PLACES = ("wine64", "/usr/lib/wine/wine64", "wine")

# What Wine does otherwise than Windows, and why it says nothing about Tenon.
NOT_UNDER_WINE = (
    # Wine makes one thread of its server serve every socket: thousands of them take minutes.
    "crowd::two_thousand_connections_at_once",
    "busy::a_flood_of_native_commands_does_not_keep_others_waiting",
    # A socket keeps fewer unread bytes than on Linux, so who does not read is cut off at the time limit.
    "stopping::pipelined_commands_are_all_told_and_in_order",
    "limits::a_message_of_sixty_five_mebibytes_and_a_larger_one",
)


@dataclass(frozen=True)
class Toolchain:
    """A cargo with its rustc, and what it needs to be told to compile for another system."""

    cargo: str
    options: Sequence[str] = ()
    variables: dict[str, str] = field(default_factory=dict)


def toolchain(target: str) -> Toolchain:
    """The first one that has the standard library for `target`, or else its source.

    Compiling that is not supported outside nightly; as a proof that our own sources compile it is as good.
    """
    for cargo in dict.fromkeys(filter(None, [shutil.which("cargo"), "/usr/bin/cargo"])):
        rustc = Path(cargo).with_name("rustc")
        if any(printed(rustc, "target-libdir", target).glob("libstd-*")):
            return Toolchain(cargo, variables={"RUSTC": str(rustc)})
        if (printed(rustc, "sysroot", target) / "lib/rustlib/src/rust/library/std").is_dir():
            options = ("-Zbuild-std=std,panic_unwind",)
            return Toolchain(cargo, options, {"RUSTC": str(rustc), "RUSTC_BOOTSTRAP": "1"})
    raise Skipped(f"no Rust for {target} here; type: {INSTALL_STD}")


def printed(rustc: Path, what: str, target: str) -> Path:
    """One of the folders that rustc tells; one that does not exist if it does not."""
    command = [str(rustc), "--print", what, "--target", target]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    except OSError:
        return Path("/nonexistent")
    return Path(answer.stdout.strip() or "/nonexistent")


def check(env: Environment, target: str) -> None:
    """Checks everything that is compiled for `target`: the core with its tests, and the core with Python."""
    chosen = toolchain(target)
    zig = env.python.with_name("python-zig")
    name = target.replace("-", "_")
    variables = env.variables(
        **chosen.variables,
        **{
            # Otherwise the crate that compiles SQLite adds flags for Apple's compiler.
            "CRATE_CC_NO_DEFAULTS": "1",
            f"CC_{name}": f"{zig} cc -target {ZIG_TARGETS[target]} -O0 -fno-sanitize=all -w",
            f"AR_{name}": f"{zig} ar",
            f"CARGO_TARGET_{name.upper()}_RUSTFLAGS": "-D warnings",
            "CARGO_PROFILE_DEV_DEBUG": "0",
            "PYO3_BUILD_EXTENSION_MODULE": "1",  # not linked with a Python that is not here
        },
    )
    for what in (["--tests"], ["--lib", "--features", "python"]):
        command = [
            chosen.cargo,
            "check",
            "--quiet",
            "--target",
            target,
            "--target-dir",
            str(FOLDER / "check"),
        ]
        run([*command, *chosen.options, *what], env=variables)


def wine(env: Environment) -> None:
    """Runs the core's tests as Windows programs."""
    chosen = toolchain(WINDOWS)
    if not shutil.which(MINGW):
        raise Skipped(f"no {MINGW} here; type: {INSTALL_MINGW}")
    program = next(filter(None, map(shutil.which, WINE_PLACES)), None)
    if program is None:
        raise Skipped(f"no Wine here; type: {INSTALL_WINE}")
    variables = env.variables(
        **chosen.variables,
        CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER=MINGW,
        # Without Python the core exports nothing, and then mingw everything: too much for a DLL.
        CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUSTFLAGS="-C link-arg=-Wl,--exclude-all-symbols",
        CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER=program,
        CARGO_PROFILE_DEV_DEBUG="0",
        WINEPREFIX=str(FOLDER / "wine"),
        WINEDEBUG="-all",
        WINEPATH=str(provide_random_numbers()),
        RUST_TEST_THREADS="2",
    )
    variables.pop("DISPLAY", None)  # it would open a window for its own set-up
    command = [chosen.cargo, "test", "--target", WINDOWS, "--target-dir", str(FOLDER / "wine-build")]
    skipped = [word for name in NOT_UNDER_WINE for word in ("--skip", name)]
    run([*command, *chosen.options, "--lib", "--tests", "--", *skipped], env=variables)
    say(f"under Wine were left out: {', '.join(NOT_UNDER_WINE)}")


def provide_random_numbers() -> Path:
    """The folder of a `bcryptprimitives.dll`, which Rust's library needs and Wine has from version 9 on."""
    folder = FOLDER / "wine-dll"
    library = folder / "bcryptprimitives.dll"
    if not library.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        source = folder / "bcryptprimitives.c"
        source.write_text(
            "#include <windows.h>\n#include <ntsecapi.h>\n"
            "__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size)"
            " { return RtlGenRandom(data, size); }\n",
            encoding="utf-8",
        )
        run([MINGW, "-shared", "-O1", "-o", library, source, "-ladvapi32"])
    return folder
