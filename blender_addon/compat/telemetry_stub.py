"""Answers to clients that ask what they may record of the user: nothing.

In: nothing that is kept. Out: that there is no consent and nothing was recorded. Tenon has no telemetry;
clients made for bridges that do ask these questions all the same. Main thread only.
"""

from __future__ import annotations

from typing import Any

from ..registry.table import command


@command(title="Set telemetry consent", reads_only=True)
def set_telemetry_consent(consent: bool = False) -> dict[str, Any]:
    """Answer that nothing may be collected, whatever is asked for: Tenon has no telemetry to consent to.

    consent: what the client would like
    """
    return {"consent": False, "message": "Tenon collects nothing and lets no client record the user."}


@command(title="What the user did", reads_only=True)
def drain_human_activity() -> dict[str, Any]:
    """Answer with an empty list: Tenon does not record what the user does in Blender."""
    return {"events": []}
