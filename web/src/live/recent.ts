// The newest events of a channel in order, each once: what is replayed may have been told already.
import { useCallback, useState } from "react";
import { type Channel, type Event, useChannel } from "./index";

export function withEvent(known: readonly Event[], event: Event, most: number): readonly Event[] {
  let at = known.length;
  while (at > 0 && (known[at - 1] as Event).id > event.id) at -= 1;
  if (at > 0 && (known[at - 1] as Event).id === event.id) return known;
  const all = [...known.slice(0, at), event, ...known.slice(at)];
  return all.length > most ? all.slice(all.length - most) : all;
}

/** The newest last. `since` 0: those too that Tenon remembers from before. */
export function useRecent(channel: Channel, most: number, since?: number): readonly Event[] {
  const [events, setEvents] = useState<readonly Event[]>([]);
  const add = useCallback((event: Event) => setEvents((known) => withEvent(known, event, most)), [most]);
  useChannel(channel, add, since === undefined ? {} : { since });
  return events;
}
