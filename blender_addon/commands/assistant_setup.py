"""What each assistant needs to use this Blender, as the panel's *Copy Configuration* gives it.

In: the address that the assistant will reach Tenon by. Out: texts to paste, with the name of the token in the
place of the token, which no command tells. Touches nothing of Blender.
"""

from __future__ import annotations

from typing import Annotated, Any

from ..assistants import ASSISTANTS, url_of
from ..registry.schema import Constraint
from ..registry.table import command

STAND_IN = "YOUR_TOKEN"


@command(title="Assistants' configurations", reads_only=True)
def list_assistants(
    address: Annotated[str, Constraint(pattern=r"^[^\s/]+:\d{1,5}$")] = "localhost:9876",
    with_token: bool = False,
) -> dict[str, Any]:
    """Tell what each known assistant's configuration needs to use this Blender, and where that belongs.

    address: host and port that the assistant reaches Tenon by
    with_token: put YOUR_TOKEN where the token belongs, which is never told
    """
    url = url_of(address)
    return {
        "assistants": [
            {
                "key": each.key,
                "title": each.title,
                "place": each.place,
                "text": each.pasted(url, STAND_IN if with_token else None),
                "afterwards": each.afterwards,
                "documentation": each.documentation,
            }
            for each in ASSISTANTS
        ]
    }
