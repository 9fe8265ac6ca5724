"""Where Tenon keeps things for its user, on each platform: for the client and the add-on alike."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tenon_client.state_folder import state_folder


@pytest.mark.skipif(os.name == "nt", reason="paths of POSIX")
@pytest.mark.parametrize(
    "environment, platform, folder",
    [
        ({}, "linux", "~/.local/state/tenon"),
        ({"XDG_STATE_HOME": "/var/state"}, "linux", "/var/state/tenon"),
        ({"XDG_STATE_HOME": "/var/state"}, "darwin", "~/Library/Application Support/tenon"),
        ({}, "freebsd13", "~/.local/state/tenon"),
        ({"TENON_STATE_DIR": "/run/tenon"}, "linux", "/run/tenon"),
        ({"TENON_STATE_DIR": ""}, "linux", "~/.local/state/tenon"),
    ],
)
def test_where_running_tenons_are_described(environment, platform, folder):
    assert state_folder(environment, platform) == Path(folder).expanduser()


def test_where_running_tenons_are_described_on_windows():
    folder = state_folder({"LOCALAPPDATA": "C:/Users/ann/AppData/Local"}, "win32")
    assert folder.as_posix() == "C:/Users/ann/AppData/Local/tenon"
