import { ExclamationCircleOutlined, WarningOutlined } from "@ant-design/icons";
import { Card, Flex, Typography, theme } from "antd";
import { type ReactNode, useEffect, useState } from "react";
import { Link } from "react-router";
import { look } from "../../api/commands";
import { conditionOf } from "../../app/BlenderState";
import { appText } from "../../app/text";
import { DataTable, Duration, ErrorView, PageFrame } from "../../components";
import { useFormat, useText } from "../../i18n";
import { useConnection } from "../../live";
import { useFailed } from "../../live/failed";
import { usePolled } from "../../live/polling";
import { useStatus } from "../../live/status";
import { useAlerts } from "../../live/unread";
import { type Attention, attention } from "./attention";
import { Charts } from "./Charts";
import { type Gauge, withGauge } from "./gauges";
import { latency, rate, type Statistics, WINDOW } from "./statistics";
import { overviewText } from "./text";

/** How Tenon and Blender are, and what to look at first. */
export default function Overview() {
  const words = useText(overviewText);
  const pages = useText(appText);
  const format = useFormat();
  const connection = useConnection();
  const { data: status, error } = useStatus();
  const { data: statistics } = usePolled(
    ["statistics", WINDOW],
    () => look<Statistics>("get_statistics", { seconds: WINDOW }),
    1000,
  );
  const { data: pending } = usePolled(
    ["approvals"],
    () => look<{ tasks: { waits_for?: string }[] }>("list_tasks", { status: "pending", limit: 1000 }),
    2000,
  );
  const [gauges, setGauges] = useState<readonly Gauge[]>([]);
  useEffect(() => {
    if (statistics) setGauges((known) => withGauge(known, statistics));
  }, [statistics]);
  const failed = useFailed();
  const { alerts, unread } = useAlerts();
  if (error && !status) return <PageFrame title={pages.overview}>{<ErrorView error={error} />}</PageFrame>;
  if (!status || !statistics) return <PageFrame title={pages.overview}>{null}</PageFrame>;
  const isLost = connection.state === "lost";
  const isStalled = conditionOf(status, alerts, false, Date.now() / 1000).state === "stalled";
  const approvals = (pending?.tasks ?? []).filter((task) => task.waits_for === "approval").length;
  const found = attention({ status, isStalled, failed, unread, approvals });
  const { p50, p99 } = latency(statistics);
  return (
    <PageFrame
      title={pages.overview}
      extra={
        <Typography.Text type={isLost ? "danger" : "secondary"}>
          {isLost ? words.asOf(format.clock(connection.since)) : `${words.uptime} ${format.duration(status.uptime)} · ${status.address} · ${status.version}`}
        </Typography.Text>
      }
    >
      <Needs found={found} />
      <div
        style={{
          display: "grid",
          gridTemplateColumns: "repeat(auto-fit, minmax(120px, 1fr))",
          gap: 12,
          // Old numbers do not look like new ones.
          opacity: isLost ? 0.5 : 1,
        }}
      >
        <Tile label={words.perSecond} value={format.number(rate(statistics, 10), 1)} help={words.perSecondHelp} to="/statistics" />
        <Tile label={words.p50} value={p50 === null ? "–" : format.duration(p50)} help={words.latencyHelp} to="/statistics" />
        <Tile label={words.p99} value={p99 === null ? "–" : format.duration(p99)} help={words.latencyHelp} to="/statistics" />
        <Tile
          label={words.waiting}
          value={format.number(status.queue.waiting)}
          help={words.waitingHelp(format.number(status.queue.capacity))}
          to="/queue?status=pending"
        />
        <Tile label={words.clients} value={format.number(status.clients)} help={" "} to="/connect" />
        <Tile label={words.sessions} value={format.number(status.sessions)} help={" "} to="/sessions" />
        <Tile
          label={words.memory}
          value={statistics.memory === null ? "–" : format.bytes(statistics.memory)}
          help={words.memoryHelp}
          to="/statistics"
        />
        <Tile label={words.served} value={format.number(status.commands_served)} help={" "} to="/queue" />
      </div>
      <Typography.Title level={2} style={{ fontSize: 16, margin: 0 }}>
        {words.lastMinutes}
      </Typography.Title>
      <div style={{ opacity: isLost ? 0.5 : 1 }}>
        <Charts statistics={statistics} gauges={gauges} />
      </div>
      <Card size="small" title={words.mostUsed}>
        <DataTable
          label={words.mostUsed}
          rows={statistics.commands.slice(0, 8)}
          keyOf={({ command }) => command}
          empty={words.none}
          columns={[
            {
              title: words.command,
              cell: ({ command }) => <Link to={`/queue?command=${encodeURIComponent(command)}`}>{command}</Link>,
            },
            { title: words.count, cell: ({ count }) => format.number(count) },
            { title: words.failedLine, cell: (row) => format.number(row.failed) },
            { title: words.mean, cell: ({ seconds, count }) => <Duration seconds={seconds / count} /> },
          ]}
        />
      </Card>
    </PageFrame>
  );
}

function Tile({ label, value, help, to }: { label: string; value: string; help: ReactNode; to: string }) {
  const { token } = theme.useToken();
  return (
    <Link
      to={to}
      style={{
        display: "flex",
        flexDirection: "column",
        padding: 12,
        color: token.colorText,
        background: token.colorBgContainer,
        border: `1px solid ${token.colorBorderSecondary}`,
        borderRadius: token.borderRadius,
      }}
    >
      <Typography.Text type="secondary">{label}</Typography.Text>
      <span style={{ fontSize: 24, fontWeight: 600, fontVariantNumeric: "tabular-nums" }}>{value}</span>
      <Typography.Text type="secondary" style={{ fontSize: 12 }}>
        {help}
      </Typography.Text>
    </Link>
  );
}

function Needs({ found }: { found: readonly Attention[] }) {
  const words = useText(overviewText);
  const format = useFormat();
  const { token } = theme.useToken();
  const said = (each: Attention): string => {
    switch (each.what) {
      case "stalled":
        return words.stalled;
      case "store":
        return words.store(each.state);
      case "full":
        return words.full(`${format.number(each.share * 100)} %`);
      case "lost":
        return words.lost(format.number(each.count));
      case "approvals":
        return words.approvals(format.number(each.count));
      case "failed":
        return words.failed(format.number(each.count));
      case "unread":
        return words.unread(format.number(each.count));
    }
  };
  return (
    <section aria-label={words.attention}>
      <Flex gap={8} wrap>
        {found.length === 0 && <Typography.Text type="secondary">{words.allWell}</Typography.Text>}
        {found.map((each) => (
          <Link
            key={each.what}
            to={each.to}
            style={{
              padding: "6px 12px",
              borderRadius: token.borderRadius,
              color: token.colorText,
              background: token.colorBgContainer,
              border: `1px solid ${each.level === "error" ? token.colorError : token.colorWarning}`,
            }}
          >
            {each.level === "error" ? <ExclamationCircleOutlined /> : <WarningOutlined />} {said(each)}
          </Link>
        ))}
      </Flex>
    </section>
  );
}
