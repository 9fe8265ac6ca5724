"""Runs inside the Blender that gets the add-on, loses it, or is asked about it; nothing else of this package
is there: `blender -b --python-expr THIS -- STEP JSON`.

STEP is the name of a function below, JSON an object with its parameters. Out: one line that begins with MARK,
then what the step answers as JSON. Any exception ends Blender with the code of --python-exit-code.
"""

import importlib
import json
import os
import platform
import sys
from typing import Any

import bpy  # isort: split

import addon_utils  # in the wheel, bpy makes this importable

MARK = "tenon-answer:"
REPOSITORY = "user_default"
# Extensions came with Blender 4.2; before it the same zip is a legacy add-on.
IS_EXTENSION = bpy.app.version >= (4, 2, 0)
LEGACY = "tenon"
MODULE = f"bl_ext.{REPOSITORY}.tenon" if IS_EXTENSION else LEGACY


def look() -> dict[str, object]:
    """What is there, and which files a change would touch. Changes nothing."""
    scripts = bpy.utils.user_resource("SCRIPTS")
    config = bpy.utils.user_resource("CONFIG")
    addon = os.path.join(scripts, "addons", "tenon")
    data = bpy.utils.user_resource("DATAFILES", path=MODULE)
    kept = []
    if IS_EXTENSION:
        folder = repository().directory
        addon = os.path.join(folder, "tenon")
        # What Blender keeps of each extension beside them, and its cache of which it can load.
        kept = [os.path.join(folder, ".blender_ext"), os.path.join(os.path.dirname(folder), ".cache")]
        data = os.path.join(bpy.utils.user_resource("EXTENSIONS"), ".user", REPOSITORY, "tenon")
    stored = bpy.context.preferences.addons.get(MODULE)

    def setting(name: str, default: object) -> object:
        return getattr(stored and stored.preferences, name, default)

    return {
        "version": bpy.app.version_string,
        "system": platform.system(),
        "machine": platform.machine(),
        "module": MODULE,
        "addon": addon,
        "preferences": os.path.join(config, "userpref.blend"),
        "kept": kept,
        "data": data,  # sessions and the log
        "is_enabled": stored is not None,
        "auto_start": setting("auto_start", False),
        "port": setting("port", None),
        "host": setting("host", ""),
        "has_token": bool(setting("token", "")),
        "requires_token": bool(setting("require_token", False)),
        "installed_version": installed_version(addon),
        "is_legacy_enabled": IS_EXTENSION and LEGACY in bpy.context.preferences.addons,
    }


def repository() -> Any:
    for each in bpy.context.preferences.extensions.repos:
        if each.module == REPOSITORY:
            if each.enabled:
                return each
            raise RuntimeError(
                f"the repository {each.name} is switched off: switch it on in Preferences > Get "
                "Extensions > Repositories"
            )
    raise RuntimeError(
        "this Blender has no repository 'User Default': add a local one with that name in "
        "Preferences > Get Extensions > Repositories"
    )


def installed_version(addon: str) -> str:
    try:
        with open(os.path.join(addon, "blender_manifest.toml"), encoding="utf-8") as manifest:
            lines = [line.split('"') for line in manifest if line.startswith("version = ")]
        return lines[0][1] if lines else ""
    except OSError:
        return ""


def install(archive: str, auto_start: "bool | None") -> None:
    """Installs, enables and saves; a setting of None stays as it is."""
    if IS_EXTENSION:
        # Blender 4.2 takes the add-ons of an older one over when it starts for the first time. Two would want
        # the same port.
        if LEGACY in bpy.context.preferences.addons:
            addon_utils.disable(LEGACY, default_set=True)
        bpy.ops.extensions.package_install_files(filepath=archive, repo=REPOSITORY, enable_on_install=True)
    else:
        bpy.ops.preferences.addon_install(filepath=archive, overwrite=True)
        bpy.ops.preferences.addon_enable(module=MODULE)
    stored = bpy.context.preferences.addons.get(MODULE)
    if stored is None:
        raise RuntimeError(f"Blender {bpy.app.version_string} did not enable {MODULE}; its reason is above")
    if auto_start is not None:
        stored.preferences.auto_start = auto_start
    bpy.ops.wm.save_userpref()


def verify(version: str, auto_start: "bool | None") -> dict[str, object]:
    """In a fresh start: Blender enabled it by itself, its native module loads, the setting was kept."""
    _, loaded = addon_utils.check(MODULE)
    if not loaded:
        raise RuntimeError(f"{MODULE} is not enabled after a restart")
    native = importlib.import_module(MODULE + "._native")
    if version != native.VERSION:
        raise RuntimeError(
            f"the native module is {native.VERSION}, not {version}: restart any running Blender"
        )
    kept = bpy.context.preferences.addons[MODULE].preferences.auto_start
    if auto_start is not None and kept != auto_start:
        raise RuntimeError(f"'Start with Blender' is {kept} after a restart, not {auto_start}")
    return {
        "blender": bpy.app.version_string,
        "module": MODULE,
        "version": native.VERSION,
        "auto_start": kept,
    }


def disable() -> None:
    """Takes it out of what Blender starts with. Its files stay: a library that is loaded cannot be removed on
    every system, and Blender's own removal of an extension would remove the stored sessions, too."""
    addon_utils.disable(MODULE, default_set=True)
    bpy.ops.wm.save_userpref()


step, parameters = sys.argv[sys.argv.index("--") + 1 :][:2]
print(MARK, json.dumps(globals()[step](**json.loads(parameters))), flush=True)
