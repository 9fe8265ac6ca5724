"""Rows of the table handed to the native core: what clients can call. Main thread."""

from __future__ import annotations

import json

from ..bridge import bridge
from .table import Command
from .task_journal import open_journal

_journal = open_journal()


def offer(row: Command) -> None:
    """Give clients this command; ValueError: its name is that of one answered natively."""
    row = _journal.guarded(row) if _journal else row
    bridge.register(
        row.name,
        row.function,
        title=row.title,
        description=row.description,
        schema=json.dumps(row.schema),
        aliases=list(row.aliases),
        reads_only=row.reads_only,
        destructive=row.destructive,
        idempotent=row.idempotent,
        open_world=row.open_world,
        tool=row.tool,
        runs_code=row.runs_code,
        composite=row.composite,
        output_schema=json.dumps(row.output_schema) if row.output_schema else "",
    )
