"""Writes Tenon's entry into an assistant's file, with a backup beside it and a record of what was done; and
undoes exactly that.

In: a place, an entry. Out: the file on disk, whole at every moment.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import shutil
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..state_folder import state_folder
from .place import Place

RECORD = "assistants.json"


@dataclass(frozen=True)
class Change:
    """A change to make, or one that was made: `before` and `after` are whole texts; no `before`, no file."""

    assistant: str
    place: Place
    before: str | None
    after: str
    previous: Any  # the entry that was there
    entry: Any

    def diff(self) -> str:
        old, new = (text.splitlines(keepends=True) for text in (self.before or "", self.after))
        lines = difflib.unified_diff(old, new, self.place.file, self.place.file, n=2)
        return "".join(line if line.endswith("\n") else line + "\n" for line in lines)


def plan(assistant: str, place: Place, entry: Any) -> Change | None:
    """The change to make; None if the entry is there already."""
    before = place.text
    previous = place.read(before or "")
    if previous == entry:
        return None
    return Change(assistant, place, before, place.put(before or "", entry), previous, entry)


def apply(change: Change) -> Path | None:
    """Makes the change; the backup."""
    file = Path(change.place.file).resolve()  # a link stays a link
    folders = [each for each in file.parents if not each.exists()]
    file.parent.mkdir(parents=True, exist_ok=True)
    backup = None
    if change.before is not None:
        backup = free_name(file.with_name(f"{file.name}.before-tenon-{time.strftime('%Y%m%d-%H%M%S')}"))
        shutil.copy2(file, backup)
    # Not the texts: they may hold secrets of the user's.
    done = {
        "assistant": change.assistant,
        "place": asdict(change.place),
        "made": change.before is None,
        "after": digest(change.after),
        "previous": change.previous,
        "entry": change.entry,
        "backup": str(backup or ""),
        "folders": [str(each) for each in folders],
    }
    # Recorded first: undoing what was recorded and not done does no harm; what was not recorded would stay.
    write_record([*read_record(), done])
    write(file, change.after)
    return backup


def digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def free_name(wanted: Path) -> Path:
    number = 1
    name = wanted
    while name.exists():
        number += 1
        name = wanted.with_name(f"{wanted.name}-{number}")
    return name


def undo(done: dict[str, Any]) -> str:
    """Undoes one change; the outcome as a sentence."""
    place = Place(done["place"]["file"], tuple(done["place"]["path"]), done["place"]["form"])
    file, text = Path(place.file).resolve(), place.text
    backup = Path(done["backup"]) if done["backup"] else None
    untouched = text is not None and digest(text) == done["after"]
    is_all = text is not None and not place.path and place.read(text) == done["entry"]
    if (untouched or is_all) and done["made"]:
        file.unlink()
        for folder in map(Path, done["folders"]):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
        outcome = "removed the file, which was not there before"
    elif untouched and backup and backup.is_file():
        os.replace(backup, file)
        outcome = "restored the file as it was"
    elif text is None or place.read(text) != done["entry"]:
        outcome = "left it alone: the entry has been changed or removed since"
    else:
        write(file, place.remove(text) if done["previous"] is None else place.put(text, done["previous"]))
        outcome = "took the entry out; other changes made since stay"
    if backup:
        backup.unlink(missing_ok=True)
    write_record([each for each in read_record() if each != done])
    return outcome


def write(file: Path, text: str) -> None:
    """In one step, with the rights that the file had."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(text.encode("utf-8"))
        if file.exists():
            shutil.copymode(file, name)
        os.replace(name, file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def record_file() -> Path:
    return state_folder() / RECORD


def read_record() -> list[dict[str, Any]]:
    """What was done and not undone, oldest first."""
    try:
        return list(json.loads(record_file().read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError):
        return []


def write_record(record: list[dict[str, Any]]) -> None:
    record_file().parent.mkdir(parents=True, exist_ok=True)
    write(record_file(), json.dumps(record))
