import { expect, test } from "vitest";
import { around, exportLine, joined, newerThan, olderThan, PAGE, withNewest } from "./history";
import type { Entry } from "./types";

const entries = (from: number, to: number): Entry[] =>
  Array.from({ length: to - from + 1 }, (_, at) => ({
    id: from + at, timestamp: at, command: "c", args: {}, result: {}, duration: 0, success: true, task_id: "t",
  }));
const span = (found: readonly Entry[] | undefined) => found && [found[0]?.id, found.at(-1)?.id, found.length];

test("pages are joined, each entry once, never over a gap", () => {
  expect(span(joined(entries(101, 200), entries(1, 100)))).toEqual([1, 200, 200]);
  expect(span(joined(entries(1, 100), entries(90, 120)))).toEqual([1, 120, 120]);
  expect(joined(entries(1, 100), entries(102, 120))).toBeUndefined();
  expect(joined(entries(50, 60), entries(1, 48))).toBeUndefined();
  expect(span(joined([], entries(5, 6)))).toEqual([5, 6, 2]);
  const known = entries(1, 10);
  expect(joined(known, entries(3, 5))).toBe(known);
});

test("the newest page goes on with what is known, or takes its place for who has seen the newest", () => {
  expect(span(withNewest(entries(1, 100), 100, entries(51, 150)))).toEqual([1, 150, 150]);
  expect(span(withNewest(entries(1, 100), 100, entries(201, 300)))).toEqual([201, 300, 100]);
  expect(span(withNewest(entries(1, 50), 100, entries(201, 300)))).toEqual([1, 50, 50]);
});

test("where the next pages begin", () => {
  expect([olderThan(entries(1, 5)), olderThan(entries(7, 9)), olderThan([])]).toEqual([undefined, 7, undefined]);
  expect([newerThan(entries(7, 9), 9), newerThan(entries(7, 9), 500)]).toEqual([undefined, 10 + PAGE]);
  expect(around(200)).toBeGreaterThan(200);
});

test("a line of an export has what import_sessions asks for", () => {
  const info = { session_id: "s", created_at: 1, last_activity: 2, command_count: 3, status: "closed", state: { plan: 1 } };
  const told = JSON.parse(exportLine(info, entries(1, 2), 9)) as Record<string, never>;
  expect(told).toMatchObject({
    session_id: "s", saved_at: 9,
    data: { created_at: 1, last_activity: 2, command_count: 3, closed: true, state: { plan: 1 } },
  });
  expect(told["history"]).toHaveLength(2);
  expect(told["history"]?.[0]).toMatchObject({ id: 1, succeeded: true });
});
