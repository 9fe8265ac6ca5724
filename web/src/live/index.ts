// The tab's socket for React: what a channel tells, the newest of it, and whether it is told at all.
import { useEffect, useRef, useSyncExternalStore } from "react";
import { request } from "../api/client";
import { type Channel, type Connection, type Event, Socket, type Wire } from "./socket";

export type { Channel, Connection, Event } from "./socket";

const tab = `web-${Math.random().toString(36).slice(2, 10)}`;

export const socket = new Socket(
  () => {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    return new WebSocket(`${scheme}://${location.host}/ws?client_id=${tab}`) as unknown as Wire;
  },
  // Signed out in another tab: only a request is told, and the form is shown then.
  () => void request("GET", "/health").catch(() => {}),
);

/** Calls `event` for what the channel tells while the component is there, and `gap` when some of it was lost. */
export function useChannel(
  channel: Channel,
  event: (event: Event) => void,
  { gap, since }: { gap?: () => void; since?: number } = {},
): void {
  const newest = useRef({ event, gap });
  newest.current = { event, gap };
  const hasGap = gap !== undefined;
  useEffect(
    () =>
      socket.listen(
        channel,
        {
          event: (told) => newest.current.event(told),
          ...(hasGap ? { gap: () => newest.current.gap?.() } : {}),
        },
        since,
      ),
    [channel, since, hasGap],
  );
}

export function useConnection(): Connection {
  return useSyncExternalStore(
    (changed) => socket.watch(changed),
    () => socket.connection,
  );
}
