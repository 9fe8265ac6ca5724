"""The add-on's zip: where it comes from, and whether it is one that this Blender can load.

In: a file, a web address, a checkout of the repository, or the project's releases. Out: an `AddonZip` whose
contents were looked at, or `InstallFailed` with the reason. Writes only into the folder it is given.
"""

from __future__ import annotations

import hashlib
import http.client
import re
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urljoin, urlsplit

from ..version import __version__
from .failure import InstallFailed

# Where releases lie: `RELEASES` followed by a zip's name. There is no public release yet.
RELEASES: str | None = None
LARGEST = 500 << 20  # bytes of a zip, packed
LARGEST_UNPACKED = 2 << 30
DOWNLOAD_TIMEOUT = 60.0  # seconds without a byte
TOP = "tenon/"
SUMS = "SHA256SUMS"
SYSTEMS = {"Linux": "linux", "Darwin": "macos", "Windows": "windows"}
MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}


@dataclass(frozen=True)
class AddonZip:
    path: Path
    version: str
    platforms: tuple[str, ...]  # as Blender's manifests spell them
    origin: str  # where it came from, for people
    checked: str = ""  # how its checksum was verified; empty: it was not


def platform_name(system: str, machine: str) -> str:
    """A machine, as Python's `platform` names it, in the words of Blender's manifests: `linux-x64`."""
    return f"{SYSTEMS.get(system, system.lower())}-{MACHINES.get(machine.lower(), machine.lower())}"


def fetch(file: str | None, address: str | None, wanted: str, folder: Path) -> AddonZip:
    """The zip that is asked for; if none is, the checkout's for this platform, or the released one."""
    if file:
        return read(Path(file).expanduser(), file)
    if address:
        return download(address, folder)
    if found := in_checkout(wanted):
        return read(found, str(found))
    if RELEASES:
        return download(urljoin(RELEASES, f"tenon-{__version__}-{wanted}.zip"), folder)
    raise InstallFailed(
        "there is no public release of the add-on to fetch yet. Build its zip in a checkout of the "
        f"repository (`python3 build_addon.py zip` writes dist/tenon-{__version__}-{wanted}.zip) and type: "
        "tenon install --zip FILE, or tenon install --from URL"
    )


def checkout() -> Path | None:
    """The repository that this package is run from, or the current folder if that is one."""
    places = (Path(__file__).resolve().parents[3], Path.cwd())
    return next((each for each in places if (each / "build_addon.py").is_file()), None)


def in_checkout(wanted: str) -> Path | None:
    """The zip that was built there: this version's, else the one that was built last."""
    root = checkout()
    if root is None:
        return None
    exact = root / "dist" / f"tenon-{__version__}-{wanted}.zip"
    if exact.is_file():
        return exact
    built = (root / "dist").glob(f"tenon-*-{wanted}.zip")
    return max(built, key=lambda each: each.stat().st_mtime, default=None)


def read(path: Path, origin: str, checked: str = "") -> AddonZip:
    """Looks into the zip; nothing is unpacked."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            check_names([each.filename for each in entries])
            if sum(each.file_size for each in entries) > LARGEST_UNPACKED:
                raise InstallFailed(f"{origin} is far too large for Tenon's zip")
            names = {each.filename for each in entries}
            if not {f"{TOP}__init__.py", f"{TOP}blender_manifest.toml"} <= names:
                raise InstallFailed(f"{origin} is not Tenon's zip: it has no {TOP}blender_manifest.toml")
            if not any(
                PurePosixPath(each).name.startswith("_native") and not each.endswith(".pyi") for each in names
            ):
                raise InstallFailed(
                    f"{origin} holds no native module: build it with `python3 build_addon.py zip`"
                )
            if damaged := archive.testzip():
                raise InstallFailed(f"{origin} is damaged: {damaged} is not as it was packed; fetch it again")
            manifest = archive.read(f"{TOP}blender_manifest.toml").decode("utf-8")
    except FileNotFoundError:
        raise InstallFailed(f"there is no file {path}") from None
    except OSError as error:
        raise InstallFailed(f"{path} cannot be read: {error.strerror or error}") from error
    except (
        zipfile.BadZipFile,
        UnicodeDecodeError,
        EOFError,
        ValueError,
        RuntimeError,
        NotImplementedError,
    ) as error:
        raise InstallFailed(f"{origin} is not a zip, or is damaged: {error}") from error
    return AddonZip(path.resolve(), *_manifest(manifest, origin), origin, checked)


def check_names(names: Iterable[str]) -> None:
    """No entry may lead out of the add-on's own folder."""
    for name in names:
        path = PurePosixPath(name)
        if not name.startswith(TOP) or ".." in path.parts or "\\" in name or ":" in name:
            raise InstallFailed(f"this is not Tenon's zip: it holds {name!r} beside the folder {TOP}")


