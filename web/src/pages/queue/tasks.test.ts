import { expect, test } from "vitest";
import { type Filter, matches, merged, MOST, newest, ran, type Task, withTasks } from "./tasks";

const task = (id: string, more: Partial<Task> = {}): Task => ({
  task_id: id, status: "pending", type: "echo", session_id: "s", created_at: `2026-01-06T18:52:24.${id.padStart(3, "0")}+01:00`,
  started_at: null, finished_at: null, progress: null, ...more,
});
const filter = (more: Partial<Filter> = {}): Filter => ({ status: undefined, command: "", session: "", text: "", ...more });

test("a task never goes back, and what only lists know stays", () => {
  const listed = task("1", { status: "pending", args: { a: 1 }, place: 3, waits_for: "turn" });
  const began = merged(listed, task("1", { status: "processing" }));
  expect([began.status, began.args, began.place, began.waits_for]).toEqual(["processing", { a: 1 }, undefined, undefined]);
  expect(merged(began, listed).status).toBe("processing");
  expect(merged(task("1", { status: "completed" }), task("1", { status: "failed" })).status).toBe("failed");
});

test("the newest first, and not too many", () => {
  let known: ReadonlyMap<string, Task> = new Map();
  known = withTasks(known, [task("1"), task("3"), task("2")]);
  expect(newest([...known.values()]).map((each) => each.task_id)).toEqual(["3", "2", "1"]);
  const many = Array.from({ length: MOST + 5 }, (_, at) => task(String(at), { created_at: String(at).padStart(6, "0") }));
  const kept = withTasks(new Map(), many);
  expect([kept.size, kept.has("4"), kept.has("5")]).toEqual([MOST, false, true]);
});

test("what is looked for", () => {
  const failed = task("7", {
    status: "failed", type: "execute", runs: "do", args: { text: "a Wall" }, error: { code: "x", message: "No window" },
  });
  expect(matches(failed, filter({ status: "failed", command: "do", session: "s" }))).toBe(true);
  expect(matches(failed, filter({ text: "wall window" }))).toBe(true);
  expect(matches(failed, filter({ text: "door" }))).toBe(false);
  expect(matches(failed, filter({ status: "pending" }))).toBe(false);
  expect(matches(failed, filter({ session: "t" }))).toBe(false);
});

test("how long it ran", () => {
  const begun = { started_at: "2026-01-06T18:52:24.000+01:00" };
  const now = Date.parse("2026-01-06T18:52:27.000+01:00") / 1000;
  expect(ran(task("1"), now)).toBeUndefined();
  expect(ran(task("1", begun), now)).toBe(3);
  expect(ran(task("1", { ...begun, finished_at: "2026-01-06T18:52:24.500+01:00" }), now)).toBe(0.5);
});
