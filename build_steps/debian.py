"""Missing system packages on Debian and its descendants.

In: what a step misses, a package or a shared library. Out: the packages installed, where this process may
(root, apt-get there), else a BuildError with the exact line to type.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from .project import BuildError, run, say

# Which package holds a library that bpy links against. All names are alike in Debian 12, 13 and Ubuntu.
PACKAGES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libGLX.so.0": "libglx0",
    "libICE.so.6": "libice6",
    "libOpenGL.so.0": "libopengl0",
    "libSM.so.6": "libsm6",
    "libX11.so.6": "libx11-6",
    "libXext.so.6": "libxext6",
    "libXfixes.so.3": "libxfixes3",
    "libXi.so.6": "libxi6",
    "libXrender.so.1": "libxrender1",
    "libXt.so.6": "libxt6",
    "libXxf86vm.so.1": "libxxf86vm1",
    "libgomp.so.1": "libgomp1",
    "libstdc++.so.6": "libstdc++6",
    "libwayland-client.so.0": "libwayland-client0",
    "libxkbcommon.so.0": "libxkbcommon0",
}
# No binary links against these: Blender opens them to render, and ends the process where they are missing.
OPENED_LATER = ("libEGL.so.1",)


def missing_libraries(binary: Path) -> list[str]:
    """The shared libraries, by soname, that Blender's `binary` would not find; none where ldd is not."""
    ldd = shutil.which("ldd")
    if not ldd:
        return []
    listing = subprocess.run([ldd, str(binary)], capture_output=True, text=True, check=False).stdout
    linked = {line.split()[0] for line in listing.splitlines() if line.endswith("=> not found")}
    return sorted(linked.union(name for name in OPENED_LATER if not loads(name)))


def loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def provide_libraries(binary: Path) -> None:
    """Installs what `binary` lacks, or says which line does."""
    missing = missing_libraries(binary)
    if not missing:
        return
    unknown = [name for name in missing if name not in PACKAGES]
    if unknown:
        raise BuildError(
            f"{binary.name} needs {', '.join(unknown)}, of unknown packages; "
            f"type: apt-file update && apt-file search {unknown[0]}"
        )
    provide(
        sorted({PACKAGES[name] for name in missing}), why=f"{binary.parent.name} needs {', '.join(missing)}"
    )
    if still := missing_libraries(binary):
        raise BuildError(f"{binary} still misses {', '.join(still)}")


def provide(packages: Iterable[str], why: str) -> None:
    """Installs Debian packages if this process may; else raises with the line that does."""
    line = f"apt-get update && apt-get install -y --no-install-recommends {' '.join(packages)}"
    if not shutil.which("apt-get"):
        raise BuildError(f"{why}; install what this Debian line would: {line}")
    # A machine that builds for CI is not anybody's own, so there sudo may be used unasked.
    sudo = ["sudo", "-n"] if os.environ.get("CI") == "true" and shutil.which("sudo") else []
    if os.geteuid() != 0 and not sudo:
        raise BuildError(f'{why}; type: sudo sh -c "{line}"')
    say(f"{why}; installing: {' '.join(packages)}")
    run([*sudo, "env", "DEBIAN_FRONTEND=noninteractive", "sh", "-c", line])
