"""The engines that make pictures: by which name, with how many samples, and whether they can run here.

In: a scene and what a client asked for. Out: the scene's settings changed through a `Borrowed`, or a
CommandError that says what to do. Main thread only.
"""

from __future__ import annotations

import ctypes
import functools
import sys
from typing import Any

import bpy

from .registry import CommandError
from .render_settings import Borrowed

# Names that people use, and the two that EEVEE had (BLENDER_EEVEE_NEXT in Blender 4.2 to 4.5).
_ALIASES = {
    "EEVEE": ("BLENDER_EEVEE", "BLENDER_EEVEE_NEXT"),
    "BLENDER_EEVEE": ("BLENDER_EEVEE", "BLENDER_EEVEE_NEXT"),
    "BLENDER_EEVEE_NEXT": ("BLENDER_EEVEE_NEXT", "BLENDER_EEVEE"),
    "WORKBENCH": ("BLENDER_WORKBENCH",),
}


def choose(borrowed: Borrowed, scene: Any, engine: str) -> None:
    """Render with this engine; the names are taken in any case, and EEVEE under each of its names."""
    known = ""
    for name in _ALIASES.get(engine.upper(), (engine.upper(), engine)):
        try:
            borrowed.set(scene.render, engine=name)
            return
        except TypeError as error:  # Blender lists the real ones only here
            known = str(error).partition("not found in")[2].strip(" ()\n").replace("'", "")
    raise CommandError(f"There is no render engine '{engine}' here; there are: {known}")


def set_samples(borrowed: Borrowed, scene: Any, samples: int) -> None:
    engine = scene.render.engine
    if engine == "CYCLES":
        borrowed.set(scene.cycles, samples=samples)
    elif "EEVEE" in engine:
        borrowed.set(scene.eevee, taa_render_samples=samples)
    else:
        raise CommandError(f"'samples' can be set for CYCLES and EEVEE, not for {engine}")


def make_ready(borrowed: Borrowed, scene: Any) -> None:
    """Avoid what would end the render, or the process, on this machine."""
    engine = scene.render.engine
    if engine == "CYCLES" and scene.cycles.use_denoising and not has_denoiser():
        borrowed.set(scene.cycles, use_denoising=False)
    if engine.startswith("BLENDER_") and not can_draw():
        raise CommandError(
            f"{engine} needs OpenGL, and there is none here without a window: use engine 'CYCLES', "
            "or install a driver (on Debian: libegl1 and libgl1-mesa-dri)"
        )


def has_denoiser() -> bool:
    """Some builds, Debian's among them, end a render with an error for want of it."""
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