def _manifest(text: str, origin: str) -> tuple[str, tuple[str, ...]]:
    """Version and platforms. Python 3.10 has no TOML reader, and the build writes these lines in one form."""
    name, version = (re.search(rf'^{key} = "([^"]*)"', text, re.MULTILINE) for key in ("id", "version"))
    platforms = re.search(r"^platforms = \[([^\]]*)\]", text, re.MULTILINE)
    if not name or name[1] != "tenon" or not version or not platforms:
        raise InstallFailed(f"{origin} is not Tenon's zip: its blender_manifest.toml is of something else")
    return version[1], tuple(re.findall(r'"([^"]+)"', platforms[1]))


def download(address: str, folder: Path) -> AddonZip:
    """Fetches the zip, and compares it with the list of checksums beside it if there is one."""
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    name = PurePosixPath(unquote(parts.path)).name
    if parts.scheme not in ("http", "https") or not parts.hostname or not name.endswith(".zip"):
        raise InstallFailed(f"{address} is not the http or https address of a zip")
    content = _get(address)
    assert content is not None
    sums = _get(urljoin(address, SUMS), may_be_missing=True)
    checked = ""
    if sums is not None:
        verify(content, name, sums.decode("utf-8", "replace"), address)
        checked = f"as {SUMS} beside it says"
    path = folder / name
    path.write_bytes(content)
    return read(path, address, checked)


def _get(address: str, may_be_missing: bool = False) -> bytes | None:
    request = urllib.request.Request(address, headers={"User-Agent": f"tenon-client/{__version__}"})
    try:
        with urllib.request.urlopen(request, timeout=DOWNLOAD_TIMEOUT) as answer:
            content: bytes = answer.read(LARGEST + 1)
            told = answer.headers.get("Content-Length")
    except urllib.error.HTTPError as error:
        error.close()
        if may_be_missing and error.code in (404, 410):
            return None
        raise InstallFailed(f"{address} cannot be fetched: HTTP {error.code} {error.reason}") from error
    except (OSError, http.client.HTTPException) as error:  # URLError among them
        raise InstallFailed(f"{address} cannot be fetched: {getattr(error, 'reason', error)}") from error
    if len(content) > LARGEST:
        raise InstallFailed(f"{address} is far too large for Tenon's zip")
    if told and told.isdecimal() and int(told) != len(content):
        raise InstallFailed(f"{address}: only {len(content)} of {told} bytes came; try again")
    return content


def verify(content: bytes, name: str, sums: str, address: str) -> None:
    """Refuses what is not in the list, or differs from it."""
    listed = {line[66:].strip().removeprefix("*"): line[:64].lower() for line in sums.splitlines()}
    if name not in listed:
        raise InstallFailed(f"the {SUMS} beside {address} does not name {name}: it is not from that release")
    found = hashlib.sha256(content).hexdigest()
    if found != listed[name]:
        raise InstallFailed(
            f"{address} is not what was released: its SHA-256 is {found}, and {SUMS} says {listed[name]}. "
            "Fetch it again; if that does not help, do not use it"
        )


def check_platform(archive: AddonZip, wanted: str) -> None:
    if wanted not in archive.platforms:
        built = ", ".join(archive.platforms)
        raise InstallFailed(
            f"{archive.origin} is for {built}, and this Blender is {wanted}: take the zip for {wanted}"
        )
