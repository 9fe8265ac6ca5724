"""A real `systemd --user` of the test's own, where there is no login session.

In: root's rights, an environment for the manager, and whose it is. Out: a manager that can be started and
stopped; commands run beside it. It has a mount namespace with a /run and a cgroup tree of its own; nothing of
it is seen from outside but a cgroup, which is removed.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Iterator

import pytest
from wire import PATIENCE

SYSTEMD = "/lib/systemd/systemd"
CGROUPS = "/sys/fs/cgroup"
NAMESPACE = f"""
set -e
mount -t tmpfs none /run
mkdir -p /run/systemd/system "$XDG_RUNTIME_DIR"
chmod 700 "$XDG_RUNTIME_DIR"
umount -R {CGROUPS} 2>/dev/null || true
mount -t cgroup2 none {CGROUPS}
mkdir "$TENON_CGROUP"
chown -R "$TENON_OWNER" "$TENON_CGROUP" "$XDG_RUNTIME_DIR"
echo ready
cat >/dev/null
"""


class Unavailable(Exception):
    """There can be no such manager here; why."""


class UserManager:
    def __init__(self, environ: dict[str, str], user: str = "root") -> None:
        if os.geteuid() != 0:
            raise Unavailable("only root may make the namespace for it")
        for program in ("unshare", "nsenter", "setpriv", "systemctl"):
            if shutil.which(program) is None:
                raise Unavailable(f"there is no {program}")
        if not os.access(SYSTEMD, os.X_OK):
            raise Unavailable("there is no systemd")
        owner = pwd.getpwnam(user)
        self._cgroup = f"{CGROUPS}/tenon-tests-{os.getpid()}"
        self.environ = {
            **environ,
            "XDG_RUNTIME_DIR": f"/run/user/{owner.pw_uid}",
            "TENON_CGROUP": self._cgroup,
            "TENON_OWNER": f"{owner.pw_uid}:{owner.pw_gid}",
            "USER": user,
        }
        self._as_owner = ["setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]
        self._manager: subprocess.Popen[bytes] | None = None
        self._namespace = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c", NAMESPACE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environ,
        )
        assert self._namespace.stdout
        if self._namespace.stdout.readline() != b"ready\n":
            raise Unavailable(self._namespace.communicate()[1].decode().strip())

    def _inside(self, *words: str) -> list[str]:
        return ["nsenter", "--target", str(self._namespace.pid), "--mount", *words]

    def as_owner(self, *words: str) -> list[str]:
        """The command line for the manager's user, beside it."""
        return self._inside(*self._as_owner, *words)

    def run(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            self.as_owner(*words), capture_output=True, text=True, timeout=90, env=self.environ, check=False
        )
        assert not check or done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done

    def show(self, unit: str, *properties: str) -> dict[str, str]:
        told = self.run("systemctl", "--user", "show", unit, f"--property={','.join(properties)}").stdout
        return dict(line.split("=", 1) for line in told.splitlines())

    def start(self) -> None:
        """As at login; Unavailable if it does not come up."""
        owned = " ".join([*self._as_owner, SYSTEMD, "--user"])
        own = f'echo $$ > "{self._cgroup}/cgroup.procs" && exec {owned}'
        self._manager = subprocess.Popen(
            self._inside("sh", "-c", own),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=self.environ,
        )
        give_up = time.monotonic() + PATIENCE
        while self.run("systemctl", "--user", "show", "--property=Version", check=False).returncode:
            if self._manager.poll() is not None or time.monotonic() > give_up:
                self._manager.kill()
                raise Unavailable(
                    (self._manager.communicate()[0] or b"").decode().strip() or "it does not answer"
                )
            time.sleep(0.05)

    def stop(self) -> None:
        """As at logout: it ends what it has started, then itself."""
        if self._manager is None:
            return
        self.run("systemctl", "--user", "exit", check=False)
        self._manager.communicate(timeout=90)
        self._manager = None

    def close(self) -> None:
        self.stop()
        # Those of units too, the deepest first; as root, whose folder they are in.
        removing = self._inside("find", self._cgroup, "-depth", "-type", "d", "-exec", "rmdir", "{}", ";")
        subprocess.run(removing, capture_output=True, timeout=90, check=False)
        self._namespace.communicate(b"")


@contextlib.contextmanager
def running(environ: dict[str, str], user: str = "root") -> Iterator[UserManager]:
    """A manager that has been started; without one, the test is skipped with the reason."""
    with contextlib.ExitStack() as ending:
        try:
            manager = UserManager(environ, user)
            ending.callback(manager.close)
            manager.start()
        except Unavailable as why:
            pytest.skip(f"no systemd user manager: {why}")
        yield manager
