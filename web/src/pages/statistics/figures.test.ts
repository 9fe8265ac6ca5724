import { expect, test } from "vitest";
import { perSession, rates, withReading } from "./figures";

test("a rate is what was added between two readings, a second", () => {
  expect(rates([{ at: 0, count: 5 }, { at: 2000, count: 25 }])).toEqual([[2000, 10]]);
  expect(rates([{ at: 0, count: 5 }])).toEqual([]);
});

test("a gap where nothing was measured, and where the counter began anew", () => {
  const told = rates([{ at: 0, count: 5 }, { at: 60_000, count: 500 }, { at: 61_000, count: 2 }, { at: 62_000, count: 3 }]);
  expect(told).toEqual([[60_000, null], [61_000, null], [62_000, 1]]);
});

test("readings: each once, old ones go", () => {
  const one = withReading([], { at: 1000, count: 1 }, 5000);
  expect(withReading(one, { at: 1000, count: 1 }, 5000)).toBe(one);
  expect(withReading(one, { at: 7000, count: 2 }, 5000)).toEqual([{ at: 7000, count: 2 }]);
});

test("no session, no mean", () => {
  expect(perSession({ sessions: 0, bytes: 4096, entries: 0 })).toBeNull();
  expect(perSession({ sessions: 4, bytes: 4096, entries: 10 })).toEqual({ bytes: 1024, entries: 2.5 });
});
