import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { around, joined, newerThan, olderThan, PAGE, withNewest } from "./history";
import { useRefreshed } from "./live";
import { readHistory } from "./read";
import type { Entry } from "./types";

export interface History {
  /** Oldest first, without gaps; undefined until the first page is there. */
  entries: readonly Entry[] | undefined;
  /** The id of the session's newest entry, which is how many it has. */
  newest: number;
  error: unknown;
  isLoading: boolean;
  /** Undefined if there is nothing more. */
  older: (() => void) | undefined;
  newer: (() => void) | undefined;
}

const page = (id: string, before?: number) => readHistory(id, PAGE, before);

/** A session's newest entries, kept up to date, or those around `anchor`; more of them when asked for. */
export function useHistory(id: string, anchor: number | undefined): History {
  const [entries, setEntries] = useState<readonly Entry[]>();
  const [seen, setSeen] = useState(0);
  const [error, setError] = useState<unknown>();
  const [isLoading, setLoading] = useState(false);
  const tail = useQuery({ queryKey: ["sessions", "history", id], queryFn: () => page(id) });
  useRefreshed(["sessions", "history", id], ({ data }) => data["session_id"] === id);
  const newest = tail.data?.at(-1)?.id ?? 0;

  useEffect(() => {
    if (!tail.data) return;
    const isThere = anchor === undefined || tail.data.some((entry) => entry.id === anchor);
    // Where a link leads comes first; the newest would be put over it.
    setEntries((known) => (known ? withNewest(known, seen, tail.data) : isThere ? tail.data : known));
    setSeen(tail.data.at(-1)?.id ?? 0);
    // `seen` is that of the answer before.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [tail.data, anchor]);

  const load = (before: number, isWanted: boolean) => {
    if (!isWanted) return;
    setLoading(true);
    setError(undefined);
    page(id, before)
      .then((more) => setEntries((known) => (known && joined(known, more)) ?? more))
      .catch(setError)
      .finally(() => setLoading(false));
  };
  const isElsewhere = anchor !== undefined && tail.data !== undefined && !tail.data.some((entry) => entry.id === anchor);
  const hasAnchor = entries?.some((entry) => entry.id === anchor) ?? false;
  useEffect(() => {
    if (anchor !== undefined) load(around(anchor), isElsewhere && !hasAnchor);
    // Once for each place that a link leads to.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [anchor, isElsewhere]);

  const olderPage = entries && olderThan(entries);
  const newerPage = entries && newerThan(entries, newest);
  return {
    entries,
    newest,
    error: error ?? tail.error ?? undefined,
    isLoading: isLoading || tail.isLoading,
    older: olderPage === undefined ? undefined : () => load(olderPage, true),
    newer: newerPage === undefined ? undefined : () => load(newerPage, true),
  };
}
