"""Runs inside the Blender that gets the add-on: `blender -b --python THIS -- STEP ZIP VERSION`.

STEP `install` installs, enables and saves; STEP `verify`, in a fresh start, proves that Blender enabled it by
itself and that its native module loads. Any exception ends Blender with the code of --python-exit-code.
"""

import importlib
import sys

import bpy  # isort: split

import addon_utils  # in the wheel, bpy makes this importable


def module_name() -> str:
    """Extensions came with Blender 4.2; before it the same zip is a legacy add-on."""
    return "bl_ext.user_default.tenon" if bpy.app.version >= (4, 2, 0) else "tenon"


def install(archive: str) -> None:
    if bpy.app.version >= (4, 2, 0):
        bpy.ops.extensions.package_install_files(
            filepath=archive, repo="user_default", enable_on_install=True
        )
    else:
        bpy.ops.preferences.addon_install(filepath=archive, overwrite=True)
        bpy.ops.preferences.addon_enable(module=module_name())
    if module_name() not in bpy.context.preferences.addons:
        raise RuntimeError(
            f"Blender {bpy.app.version_string} did not enable {module_name()}; its reason is above"
        )
    bpy.ops.wm.save_userpref()


def verify(version: str) -> None:
    _, loaded = addon_utils.check(module_name())
    if not loaded:
        raise RuntimeError(f"{module_name()} is not enabled after a restart")
    native = importlib.import_module(module_name() + "._native")
    if version != native.VERSION:
        raise RuntimeError(
            f"the native module is {native.VERSION}, not {version}: restart any running Blender"
        )
    print(f"tenon: Blender {bpy.app.version_string} starts with {module_name()} {native.VERSION}")


def main(step: str, archive: str, version: str) -> None:
    if step == "install":
        install(archive)
    else:
        verify(version)


main(*sys.argv[sys.argv.index("--") + 1 :])
