"""What a reply must say beside the result of its command.

In: sentences, from wherever something is noticed while a command runs. Out: they, once, for the member
`notes` of the reply. Main thread only.
"""

from __future__ import annotations

_notes: list[str] = []


def add(sentence: str) -> None:
    if sentence not in _notes:
        _notes.append(sentence)


def take() -> list[str]:
    """Those since the last call."""
    if not _notes:
        return []
    taken = _notes[:]
    _notes.clear()
    return taken
