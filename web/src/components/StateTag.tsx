import { Tag } from "antd";
import { defineText, useText } from "../i18n";

// Tasks', sessions' and Blender's states, named as in Tenon's answers.
const stateText = defineText({
  en: {
    pending: "waiting", processing: "running", queued: "waiting", running: "running", suspended: "running in steps", cancelling: "cancelling", completed: "done",
    failed: "failed", cancelled: "cancelled", live: "live", parked: "parked", closed: "closed", idle: "idle", busy: "busy",
    stalled: "not answering", success: "done", error: "failed", skipped: "skipped",
  },
  ja: {
    pending: "待機中", processing: "実行中", queued: "待機中", running: "実行中", suspended: "段階実行中", cancelling: "中止中", completed: "完了",
    failed: "失敗", cancelled: "中止", live: "使用中", parked: "待避中", closed: "終了", idle: "待機", busy: "処理中",
    stalled: "応答なし", success: "完了", error: "失敗", skipped: "省略",
  },
  zh: {
    pending: "等待中", processing: "运行中", queued: "等待中", running: "运行中", suspended: "分步运行中", cancelling: "正在取消", completed: "完成",
    failed: "失败", cancelled: "已取消", live: "使用中", parked: "已搁置", closed: "已关闭", idle: "空闲", busy: "忙碌",
    stalled: "无响应", success: "完成", error: "失败", skipped: "已跳过",
  },
});

type State = keyof typeof stateText.en;

const COLORS: Partial<Record<State, string>> = {
  processing: "processing", running: "processing", suspended: "processing", busy: "processing", cancelling: "warning", stalled: "error",
  completed: "success", success: "success", live: "success", failed: "error", error: "error",
};

export function StateTag({ state }: { state: string }) {
  const words = useText(stateText);
  const known = state in words ? (state as State) : undefined;
  const color = known && COLORS[known];
  return (
    <Tag variant="outlined" {...(color ? { color } : {})}>
      {known ? words[known] : state}
    </Tag>
  );
}
