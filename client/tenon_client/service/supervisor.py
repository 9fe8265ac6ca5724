"""The loop that keeps one Blender running: what the unit of a service starts.

In: the service's definition, SIGTERM and SIGINT (or the file `stop`). Out: a Blender that serves, a log,
`state.json`, what systemd is told, an exit code. The main thread decides; a thread reads Blender's output,
one waits for its end.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from .. import headless_blender
from ..errors import TenonError
from ..instances import TOKEN_VARIABLE, list_instances
from ..state_folder import VARIABLE as STATE_VARIABLE
from ..state_folder import state_folder
from . import crash, lock, ports
from .definition import Definition, Files, read_json, write_json
from .health import Prober
from .logs import Log
from .notify import notify
from .policy import Restarts, Watch
from .units import GIVEN_UP, WRONG_DEFINITION

READER_TIMEOUT = 2.0  # seconds for the last lines of a Blender that has ended; its children may hold the pipe


@dataclass
class Ended:
    """How one run of Blender ended."""

    how: str
    began: float  # Unix seconds
    started: float  # the same by time.monotonic()
    served: float = 0.0  # seconds since its first answer
    code: int | None = None
    tasks: list[dict[str, Any]] | None = None


class Supervisor:
    def __init__(self, definition: Definition, files: Files) -> None:
        self.definition, self.files, self.limits = definition, files, definition.limits
        self.log = Log(files.log, self.limits.log_bytes, self.limits.log_files)
        self.killers = crash.Killers(files, definition.name, self.limits.killer)
        self.restarts = Restarts(self.limits)
        self.address = definition.address
        self._wake = threading.Event()
        self._stopping: str | None = None  # why, once it was asked for
        self._ready = False  # systemd has been told
        self._told: str | None = None
        self._complained: str | None = None
        self._interrupted: list[str] = []  # tasks whose end the store has still to tell
        self.state: dict[str, Any] = {
            "name": definition.name,
            "supervisor_pid": os.getpid(),
            "address": str(self.address),
            "restarts": 0,
            **self._of_before(),
        }

    def _of_before(self) -> dict[str, Any]:
        """What is still worth telling of the last time that a supervisor ran."""
        found = read_json(self.files.state)
        return {"last_end": found.get("last_end")} if isinstance(found, dict) else {}

    # --- the whole ---

    def run(self) -> int:
        """Until it is asked to stop (0) or gives up."""
        owned = lock.take(self.files.lock)
        if owned is None:
            print(f"tenon: the service {self.definition.name} is running already", file=sys.stderr)
            return WRONG_DEFINITION
        with owned:
            self.files.stop.unlink(missing_ok=True)
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, self._on_signal)
            try:
                self._end_left()
                return self._keep_running()
            finally:
                self.log.close()

    def _keep_running(self) -> int:
        factory = False
        while self._may_start():
            ended = self._serve(factory)
            if ended is None:
                break
            if ended.code == headless_blender.NOT_STARTED and not self._port_is_free():
                # Somebody was faster. No crash; told before the next start.
                self._sleep(self.limits.first_delay)
                continue
            self._tell_end(ended)
            if ended.code == headless_blender.NOT_INSTALLED:
                return self._give_up("the add-on is not installed in this Blender, or cannot be enabled")
            self.restarts.started(ended.started)
            following = self.restarts.ended(time.monotonic(), ended.served)
            if following.failed:
                words = f"Blender ended again and again, with --factory-startup too: it {ended.how}"
                return self._give_up(words)
            factory = following.factory
            self.state["restarts"] += 1
            words = f"Blender {ended.how}; started again in {following.delay:.1f} s"
            self._tell("backing_off", words + (" with --factory-startup" if factory else ""))
            self._sleep(following.delay)
        self._tell("stopped", f"stopped: {self._stopping}")
        return 0

    def _give_up(self, why: str) -> int:
        self._tell("failed", why)
        return GIVEN_UP

    def _may_start(self) -> bool:
        """Waits until the port is free; false: it is to stop."""
        number = 0
        while not self._is_stopping() and not self._port_is_free():
            number += 1
            port = self.definition.port
            words = f"port {port} is taken by {ports.owner(port)}; end it, or install with another --port"
            self._tell("port_taken", words)
            self._sleep(self.restarts.delay(number))
        return not self._is_stopping()

    def _port_is_free(self) -> bool:
        return ports.is_free(self.address)

    # --- one Blender ---

    def _serve(self, factory: bool) -> Ended | None:
        """One Blender, from its start to its end; None: it was asked to stop, and has ended."""
        began, started = time.time(), time.monotonic()
        try:
            token = self.definition.read_token()
            process = self._start(factory, token)
        except (OSError, TenonError) as error:
            return Ended(f"could not be started: {error}", began, started)
        self.state.update(blender_pid=process.pid, since=began, factory_startup=factory)
        with_factory = " with --factory-startup" if factory else ""
        self._tell("starting", f"Blender starts (pid {process.pid}){with_factory}")
        reader = threading.Thread(target=self._read, args=(process,), name="blender-output", daemon=True)
        waiter = threading.Thread(target=self._wait, args=(process,), name="blender-end", daemon=True)
        reader.start()
        waiter.start()
        watch = Watch(self.limits, self.definition.task_limit, started, self.definition.window)
        try:
            why = self._look_after(process, watch, token)
        finally:
            self._end(process)
            reader.join(READER_TIMEOUT)
            self.state["blender_pid"] = None
        if self._is_stopping():
            return None
        since = watch.serving_since
        return Ended(
            how=f"was ended, since {why}" if why else crash.how(process.returncode),
            began=began,
            started=started,
            served=time.monotonic() - since if since is not None else 0.0,
            code=None if why else process.returncode,
            tasks=crash.running_tasks(self.files.running),
        )

    def _start(self, factory: bool, token: str | None) -> subprocess.Popen[bytes]:
        chosen = self.definition
        command = headless_blender.command(
            chosen.blender,
            host=chosen.host,
            port=chosen.port,
            blend=chosen.blend,
            more=["--factory-startup"] if factory else [],
            window=chosen.window,
        )
        environ = {
            **os.environ,
            **chosen.env,
            STATE_VARIABLE: str(state_folder()),
            "TENON_FIND_FREE_PORT": "off",  # it is this port, or none
            "TENON_RUNNING_TASKS": str(self.files.running),
            "TENON_REFUSED_TASKS": str(self.files.refused),
        }
        # The supervisor speaks for the service; and it may itself have been started from a Blender.
        for variable in ("NOTIFY_SOCKET", "TENON_RUNNING_TASKS_OWNER"):
            environ.pop(variable, None)
        if token:
            environ[TOKEN_VARIABLE] = token
        self.files.running.unlink(missing_ok=True)
        self.log.last.clear()
        group: dict[str, Any] = {"start_new_session": True}
        if sys.platform == "win32":
            group = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
        return subprocess.Popen(
            command,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            **group,
        )

    def _look_after(self, process: subprocess.Popen[bytes], watch: Watch, token: str | None) -> str | None:
        """Until Blender has ended, or it is to stop (None), or it counts as dead: why."""
        prober = Prober(self.address, token, self.limits.answer)
        try:
            while not self._is_stopping():
                self._wake.wait(self.limits.poll)
                self._wake.clear()
                if process.poll() is not None or self._is_stopping():
                    return None
                answer = prober.look()
                if process.poll() is not None:
                    return None
                if why := watch.look(time.monotonic(), answer):
                    self._say(f"Blender counts as dead, and is ended: {why}")
                    return why
                if answer is not None:
                    self._tell_serving(answer, prober)
                if watch.is_alive or watch.serving_since is None:
                    notify("WATCHDOG=1")
            return None
        finally:
            prober.close()

    def _tell_serving(self, answer: dict[str, Any], prober: Prober) -> None:
        for task_id in self._interrupted:
            task = prober.task(task_id)
            came_to = (task or {}).get("error") or {}
            words = came_to.get("code") if isinstance(came_to, dict) else None
            self._note_store(task_id, str(words or (task or {}).get("status") or "unknown"))
        self._interrupted = []
        self.state["busy"] = None
        with_factory = ", with --factory-startup" if self.state["factory_startup"] else ""
        detail = f"serves at {self.address}{with_factory}"
        if answer.get("state") == "running" and answer.get("seconds", 0.0) >= self.limits.busy:
            self.state["busy"] = {name: answer.get(name) for name in ("command", "task_id")}
            detail += f"; busy with '{answer.get('command')}'"
        self._ready = self._ready or notify("READY=1")
        if self.state.get("tenon_pid") is None:
            here = [each.pid for each in list_instances() if each.port == self.address.port]
            self.state["tenon_pid"] = here[0] if here else None
        self._tell("serving", detail)

    def _note_store(self, task_id: str, came_to: str) -> None:
        for task in (self.state.get("last_end") or {}).get("tasks", []):
            if task.get("task_id") == task_id:
                task["store"] = came_to
                self._say(f"task {task_id}: after the restart Tenon tells clients that it was: {came_to}")
        self._told = None

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout
        for line in process.stdout:
            self.log.write("blender", line.decode("utf-8", "replace").rstrip("\r\n"))

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        process.wait()
        self._wake.set()

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        """Asks Blender to end, then kills it with all that it has started."""
        if process.poll() is None:
            _send(process.pid, signal.SIGTERM)
            give_up = time.monotonic() + self.limits.stop
            while process.poll() is None and time.monotonic() < give_up:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(0.2)
                notify("WATCHDOG=1")
        _kill_group(process.pid)
        process.wait()

    def _end_left(self) -> None:
        """A Blender that a supervisor left behind when it was killed."""
        found = read_json(self.files.state)
        pid = found.get("tenon_pid") if isinstance(found, dict) else None
        # Its Tenon holds the lock of its file, so it is no other process that got the number.
        left = [each for each in list_instances() if each.pid == pid and each.port == self.definition.port]
        for each in left:
            self._say(f"ending the Blender that an earlier supervisor has left (pid {each.pid})")
            group = _group_of(each.pid)
            _send(group, signal.SIGTERM)
            give_up = time.monotonic() + self.limits.stop
            while each in list_instances() and time.monotonic() < give_up:
                time.sleep(0.1)
            if each in list_instances():
                _kill_group(group)

    # --- telling ---

    def _tell_end(self, ended: Ended) -> None:
        """Into the log and the state: how, the last lines, Blender's crash file and the task that ran."""
        temporary = self.definition.env.get("TMPDIR") or tempfile.gettempdir()
        lines = list(self.log.last)
        file = crash.crash_file(lines, Path(temporary), ended.began)
        if file:
            with contextlib.suppress(OSError):  # the next crash of any Blender writes over it
                file = Path(shutil.copyfile(file, self.files.crash))
        self._say(f"Blender {ended.how}" + (f"; it wrote {file}" if file else ""))
        tasks = [self._count(task) for task in ended.tasks or []]
        self.state["tenon_pid"] = None
        self.state["last_end"] = {
            "time": time.time(),
            "how": ended.how,
            "exit_code": ended.code,
            "log": lines,
            "crash_file": str(file) if file else None,
            "tasks": tasks,
        }
        self._interrupted = [str(task["task_id"]) for task in tasks if task.get("task_id")]

    def _count(self, task: dict[str, Any]) -> dict[str, Any]:
        try:
            count = self.killers.count(task)
        except OSError as error:
            self._say(f"that Blender ended under a task cannot be kept: {error}")
            count = self.killers.counts[str(task["digest"])]["count"]
        refused = count >= self.limits.killer
        words = f"it ran '{task.get('command')}' (task {task.get('task_id')}); {count}x so far"
        self._say(words + ("; it is not run again" if refused else ""))
        return {**task, "count": count, "refused": refused}

    def _tell(self, state: str, detail: str) -> None:
        """Into `state.json` and to systemd, if it is news."""
        self.log.retry()
        trouble = self.log.trouble
        if self.state.get("state") == state and self._told == f"{detail}{trouble}":
            return
        if self.state.get("detail") != detail:
            self._say(detail)
            trouble = self.log.trouble
        self._told = f"{detail}{trouble}"
        self.state.update(state=state, detail=detail, updated=time.time(), log_trouble=trouble)
        try:
            write_json(self.files.state, self.state)
        except OSError as error:
            trouble = trouble or f"the state cannot be written: {error}"
            self._told = None  # tried again with the next look
        if trouble and trouble != self._complained:
            with contextlib.suppress(OSError):  # it may lie on the same disk
                print(f"tenon: {trouble}", file=sys.stderr, flush=True)
        self._complained = trouble
        words = f"{detail}; {trouble}" if trouble else detail
        notify(f"STATUS={words}", *(["STOPPING=1"] if state in ("stopped", "failed") else []))

    def _say(self, text: str) -> None:
        self.log.write("service", text)
        with contextlib.suppress(OSError):
            print(text, flush=True)

    # --- stopping ---

    def _on_signal(self, number: int, _: FrameType | None) -> None:
        self._stopping = signal.Signals(number).name
        self._wake.set()

    def _is_stopping(self) -> bool:
        if self._stopping is None and self.files.stop.exists():
            self._stopping = "it was asked to"
        return self._stopping is not None

    def _sleep(self, seconds: float) -> None:
        """No Blender is expected to live: the watchdog is fed."""
        until = time.monotonic() + seconds
        while not self._is_stopping() and (left := until - time.monotonic()) > 0:
            notify("WATCHDOG=1")
            self._wake.wait(min(left, 1.0))
            self._wake.clear()


def _group_of(pid: int) -> int:
    """Its leader may have been a script that started Blender."""
    if sys.platform == "win32":
        return pid
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return pid


def _send(pid: int, number: int) -> None:
    """To the whole process group. Windows has only the end by force."""
    if sys.platform == "win32":
        _kill_group(pid)
        return
    with contextlib.suppress(OSError):
        os.killpg(pid, number)


def _kill_group(pid: int) -> None:
    if sys.platform == "win32":
        subprocess.run(["taskkill", "/T", "/F", "/PID", str(pid)], capture_output=True, check=False)
        return
    with contextlib.suppress(OSError):
        os.killpg(pid, signal.SIGKILL)
