// What Tenon tells of this moment only (memory, connections, sessions), kept while the page is open. Pure.
import { type Point, WINDOW } from "./statistics";

export interface Gauge {
  /** Unix seconds. */
  time: number;
  memory: number | null;
  clients: number;
  sessions: number;
}

/** Between two measures that are further apart nothing is known. */
const APART = 5;

export function withGauge(known: readonly Gauge[], told: Gauge): readonly Gauge[] {
  if (known.at(-1)?.time === told.time) return known;
  const { time: now, memory, clients, sessions } = told;
  return [...known.filter(({ time }) => time > now - WINDOW && time < now), { time: now, memory, clients, sessions }];
}

/** With a gap where nobody measured. */
export function gaugeLine(gauges: readonly Gauge[], value: (gauge: Gauge) => number | null): Point[] {
  const points: Point[] = [];
  let last: number | undefined;
  for (const gauge of gauges) {
    if (last !== undefined && gauge.time - last > APART) points.push([(last + 1) * 1000, null]);
    points.push([gauge.time * 1000, value(gauge)]);
    last = gauge.time;
  }
  return points;
}
