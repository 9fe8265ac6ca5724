"""The engines that make pictures: by which name, with how many samples, and whether they can run here.

In: a scene and what a client asked for. Out: the scene's settings changed through a `TemporarySettings`, or a
CommandError that says what to do. Main thread only.
"""

from __future__ import annotations

import ctypes
import functools
import re
import sys
from typing import Any

import bpy

from ..blender.temporary_settings import TemporarySettings
from ..errors import CommandError


def choose(temporary: TemporarySettings, scene: Any, engine: str) -> None:
    """Render with this engine, under any of the names that it has or had, in any case."""
    try:
        temporary.set(scene.render, engine=engine)
        return
    except TypeError as error:  # Blender lists the real ones only here
        known = re.findall(r"'([^']+)'", str(error).partition("not found in")[2])
    same = [name for name in known if _plain(name) == _plain(engine)]
    if not same:
        raise CommandError(
            f"There is no render engine '{engine}' here; there are: {', '.join(known)}", code="invalid_params"
        )
    temporary.set(scene.render, engine=same[0])


def _plain(name: str) -> str:
    """What is the same in all names of an engine: EEVEE was BLENDER_EEVEE_NEXT in Blender 4.2 to 4.5."""
    words = re.sub(r"[\s-]+", "_", name.strip()).upper()
    return words.removeprefix("BLENDER_").removesuffix("_NEXT")


def is_eevee(engine: str) -> bool:
    """Whether this is EEVEE, under any of the names that it had."""
    return "EEVEE" in engine


def draws_progressively(engine: str) -> bool:
    """Whether this engine fills a view only bit by bit, as Cycles does."""
    return not is_eevee(engine) and engine != "BLENDER_WORKBENCH"


def set_samples(temporary: TemporarySettings, scene: Any, samples: int) -> None:
    engine = scene.render.engine
    if engine == "CYCLES":
        temporary.set(scene.cycles, samples=samples)
    elif is_eevee(engine):
        temporary.set(scene.eevee, taa_render_samples=samples)
    else:
        raise CommandError(f"'samples' can be set for CYCLES and EEVEE, not for {engine}")


def make_ready(temporary: TemporarySettings, scene: Any) -> None:
    """Avoid what would fail the render, or crash the process, on this machine."""
    engine = scene.render.engine
    if engine == "CYCLES" and scene.cycles.use_denoising and not has_denoiser():
        temporary.set(scene.cycles, use_denoising=False)
    if engine.startswith("BLENDER_") and not can_draw():
        raise CommandError(
            f"{engine} needs OpenGL, and there is none here without a window: use engine 'CYCLES', "
            "or install a driver (on Debian: libegl1 and libgl1-mesa-dri)"
        )


def has_denoiser() -> bool:
    """Some builds, Debian's among them, lack it and fail a render that asks for it."""
    import _cycles

    return bool(getattr(_cycles, "with_openimagedenoise", True))


@functools.lru_cache(maxsize=1)
def can_draw() -> bool:
    """Whether EEVEE and Workbench can draw. Windowless Blender aborts the process where there is no OpenGL,
    so this asks EGL for a context of the version that Blender wants before Blender does."""
    if not bpy.app.background or not sys.platform.startswith("linux"):
        return True
    try:
        egl = ctypes.CDLL("libEGL.so.1")
        for function in (egl.eglGetDisplay, egl.eglGetPlatformDisplay, egl.eglCreateContext):
            function.restype = ctypes.c_void_p
    except (OSError, AttributeError):
        return False
    surfaceless = 0x31DD
    # Blender takes the second way when the first has failed.
    return _makes_context(egl, egl.eglGetDisplay(None)) or _makes_context(
        egl, egl.eglGetPlatformDisplay(surfaceless, None, None)
    )


def _makes_context(egl: Any, address: int | None) -> bool:
    """Nothing is terminated after this: Blender may use the same display already."""
    display = ctypes.c_void_p(address)
    opengl, none = 0x30A2, 0x3038
    if not display or not egl.eglInitialize(display, None, None) or not egl.eglBindAPI(opengl):
        return False
    config, count = ctypes.c_void_p(), ctypes.c_int()
    renderable_type, opengl_bit, surface_type, any_surface = 0x3040, 0x0008, 0x3033, 0
    wanted = (ctypes.c_int * 5)(renderable_type, opengl_bit, surface_type, any_surface, none)
    if (
        not egl.eglChooseConfig(display, wanted, ctypes.byref(config), 1, ctypes.byref(count))
        or not count.value
    ):
        return False
    major, minor = (4, 3) if bpy.app.version >= (4, 0, 0) else (3, 3)
    major_version, minor_version, profile_mask, core = 0x3098, 0x30FB, 0x30FD, 0x1
    version = (ctypes.c_int * 7)(major_version, major, minor_version, minor, profile_mask, core, none)
    context = egl.eglCreateContext(display, config, None, version)
    if not context:
        return False
    egl.eglDestroyContext(display, ctypes.c_void_p(context))
    return True
