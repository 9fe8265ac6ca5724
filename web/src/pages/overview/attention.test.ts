import { expect, test } from "vitest";
import type { Status } from "../../live/status";
import { attention } from "./attention";

const facts = (more: object = {}, status: object = {}) => ({
  status: { store: { state: "open", lost: 0 }, queue: { waiting: 0, capacity: 100 }, ...status } as unknown as Status,
  isStalled: false, failed: 0, unread: 0, approvals: 0, ...more,
});
const what = (told: ReturnType<typeof attention>) => told.map((each) => each.what);

test("nothing, where nothing is wrong or the store is off by choice", () => {
  expect(attention(facts())).toEqual([]);
  expect(attention(facts({}, { store: { state: "off" } }))).toEqual([]);
});

test("the gravest first, each with the way there", () => {
  const told = attention(
    facts({ isStalled: true, failed: 3, unread: 2, approvals: 1 }, { queue: { waiting: 80, capacity: 100 }, store: { state: "failing", lost: 4 } }),
  );
  expect(what(told)).toEqual(["stalled", "store", "lost", "approvals", "full", "failed", "unread"]);
  expect(told.every(({ to }) => to.startsWith("/"))).toBe(true);
  expect(what(attention(facts({}, { queue: { waiting: 79, capacity: 100 } })))).toEqual([]);
});
