// Asked again when `memory_updates` tells of a change, at most once in a while, and never for a hidden tab: the queries
// are asked again anyway when it is looked at.
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useChannel, useConnection } from "../../live";
import type { Event } from "../../live/socket";

/** Milliseconds between two questions. */
const PAUSE = 1000;

/** `key`: of the queries; `concerns`: which events change what they tell. */
export function useRefreshed(key: readonly unknown[], concerns: (event: Event) => boolean): void {
  const queries = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const asked = useRef(0);
  const isLive = useConnection().state === "live";
  const name = JSON.stringify(key);
  const refresh = () => {
    if (timer.current !== undefined || document.visibilityState === "hidden") return;
    timer.current = setTimeout(
      () => {
        timer.current = undefined;
        asked.current = Date.now();
        void queries.invalidateQueries({ queryKey: JSON.parse(name) as unknown[] });
      },
      Math.max(0, asked.current + PAUSE - Date.now()),
    );
  };
  useChannel("memory_updates", (event) => concerns(event) && refresh(), { gap: refresh });
  useEffect(() => {
    // What happened while the connection was lost, or before the channel was subscribed.
    if (isLive) void queries.invalidateQueries({ queryKey: JSON.parse(name) as unknown[] });
  }, [isLive, name, queries]);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [name],
  );
}
