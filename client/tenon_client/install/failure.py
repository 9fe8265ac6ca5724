"""Why an installation ends: as the error that `tenon` prints, whose words say what to do. Pure."""

from __future__ import annotations

from ..errors import TenonError


class InstallFailed(TenonError):
    """Nothing is changed, or all that was has been put back, unless the message says what was not."""

    CODE = "install_failed"
