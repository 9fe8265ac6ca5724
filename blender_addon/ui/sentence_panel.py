"""A line in the sidebar for sentences: what they came to below it, and the last ones to take up again.

In: the user's words. Out: the command `do`, sent as a session of the panel's own; it waits its
turn in the queue like any client's, on a thread of its own, so that Blender's user never waits for it. Main
thread, but for `_Conversation._send`.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Any

import bpy
from bpy.props import BoolProperty, StringProperty

from ..bridge import bridge
from ..server import redraw
from . import wrapped_text
from .sidebar import TenonPanel

RECENT = 5  # sentences that are offered again
ANSWER_LINES = 6
ENTER = ("RET", "NUMPAD_ENTER")


class _Conversation:
    """What was said in the panel. The thread of a sentence only puts a new answer in place of the old."""

    def __init__(self) -> None:
        self.recent: deque[str] = deque(maxlen=RECENT)  # the last first
        self.answer: tuple[str, str] | None = None  # icon and words
        self._session: str | None = None
        self._latest = 0  # the number of the sentence whose answer is wanted

    def say(self, text: str) -> None:
        """Send the sentence; ValueError, RuntimeError: it cannot be."""
        session = self._live_session()
        if text in self.recent:
            self.recent.remove(text)
        self.recent.appendleft(text)
        self._latest += 1
        self.answer = ("SORTTIME", text)
        # A daemon: Blender may quit while a sentence waits.
        threading.Thread(target=self._send, args=(self._latest, session, text), daemon=True).start()

    def _live_session(self) -> str:
        """The panel's, or a new one where the user has closed it or Tenon was started anew."""
        live = {row["session_id"] for row in bridge.sessions()}
        if self._session not in live:
            self._session = str(bridge.ask("create_session")["session_id"])
        return str(self._session)

    def _send(self, number: int, session: str, text: str) -> None:
        try:
            said = {"text": text, "user_prompt": text}
            answer = ("CHECKMARK", _words(bridge.send_command(session, "do", said)))
        except (ValueError, RuntimeError) as error:
            answer = ("ERROR", str(error))
        if number == self._latest:
            self.answer = answer
        redraw.want()


def _words(answer: dict[str, Any]) -> str:
    """What a sentence came to: itself said back, and the answer where it was a question."""
    told = [answer["echo"]]
    for step in answer["steps"]:
        result = step["result"]
        if "count" in result:
            told.append(str(result["count"]))
        elif step["command"] == "get_object":
            told.append(f"{result['name']}: {', '.join(f'{part:.4g}' for part in result['location'])}")
        elif step["command"] == "get_selection":
            told.append(", ".join(result["selected_objects"]) or "-")
        told += result.get("notes") or []
    if "answer" in answer:
        told.append(answer["answer"])
    if "by" in answer:
        told.append(f"by the language model {answer['model']}")
    return "; ".join(told)


conversation = _Conversation()


class TENON_PT_sentence(TenonPanel, bpy.types.Panel):
    bl_label = "Say It"
    bl_parent_id = "TENON_PT_server"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return bool(bridge.running)

    def draw(self, context: bpy.types.Context) -> None:
        row = self.layout.split(factor=0.8, align=True)
        row.prop(context.window_manager, "tenon_sentence", text="")
        row.operator("tenon.do", text="Do")
        if conversation.answer:
            icon, words = conversation.answer
            column = self.layout.column(align=True)
            column.alert = icon == "ERROR"
            wrapped_text.draw(column, words, context, max_lines=ANSWER_LINES, icon=icon)
        if conversation.recent:
            column = self.layout.column(align=True)
            for text in conversation.recent:
                column.operator("tenon.take_up_sentence", text=text, icon="LOOP_BACK").text = text


class TENON_OT_do(bpy.types.Operator):
    """Do what the sentence beside this says"""

    bl_idname = "tenon.do"
    bl_label = "Do"

    entered: BoolProperty(options={"HIDDEN", "SKIP_SAVE"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return bool(bridge.running)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        # A click beside the line ends the typing too, and is no wish to have it done.
        if self.entered and event.type not in ENTER:
            return {"CANCELLED"}
        return self.execute(context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        text = context.window_manager.tenon_sentence.strip()
        if not text:
            return {"CANCELLED"}
        try:
            conversation.say(text)
        except (ValueError, RuntimeError) as error:
            self.report({"WARNING"}, str(error))
            return {"CANCELLED"}
        context.window_manager.tenon_sentence = ""
        redraw.redraw()
        return {"FINISHED"}


class TENON_OT_take_up_sentence(bpy.types.Operator):
    """Put this sentence into the line again, to change it or have it done"""

    bl_idname = "tenon.take_up_sentence"
    bl_label = "Take Up Again"

    text: StringProperty(options={"HIDDEN", "SKIP_SAVE"})

    @classmethod
    def description(cls, context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        return f"Put this into the line again, to change it or have it done: {properties.text}"

    def execute(self, context: bpy.types.Context) -> set[str]:
        context.window_manager.tenon_sentence = self.text
        redraw.redraw()
        return {"FINISHED"}


def _typed(manager: bpy.types.WindowManager, context: bpy.types.Context) -> None:
    if manager.tenon_sentence.strip() and bpy.ops.tenon.do.poll():
        bpy.ops.tenon.do("INVOKE_DEFAULT", entered=True)


CLASSES = (TENON_OT_do, TENON_OT_take_up_sentence, TENON_PT_sentence)


def register() -> None:
    bpy.types.WindowManager.tenon_sentence = StringProperty(
        name="Sentence",
        description='What is to be done, in English, Japanese or Chinese, such as "make a red cube"',
        update=_typed,
        options={"SKIP_SAVE"},
    )


def unregister() -> None:
    if hasattr(bpy.types.WindowManager, "tenon_sentence"):
        del bpy.types.WindowManager.tenon_sentence
