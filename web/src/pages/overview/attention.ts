// What somebody should look at, the gravest first. Pure.
import type { Status } from "../../live/status";

export interface Facts {
  status: Status;
  isStalled: boolean;
  failed: number;
  unread: number;
  approvals: number;
}

export type Attention =
  | { what: "stalled" | "approvals" | "failed" | "unread" | "lost"; count: number; to: string; level: "error" | "warning" }
  | { what: "store"; state: string; to: string; level: "error" }
  | { what: "full"; share: number; to: string; level: "warning" };

/** From which share on the queue counts as nearly full. */
const FULL = 0.8;

export function attention({ status, isStalled, failed, unread, approvals }: Facts): Attention[] {
  const found: Attention[] = [];
  if (isStalled) found.push({ what: "stalled", count: 1, to: "/queue?status=processing", level: "error" });
  const { state, lost } = status.store as { state: string; lost?: number | null };
  if (state !== "open" && state !== "off") found.push({ what: "store", state, to: "/alerts?show=server", level: "error" });
  if (lost) found.push({ what: "lost", count: lost, to: "/alerts?show=server", level: "error" });
  if (approvals > 0) found.push({ what: "approvals", count: approvals, to: "/queue?status=pending", level: "warning" });
  const share = status.queue.waiting / status.queue.capacity;
  if (share >= FULL) found.push({ what: "full", share, to: "/queue?status=pending", level: "warning" });
  if (failed > 0) found.push({ what: "failed", count: failed, to: "/queue?status=failed", level: "warning" });
  if (unread > 0) found.push({ what: "unread", count: unread, to: "/alerts?show=unread", level: "warning" });
  return found;
}
