"""All or nothing: copies of files before they are changed, put back byte for byte when something fails.

In: the paths that may change. Out: them as they were, also after Ctrl+C; and when this process was killed, at
the next start, because the copies lie in Tenon's state folder until the end. One process at a time.
"""

from __future__ import annotations

import contextlib
import filecmp
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from ..setup import apply
from ..setup.editors import ConfigError
from ..state_folder import state_folder
from . import interrupts
from .failure import InstallFailed

MANIFEST = "manifest.json"


class Snapshot:
    """Copies of files, folders and links in a folder, with a list of what they are copies of."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def is_there(self) -> bool:
        return (self.folder / MANIFEST).is_file()

    def take(self, paths: Iterable[Path]) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(mode=0o700, parents=True)  # the copies may hold secrets
        entries = [self._copied(path, str(number)) for number, path in enumerate(dict.fromkeys(paths))]
        # Last and in one step: copies without it are of nothing that has been changed.
        apply.write(self.folder / MANIFEST, json.dumps(entries))

    def _copied(self, path: Path, name: str) -> dict[str, Any]:
        entry: dict[str, Any] = {"path": str(path), "copy": name}
        if path.is_symlink():
            return {**entry, "kind": "link", "target": os.readlink(path)}
        if path.is_dir():
            shutil.copytree(path, self.folder / name, symlinks=True)
            return {**entry, "kind": "folder"}
        if path.exists():
            shutil.copy2(path, self.folder / name)
            return {**entry, "kind": "file"}
        missing = [str(each) for each in path.parents if not each.exists()]
        return {**entry, "kind": "absent", "missing": missing}

    def restore(self) -> list[str]:
        """Puts back what differs; what could not be put back, in words. May be done again."""
        problems = []
        entries = json.loads((self.folder / MANIFEST).read_text(encoding="utf-8"))
        for entry in entries:
            try:
                self._put_back(entry)
            except OSError as error:
                problems.append(f"{entry['path']}: {error.strerror or error}")
        for entry in entries:
            for folder in map(Path, entry.get("missing", ())):
                with contextlib.suppress(OSError):  # somebody else has put something in
                    folder.rmdir()
        return problems

    def _put_back(self, entry: dict[str, Any]) -> None:
        path, copy = Path(entry["path"]), self.folder / entry["copy"]
        if entry["kind"] == "link":
            if not (path.is_symlink() and os.readlink(path) == entry["target"]):
                remove(path)
                path.symlink_to(entry["target"])
            return
        if entry["kind"] == "absent":
            remove(path)
            return
        if is_same(path, copy):
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        make_same(path, copy)

    def discard(self) -> None:
        (self.folder / MANIFEST).unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)


def remove(path: Path) -> None:
    """The file, link or folder, if there is one."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def is_same(path: Path, copy: Path) -> bool:
    """Whether two files, or all in two folders, have the same names, rights and bytes."""
    if path.is_symlink() or copy.is_symlink():
        return path.is_symlink() and copy.is_symlink() and os.readlink(path) == os.readlink(copy)
    if path.is_dir() != copy.is_dir() or not path.exists():
        return False
    if path.stat().st_mode != copy.stat().st_mode:
        return False
    if path.is_dir():
        names = sorted(os.listdir(path))
        return names == sorted(os.listdir(copy)) and all(is_same(path / name, copy / name) for name in names)
    return filecmp.cmp(path, copy, shallow=False)


def make_same(path: Path, copy: Path) -> None:
    """Touches only what differs: Windows neither removes nor replaces a library that a Blender has loaded."""
    if is_same(path, copy):
        return
    if copy.is_dir() and not copy.is_symlink():
        if not path.is_dir() or path.is_symlink():
            remove(path)
            path.mkdir()
        for name in set(os.listdir(path)) - set(os.listdir(copy)):
            remove(path / name)
        for name in os.listdir(copy):
            make_same(path / name, copy / name)
        shutil.copystat(copy, path)
        return
    if path.is_dir() or path.is_symlink():
        remove(path)
    beside = path.with_name(f".{path.name}.put-back")
    shutil.copy2(copy, beside, follow_symlinks=False)
    os.replace(beside, path)


