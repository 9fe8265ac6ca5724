// Alerts that this browser has not shown yet: what `system_alerts` and `error_firewall` told after the newest one seen.
import { useCallback, useSyncExternalStore } from "react";
import { useRecent } from "./recent";
import type { Event } from "./socket";

export const MOST_ALERTS = 512;
const KEPT = "tenon.alerts.seen";
const watchers = new Set<() => void>();

const seen = () => Number(localStorage.getItem(KEPT) ?? 0);

/** All alerts that Tenon remembers, oldest first, and how many of them are new to this browser. */
export function useAlerts(): { alerts: readonly Event[]; seen: number; unread: number; markSeen: () => void } {
  const system = useRecent("system_alerts", MOST_ALERTS, 0);
  const blocked = useRecent("error_firewall", MOST_ALERTS, 0);
  const newest = useSyncExternalStore(
    (changed) => {
      watchers.add(changed);
      return () => watchers.delete(changed);
    },
    seen,
  );
  const alerts = [...system, ...blocked].sort((a, b) => a.id - b.id);
  const last = alerts.at(-1)?.id ?? 0;
  const markSeen = useCallback(() => {
    if (last <= seen()) return;
    localStorage.setItem(KEPT, String(last));
    for (const changed of watchers) changed();
  }, [last]);
  const unread = alerts.filter((alert) => alert.id > newest && alert.type !== "server_started").length;
  return { alerts, seen: newest, unread, markSeen };
}
