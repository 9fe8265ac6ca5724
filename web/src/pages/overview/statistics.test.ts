import { expect, test } from "vitest";
import { latency, line, rate, type Sample, type Statistics } from "./statistics";

const sample = (time: number, more: Partial<Sample> = {}): Sample => ({
  time, commands: 1, native: 0, failed: 0, waiting: 0, busy: 0, latency_p50: 0.1, latency_p99: 0.2, run_p50: null, run_p99: null, ...more,
});
const statistics = (samples: Sample[], uptime = 1000): Statistics => ({
  time: 2000.5, uptime, samples, total: sample(0), commands: [], memory: null, clients: 1, sessions: 1, waiting: 0,
});

test("a second without a sample is zero for counts and a gap for durations", () => {
  const told = statistics([sample(1998, { commands: 4 })]);
  const counts = line(told, ({ commands }) => commands, 0);
  expect(counts).toHaveLength(300);
  expect(counts.slice(-2)).toEqual([[1998_000, 4], [1999_000, 0]]);
  expect(line(told, (each) => each.latency_p50, null).slice(-2)).toEqual([[1998_000, 0.1], [1999_000, null]]);
});

test("nothing is drawn of the time before the start", () => {
  expect(line(statistics([], 10), () => 1, 0)[0]?.[0]).toBe(1991_000);
});

test("commands a second", () => {
  const told = statistics([sample(1995, { commands: 5, native: 15 }), sample(2000, { commands: 99 }), sample(1980)]);
  expect(rate(told, 10)).toBe(2);
  expect(rate(statistics([sample(1999, { commands: 8 })], 2), 10)).toBe(4);
});

test("latency of the last minute", () => {
  const told = statistics([
    sample(1900, { latency_p50: 9, latency_p99: 9 }), sample(1990, { latency_p50: 3 }), sample(1991, { latency_p50: 1, latency_p99: 4 }),
    sample(1992, { latency_p50: 2 }), sample(1993, { latency_p50: null, latency_p99: null }),
  ]);
  expect(latency(told)).toEqual({ p50: 2, p99: 4 });
  expect(latency(statistics([]))).toEqual({ p50: null, p99: null });
});
