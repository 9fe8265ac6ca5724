import { Button, Collapse, Empty, Flex, Input, Segmented, Tag, Typography, theme } from "antd";
import { Link, useSearchParams } from "react-router";
import { SEARCH } from "../../app/shortcuts";
import { appText } from "../../app/text";
import { JsonView, PageFrame, TimeText } from "../../components";
import { useFormat, useText } from "../../i18n";
import type { Event } from "../../live/socket";
import { useAlerts } from "../../live/unread";
import { type Filter, levelOf, matches, titleOf } from "./alert";
import { alertsText } from "./text";

const SHOWN = ["all", "unread", "refused", "server"] as const;

/** What was refused with the way out, and what is wrong with the server: the newest first. */
export default function Alerts() {
  const words = useText(alertsText);
  const pages = useText(appText);
  const format = useFormat();
  const { alerts, seen, unread, markSeen } = useAlerts();
  const [address, setAddress] = useSearchParams();
  const show = SHOWN.find((each) => each === address.get("show")) ?? "all";
  const query = address.get("q") ?? "";
  const change = (name: string, value: string) => {
    const changed = new URLSearchParams(address);
    if (value) changed.set(name, value);
    else changed.delete(name);
    setAddress(changed, { replace: name === "q" });
  };
  const filter: Filter = { show, query };
  const shown = alerts.filter((alert) => matches(alert, filter, seen)).reverse();
  return (
    <PageFrame
      title={pages.alerts}
      extra={
        <Button disabled={unread === 0} onClick={markSeen}>
          {words.markRead(format.number(unread))}
        </Button>
      }
    >
      <Flex gap={8} wrap>
        <Segmented
          aria-label={pages.alerts}
          value={show}
          onChange={(value) => change("show", value === "all" ? "" : value)}
          options={SHOWN.map((value) => ({ value, label: words[value] }))}
        />
        <Input
          {...SEARCH}
          allowClear
          style={{ width: 280 }}
          placeholder={words.search}
          aria-label={words.search}
          value={query}
          onChange={({ target }) => change("q", target.value)}
        />
      </Flex>
      {shown.length === 0 ? (
        <Empty description={alerts.length === 0 ? words.none : words.noMatch} />
      ) : (
        <ol aria-label={pages.alerts} style={{ listStyle: "none", margin: 0, padding: 0 }}>
          {shown.map((alert) => (
            <li key={alert.id}>
              <Row alert={alert} isNew={alert.id > seen && alert.type !== "server_started"} />
            </li>
          ))}
        </ol>
      )}
      <Typography.Text type="secondary">{words.remembered}</Typography.Text>
    </PageFrame>
  );
}

function Row({ alert, isNew }: { alert: Event; isNew: boolean }) {
  const words = useText(alertsText);
  const format = useFormat();
  const { token } = theme.useToken();
  const { message, reason, solution, task_id: task, session_id: session } = alert.data;
  const level = levelOf(alert);
  const colors = { error: token.colorError, warning: token.colorWarning, info: token.colorBorder };
  const told = [message, reason].filter((each): each is string => typeof each === "string");
  return (
    <Flex
      vertical
      gap={4}
      style={{
        padding: "8px 12px",
        marginBottom: 8,
        background: token.colorBgContainer,
        borderRadius: token.borderRadius,
        border: `1px solid ${token.colorBorderSecondary}`,
        borderInlineStart: `3px solid ${colors[level]}`,
      }}
    >
      <Flex gap={8} align="baseline" wrap>
        <Typography.Text strong>{titleOf(alert, words, format)}</Typography.Text>
        {isNew && <Tag color="processing">{words.new}</Tag>}
        <Typography.Text type="secondary" style={{ marginInlineStart: "auto" }}>
          <TimeText at={alert.timestamp} />
        </Typography.Text>
      </Flex>
      {told.map((each) => (
        <span key={each} style={{ overflowWrap: "anywhere" }}>
          {each}
        </span>
      ))}
      {typeof solution === "string" && (
        <span>
          <Typography.Text type="secondary">{words.wayOut}: </Typography.Text>
          {solution}
        </span>
      )}
      <Flex gap={12} wrap align="baseline">
        {typeof task === "string" && <Link to={`/queue?task=${encodeURIComponent(task)}`}>{words.task}</Link>}
        {typeof session === "string" && <Link to={`/sessions/${encodeURIComponent(session)}`}>{words.session}</Link>}
      </Flex>
      <Collapse
        ghost
        size="small"
        items={[{ key: "raw", label: words.raw, children: <JsonView value={alert} maxHeight={240} /> }]}
      />
    </Flex>
  );
}
