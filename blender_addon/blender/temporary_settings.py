"""Settings of the user's, changed for a while and restored.

In: an owner (a scene, its render settings, ...) and new values. Out: the old values in their place again at
the end of a `with`, however it ends. Main thread only.
"""

from __future__ import annotations

import contextlib
from types import TracebackType
from typing import Any

from ..cancellation import retry_on_cancel
from .undo_stack import unrecorded


class TemporarySettings:
    """What was changed, to be restored."""

    def __init__(self) -> None:
        self._values: list[tuple[Any, str, Any]] = []
        self._unrecorded = False

    def set(self, owner: Any, **values: Any) -> None:
        # All are read before one is set: a file format changes the colour depth by itself.
        known = {name for of, name, _ in self._values if of == owner}
        self._values += [(owner, name, getattr(owner, name)) for name in values if name not in known]
        for name, value in values.items():
            setattr(owner, name, value)

    def restore(self) -> None:
        retry_on_cancel(self._restore)

    def _restore(self) -> None:
        # In the order of the changes, for the same reason.
        for owner, name, value in self._values:
            # The owner may be gone: files are loaded, scenes and cameras deleted, while a render runs.
            with contextlib.suppress(ReferenceError, AttributeError, TypeError):
                setattr(owner, name, value)
        self._values = []

    def __enter__(self) -> TemporarySettings:
        self._unrecorded = unrecorded.begin_temporary()  # what is restored needs no undo step
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, frames: TracebackType | None
    ) -> None:
        self.restore()
        retry_on_cancel(lambda: unrecorded.end_temporary(self._unrecorded))
