"""The panel of an add-on that cannot serve: it says why.

In: `reason`, set by `__init__.py` when the native core could not be loaded. Out: a panel where the
server's would be. Main thread only.
"""

import platform
import sys

import bpy

from . import wrapped_text

PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"
reason = ""


def explanation(error: str, system: str, machine: str) -> list[str]:
    """What the loader's message means for the user, and what to do."""
    here = f"{system} {machine}"
    install = "Install the zip that is made for this system."
    if "No module named" in error or "cannot import name" in error:
        return [f"This copy of Tenon has no native core for {here} and Python {PYTHON}.", install]
    system_message = f"The system says: {error}"
    if "GLIBC" in error:
        return [
            f"This {here} is older than the system that Tenon was built for.",
            "Update the system.",
            system_message,
        ]
    return [f"Tenon's native core does not load on {here}.", install, system_message]


class TENON_PT_load_error(bpy.types.Panel):
    bl_label = "Tenon"
    bl_category = "Tenon"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"

    def draw(self, context: bpy.types.Context) -> None:
        column = self.layout.column()
        column.alert = True
        column.label(text="Tenon cannot run here", icon="ERROR")
        for sentence in explanation(reason, platform.system(), platform.machine()):
            wrapped_text.draw(column, sentence, context)


def register() -> None:
    bpy.utils.register_class(TENON_PT_load_error)
    print(
        f"Tenon: {' '.join(explanation(reason, platform.system(), platform.machine()))}",
        file=sys.stderr,
    )


def unregister() -> None:
    if TENON_PT_load_error.is_registered:
        bpy.utils.unregister_class(TENON_PT_load_error)
