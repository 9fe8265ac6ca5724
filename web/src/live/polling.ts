// What no channel tells is asked for while somebody looks: not of a hidden tab, and not while the connection is lost.
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { useConnection } from "./index";

export function useVisible(): boolean {
  return useSyncExternalStore(
    (changed) => {
      document.addEventListener("visibilitychange", changed);
      return () => document.removeEventListener("visibilitychange", changed);
    },
    () => document.visibilityState === "visible",
  );
}

/** Asks every `every` ms. `key` names what is asked for: two places that ask the same share one answer. */
export function usePolled<T>(key: readonly unknown[], ask: () => Promise<T>, every: number): UseQueryResult<T> {
  const isVisible = useVisible();
  const isLost = useConnection().state === "lost";
  return useQuery({
    queryKey: key,
    queryFn: ask,
    refetchInterval: isVisible && !isLost ? every : false,
  });
}
