import { Typography, theme } from "antd";
import { useEffect, useMemo, useState } from "react";
import { Chart } from "../../components";
import { useFormat, useText } from "../../i18n";
import { rates, type Reading, withReading } from "./figures";
import { figuresText } from "./figuresText";

const KEPT = 300_000;

/** Messages a second, from a counter that was read at a time (ms). */
export function MessageRate({ sent, at }: { sent: number; at: number }) {
  const words = useText(figuresText);
  const format = useFormat();
  const { token } = theme.useToken();
  const [readings, setReadings] = useState<readonly Reading[]>([]);
  useEffect(() => {
    setReadings((known) => withReading(known, { at, count: sent }, KEPT));
  }, [sent, at]);
  const option = useMemo(
    () => ({
      grid: { left: 8, right: 12, top: 12, bottom: 4, containLabel: true },
      tooltip: {
        trigger: "axis",
        valueFormatter: (value: unknown) => (typeof value === "number" ? format.number(value, 1) : "–"),
      },
      xAxis: {
        type: "time",
        axisLabel: { color: token.colorTextSecondary, formatter: (value: number) => format.clock(value / 1000), hideOverlap: true },
        splitLine: { show: false },
      },
      yAxis: {
        type: "value",
        min: 0,
        splitNumber: 3,
        axisLabel: { color: token.colorTextSecondary },
        splitLine: { lineStyle: { color: token.colorBorderSecondary } },
      },
      series: [{ name: words.rate, type: "line", data: rates(readings), connectNulls: false, symbolSize: 3 }],
    }),
    [readings, words, format, token],
  );
  return (
    <div>
      <Typography.Text type="secondary">{words.rate}</Typography.Text>
      <Chart option={option} height={140} label={words.rate} />
    </div>
  );
}
