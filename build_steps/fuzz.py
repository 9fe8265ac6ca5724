"""Builds the fuzz targets of `tests/fuzz` with libFuzzer and runs them side by side.

In: `TENON_FUZZ_SECONDS` for each target (60 unless set; hours are fine). Out: a table of what ran, or a
BuildError that names the inputs found, in `target/fuzz/findings`. What was learned stays in
`target/fuzz/corpus` for the next run. cargo-fuzz would do the same, but with a nightly compiler.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .environment import Environment
from .project import ROOT, TARGET, BuildError, Skipped, run, say

SOURCES = ROOT / "tests" / "fuzz"
FOLDER = TARGET / "fuzz"
SECONDS = 60
# What cargo-fuzz asks of rustc, without the address sanitizer: there is no unsafe code of ours in the core.
FLAGS = (
    "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 "
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table "
    "-Cllvm-args=-sanitizer-coverage-trace-compares -Cdebug-assertions -Coverflow-checks"
)
# A server that answers within 15 s is not hung; a target's own checks say so first.
LIMITS = ("-timeout=40", "-rss_limit_mb=3000", "-max_len=4096")


def targets() -> list[str]:
    return sorted(folder.name for folder in (SOURCES / "seeds").iterdir())


def build(env: Environment) -> Path:
    if sys.platform != "linux":
        raise Skipped("libFuzzer is only built on Linux")
    if not shutil.which("c++"):
        raise Skipped("libFuzzer needs a C++ compiler; type: apt-get install g++")
    version = subprocess.run(["rustc", "-vV"], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    [host] = re.findall(r"^host: (.+)$", version, re.MULTILINE)
    # With a target named, the crates' own build programs are made without these flags.
    command = ["cargo", "build", "--quiet", "--package", "tenon-fuzz", "--profile", "fuzz", "--target", host]
    run([*command, "--target-dir", FOLDER / "build"], env=env.variables(RUSTFLAGS=FLAGS))
    return FOLDER / "build" / host / "fuzz" / "tenon-fuzz"


def test(env: Environment) -> None:
    program = build(env)
    names, workers = targets(), os.cpu_count() or 1
    for folder in ("corpus", "findings", "logs"):
        (FOLDER / folder).mkdir(exist_ok=True)
    with ThreadPoolExecutor(workers) as pool:
        failed = [found for found in pool.map(functools.partial(fuzz, program), names) if found]
    if failed:
        raise BuildError("; ".join(failed))


def fuzz(program: Path, name: str) -> str | None:
    """Runs one target for its time; what it found, if anything."""
    corpus, findings, log = (
        FOLDER / "corpus" / name,
        FOLDER / "findings" / name,
        FOLDER / "logs" / f"{name}.log",
    )
    for folder in (corpus, findings):
        folder.mkdir(exist_ok=True)
    seconds = int(float(os.environ.get("TENON_FUZZ_SECONDS") or SECONDS))
    command = [str(program), *LIMITS, f"-max_total_time={seconds}", "-print_final_stats=1"]
    if not os.environ.get("TENON_FUZZ_SECONDS"):
        command.append("-seed=1")  # the short run of every test begins alike; a run by hand looks elsewhere
    command += [f"-artifact_prefix={findings}/", f"-dict={SOURCES / 'words.dict'}"]
    command += [str(corpus), str(SOURCES / "seeds" / name)]
    memory = Path("/dev/shm")  # the journal's target makes an archive for each input
    temporary = {"TMPDIR": str(memory)} if memory.is_dir() else {}
    with log.open("w") as output:
        code = subprocess.run(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **temporary, "TENON_FUZZ_TARGET": name},
            check=False,
        ).returncode
    text = log.read_text(encoding="utf-8", errors="replace")
    if code == 0:
        runs = re.findall(r"number_of_executed_units:\s*(\d+)", text)
        covered = re.findall(r"\bcov: (\d+)", text)
        say(f"{name:<10} {runs[-1] if runs else '?':>9} inputs, {covered[-1] if covered else '?':>6} edges")
        return None
    lines = text.splitlines()
    panics = ["\n".join(lines[at : at + 3]) for at, line in enumerate(lines) if " panicked at " in line]
    say("\n".join(["", *panics, *lines[-60:]]))
    inputs = sorted(str(found.relative_to(ROOT)) for found in findings.iterdir())
    return f"{name} failed (TENON_FUZZ_TARGET={name} {program.relative_to(ROOT)} INPUT): {', '.join(inputs)}"
