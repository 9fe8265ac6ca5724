"""The one version. Cargo.toml has it, and every other place repeats it: this is the table of them.

In: the repository's files. Out: a BuildError that names the places that differ, or all of them set to another
version, with its heading in CHANGELOG.md. Nothing is tagged, built or published.
"""

from __future__ import annotations

import datetime
import re
from pathlib import Path

from .project import ROOT, BuildError, say

# File -> what stands before the version and after it; a file may hold it several times.
PLACES = {
    "Cargo.toml": (r'^name = "tenon"\nversion = "', '"'),
    "Cargo.lock": (r'^name = "tenon"\nversion = "', '"'),
    "client/tenon_client/version.py": (r'^__version__ = "', '"'),
    "client/tenon_client/mcp_stdio/snapshot.json": (r'"title": "Blender \(Tenon\)",\s+"version": "', '"'),
    "blender_addon/blender_manifest.toml": (r'^version = "', '"'),
    "blender_addon/__init__.py": (r'^bl_info = \{[^}]*^    "version": \(', r"\)"),
}
UNRELEASED = "## Unreleased\n"


def found(name: str, text: str) -> list[str]:
    """The versions that this file's text holds, dotted."""
    before, after = PLACES[name]
    return [told.replace(", ", ".") for told in re.findall(f"{before}(.*?){after}", text, re.MULTILINE)]


def check(root: Path = ROOT) -> None:
    """Every place repeats the version in Cargo.toml."""
    told = {name: found(name, (root / name).read_text("utf-8")) for name in PLACES}
    wanted = " and ".join(told["Cargo.toml"])
    for name, there in told.items():
        if set(there) != {wanted}:
            raise BuildError(
                f"{name} has version {' and '.join(dict.fromkeys(there)) or 'none'}, Cargo.toml {wanted}; "
                f"type: python3 build_addon.py version {wanted}"
            )


def change(wanted: str, root: Path = ROOT, today: datetime.date | None = None) -> None:
    """Writes the version into every place, and what is unreleased in the changelog under it."""
    if not re.fullmatch(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}", wanted):
        raise BuildError(f"{wanted} is not a version; it has three numbers, as 0.2.0 has")
    texts = {}
    for name, (before, after) in PLACES.items():
        text = (root / name).read_text("utf-8")
        if not found(name, text):
            raise BuildError(f"{name} has no version where it is looked for")
        written = wanted.replace(".", ", ") if name.endswith("__init__.py") else wanted
        texts[name] = re.sub(f"({before}).*?({after})", rf"\g<1>{written}\g<2>", text, flags=re.MULTILINE)
    texts["CHANGELOG.md"] = changelog(
        (root / "CHANGELOG.md").read_text("utf-8"), wanted, today or datetime.date.today()
    )
    for name, text in texts.items():
        if text != (root / name).read_text("utf-8"):
            (root / name).write_text(text, "utf-8", newline="\n")
            say(f"{name}: {wanted}")
    check(root)


def changelog(text: str, wanted: str, today: datetime.date) -> str:
    """What is unreleased gets this version's heading; as it is if the version has one."""
    if f"\n## {wanted} - " in text:
        return text
    if text.count(UNRELEASED) != 1:
        raise BuildError(f"CHANGELOG.md needs one heading {UNRELEASED.strip()}")
    return text.replace(UNRELEASED, f"{UNRELEASED}\n## {wanted} - {today.isoformat()}\n")
