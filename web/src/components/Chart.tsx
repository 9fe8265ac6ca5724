// A chart that draws what it is given. ECharts comes in a file of its own, only for the pages that draw.
import { Skeleton } from "antd";
import { Suspense } from "react";
import type { ChartOption } from "./echarts";
import { loaded } from "./loaded";

export type { ChartOption } from "./echarts";

const Drawn = loaded(() => import("./echarts"));

/** `label` says in words what is drawn, for those who do not see it. */
export function Chart({ option, height = 180, label }: { option: ChartOption; height?: number; label: string }) {
  return (
    <Suspense fallback={<Skeleton.Node active style={{ width: "100%", height }} />}>
      <Drawn option={option} height={height} label={label} />
    </Suspense>
  );
}
