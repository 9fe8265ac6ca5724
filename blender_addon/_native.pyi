"""The native core as Python sees it (`_native_VERSION.abi3.so`, built from `src/`).

Everything is called on Blender's main thread unless said otherwise. Whatever waits, waits with the GIL
released. Native threads never take the GIL, except the watchdog for the moment in which it raises
`Cancelled` inside a running command.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, final

__all__ = ["VERSION", "Bridge", "Cancelled", "Encoded", "configure_logging", "encode", "settings"]

VERSION: str
"""The version of this library, equal to the one in Cargo.toml, e.g. "0.1.0"."""

class Cancelled(BaseException):
    """Raised inside a running command by the watchdog: a client cancelled it, or its time is over.

    A BaseException, so that a script's `except Exception` does not swallow it.
    """

@final
class Encoded:
    """A value already encoded as JSON, spliced as it is where it appears in a command's result."""

    def __bytes__(self) -> bytes:
        """The JSON text, in UTF-8."""

def encode(value: Any, strict: bool = False) -> Encoded:
    """Encode `value` as JSON now, while the objects that it refers to are alive.

    strict: raise TypeError or ValueError naming the path and type of what JSON cannot hold.
    Otherwise that becomes its `repr()` (NaN, infinities, bytes, sets, vectors, Blender's objects); cycles and
    what is nested too deep end in dots ("[...]", "{...}"); tuples become arrays and keys become strings.
    Every command's result is encoded this second way. ValueError: it is larger than 256 MiB.
    """

def settings() -> list[dict[str, Any]]:
    """What the server can be told, in order. Each has `name`, `type`, `default`, `label`, `description` and
    `environment`, the variable that overrides it, or None.

    type: "text", "secret", "folder", "list", "switch", "choice" (with `choices`), "whole" or "number" (both
    with `minimum`, `maximum` and `unit`).
    """

def configure_logging(level: str, file: str | None) -> None:
    """Choose what is logged and where to; may be called again at any time.

    level: "error", "warn", "info", "debug" or "trace".
    file: path of the rotating log file, written by a native thread; None: no file.
    Records also reach Python's `logging`, during the tick.
    """

