"""The staged add-on as a zip of any version, for tests of updates.

In: what `build_addon.py build` staged. Out: a release zip in which every version that Blender or the add-on
reads is another one. The compiled library is the same, under the other version's file name.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from build_steps import native, project, release  # noqa: E402


def zip_of(version: str, folder: Path) -> Path:
    files = native.read_files(project.STAGE / "tenon")
    staged = project.version()
    for name, text in {
        "blender_manifest.toml": 'version = "{}"\n',
        "__init__.py": '"version": ({}),\n',
    }.items():
        old, new = (
            text.format(each if name.endswith("toml") else each.replace(".", ", ")).encode()
            for each in (staged, version)
        )
        assert files[name].count(old) == 1, (name, old)
        files[name] = files[name].replace(old, new)
    library = files.pop(native.library_name())
    files[native.library_name().replace(staged.replace(".", "_"), version.replace(".", "_"))] = library
    archive = folder / f"tenon-{version}-{project.platform_name()}.zip"
    release.write(files, archive, level=1)  # in a tenth of the time
    return archive
