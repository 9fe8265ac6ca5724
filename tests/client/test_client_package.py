"""The distribution as pip installs it: everything in it, nothing needed, one version with the add-on."""

from __future__ import annotations

import email
import subprocess
import sys
from pathlib import Path

import pytest
import tenon_client
from wire import PATIENCE

CLIENT = Path(__file__).resolve().parents[2] / "client"

SOURCES = CLIENT / "tenon_client"


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The folder that pip has installed it into, from a repository that nobody wrote to."""
    folder = tmp_path_factory.mktemp("installed")
    words = ["install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--target"]
    command = [sys.executable, "-m", "pip", *words, str(folder), str(CLIENT)]
    subprocess.run(command, check=True, timeout=2 * PATIENCE)
    return folder


def test_every_file_is_there(installed):
    def files(root):
        found = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
        return {name for name in found if not name.endswith(".pyc")}

    assert files(installed / "tenon_client") == files(SOURCES)
    assert {"py.typed", "mcp_stdio/snapshot.json"} < files(installed / "tenon_client")


def test_it_says_what_it_is_and_needs_nothing(installed):
    [metadata] = installed.glob("tenon_client-*.dist-info/METADATA")
    told = email.message_from_string(metadata.read_text())
    assert (told["Name"], told["License-Expression"]) == ("tenon-client", "GPL-3.0-or-later")
    assert told["Requires-Python"] == ">=3.10"
    assert told.get_all("Requires-Dist") == [
        "tomlkit>=0.13; extra == 'setup'",
        "slack-sdk<4,>=3.48; extra == 'slack'",
    ], "nothing unless asked for"
    cargo = (CLIENT.parent / "Cargo.toml").read_text()
    assert f'\nversion = "{told["Version"]}"\n' in cargo, "one version for all of Tenon"
    assert told["Version"] == tenon_client.__version__


def test_the_command_runs(installed):
    ended = subprocess.run(
        [sys.executable, str(installed / "bin" / "tenon"), "--version"],
        env={"PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    assert ended.stdout == f"tenon-client {tenon_client.__version__}\n"


def test_setup_without_its_extra_says_what_to_install(installed, tmp_path):
    """For Codex alone, whose file is TOML; the text to paste needs nothing."""
    words = [sys.executable, "-S", "-m", "tenon_client", "setup", "--yes"]
    environment = {"PYTHONPATH": str(installed), "HOME": str(tmp_path), "USERPROFILE": str(tmp_path)}

    def setup(*more):
        return subprocess.run(
            [*words, *more], env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
        )

    refused = setup("--assistant", "codex")
    assert refused.returncode == 1 and "pip install 'tenon-client[setup]'" in refused.stdout, refused
    assert setup("--assistant", "cursor").returncode == 0
    assert "[mcp_servers.blender]" in setup("--print", "codex").stdout


def test_it_imports_nothing_but_the_standard_library():
    code = (
        "import sys; before = set(sys.modules); import tenon_client.cli\n"
        "others = {name.split('.')[0] for name in set(sys.modules) - before}\n"
        "print(sorted(others - set(sys.stdlib_module_names) - {'tenon_client'}))"
    )
    ended = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(CLIENT)!r})\n{code}"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    assert ended.stdout == "[]\n"
