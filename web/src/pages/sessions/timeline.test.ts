import { expect, test } from "vitest";
import { argsLine, failureOf, groupsOf, isPicture, itemOf, PAUSE } from "./timeline";
import type { Entry } from "./types";

function entry(id: number, more: Partial<Entry> = {}): Entry {
  return {
    id, timestamp: 1000 + id, command: "create_object", args: {}, result: {}, duration: 0.5, success: true,
    task_id: `task-${id}`, ...more,
  };
}
const sentence = (id: number, text: string, result: unknown = { echo: `echo ${text}`, steps: [] }) =>
  entry(id, { command: "do", args: { text }, result });
const spoken = (id: number, words: string, more: Partial<Entry> = {}) => entry(id, { user_input: words, ...more });
const ids = (entries: Entry[]) => groupsOf(entries).map(({ items }) => items.map((item) => item.entry.id));

test("a sentence: its words, its echo, its steps", () => {
  const steps = [{ command: "create_object", params: { type: "CUBE" } }, { command: "array_objects", params: {} }];
  const item = itemOf(sentence(1, "two cubes", { echo: "make a cube, then two", language: "en", steps }));
  expect([item.words, item.echo]).toEqual(["two cubes", "make a cube, then two"]);
  expect(item.steps.map(({ command, status }) => [command, status])).toEqual([
    ["create_object", "success"],
    ["array_objects", "success"],
  ]);
});

test("a batch has what became of each step, and whether all was taken back", () => {
  const results = [
    { command: "get_selection", status: "success", result: {} },
    { command: "delete_object", status: "error", error: { code: "command_failed", message: "Object not found: X" } },
    { command: "undo", status: "skipped" },
  ];
  const item = itemOf(entry(1, { command: "batch", result: { success: false, results, undone: true } }));
  expect(item.steps.map(({ status }) => status)).toEqual(["success", "error", "skipped"]);
  expect(item.isTakenBack).toBe(true);
});

test("undo and redo tell their steps, which are no steps of theirs", () => {
  const item = itemOf(entry(1, { command: "undo", result: { action: "undo", steps: ["create_object", "Move"] } }));
  expect(item.undo).toEqual({ action: "undo", steps: ["create_object", "Move"] });
  expect(item.steps).toEqual([]);
  expect(itemOf(entry(2)).undo).toBeUndefined();
});

test("a failure with its code and words; a script's with its traceback", () => {
  expect(failureOf({ status: "error", code: "invalid_params", message: "no" })).toEqual({ code: "invalid_params", message: "no" });
  const inner = { exception_type: "ZeroDivisionError", message: "division by zero", traceback: "Traceback …" };
  expect(failureOf({ status: "error", code: "command_failed", message: JSON.stringify(inner) })).toEqual({
    code: "command_failed", message: "ZeroDivisionError: division by zero", traceback: "Traceback …",
  });
  const cut = '{"exception_type": "Zero';
  expect(failureOf({ code: "command_failed", message: cut }).message).toBe(cut);
  expect(itemOf(entry(1, { success: false, result: { omitted: "larger than 4096 bytes" } })).error?.code).toBe("command_failed");
});

test("what a result left out, and what of it is a picture", () => {
  const omitted = { omitted: "larger than 4096 bytes" };
  const look = itemOf(entry(1, { command: "look", result: omitted }));
  expect([look.omitted, isPicture(look)]).toEqual(["larger than 4096 bytes", true]);
  expect(isPicture(itemOf(entry(2, { command: "get_scene_info", result: omitted })))).toBe(false);
  const small = itemOf(entry(3, { command: "look", result: { images: [{ mime_type: "image/png", data: "AAAA" }] } }));
  expect(small.pictures).toEqual([{ data: "AAAA", type: "image/png", name: "" }]);
});

test("commands for the same words are one group", () => {
  expect(ids([spoken(1, "a house"), spoken(2, "a house"), spoken(3, "a roof"), entry(4), entry(5)])).toEqual([[1, 2], [3], [4, 5]]);
});

test("each sentence is a group of its own, also when it is said again", () => {
  expect(ids([sentence(1, "a cube"), sentence(2, "a cube"), entry(3), entry(4)])).toEqual([[1], [2], [3, 4]]);
});

test("a long pause parts what has the same words; a long command is no pause", () => {
  const late = 1001 + 0.5 + PAUSE;
  expect(ids([entry(1), entry(2, { timestamp: late })])).toEqual([[1], [2]]);
  expect(ids([entry(1), entry(2, { timestamp: late - 1 })])).toEqual([[1, 2]]);
  expect(ids([entry(1, { duration: 2 * PAUSE }), entry(2, { timestamp: 1001 + 2 * PAUSE })])).toEqual([[1, 2]]);
});

test("parameters in a line, cut", () => {
  expect(argsLine({ name: "Box", at: [1, 2] })).toBe('name: "Box", at: [1,2]');
  expect(argsLine({ text: "x".repeat(50) }, 10)).toBe('text: "xxx…');
  expect(argsLine(undefined)).toBe("");
});
