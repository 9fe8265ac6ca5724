// Pages of a history put together. What is known is always without gaps, oldest first.
import type { Entry } from "./types";

export const PAGE = 100;

const firstId = (entries: readonly Entry[]) => entries[0]?.id ?? 0;
const lastId = (entries: readonly Entry[]) => entries.at(-1)?.id ?? 0;

/** Both, each entry once; `undefined` if something is missing between them. */
export function joined(known: readonly Entry[], page: readonly Entry[]): readonly Entry[] | undefined {
  if (known.length === 0) return page;
  if (page.length === 0) return known;
  if (firstId(page) > lastId(known) + 1 || lastId(page) < firstId(known) - 1) return undefined;
  const before = page.filter(({ id }) => id < firstId(known));
  const after = page.filter(({ id }) => id > lastId(known));
  return before.length + after.length === 0 ? known : [...before, ...known, ...after];
}

/** Known entries with the newest page. Whoever had seen the newest goes on with it, also over a gap. */
export function withNewest(known: readonly Entry[], newest: number, page: readonly Entry[]): readonly Entry[] {
  return joined(known, page) ?? (lastId(known) >= newest ? page : known);
}

/** `before` of the page of older entries; undefined if there is none. */
export function olderThan(known: readonly Entry[]): number | undefined {
  const first = firstId(known);
  return first > 1 ? first : undefined;
}

/** `before` of the page that follows; undefined if what is known reaches the newest. */
export function newerThan(known: readonly Entry[], newest: number): number | undefined {
  const last = lastId(known);
  return last < newest ? last + PAGE + 1 : undefined;
}

/** `before` of a page with this entry in its middle. */
export function around(id: number): number {
  return id + PAGE / 2;
}

/** One session as a line of the file that `import_sessions` reads. */
export function exportLine(
  info: Readonly<{
    session_id: string;
    created_at: number;
    last_activity: number;
    command_count: number;
    status: string;
    state: unknown;
  }>,
  history: readonly Entry[],
  now: number,
): string {
  const { session_id, created_at, last_activity, command_count, status, state } = info;
  return JSON.stringify({
    session_id,
    saved_at: now,
    data: { created_at, last_activity, command_count, closed: status === "closed", state },
    history: history.map(({ success, ...entry }) => ({ ...entry, succeeded: success })),
  });
}
