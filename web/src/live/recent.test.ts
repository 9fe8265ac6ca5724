import { expect, test } from "vitest";
import type { Event } from "./socket";
import { withEvent } from "./recent";

const event = (id: number): Event => ({ id, type: "t", channel: "logs", timestamp: "", data: {} });
const ids = (events: readonly Event[]) => events.map(({ id }) => id);

test("in the order of their ids, each once, the newest ones", () => {
  let known: readonly Event[] = [];
  for (const id of [3, 1, 2, 3, 2, 5, 4]) known = withEvent(known, event(id), 4);
  expect(ids(known)).toEqual([2, 3, 4, 5]);
});
