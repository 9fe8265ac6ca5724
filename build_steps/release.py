"""A release: the staged add-on in, `dist/tenon-VERSION-PLATFORM.zip` out, with one top folder.

Also the client's wheel and source, checksums, and of several platforms' zips a repository for Blender.

The same files make the same bytes. The zip installs as a legacy add-on (Blender 3.4) and as an extension (4.2
and newer); Blender's own checker has the last word.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from . import environment, native, web
from .environment import Environment
from .project import CLIENT, DIST, PLATFORMS, ROOT, BuildError, platform_name, run, say, version

# The earliest time a zip can hold: file times must not change the archive.
EPOCH = (1980, 1, 1, 0, 0, 0)


def make(env: Environment, staged: Path, *, whole: bool = False) -> Path:
    """Writes and checks the release zip; returns its path. `whole`: not without the management page."""
    files = native.read_files(staged)
    if whole and not any(name.startswith("web/") for name in files):
        raise BuildError(f"a release has the management page: {web.NO_NPM}")
    if platform_name().startswith("linux"):
        native.check_glibc(files[native.library_name()])
    DIST.mkdir(exist_ok=True)
    archive = DIST / f"tenon-{version()}-{platform_name()}.zip"
    unchecked = archive.with_suffix(".unchecked.zip")
    write(files, unchecked)
    validate(env, unchecked)
    os.replace(unchecked, archive)
    say(f"wrote {archive.relative_to(ROOT)}, {archive.stat().st_size / 1e6:.1f} MB")
    return archive


def write(files: dict[str, bytes], archive: Path, level: int = 9) -> None:
    with zipfile.ZipFile(archive, "w") as out:
        # Blender 3.4 removes an older version by the folders that are entries of their own. Without this one
        # it would write over the native module that it runs, and crash.
        top = zipfile.ZipInfo("tenon/", EPOCH)
        top.external_attr = (0o040755 << 16) | 0x10
        top.create_system = 3  # Unix, wherever the zip is made
        out.writestr(top, b"")
        for name in sorted(files):
            entry = zipfile.ZipInfo(f"tenon/{name}", EPOCH)
            entry.external_attr = 0o100644 << 16
            entry.create_system = 3
            out.writestr(entry, files[name], zipfile.ZIP_DEFLATED, level)


def validate(env: Environment, archive: Path) -> None:
    """Blender's own extension checker; where there is no Blender, whoever makes the repository asks it."""
    if environment.has_bpy(env):
        run([env.python, blender_ext(env), "validate", archive])
    else:
        say(f"not checked by Blender, whose wheel does not exist for {platform_name()}: {archive.name}")


def blender_ext(env: Environment) -> Path:
    """Blender's program for extensions, as it ships inside the bpy wheel."""
    found = list(environment.bpy_folder(env).glob("*/scripts/addons_core/bl_pkg/cli/blender_ext.py"))
    if not found:
        raise BuildError("this bpy has no program for extensions (blender_ext.py)")
    return found[0]


def make_client(env: Environment) -> list[Path]:
    """The client as a wheel and as source, the same on every platform."""
    made = [DIST / f"tenon_client-{version()}{ending}" for ending in ("-py3-none-any.whl", ".tar.gz")]
    run([env.python, "-m", "hatchling", "build", "--directory", DIST], env=env.variables(), cwd=CLIENT.parent)
    for path in made:
        if not path.is_file():
            raise BuildError(f"hatchling did not write {path.name}")
        say(f"wrote {path.name}")
    return made


def write_checksums(folder: Path) -> Path:
    """`SHA256SUMS` of what lies there of this version; `sha256sum --check` reads it."""
    made = sorted([*folder.glob(f"tenon-{version()}-*.zip"), *folder.glob(f"tenon_client-{version()}[.-]*")])
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in made]
    sums = folder / "SHA256SUMS"
    sums.write_text("".join(lines), "utf-8", newline="\n")
    say(f"wrote {sums.name} of {len(made)} files")
    return sums


def make_repository(env: Environment, folder: Path, *, complete: bool = False) -> Path:
    """The zips of this version in `folder` -> `folder/repository`, static files that Blender installs from.

    `complete`: not unless it has every platform. The checksums beside it are written anew, as zips of other
    platforms have come in.
    """
    archives = sorted(folder.glob(f"tenon-{version()}-*.zip"))
    if not archives:
        raise BuildError(f"no tenon-{version()}-*.zip lies in {folder}; type: python3 build_addon.py release")
    made = folder / "repository"
    with tempfile.TemporaryDirectory(dir=folder, prefix="repository-") as work:
        fresh = Path(work) / "new"
        fresh.mkdir()
        for archive in archives:
            run([env.python, blender_ext(env), "validate", archive])
            shutil.copy(archive, fresh)
        run([env.python, blender_ext(env), "server-generate", "--repo-dir", fresh, "--html"])
        missing = check_listing(fresh / "index.json", archives)
        if complete and missing:
            raise BuildError(f"{folder} has no zip for {', '.join(missing)}")
        if made.exists():
            os.rename(made, Path(work) / "old")
        os.rename(fresh, made)
    say(f"wrote {made.name}/index.json of {len(archives)} zips")
    if missing:
        say(f"NOT in the repository, for lack of a zip: {', '.join(missing)}")
    write_checksums(folder)
    return made


def check_listing(index: Path, archives: Sequence[Path]) -> list[str]:
    """Whether Blender listed each zip for its platform; the platforms without one."""
    packages = json.loads(index.read_text("utf-8"))["data"]
    listed = {Path(each["archive_url"]).name: each["platforms"] for each in packages}
    for archive in archives:
        wanted = archive.stem.removeprefix(f"tenon-{version()}-")
        if listed.get(archive.name) != [wanted]:
            raise BuildError(f"Blender lists {archive.name} for {listed.get(archive.name)}, not [{wanted!r}]")
    return [name for name in PLATFORMS if [name] not in listed.values()]
