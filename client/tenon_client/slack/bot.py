"""The bot: what people write in Slack becomes work in Blender, and what came of it becomes an answer.

In: envelopes of Socket Mode. Out: messages, pictures and files in Slack; commands in Blender. Envelopes are
acknowledged before they come here. They are looked at on the thread `slack-dispatch`; the work is done in
lanes, one for each Slack thread, and buttons in lanes of their own, so that Cancel waits for nothing.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import OutcomeUnknown, TenonError, Unreachable
from . import texts
from .blender import Blender
from .config import Config
from .conversations import Conversations, Place
from .deliveries import REMEMBERED, Message, SeenIds, message_of
from .jobs import Job, Jobs
from .lanes import Lanes
from .message import Call, Cancel, Code, Help, Request, Row, Sentence, parse, plain
from .roles import Role, may_press, role_needed
from .web_api import SlackError, WebApi

MAX_UNHANDLED = 1000  # envelopes
MAX_QUESTIONS = 500  # that wait for a button
QUESTION_LIFETIME = 900.0  # seconds

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Needs:
    """What a request comes to: the role for it, whether it changes anything, and what in it destroys."""

    role: Role
    changes: bool
    destroys: list[str] = field(default_factory=list)
    is_by_model: bool = False
    steps: list[Any] = field(default_factory=list)  # that a sentence means
    is_code: bool = False

    def asks(self, config: Config) -> bool:
        if self.is_code:
            return config.confirm_code
        return bool(self.destroys) or (self.is_by_model and self.changes)


@dataclass(frozen=True)
class Question:
    """A request that waits for a button."""

    message: Message
    needs: Needs
    ts: str
    asked_at: float


class Bot:
    """`blender` waits for one that restarts, `watched` fails at once."""

    def __init__(
        self,
        config: Config,
        api: WebApi,
        blender: Blender,
        watched: Blender,
        conversations: Conversations,
        bot_user: str,
        closing: threading.Event,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._config, self._api, self._blender, self._bot_user = config, api, blender, bot_user
        self._conversations, self._closing, self._clock = conversations, closing, clock
        self._jobs = Jobs(api, watched, closing)
        self._lanes = Lanes()
        self._seen = SeenIds()
        self._refused = SeenIds()  # people that were told so
        self._questions: OrderedDict[str, Question] = OrderedDict()
        self._lock = threading.Lock()
        self._envelopes: queue.Queue[Mapping[str, Any]] = queue.Queue(MAX_UNHANDLED)

    def start(self) -> None:
        self._jobs.start()
        threading.Thread(target=self._dispatch, name="slack-dispatch", daemon=True).start()

    def end(self) -> None:
        self._jobs.abandon()

    # Deliveries

    def on_envelope(self, envelope: Mapping[str, Any]) -> None:
        """Returns at once."""
        try:
            self._envelopes.put_nowait(envelope)
        except queue.Full:
            log.error("too much comes from Slack at once; an envelope was dropped")

    def reply(self, envelope: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """What goes with the acknowledgement: only who typed a slash command sees it."""
        if envelope.get("type") != "slash_commands":
            return None
        payload = envelope.get("payload") or {}
        if not self._role(str(payload.get("user_id")), str(payload.get("channel_id"))):
            return {"text": REFUSAL} if self._config.answer_strangers else None
        return {"text": "I answer in a thread here. If nothing comes, invite me to this channel first."}

    def _dispatch(self) -> None:
        handlers = {
            "events_api": self._on_event,
            "slash_commands": self._on_slash_command,
            "interactive": self._on_button,
        }
        while not self._closing.is_set():
            envelope = self._envelopes.get()
            try:
                handlers[str(envelope["type"])](envelope.get("payload") or {})
            except SlackError as error:
                log.error("%s", error.message)
            except Exception:
                log.exception("an envelope was not handled")

    def _on_event(self, payload: Mapping[str, Any]) -> None:
        message = message_of(payload, self._bot_user)
        if message is None:
            return
        if not self._seen.is_new(*message.ids):
            log.info("delivered again, and dropped: %s", message.ids[0])
            return
        self._accept(message)

    def _on_slash_command(self, payload: Mapping[str, Any]) -> None:
        user, channel, text = (str(payload.get(key, "")) for key in ("user_id", "channel_id", "text"))
        if not self._seen.is_new(f"slash:{payload.get('trigger_id')}"):
            return
        if not self._role(user, channel):
            log.warning("%s in %s may do nothing here", user, channel)
            return

        # It stands in no thread, so its thread begins with what was said.
        def begin() -> None:
            ts = self._api.post(channel, None, f"<@{user}>: {texts.escape(plain(text)) or 'help'}")
            self._accept(Message(user, Place(channel, ts), text, (), 0))

        if not self._lanes.put(f"slash:{uuid.uuid4()}", begin):
            log.error("too much is asked at once; a slash command was dropped")

    def _accept(self, message: Message) -> None:
        role = self._role(message.user, message.place.channel)
        if not role:
            self._refuse(message.user, message.place)
            return
        if message.sent_at and self._clock() - message.sent_at > REMEMBERED:
            # Whether it was done already can be told no more.
            log.warning("dropped, for it was sent over %g minutes ago: %s", REMEMBERED / 60, message.ids[0])
            text = "This came to me too late, so I did nothing. Send it again if you still want it."
            self._tell(message.place, message.user, text)
            return
        if plain(message.text).strip().lower() in ("cancel", "stop"):
            self._lanes.put(f"button:{uuid.uuid4()}", lambda: self._cancel_all(message, role))
        elif not self._lanes.put(message.place, lambda: self._work(message)):
            self._tell(message.place, message.user, "Too much waits here. Send it again in a moment.")

    def _role(self, user: str, channel: str) -> Role:
        config = self._config
        if channel.startswith("D"):
            return min(config.people.get(user, Role.NONE), config.direct_messages)
        return min(config.people.get(user, config.everyone), config.channels.get(channel, Role.NONE))

    def _refuse(self, user: str, place: Place) -> None:
        log.warning("%s in %s may do nothing here", user, place.channel)
        if self._config.answer_strangers and self._refused.is_new(f"{user}:{place.channel}"):
            self._tell(place, user, REFUSAL)

    def _tell(self, place: Place, user: str, text: str) -> None:
        """In a lane of its own, as Slack may want a pause first."""
        self._lanes.put(
            f"tell:{uuid.uuid4()}", lambda: self._api.tell(place.channel, place.thread, user, text)
        )

    # Requests

    def _work(self, message: Message, question: Question | None = None) -> None:
        """One request from its message to its answer. `question` was answered with yes."""
        try:
            job = self._jobs.begin(message.place, message.user, question.ts if question else None)
        except SlackError as error:  # what cannot be answered is not done
            log.error("%s", error.message)
            return
        try:
            self._answer(job, message, question)
        except SlackError as error:
            log.error("%s", error.message)
        except TenonError as error:
            self._fail(job, error)
        except Exception as error:
            log.exception("a request was not handled")
            self._jobs.finish(
                job, f"internal: {texts.escape(type(error).__name__)}; the bot's log tells more."
            )

    def _answer(self, job: Job, message: Message, question: Question | None) -> None:
        role = self._role(message.user, message.place.channel)
        request = parse(message.text, self._blender.command)
        job.request = request
        if isinstance(request, (Help, Cancel)):
            self._jobs.finish(job, texts.HELP % role.name.lower())
            return
        session, note = self._session(message.place)
        needs = self._needs(session, request)
        if role < needs.role:
            text = f"{texts.said(request)} needs the role *{needs.role.name.lower()}*; yours here is "
            self._jobs.finish(job, f"{text}*{role.name.lower()}*. Nothing was done.")
            return
        if needs.asks(self._config) and (question is None or question.needs.steps != needs.steps):
            self._ask(job, message, request, needs)
            return
        self._run(job, session, request, needs, plain(message.text), note)

    def _session(self, place: Place) -> tuple[str, str]:
        """The thread's session, and what to say if it had to be a new one."""
        known = self._conversations.session(place)
        session = self._blender.session(known)
        if session != known:
            self._conversations.remember(place, session)
        lost = known is not None and session != known
        note = "Blender does not know this thread's session any more; it goes on in a new one.\n"
        return session, note if lost else ""

    def _needs(self, session: str, request: Request) -> Needs:
        if isinstance(request, Sentence):
            return self._sentence_needs(session, request)
        if isinstance(request, Code):
            return Needs(Role.CODER, True, ["execute_code"], is_code=True)
        assert isinstance(request, Call)
        role = role_needed(request.row, request.params, session)
        if request.name == "do":  # as a command it is a sentence still
            return self._sentence_needs(session, Sentence(str(request.params.get("text", ""))))
        return _needs_of([(request.row, role)])

    def _sentence_needs(self, session: str, request: Sentence) -> Needs:
        """By the commands that it means, which Tenon tells without doing them."""
        plan = self._blender.run(session, "do", {"text": request.text, "dry_run": True})
        steps = plan.get("steps") or []
        rows = [(self._row(step["command"]), step["params"]) for step in steps]
        needs = _needs_of([(row, role_needed(row, params, session)) for row, params in rows])
        is_by_model = "by" in plan and not plan.get("question")
        return Needs(needs.role, needs.changes, needs.destroys, is_by_model, steps)

    def _row(self, name: str) -> Row:
        row = self._blender.command(name)
        if row is None:
            raise TenonError(f"Tenon does not tell what the command {name} is", code="unknown_command")
        return row

    def _ask(self, job: Job, message: Message, request: Request, needs: Needs) -> None:
        key = uuid.uuid4().hex
        with self._lock:
            self._questions[key] = Question(message, needs, job.ts, self._clock())
            while len(self._questions) > MAX_QUESTIONS:
                self._questions.popitem(last=False)
        value = {"question": key, "user": message.user}
        yes = texts.button(texts.CONFIRM, "Do it", value, "danger")
        no = texts.button(texts.DISMISS, "Leave it", value)
        self._jobs.finish(job, texts.question(request, needs.destroys, needs.is_by_model), yes, no)

    def _run(
        self, job: Job, session: str, request: Request, needs: Needs, prompt: str, note: str = ""
    ) -> None:
        command, params = _command_of(request)
        job.task_id = str(uuid.uuid4())
        log.info("%s: %s runs %s as task %s", job.place.channel, job.user, command, job.task_id)
        value = self._blender.run(session, command, params, prompt, job.task_id)
        buttons = []
        if needs.changes:
            names = [command, *(step["command"] for step in needs.steps)]
            undo = {"task": job.task_id, "user": job.user, "session": session, "steps": names[:20]}
            buttons = [texts.button(texts.UNDO, "Undo", undo)]
        told = texts.result(request, _without_pictures(value))
        summary = f"{note}{texts.said(request)}: done."
        self._show(job, note, told, not isinstance(request, Sentence), summary, buttons)
        if picture := _picture_in(value):
            self._upload(job.place, "blender.png", picture, "The picture")
        elif needs.changes:
            self._show_scene(job.place, session)

    def _show(
        self, job: Job, note: str, told: str, is_code: bool, summary: str, buttons: list[dict[str, Any]]
    ) -> None:
        """The last edit of a job's message; a text that is too long for one becomes a file below it."""
        shown = texts.code_block(told) if told and is_code else texts.escape(told)
        text = f"{note}{shown or 'Done.'}"
        if len(text) <= texts.MAX_TEXT:
            self._jobs.finish(job, text, *buttons)
            return
        self._jobs.finish(job, f"{summary} All of it is in the file below.", *buttons)
        self._upload(job.place, "answer.txt", told.encode(), "The whole answer")

    def _show_scene(self, place: Place, session: str) -> None:
        """A picture after a change. The change is told already, so a failure here is another message."""
        if not self._config.pictures:
            return
        try:
            picture = self._blender.picture(session)
        except TenonError as error:
            text = f"There is no picture of the scene: {texts.escape(texts.error(error))}"
            self._api.post(place.channel, place.thread, text)
            return
        if picture is not None:
            self._upload(place, "blender.png", picture, "The scene now", alt_txt="A picture of the scene")

    def _upload(self, place: Place, name: str, data: bytes, title: str, **more: Any) -> None:
        try:
            self._api.upload(place.channel, place.thread, name, data, title, **more)
        except SlackError as error:
            log.error("%s", error.message)
            self._api.post(place.channel, place.thread, f"{name} could not be sent: {error.message}")

    def _fail(self, job: Job, error: TenonError) -> None:
        text = texts.error(error)
        if job.task_id and isinstance(error, (Unreachable, OutcomeUnknown)):
            text += f"\nIt had begun: whether it was done is not known (task {job.task_id})."
        elif isinstance(error, Unreachable):
            text += "\nNothing was done. Send it again when Blender is there."
        self._show(job, "", text, "\n" in text, texts.escape(text.partition("\n")[0][:200]), [])

    # Buttons

    def _on_button(self, payload: Mapping[str, Any]) -> None:
        if payload.get("type") != "block_actions":
            return
        for action in payload.get("actions") or ():
            name, stamp = str(action.get("action_id")), action.get("action_ts")
            press = self._press(name, payload, action)
            if press and self._seen.is_new(f"button:{name}:{action.get('value')}:{stamp}"):
                self._lanes.put(f"button:{uuid.uuid4()}", press)

    def _press(
        self, name: str, payload: Mapping[str, Any], action: Mapping[str, Any]
    ) -> Callable[[], None] | None:
        """What a press does, once it is allowed. The value is what the bot itself put there: Slack takes none
        from people."""
        value = texts.value_of(action)
        if value is None:
            return None
        user = str((payload.get("user") or {}).get("id", ""))
        shown = payload.get("message") or {}
        ts = str(shown.get("ts", ""))
        channel = str((payload.get("channel") or {}).get("id", ""))
        place = Place(channel, str(shown.get("thread_ts") or ts))
        presses: dict[str, Callable[[], None]] = {
            texts.CANCEL: lambda: self._cancel(place, user, value),
            texts.UNDO: lambda: self._undo(place, user, ts, value),
            texts.CONFIRM: lambda: self._confirm(place, user, value, True),
            texts.DISMISS: lambda: self._confirm(place, user, value, False),
        }
        if name not in presses:
            return None
        needed = {texts.UNDO: Role.MAKER}.get(name, Role.READER)
        if name == texts.CONFIRM and self._config.admin_confirms:
            needed = Role.ADMIN
        role = self._role(user, channel)
        if not role:
            self._refuse(user, place)
            return None
        if not may_press(role, user == value.get("user"), needed):
            who = "an admin" if needed is Role.ADMIN else f"<@{value.get('user')}> or an admin"
            self._tell(place, user, f"Only {who} can press this.")
            return None
        return presses[name]

    def _cancel(self, place: Place, user: str, value: Mapping[str, Any]) -> None:
        """What became of the task is told by whoever waits for it."""
        try:
            self._blender.cancel(str(value["task"]))
            log.info("%s: %s cancels task %s", place.channel, user, value["task"])
        except TenonError as error:
            self._tell(place, user, texts.escape(texts.error(error)))

    def _cancel_all(self, message: Message, role: Role) -> None:
        """The word `cancel`: stops what runs in the thread."""
        jobs = self._jobs.in_thread(message.place)
        mine = [job for job in jobs if may_press(role, job.user == message.user)]
        if not mine:
            self._tell(message.place, message.user, "Nothing of yours runs in this thread.")
            return
        for job in mine:
            if job.task_id:
                self._cancel(message.place, message.user, {"task": job.task_id})

    def _undo(self, place: Place, user: str, ts: str, value: Mapping[str, Any]) -> None:
        """In the thread's lane, so that it does not get before what was said earlier."""

        def work() -> None:
            job = self._jobs.begin(place, user)
            try:
                taken, text = self._take_back(value)
                self._jobs.finish(job, text)
                if taken:
                    self._show_scene(place, str(value["session"]))
            except SlackError as error:
                log.error("%s", error.message)
            except TenonError as error:
                self._fail(job, error)

        if not self._lanes.put(place, work):
            self._tell(place, user, "Too much waits here. Press it again in a moment.")

    def _take_back(self, value: Mapping[str, Any]) -> tuple[bool, str]:
        """Undoes one change, if it is still the last one: whether it did, and what to say."""
        session = self._blender.session(str(value["session"]))
        if newer := self._blender.newer_change(str(value["task"])):
            text = f"`{texts.escape(newer)}` was done since, so nothing was taken back."
            return False, f"{text} The sentence `undo` takes back the last change, whatever it is."
        undone = self._blender.run(session, "undo", {})
        steps = [str(each) for each in undone.get("steps") or ()]
        if steps and steps[0] not in (value.get("steps") or ()):
            # Changed in Blender itself meanwhile, or the command changed nothing that can be undone.
            self._blender.run(session, "redo", {})
            text = f"The last change is another one ({texts.escape(steps[0])}), so nothing was taken back."
            return False, text
        return True, f"Taken back: {texts.escape(', '.join(steps))}. The sentence `redo` does it again."

    def _confirm(self, place: Place, user: str, value: Mapping[str, Any], is_yes: bool) -> None:
        with self._lock:
            question = self._questions.pop(str(value.get("question")), None)
        if question is None or self._clock() - question.asked_at > QUESTION_LIFETIME:
            self._tell(place, user, "This was answered before, or asked too long ago. Send it again.")
            return
        if not is_yes:
            text = "Left as it is. Nothing was done."
            self._api.update(place.channel, question.ts, text, texts.blocks(text))
        elif not self._lanes.put(question.message.place, lambda: self._work(question.message, question)):
            self._tell(place, user, "Too much waits here. Send it again in a moment.")


REFUSAL = (
    "I may not do anything for you here. Whoever runs this bot can add you, and this channel, to its file."
)


def _needs_of(rows: list[tuple[Row, Role]]) -> Needs:
    return Needs(
        role=max((role for _, role in rows), default=Role.READER),
        changes=not all(row["reads_only"] for row, _ in rows),
        # What carries commands may carry one that destroys; what is for admins is about others' work.
        destroys=sorted({str(row["name"]) for row, role in rows if row["destructive"] or role > Role.MAKER}),
    )


def _command_of(request: Request) -> tuple[str, Mapping[str, Any]]:
    if isinstance(request, Code):
        return "execute_code", {"code": request.code}
    if isinstance(request, Sentence):
        return "do", {"text": request.text}
    assert isinstance(request, Call)
    return request.name, request.params


def _picture_in(value: Any) -> bytes | None:
    """The first picture that a command answers with, as `look` does."""
    return texts.picture_of(value["images"][0]) if isinstance(value, dict) and value.get("images") else None


def _without_pictures(value: Any) -> Any:
    if not isinstance(value, dict) or "images" not in value:
        return value
    return {name: each for name, each in value.items() if name != "images"}
