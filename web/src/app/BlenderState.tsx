import { Badge, Flex, Tag, Tooltip } from "antd";
import { Link } from "react-router";
import { useFormat, useText } from "../i18n";
import { useConnection } from "../live";
import { type Status, useStatus } from "../live/status";
import type { Event } from "../live/socket";
import { useAlerts } from "../live/unread";
import { appText } from "./text";

export type Condition =
  | { state: "gone" | "idle" }
  | { state: "stalled"; seconds: number }
  | { state: "busy"; command: string; seconds: number };

/** A stall is told by alerts: until `main_thread_recovered`, or until the main thread shows another sign of life. */
export function conditionOf(
  status: Status | undefined,
  alerts: readonly Event[],
  isLost: boolean,
  now: number,
): Condition {
  if (!status || isLost) return { state: "gone" };
  const last = alerts.findLast(({ type }) => type === "main_thread_stalled" || type === "main_thread_recovered");
  const { state, command, seconds } = status.main_thread;
  if (last?.type === "main_thread_stalled") {
    const since = Date.parse(last.timestamp) / 1000;
    // Of an earlier run, or a sign since.
    if (now - since < status.uptime && seconds >= now - since) return { state: "stalled", seconds };
  }
  return state === "running" ? { state: "busy", command: command ?? "?", seconds } : { state: "idle" };
}

/** In the header: what Blender does, and what clients may not do here. */
export function BlenderState() {
  const words = useText(appText);
  const format = useFormat();
  const { data: status } = useStatus();
  const { alerts } = useAlerts();
  const isLost = useConnection().state === "lost";
  const condition = conditionOf(status, alerts, isLost, Date.now() / 1000);
  const [dot, text] = ((): ["success" | "processing" | "error" | "default", string] => {
    switch (condition.state) {
      case "gone":
        return ["default", words.gone];
      case "idle":
        return ["success", words.idle];
      case "stalled":
        return ["error", words.stalled(format.duration(condition.seconds))];
      case "busy":
        return ["processing", words.busy(condition.command, format.duration(condition.seconds))];
    }
  })();
  const waiting = status?.queue.waiting ?? 0;
  return (
    <Flex gap={8} align="center" style={{ minWidth: 0, overflow: "hidden" }}>
      <span role="status" style={{ whiteSpace: "nowrap", overflow: "hidden", textOverflow: "ellipsis" }}>
        <Badge status={dot} text={text} />
      </span>
      {waiting > 0 && !isLost && <Link to="/queue?status=pending">{words.waiting(format.number(waiting))}</Link>}
      {status?.python_code === "off" && (
        <Tooltip title={words.codeOffHelp}>
          <Tag tabIndex={0}>{words.codeOff}</Tag>
        </Tooltip>
      )}
    </Flex>
  );
}