class Undo:
    """What else has to be undone, the latest first: what a copy of files cannot put back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder  # for what is needed until the end; removed then
        self.steps: list[tuple[str, Callable[[], object]]] = []

    def add(self, name: str, step: Callable[[], object]) -> None:
        self.steps.append((name, step))

    def run(self) -> list[str]:
        problems = []
        for name, step in reversed(self.steps):
            try:
                step()
            except Exception as error:  # whatever it is, the others are undone too
                problems.append(f"{name}: {error}")
        return problems


@contextlib.contextmanager
def all_or_nothing(paths: Iterable[Path], say: Callable[[str], None]) -> Iterator[Undo]:
    """Runs what is inside; if that fails or is stopped, everything is as it was before."""
    with alone() as folder:
        put_back_unfinished(folder, say)
        snapshot = Snapshot(folder / "unfinished")
        undo = Undo(snapshot.folder)
        try:
            snapshot.take([*paths, apply.record_file()])
        except BaseException as error:
            snapshot.discard()
            if isinstance(error, OSError | shutil.Error):
                text = f"nothing was changed: no copy could be made first ({error})"
                raise InstallFailed(text) from error
            raise
        try:
            with interrupts.terminating():
                yield undo
        except BaseException:
            with interrupts.ignored():
                _try(say, "Putting everything back as it was.")
                problems = [*undo.run(), *put_back(snapshot)]
                if not problems:
                    _try(say, "Everything is as it was before.")
            if problems:
                raise InstallFailed(not_put_back(problems, snapshot)) from None
            raise
        snapshot.discard()


def _try(say: Callable[[str], None], text: str) -> None:
    """Nobody who has stopped reading keeps it from being done."""
    with contextlib.suppress(OSError):
        say(text)


def put_back(snapshot: Snapshot) -> list[str]:
    """What could not be put back; if there is nothing of that, the copies are removed."""
    known = recorded(snapshot)
    entered: list[Any] = []
    with contextlib.suppress(OSError):  # what cannot be read is put back below
        entered = [each for each in apply.read_record() if each not in known]
    for each in reversed(entered):  # takes away its backup too, which has no copy here
        with contextlib.suppress(OSError, ValueError, ConfigError):
            apply.undo(each)
    problems = snapshot.restore()
    if not problems:
        snapshot.discard()
    return problems


def recorded(snapshot: Snapshot) -> list[Any]:
    """What `tenon setup` had recorded when the copies were taken."""
    entries = json.loads((snapshot.folder / MANIFEST).read_text(encoding="utf-8"))
    for each in entries:
        if each["path"] == str(apply.record_file()) and each["kind"] == "file":
            with contextlib.suppress(ValueError):
                return list(json.loads((snapshot.folder / each["copy"]).read_text(encoding="utf-8")))
    return []


def recover(say: Callable[[str], None]) -> None:
    """Puts back what a run that was killed has left, if there is such a thing."""
    if Snapshot(state_folder() / "install" / "unfinished").is_there:
        with alone() as folder:
            put_back_unfinished(folder, say)


def put_back_unfinished(folder: Path, say: Callable[[str], None]) -> None:
    """What an installation has left that was killed."""
    snapshot = Snapshot(folder / "unfinished")
    if snapshot.is_there:
        say("An earlier run was killed half-way: putting back what it had changed.")
        if problems := put_back(snapshot):
            raise InstallFailed(not_put_back(problems, snapshot))


def not_put_back(problems: list[str], snapshot: Snapshot) -> str:
    text = f"This could not be put back: {'; '.join(problems)}"
    if not snapshot.is_there:
        return text
    return (
        f"{text}. The copies are in {snapshot.folder}: end every Blender, mend what is named, and run "
        "the command again; it puts the rest back first"
    )


@contextlib.contextmanager
def alone() -> Iterator[Path]:
    """Tenon's folder for installing, while no other process is in it. Removed at the end if it is empty."""
    folder = state_folder() / "install"
    made = [each for each in (folder, *folder.parents) if not each.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("ab")
    except OSError as error:
        raise InstallFailed(f"cannot write into Tenon's state folder {folder}: {error.strerror}") from error
    with lock:
        _hold(lock.fileno(), folder / "lock")
        try:
            yield folder
        finally:
            # Still locked, so that nobody has it meanwhile; Windows wants it closed.
            if sys.platform == "win32":
                lock.close()
            (folder / "lock").unlink(missing_ok=True)
            for each in dict.fromkeys([folder, *made]):
                with contextlib.suppress(OSError):  # not empty
                    each.rmdir()


def _hold(handle: int, file: Path) -> None:
    try:
        _lock(handle)
        if not os.path.samestat(os.fstat(handle), os.stat(file)):
            raise FileNotFoundError  # removed by one that has ended meanwhile
    except OSError:
        text = "another `tenon install`, `update` or `uninstall` is at work: wait for it"
        raise InstallFailed(text) from None


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
