// What an alert says, how grave it is and where it leads, of the events of `system_alerts` and `error_firewall`.
import type { Format } from "../../i18n";
import type { Event } from "../../live/socket";
import { alertsText } from "./text";

export type Level = "error" | "warning" | "info";
type Words = (typeof alertsText)["en"];

const LEVELS: Readonly<Record<string, Level>> = {
  queue_full: "error",
  main_thread_stalled: "error",
  store_trouble: "error",
  supervisor_task_failed: "error",
  error_repeated: "error",
  error_blocked: "warning",
  port_taken: "warning",
  client_dropped: "warning",
  approval_requested: "warning",
};

export function levelOf({ type }: Event): Level {
  return LEVELS[type] ?? "info";
}

const text = (value: unknown) => (typeof value === "string" ? value : "");

export function titleOf({ type, data }: Event, words: Words, format: Format): string {
  switch (type) {
    case "server_started":
      return words.server_started(text(data["address"]));
    case "main_thread_stalled":
      return words.main_thread_stalled(text(data["command"]), format.duration(Number(data["seconds"] ?? 0)));
    case "approval_requested":
      return words.approval_requested(text(data["command"]));
    case "approval_ended":
      return words.approval_ended(text(data["command"]), text(data["answer"]));
    case "client_dropped":
      return words.client_dropped(text(data["client_id"]));
    case "error_blocked":
      return words.error_blocked(text(data["code"]));
    case "error_repeated":
      return words.error_repeated(text(data["code"]));
    default: {
      const word = words[type as keyof Words];
      // Other add-ons tell of their own types.
      return typeof word === "string" ? word : type;
    }
  }
}

export interface Filter {
  show: "all" | "unread" | "refused" | "server";
  query: string;
}

export function matches(event: Event, { show, query }: Filter, seen: number): boolean {
  if (show === "unread" && event.id <= seen) return false;
  if (show === "refused" && event.channel !== "error_firewall") return false;
  if (show === "server" && event.channel !== "system_alerts") return false;
  const told = `${event.type} ${JSON.stringify(event.data)}`.toLowerCase();
  return query.toLowerCase().split(/\s+/).every((word) => told.includes(word));
}
