"""The panel of an add-on that cannot serve: it says why in words.

In: `reason`, set by `__init__.py` when the native core could not be loaded. Out: a panel where the
server's would be. Main thread only.
"""

import platform
import sys
import textwrap

import bpy

reason = ""


def explanation(error: str, system: str, machine: str) -> list[str]:
    """What the loader's words mean for the user, and what to do."""
    here = f"{system} {machine}"
    if "GLIBC" in error:
        cause = f"This {here} is older than the system that Tenon was built for."
        remedy = "Update the system, or build Tenon here: python3 build_addon.py zip"
    elif "No module named" in error or "cannot import name" in error:
        cause = f"This copy of Tenon has no native core for {here} and Python {sys.version_info[0]}."
        remedy = "Install the zip that is made for this system."
    else:
        cause = f"Tenon's native core does not load on {here}."
        remedy = "Install the zip that is made for this system."
    return [cause, remedy, f"The system says: {error}"]


class TENON_PT_unavailable(bpy.types.Panel):
    bl_label = "Tenon"
    bl_category = "Tenon"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"

    def draw(self, context: bpy.types.Context) -> None:
        column = self.layout.column(align=True)
        column.alert = True
        column.label(text="Tenon cannot run here", icon="ERROR")
        for sentence in explanation(reason, platform.system(), platform.machine()):
            for line in textwrap.wrap(sentence, width=38):
                column.label(text=line)


def register() -> None:
    bpy.utils.register_class(TENON_PT_unavailable)
    print(
        f"Tenon: {' '.join(explanation(reason, platform.system(), platform.machine()))}",
        file=sys.stderr,
    )


def unregister() -> None:
    if TENON_PT_unavailable.is_registered:
        bpy.utils.unregister_class(TENON_PT_unavailable)
