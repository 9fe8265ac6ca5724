import { expect, test } from "vitest";
import { changesOf, compare } from "./compare";
import type { Entry } from "./types";

/** Commands by letters, a second apart; `a:1` is `a` with a parameter. */
function history(text: string, start = 0, times?: number[]): Entry[] {
  return text.split(" ").filter(Boolean).map((each, at) => {
    const [command = "", value] = each.split(":");
    return {
      id: at + 1, timestamp: start + (times?.[at] ?? at), command, args: value === undefined ? {} : { value },
      result: {}, duration: 0.1, success: true, task_id: "",
    };
  });
}
const told = (rows: ReturnType<typeof compare>) =>
  rows.map(({ left, right, difference }) => `${left?.entry.id ?? "-"}${right?.entry.id ?? "-"} ${difference}`);
const ordered = (left: string, right: string) => told(compare(history(left), history(right, 500), "order"));

test("the same is beside the same, whatever stands between", () => {
  expect(ordered("a b c", "a c")).toEqual(["11 same", "2- left", "32 same"]);
  expect(ordered("b", "a b c")).toEqual(["-1 right", "12 same", "-3 right"]);
});

test("a command with other parameters is a change of it", () => {
  expect(ordered("a b:1 c", "a b:2 c")).toEqual(["11 same", "22 changed", "33 same"]);
  expect(ordered("a:1 b:1", "b:2 a:2")).toEqual(["-1 right", "12 changed", "2- left"]);
});

test("nothing beside nothing, and beside something", () => {
  expect(ordered("", "")).toEqual([]);
  expect(ordered("", "a b")).toEqual(["-1 right", "-2 right"]);
  expect(ordered("a", "")).toEqual(["1- left"]);
});

test("keys in another order are the same, another outcome is not", () => {
  const [one] = history("a") as [Entry];
  const left = [{ ...one, args: { x: 1, y: { b: 1, a: 2 } } }];
  const right = [{ ...one, args: { y: { a: 2, b: 1 }, x: 1 } }];
  expect(told(compare(left, right, "order"))).toEqual(["11 same"]);
  expect(told(compare(left, right.map((each) => ({ ...each, success: false })), "order"))).toEqual(["11 changed"]);
});

test("by time since each session's beginning", () => {
  const rows = compare(history("a b c", 0, [0, 10, 20]), history("a b d", 700, [0, 15, 20.5]), "time");
  expect(told(rows)).toEqual(["11 same", "2- left", "-2 right", "33 changed"]);
  expect(rows.map(({ at }) => at)).toEqual([0, 10, 15, 20]);
});

test("every entry is told once, by either way", () => {
  const [left, right] = [history("a b a c a b d:1"), history("b a d:2 a c x b a")];
  for (const by of ["order", "time"] as const) {
    const rows = compare(left, right, by);
    expect(rows.flatMap(({ left: one }) => one?.entry.id ?? [])).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(rows.flatMap(({ right: one }) => one?.entry.id ?? [])).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  }
});

test("what differs is named: parameters, one that is missing, how it ended", () => {
  const [one] = history("a") as [Entry];
  const rows = compare(
    [{ ...one, args: { colour: "red", at: [1, 2], same: 1 } }],
    [{ ...one, args: { colour: "blue", same: 1 }, success: false }],
    "order",
  );
  expect(rows.flatMap(changesOf)).toEqual([
    { name: "colour", left: '"red"', right: '"blue"' },
    { name: "at", left: "[1,2]", right: undefined },
    { name: undefined, left: "success", right: "error" },
  ]);
  expect(compare(history("a"), history("b"), "time").flatMap(changesOf)).toEqual([]);
});
