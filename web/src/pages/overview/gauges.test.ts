import { expect, test } from "vitest";
import { type Gauge, gaugeLine, withGauge } from "./gauges";

const gauge = (time: number, clients = 1): Gauge => ({ time, clients, memory: 5, sessions: 2 });

test("one measure a moment, of the last five minutes", () => {
  let known: readonly Gauge[] = [];
  for (const time of [100, 101, 101, 399, 401]) known = withGauge(known, gauge(time));
  expect(known.map(({ time }) => time)).toEqual([399, 401]);
  expect(withGauge(known, gauge(401))).toBe(known);
});

test("a gap where nobody measured", () => {
  const line = gaugeLine([gauge(10, 1), gauge(11, 2), gauge(30, 3)], ({ clients }) => clients);
  expect(line).toEqual([[10_000, 1], [11_000, 2], [12_000, null], [30_000, 3]]);
});