@final
class Bridge:
    """The server, its sessions and its queue. One is enough; it starts and stops any number of times."""

    def __new__(cls) -> Bridge: ...
    def register(
        self,
        name: str,
        function: Callable[..., Any],
        *,
        title: str = "",
        description: str = "",
        schema: str = "{}",
        aliases: Sequence[str] = ...,
        reads_only: bool = False,
        destructive: bool = False,
        idempotent: bool = False,
        open_world: bool = False,
        tool: bool = False,
        runs_code: bool = False,
        composite: Literal["batch", "with_preview", "sentence"] | None = None,
        output_schema: str = "",
    ) -> None:
        """Offer a command to clients, replacing the one of the same name.

        function: called as `function(**params)` on the main thread, with parameters already valid by
            `schema`; returns what JSON can hold, or is a generator: each `yield` gives Blender its main
            loop back and may carry progress, its `return` is the result.
        title: for people, e.g. "Create object".
        schema: the JSON Schema text of the parameters. ValueError when it is not valid JSON.
        idempotent: the same call again changes nothing more.
        open_world: it reaches beyond Blender and this machine.
        tool: among the few that MCP's `tools/list` shows; the others are reached by `run_command`.
        output_schema: the JSON Schema text of the result (an object), or "".
        """

    def unregister(self, name: str) -> None:
        """Withdraw a command and its aliases; unknown names are ignored."""

    def function(self, name: str) -> Callable[..., Any] | None:
        """What was registered under this name or alias; None: nothing, or it is answered natively."""

    def commands(self) -> list[dict[str, Any]]:
        """Every command that a client can call, those answered natively included."""

    def on_change(self, callback: Callable[[str, bool], object]) -> None:
        """Call `callback(command, succeeded)` after each command that is not reads_only.

        One callback: a new one replaces the one before.
        """

    def on_pause(self, callback: Callable[[], float | None]) -> None:
        """Have `run_forever` call this each time that no command waits.

        It returns the seconds after which it wants to be called again even if nothing happens; None: no need.
        """

    def start(self, **settings: Any) -> None:
        """Listen; when this returns, clients can connect. All settings are optional: `settings.DEFAULTS`.

        ValueError: a setting is wrong ("setting 'port': ..."). OSError: the port is in use, or refused.
        """

    def stop(self) -> None:
        """Stop listening and close every connection; each waiting call is answered `shutting_down`.

        Does nothing when not running. May be called from inside a command.
        """

    def request_stop(self) -> None:
        """Make `run_forever` return soon. From any thread."""

    @property
    def running(self) -> bool:
        """Whether clients can connect."""

    @property
    def address(self) -> str | None:
        """Where clients connect, e.g. "localhost:9876"; None when not running."""

    @property
    def port(self) -> int | None:
        """The port listened on (the real one when 0 was asked for); None when not running."""

    @property
    def notice(self) -> str | None:
        """What the user should know of how the server started: say, that the port was taken; or None."""

    def describe(self, *, file: str, blender: str, window: bool = False) -> None:
        """Tell what is open in this Blender, its version, and whether its user can be asked; before `start`
        or later.

        file: path of the .blend, "" for one that was never saved. Both are in the descriptor file of
        `state_folder`.
        """

    @property
    def code_policy(self) -> str:
        """Whether clients may run code: `off`, `on`, `safe` or `ask`; `on` while nothing is served."""

    def questions(self) -> list[dict[str, Any]]:
        """The code that waits for the user's answer: `task_id`, `session_id`, `command`, `code`,
        `characters`, `asked_at` (Unix seconds). The longest waiting first.
        """

    def answer_question(self, task_id: str, answer: str) -> bool:
        """What the user says to that task's code: `yes`, `session` (and all later code of its session),
        `always` (and all code until the server is started anew) or `no`. False if it is asked no more.
        """

    def tick(self) -> float | None:
        """Run what waits, at most the budget beyond the command in hand; linger while clients are active.

        Returns the seconds until the next call is wanted; None: stopped, do not call again.
        """

    def run_forever(self) -> None:
        """Serve on this thread until `request_stop`, `stop`, SIGINT or SIGTERM: Blender without a window."""

    def status(self) -> dict[str, Any]:
        """A snapshot, the same as `get_server_status` and `GET /status`.

        {"version", "address", "uptime", "clients", "connections_total", "sessions", "commands_served",
        "last_error": {"code", "message", "time": ISO 8601, local} | None,
        "queue": {"capacity", "waiting", "running", "suspended"},
        "main_thread": {"state": "idle" | "running", "command", "task_id", "seconds"}, "limits": {...}}
        """

    def sessions(self) -> list[dict[str, Any]]:
        """The live sessions, as `get_sessions_info`; times are in Unix seconds.

        {"session_id", "created_at", "last_activity", "command_count", "idle"}
        """

    def recent_sessions(self, most: int = 8) -> list[dict[str, Any]]:
        """The sessions that are not in use here, as `list_sessions`, the last used first. Never waits.

        Kept natively and asked for anew when something has changed; `generation` changes once there is more.
        {"session_id", "created_at", "last_activity", "command_count", "idle", "status": "parked" | "closed" |
        "live" (in another Blender, whose "instance" it names)}
        """

    def log_folder(self, session_id: str) -> Path | None:
        """Where a session's logs are, if it has any; None: nothing is kept."""

    def ask(self, command: str, /, **params: Any) -> Any:
        """Ask a command that needs no Blender, such as `restore_session`; returns its result.

        About the session whose command runs now, if `session_id` names no other. What only the store knows is
        waited for, with the GIL released. ValueError: the command's error, with its `code` and `data`.
        RuntimeError: not running.
        """

    def send_command(self, session_id: str, command: str, params: dict[str, Any] | None = None) -> Any:
        """Run a command in a session as a client would, recorded as its task and history; returns its result.

        On the main thread it runs now, after whatever waits in that session. A generator is answered with
        {"task_id", "status": "processing"} and goes on in later ticks ("pending": it waits for one). From any
        other thread it is queued and waited for, at most 180 s, with the GIL released.
        ValueError: the error, with its `code` and `data`; also inside of a running command.
        RuntimeError: not running.
        """

    def tasks(self, most: int = 8) -> dict[str, Any]:
        """What is under way, oldest first, and what failed lately, newest first; at most `most` of each.

        {"under_way": [{"task_id", "command", "seconds", "progress": {"fraction", "message"} | None,
        "cancelling"}], "failures": [{"task_id", "command", "finished_at": ISO 8601, "error": {"code",
        "message"}}]}
        """

    def cancel_task(self, task_id: str) -> bool:
        """Stop a task, waiting or running; False when there is none of that id. Ended ones stay ended."""

    def plan_sentence(self, text: str) -> Any:
        """The plan of a sentence, as the session whose command runs now sees the scene. Main thread.

        `{"language", "echo", "steps": [{"command", "params", "words", "reads_only", "makes"?}]}`; among the
        parameters `{"$step": n}` is what the n-th step made. A language model's has `"by": "model"` and
        `model`, and `answer` if it was a question. ValueError, with `code` and `data`: it is not understood.
        """

    def remember_said(self, recent: Sequence[str], made: Sequence[tuple[str, str]]) -> None:
        """What a sentence changed, and made (name and term), for what its session says next. Main thread."""

    def notify(self, channel: str, kind: str, data: Any = None) -> int:
        """Tell the subscribers of a channel; returns how many they are. From any thread.

        kind: the event's type. data: what JSON can hold; the rest becomes its `repr()`.
        ValueError: there is no such channel.
        """

    def wants(self, channel: str) -> bool:
        """Whether anyone hears the channel, or may come back for what it missed. Cheap."""

    def scene_changed(self, change: dict[str, Any]) -> None:
        """Report what has changed in the scene, for the state of sessions.

        "objects": the names of all that there are; or "added", "removed": of those that came and went.
        "active_object": str | None, "selected_objects": list[str], "mode": str, "frame": int,
        "file": str | None: their new value. What is left out is as it was.
        """

    @property
    def scene_version(self) -> int | None:
        """How many changes were reported since the server started; None when not running. Cheap to read."""

    def progress(self, fraction: float | None = None, message: str | None = None) -> None:
        """How far the command that runs now is: 0 to 1, and words. From any thread; else nothing."""

    @property
    def session_id(self) -> str | None:
        """The session of the command that runs now; None outside commands."""

    @property
    def task_id(self) -> str | None:
        """The task of the command that runs now; None outside commands."""

    @property
    def generation(self) -> int:
        """Changes whenever something that `status` or `sessions` shows has changed. Cheap to read."""
