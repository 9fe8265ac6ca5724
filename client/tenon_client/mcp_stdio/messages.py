"""The texts for a person and their assistant when Blender cannot be reached: what happened, and what to
do."""

from __future__ import annotations

from ..instances import Address
from .http_exchange import HttpError

START = (
    "Ask the user to open Blender, press N in the 3D View, open the tab Tenon and press "
    '"Connect to MCP server" (without a window: `python3 build_addon.py run` in Tenon\'s folder). '
    "Then call again: it works at once, and nothing else needs a restart."
)


def not_running(address: Address) -> str:
    return (
        f"Blender is not there: nobody listens at {address}. Blender is closed, or Tenon is not started in "
        f"it. The call had no effect. {START}"
    )


def connection_lost(what: str) -> str:
    return (
        f"The connection to Blender ended before {what} was answered: Blender was closed, restarted or has "
        "crashed. Whether it took effect is unknown, so it was not repeated. When Blender is back, find out "
        "before you try again: get_session_history lists what this session has finished, and a look at the "
        f"scene shows what is there. {START}"
    )


def http_error(error: HttpError, address: Address | None) -> str:
    if error.status == 401:
        return (
            f"The Tenon at {address} wants its token, and the call had no effect. Set TENON_TOKEN in this "
            "server's entry of the assistant's configuration to the token that Blender shows under Edit > "
            "Preferences > Add-ons > Tenon, and restart the assistant."
        )
    return (
        f"What listens at {address} did not take the call ({error}); it had no effect. If that is a Tenon, "
        "it is older than this command: update the add-on. If it is another program, choose another port in "
        "Tenon's preferences and start this command with --port."
    )
