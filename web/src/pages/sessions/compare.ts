// Two histories side by side.
import { type Item, itemOf } from "./timeline";
import type { Entry } from "./types";

export type By = "order" | "time";
export type Difference = "same" | "changed" | "left" | "right";

export interface Row {
  left: Item | undefined;
  right: Item | undefined;
  difference: Difference;
  /** Seconds after the session's first entry. */
  at: number;
}

/** Entries that begin no further apart than this stand in one row. */
const TOGETHER = 1;

/** The same whatever the order of the keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === "object" && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}

/** What was asked and whether it was done. */
const keyOf = ({ command, args, success }: Entry) => `${command} ${success} ${canonical(args)}`;

export function compare(left: readonly Entry[], right: readonly Entry[], by: By): Row[] {
  const pairs = by === "order" ? byOrder(left, right) : byTime(left, right);
  const starts = [left[0]?.timestamp ?? 0, right[0]?.timestamp ?? 0] as const;
  return pairs.map(([one, other]) => ({
    left: one && itemOf(one),
    right: other && itemOf(other),
    difference: one && other ? (keyOf(one) === keyOf(other) ? "same" : "changed") : one ? "left" : "right",
    at: one ? one.timestamp - starts[0] : other ? other.timestamp - starts[1] : 0,
  }));
}

export interface Change {
  /** A parameter; undefined: how it ended. */
  name: string | undefined;
  left: string | undefined;
  right: string | undefined;
}

/** What makes two entries different; not said of commands that have nothing in common. */
export function changesOf({ left, right }: Row): Change[] {
  if (!left || !right || left.entry.command !== right.entry.command) return [];
  const [one, other] = [left.entry, right.entry].map(({ args }) => (args ?? {}) as Readonly<Record<string, unknown>>);
  const told = (value: unknown) => (value === undefined ? undefined : canonical(value));
  const names = [...new Set([...Object.keys(one ?? {}), ...Object.keys(other ?? {})])];
  const changes: Change[] = names
    .map((name) => ({ name, left: told(one?.[name]), right: told(other?.[name]) }))
    .filter((change) => change.left !== change.right);
  const [ended, alsoEnded] = [left.entry, right.entry].map(({ success }) => (success ? "success" : "error"));
  return ended === alsoEnded ? changes : [...changes, { name: undefined, left: ended, right: alsoEnded }];
}

type Pair = readonly [Entry | undefined, Entry | undefined];

/** The longest common run of equal entries; between them, those of the same command are each other's change. */
function byOrder(left: readonly Entry[], right: readonly Entry[]): Pair[] {
  const [ours, theirs] = [left.map(keyOf), right.map(keyOf)];
  const width = right.length + 1;
  // longest[i * width + j]: of what is behind left i and right j.
  const longest = new Uint32Array((left.length + 1) * width);
  for (let i = left.length - 1; i >= 0; i -= 1) {
    for (let j = right.length - 1; j >= 0; j -= 1) {
      longest[i * width + j] =
        ours[i] === theirs[j]
          ? (longest[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(longest[(i + 1) * width + j] ?? 0, longest[i * width + j + 1] ?? 0);
    }
  }
  const pairs: Pair[] = [];
  let [i, j] = [0, 0];
  let [fromLeft, fromRight] = [0, 0];
  const between = () => pairs.push(...changes(left.slice(fromLeft, i), right.slice(fromRight, j)));
  while (i < left.length && j < right.length) {
    if (ours[i] === theirs[j]) {
      between();
      pairs.push([left[i], right[j]]);
      [i, j] = [i + 1, j + 1];
      [fromLeft, fromRight] = [i, j];
    } else if ((longest[(i + 1) * width + j] ?? 0) >= (longest[i * width + j + 1] ?? 0)) i += 1;
    else j += 1;
  }
  [i, j] = [left.length, right.length];
  between();
  return pairs;
}

function changes(left: readonly Entry[], right: readonly Entry[]): Pair[] {
  const pairs: Pair[] = [];
  let next = 0;
  for (const one of left) {
    const found = right.findIndex(({ command }, at) => at >= next && command === one.command);
    if (found < 0) {
      pairs.push([one, undefined]);
      continue;
    }
    for (; next < found; next += 1) pairs.push([undefined, right[next]]);
    pairs.push([one, right[found]]);
    next = found + 1;
  }
  for (; next < right.length; next += 1) pairs.push([undefined, right[next]]);
  return pairs;
}

/** By the seconds since each session's first entry. */
function byTime(left: readonly Entry[], right: readonly Entry[]): Pair[] {
  const since = (entries: readonly Entry[], at: number) =>
    (entries[at]?.timestamp ?? Infinity) - (entries[0]?.timestamp ?? 0);
  const pairs: Pair[] = [];
  let [i, j] = [0, 0];
  while (i < left.length || j < right.length) {
    const [one, other] = [since(left, i), since(right, j)];
    if (Math.abs(one - other) <= TOGETHER) pairs.push([left[i++], right[j++]]);
    else if (one < other) pairs.push([left[i++], undefined]);
    else pairs.push([undefined, right[j++]]);
  }
  return pairs;
}
