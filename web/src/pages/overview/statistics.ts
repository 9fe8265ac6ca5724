// What `get_statistics` tells, as numbers to read and lines to draw. Pure.

export interface Sample {
  time: number;
  commands: number;
  native: number;
  failed: number;
  waiting: number;
  busy: number;
  latency_p50: number | null;
  latency_p99: number | null;
  run_p50: number | null;
  run_p99: number | null;
}

export interface Statistics {
  time: number;
  uptime: number;
  samples: Sample[];
  total: Sample;
  commands: { command: string; count: number; failed: number; seconds: number }[];
  memory: number | null;
  clients: number;
  sessions: number;
  waiting: number;
}

export const WINDOW = 300;

export type Point = [milliseconds: number, value: number | null];

/** Every second of the window. One in which nothing ended is a true zero for counts, and a gap for durations. Seconds
 * before the start were not measured at all. */
export function line(statistics: Statistics, value: (sample: Sample) => number | null, otherwise: 0 | null): Point[] {
  const by = new Map(statistics.samples.map((sample) => [sample.time, sample]));
  // The last second is not over yet.
  const last = Math.floor(statistics.time) - 1;
  const first = Math.max(last - WINDOW + 1, Math.ceil(statistics.time - statistics.uptime));
  const points: Point[] = [];
  for (let second = first; second <= last; second += 1) {
    const sample = by.get(second);
    points.push([second * 1000, sample ? value(sample) : otherwise]);
  }
  return points;
}

/** Commands a second, by Blender and without it, over the last whole seconds. */
export function rate(statistics: Statistics, seconds: number): number {
  const until = Math.floor(statistics.time);
  const from = until - seconds;
  const counted = statistics.samples.filter(({ time }) => time >= from && time < until);
  const lived = Math.max(1, Math.min(seconds, statistics.uptime));
  return counted.reduce((sum, { commands, native }) => sum + commands + native, 0) / lived;
}

/** Of the last minute: the median of the seconds' medians, and the worst of their p99. */
export function latency(statistics: Statistics): { p50: number | null; p99: number | null } {
  const from = statistics.time - 60;
  const recent = statistics.samples.filter(({ time, latency_p50: p50 }) => time >= from && p50 !== null);
  if (recent.length === 0) return { p50: null, p99: null };
  const medians = recent.map((sample) => sample.latency_p50 as number).toSorted((a, b) => a - b);
  return {
    p50: medians[Math.floor(medians.length / 2)] as number,
    p99: Math.max(...recent.map((sample) => sample.latency_p99 ?? 0)),
  };
}
