import { Card, Flex, type GlobalToken, Typography, theme } from "antd";
import { useMemo } from "react";
import { Chart, type ChartOption } from "../../components";
import { useFormat, useText } from "../../i18n";
import { type Gauge, gaugeLine } from "./gauges";
import { line, type Point, type Statistics } from "./statistics";
import { overviewText } from "./text";

interface Line {
  name: string;
  points: Point[];
  color: string;
  area?: boolean;
}

/** The last five minutes as lines; what is measured by looking only, since the page is open. */
export function Charts({ statistics, gauges }: { statistics: Statistics; gauges: readonly Gauge[] }) {
  const words = useText(overviewText);
  const format = useFormat();
  const { token } = theme.useToken();
  const charts = useMemo(() => {
    const whole = (value: number) => format.number(value, 1);
    return [
      {
        title: words.commandsChart,
        unit: whole,
        isCount: true,
        lines: [
          { name: words.byBlender, points: line(statistics, ({ commands }) => commands, 0), color: token.colorPrimary, area: true },
          { name: words.native, points: line(statistics, ({ native }) => native, 0), color: token.colorInfo },
          { name: words.failedLine, points: line(statistics, ({ failed }) => failed, 0), color: token.colorError },
        ],
      },
      {
        title: words.latencyChart,
        unit: (value: number) => (value === 0 ? "0" : format.duration(value)),
        lines: [
          { name: "p50", points: line(statistics, (sample) => sample.latency_p50, null), color: token.colorInfo },
          { name: "p99", points: line(statistics, (sample) => sample.latency_p99, null), color: token.colorPrimary },
        ],
      },
      {
        title: words.busyChart,
        unit: (value: number) => `${format.number(value * 100)} %`,
        lines: [{ name: words.byBlender, points: line(statistics, ({ busy }) => busy, 0), color: token.colorPrimary, area: true }],
        most: 1,
      },
      {
        title: words.waitingChart,
        unit: whole,
        isCount: true,
        lines: [{ name: words.waiting, points: line(statistics, ({ waiting }) => waiting, 0), color: token.colorPrimary, area: true }],
      },
      {
        title: words.peopleChart,
        unit: whole,
        isCount: true,
        lines: [
          { name: words.clients, points: gaugeLine(gauges, ({ clients }) => clients), color: token.colorPrimary },
          { name: words.sessions, points: gaugeLine(gauges, ({ sessions }) => sessions), color: token.colorInfo },
        ],
      },
      {
        title: words.memoryChart,
        unit: (value: number) => format.bytes(value),
        lines: [{ name: words.memory, points: gaugeLine(gauges, ({ memory }) => memory), color: token.colorPrimary }],
      },
    ];
  }, [statistics, gauges, words, format, token]);
  return (
    <div style={{ display: "grid", gridTemplateColumns: "repeat(auto-fit, minmax(min(100%, 420px), 1fr))", gap: 12 }}>
      {charts.map(({ title, unit, lines, ...limits }) => (
        <Card key={title} size="small" title={<span style={{ whiteSpace: "normal" }}>{title}</span>}>
          <Flex vertical>
            {lines.length > 1 && <Legend lines={lines} />}
            <Chart option={optionOf(lines, unit, format.clock, token, limits)} height={160} label={title} />
          </Flex>
        </Card>
      ))}
    </div>
  );
}

function Legend({ lines }: { lines: readonly Line[] }) {
  return (
    <Flex gap={12} wrap>
      {lines.map(({ name, color }) => (
        <Typography.Text key={name} type="secondary" style={{ fontSize: 12 }}>
          <span aria-hidden style={{ color }}>
            ●
          </span>{" "}
          {name}
        </Typography.Text>
      ))}
    </Flex>
  );
}

function optionOf(
  lines: readonly Line[],
  unit: (value: number) => string,
  clock: (seconds: number) => string,
  token: GlobalToken,
  { most, isCount = false }: { most?: number; isCount?: boolean },
): ChartOption {
  return {
    grid: { left: 8, right: 12, top: 12, bottom: 4, containLabel: true },
    tooltip: {
      trigger: "axis",
      valueFormatter: (value: unknown) => (typeof value === "number" ? unit(value) : "–"),
    },
    xAxis: {
      type: "time",
      axisLabel: { color: token.colorTextSecondary, formatter: (value: number) => clock(value / 1000), hideOverlap: true },
      axisTick: { show: false },
      splitLine: { show: false },
    },
    yAxis: {
      type: "value",
      min: 0,
      ...(most === undefined ? {} : { max: most }),
      axisLabel: { color: token.colorTextSecondary, formatter: unit },
      splitNumber: 3,
      // No part of a task.
      ...(isCount ? { minInterval: 1 } : {}),
      splitLine: { lineStyle: { color: token.colorBorderSecondary } },
    },
    series: lines.map(({ name, points, color, area }) => ({
      name,
      type: "line",
      data: points,
      color,
      showSymbol: false,
      connectNulls: false,
      lineStyle: { width: 1.5 },
      // A value between two gaps is a dot, or nobody would see it.
      symbolSize: 3,
      ...(points.some(([, value]) => value === null) ? { showSymbol: true } : {}),
      ...(area ? { areaStyle: { opacity: 0.12 } } : {}),
    })),
  };
}
