"""Sources in, the staged add-on out: `target/addon/tenon`, exactly what a release zip holds.

cargo decides what must be compiled again. The folder is written beside its place and renamed, and left alone
when nothing changed, so a Blender that runs from it keeps its files.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

from . import environment, versions, web
from .environment import Environment
from .project import ADDON_SOURCE, CLIENT, ROOT, STAGE, TARGET, BuildError, platform_name, run, say, version

# Blender 3.4's own builds still load where glibc is 2.17, so ours does too.
OLDEST_GLIBC = (2, 17)
# What the add-on shares with the client, by its path in the add-on. A stub of the same name says so there.
SHARED = {
    "assistants.py": CLIENT / "setup" / "registry.py",
    "state_folder.py": CLIENT / "state_folder.py",
}
# As the compiler's wheel and Python's import have it.
MODULE = "_native"
SUFFIX = ".pyd" if sys.platform == "win32" else ".abi3.so"


def build(env: Environment) -> Path:
    """Compiles and stages; returns the staged add-on's folder."""
    environment.check_rust()
    TARGET.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=TARGET, prefix="staging-") as work:
        native = compile_native(env, Path(work))
        page = {f"web/{name}": content for name, content in web.files().items()}
        staged = stage({**addon_files(ADDON_SOURCE, native), **page}, Path(work))
    say(f"staged {staged.relative_to(ROOT)}")
    return staged


def compile_native(env: Environment, work: Path) -> bytes:
    say("compiling the native module (release)")
    command = ["maturin", "build", "--release", "--out", str(work)]
    if sys.platform == "linux":
        # zig links against any glibc's symbols, however new this machine's own is.
        command += ["--zig", "--compatibility", "manylinux_{}_{}".format(*OLDEST_GLIBC)]
    run(
        [shutil.which(command[0], path=str(env.python.parent)) or command[0], *command[1:]],
        env=env.variables(),
    )
    [wheel] = work.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        [member] = [name for name in archive.namelist() if name.endswith(MODULE + SUFFIX)]
        return archive.read(member)


def library_name() -> str:
    """The library's file in the add-on, where `native_library.py` looks for it.

    It holds the version, so that no update writes over a library that a running Blender has loaded.
    """
    return "_".join([MODULE, *version().split(".")]) + SUFFIX


def check_glibc(native: bytes) -> None:
    """Refuses a library that asks for symbols newer than the oldest glibc we promise."""
    needed = {(int(major), int(minor)) for major, minor in re.findall(rb"GLIBC_(\d+)\.(\d+)", native)}
    newer = sorted(found for found in needed if found > OLDEST_GLIBC)
    if newer:
        names = ", ".join("{}.{}".format(*found) for found in newer)
        raise BuildError(
            "{} needs glibc {}, but {}.{} is promised".format(library_name(), names, *OLDEST_GLIBC)
        )


def addon_files(source: Path, native: bytes) -> dict[str, bytes]:
    """Every file of the add-on by its path in it; the manifest names this platform and the one version."""
    files = read_files(source)
    for name in ("__init__.py", "blender_manifest.toml"):
        if name not in files:
            raise BuildError(f"{source.name}/{name} is missing")
    versions.check()
    manifest = for_platform(files["blender_manifest.toml"].decode(), platform_name())
    for name, shared in SHARED.items():
        del files[f"{name}i"]
        files[name] = shared.read_bytes()
    return {
        **files,
        "blender_manifest.toml": manifest.encode(),
        "LICENSE": (ROOT / "LICENSE").read_bytes(),
        library_name(): native,
    }


def for_platform(manifest: str, name: str) -> str:
    """The manifest with `platforms` set to the one this native module is for."""
    line = f'platforms = ["{name}"]'
    replaced, count = re.subn(r"^platforms = \[[^]]*\]", line, manifest, count=1, flags=re.MULTILINE)
    # Keys of the top level must stand before the first table.
    return replaced if count else re.sub(r"^(?=\[)|\Z", f"{line}\n", manifest, count=1, flags=re.MULTILINE)


def read_files(folder: Path) -> dict[str, bytes]:
    """The files below a folder by relative path, without what Python and its tools cache beside them."""
    found = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
    return {
        name.as_posix(): path.read_bytes()
        for name, path in found.items()
        if not any(part == "__pycache__" or part.startswith(".") for part in name.parts)
    }


def stage(files: dict[str, bytes], work: Path, place: Path = STAGE / "tenon") -> Path:
    """Makes `place` hold exactly these files; a reader sees the old folder or the new, never a mixture."""
    if read_files(place) == files:
        return place
    for name, content in files.items():
        path = work / "new" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.exists():
        os.rename(place, work / "old")
    os.rename(work / "new", place)
    return place
