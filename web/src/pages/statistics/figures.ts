// What the channels and their counters tell, as rows to read and lines to draw. Pure.

/** A counter as it was read at a time (ms). */
export interface Reading {
  at: number;
  count: number;
}

/** A pause longer than this between two readings was not measured: the page was hidden, or the connection lost. */
const GAP = 5000;

/** How much a second, for each reading after the first. A gap where nothing was measured, or where the counter began
 * anew with another run of Tenon. */
export function rates(readings: readonly Reading[]): [milliseconds: number, value: number | null][] {
  return readings.slice(1).map(({ at, count }, index) => {
    const before = readings[index] as Reading;
    const isMeasured = at > before.at && at - before.at <= GAP && count >= before.count;
    return [at, isMeasured ? ((count - before.count) * 1000) / (at - before.at) : null];
  });
}

/** With one reading more, and without those older than `kept` ms. The same answer twice is one reading. */
export function withReading(known: readonly Reading[], reading: Reading, kept: number): readonly Reading[] {
  if (known.at(-1)?.at === reading.at) return known;
  return [...known.filter(({ at }) => at > reading.at - kept), reading];
}

/** What one kept session takes on disk, on average; null if none is kept. */
export function perSession(store: { sessions: number; bytes: number; entries: number }): { bytes: number; entries: number } | null {
  if (store.sessions === 0) return null;
  return { bytes: store.bytes / store.sessions, entries: store.entries / store.sessions };
}
