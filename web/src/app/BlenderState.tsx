import { Flex, Tag, theme, Tooltip } from "antd";
import { Link } from "react-router";
import { useFormat, useText } from "../i18n";
import { useConnection } from "../live";
import { type Status, useStatus } from "../live/status";
import type { Event } from "../live/socket";
import { useAlerts } from "../live/unread";
import { appText } from "./text";

export type Condition =
  | { state: "connecting" | "gone" | "idle" }
  | { state: "stalled"; seconds: number }
  | { state: "busy"; command: string; seconds: number };

/** A stall is told by alerts: until `main_thread_recovered`, or until the main thread shows another sign of life. */
export function conditionOf(
  status: Status | undefined,
  alerts: readonly Event[],
  isLost: boolean,
  now: number,
): Condition {
  if (isLost) return { state: "gone" };
  if (!status) return { state: "connecting" };
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
  const { token } = theme.useToken();
  const [color, text] = ((): [string, string] => {
    switch (condition.state) {
      case "connecting":
        return [token.colorTextTertiary, words.connecting];
      case "gone":
        return [token.colorError, words.gone];
      case "idle":
        return [token.colorSuccess, words.idle];
      case "stalled":
        return [token.colorError, words.stalled(format.duration(condition.seconds))];
      case "busy":
        return [token.colorInfo, words.busy(condition.command, format.duration(condition.seconds))];
    }
  })();
  const waiting = status?.queue.waiting ?? 0;
  return (
    <Flex gap={8} align="center" style={{ minWidth: 0, overflow: "hidden" }}>
      <span className="dot" style={{ background: color }} />
      <span
        data-state={condition.state}
        title={text}
        style={{ whiteSpace: "nowrap", overflow: "hidden", textOverflow: "ellipsis" }}
      >
        {text}
      </span>
      {waiting > 0 && !isLost && <Link to="/queue?status=pending" style={{ whiteSpace: "nowrap" }}>{words.waiting(format.number(waiting))}</Link>}
      {status?.python_code === "off" && (
        <Tooltip title={words.codeOffHelp}>
          <Tag tabIndex={0}>{words.codeOff}</Tag>
        </Tooltip>
      )}
    </Flex>
  );
}
