// Searches as the channel `vector_search` tells them: one line for each, however often it was told of. Pure.
import type { Event } from "../../live/socket";

export interface Search {
  id: string;
  query: string;
  status: string;
  progress: number;
  at: string;
}

/** The newest first. */
export function searchesIn(events: readonly Event[]): Search[] {
  const found = new Map<string, Search>();
  for (const { data, timestamp } of events) {
    const id = String(data["query_id"]);
    const known = found.get(id);
    // Where it stood in the order of beginning stays.
    found.set(id, {
      id,
      query: String(data["query"] ?? known?.query ?? ""),
      status: String(data["status"]),
      progress: Number(data["progress"] ?? 0),
      at: known?.at ?? timestamp,
    });
  }
  return [...found.values()].reverse();
}
