// Which sessions are shown, in which order: all of it is in the page's address.
import type { Listed } from "./types";

export const STATES = ["all", "live", "parked", "closed"] as const;
export type Shown = (typeof STATES)[number];
export const COLUMNS = ["session", "status", "client", "created", "used", "commands"] as const;
export type Column = (typeof COLUMNS)[number];
export interface Order {
  column: Column;
  down: boolean;
}

/** What the session came by, or was made for: the beginning of its id, which may have dashes of its own. */
export function clientOf(id: string): string {
  return /^(.+?)-\d{8}-\d{6}-[0-9a-f]+$/.exec(id)?.[1] ?? id;
}

export function orderOf(address: URLSearchParams): Order {
  const [name, direction] = (address.get("sort") ?? "used-down").split("-");
  return { column: COLUMNS.find((each) => each === name) ?? "used", down: direction !== "up" };
}

export function shownOf(address: URLSearchParams): Shown {
  return STATES.find((each) => each === address.get("status")) ?? "all";
}

const VALUES: Record<Column, (line: Listed) => string | number> = {
  session: (line) => line.session_id,
  status: (line) => line.status,
  client: (line) => clientOf(line.session_id),
  created: (line) => line.created_at,
  used: (line) => line.last_activity,
  commands: (line) => line.command_count,
};

export function sorted(lines: readonly Listed[], { column, down }: Order): Listed[] {
  const value = VALUES[column];
  const sign = down ? -1 : 1;
  return [...lines].sort((a, b) => {
    const [one, other] = [value(a), value(b)];
    return one === other ? b.last_activity - a.last_activity : (one < other ? -1 : 1) * sign;
  });
}

export interface Filter {
  status: Shown;
  client: string;
}

export function matches(line: Listed, { status, client }: Filter): boolean {
  return (status === "all" || line.status === status) && (!client || clientOf(line.session_id) === client);
}
