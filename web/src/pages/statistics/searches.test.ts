import { expect, test } from "vitest";
import type { Event } from "../../live/socket";
import { searchesIn } from "./searches";

const event = (id: number, data: Record<string, unknown>): Event => ({
  id, type: "search_progress", channel: "vector_search", timestamp: `t${id}`, data,
});

test("one line a search, the newest first, as it stands now", () => {
  const told = searchesIn([
    event(1, { query_id: "a", progress: 0, status: "searching", query: "wall" }),
    event(2, { query_id: "b", progress: 0, status: "searching", query: "door" }),
    event(3, { query_id: "a", progress: 1, status: "completed", query: "wall" }),
  ]);
  expect(told).toEqual([
    { id: "b", query: "door", status: "searching", progress: 0, at: "t2" },
    { id: "a", query: "wall", status: "completed", progress: 1, at: "t1" },
  ]);
});
