"""The rows of sentences: `do` beside the commands that it means, sent as a batch.

In: a `Stage`. Out: `Row`s, as in `rows.py`. Both are asked over one connection in neighbouring rounds, and
what they made is undone between, so that the scene does not grow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from statistics import median

from rows import Row, ms
from rows_handover import Client
from stage import Stage

SENTENCES = {
    "English": "make a red cube 2 m wide at (1, 0, 0)",
    "Japanese": "(1, 0, 0)に2mの赤い立方体を作成",
    "Chinese": "在(1, 0, 0)创建一个2米的红色立方体",
}
COMMANDS = [
    {
        "type": "create_object",
        "params": {"type": "CUBE", "size": 2, "location": [1, 0, 0], "color": [1, 0, 0, 1]},
    },
]
GOAL = 1.5  # times the batch


def sentences(stage: Stage) -> Iterator[Row]:
    """What the reading costs, with the whole way of both."""
    batch = {"type": "batch", "params": {"commands": COMMANDS}}
    undo = {"type": "undo", "params": {}}
    count = max(stage.amounts.sequential // 40, 5)
    with Client(stage.windowless().port) as client:
        for language, text in SENTENCES.items():
            said = {"type": "do", "params": {"text": text}}
            pairs = []
            for _ in range(stage.amounts.rounds):
                times: tuple[list[float], list[float]] = ([], [])
                for _ in range(count):
                    for message, taken in zip((said, batch), times, strict=True):
                        taken.append(client.took(message))
                        client.took(undo)
                pairs.append((median(times[0]), median(times[1])))
            do, plain = (median(pair[at] for pair in pairs) for at in (0, 1))
            ratio = median(do / plain for do, plain in pairs)
            yield Row(
                f"windowless, `do` of a sentence in {language}, beside a batch of what it means",
                f"p50 {ms(do)} beside {ms(plain)}",
                f"{ratio:.2f} times the batch",
                f"≤ {GOAL} times",
                ratio <= GOAL,
                {"do": do, "batch": plain},
            )


LANGUAGE_ROWS: dict[str, Callable[[Stage], Iterator[Row]]] = {"sentences": sentences}
