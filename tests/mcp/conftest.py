"""A real Blender for other people's clients to talk to, and their inspector."""

from __future__ import annotations

import pytest
from peers import Headless, installed_inspector


@pytest.fixture(scope="session")
def inspector() -> list[str]:
    return installed_inspector()


@pytest.fixture(scope="module")
def blender(tmp_path_factory):
    with Headless(tmp_path_factory.mktemp("user")) as blender:
        yield blender
