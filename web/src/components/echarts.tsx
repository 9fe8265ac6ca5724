import { theme } from "antd";
import { LineChart } from "echarts/charts";
import { GridComponent, TooltipComponent } from "echarts/components";
import { type EChartsCoreOption, type EChartsType, init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";

// What draws nothing here is left out: ECharts is a third of the page's weight.
use([LineChart, GridComponent, TooltipComponent, CanvasRenderer]);

export type ChartOption = EChartsCoreOption;

export default function Drawn({ option, height, label }: { option: ChartOption; height: number; label: string }) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType>(undefined);
  const { token } = theme.useToken();
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const made = init(element, undefined, { renderer: "canvas" });
    chart.current = made;
    const observer = new ResizeObserver(() => made.resize());
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.dispose();
      chart.current = undefined;
    };
  }, []);
  useEffect(() => {
    chart.current?.setOption(
      {
        animation: false,
        backgroundColor: "transparent",
        color: [token.colorPrimary, token.colorInfo, token.colorSuccess, token.colorWarning, token.colorError],
        textStyle: { color: token.colorTextSecondary, fontFamily: token.fontFamily, fontSize: 11 },
        ...option,
      },
      { notMerge: false, lazyUpdate: true },
    );
  }, [option, token]);
  return <div ref={place} role="img" aria-label={label} style={{ width: "100%", height }} />;
}
