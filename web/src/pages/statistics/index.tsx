import { Card, Flex, Typography, theme } from "antd";
import { type ReactNode, useEffect, useMemo, useState } from "react";
import { Link } from "react-router";
import { get } from "../../api/client";
import { look } from "../../api/commands";
import type { components } from "../../api/schema";
import { appText } from "../../app/text";
import { Chart, DataTable, Duration, ErrorView, PageFrame, TimeText } from "../../components";
import { useFormat, useText } from "../../i18n";
import { useConnection } from "../../live";
import { usePolled } from "../../live/polling";
import { useRecent } from "../../live/recent";
import { perSession, rates, type Reading, searches, withReading } from "./figures";
import { statisticsText } from "./text";

const EVERY = 2000;
const KEPT = 300_000;
const MOST = 256;

type Channels = components["schemas"]["ChannelStatistics"];

interface Commands {
  commands: { command: string; count: number; failed: number; seconds: number }[];
}

/** `state` "off": the other members are not there. */
interface Store {
  state: string;
  path?: string;
  sessions?: number;
  closed_sessions?: number;
  entries?: number;
  tasks?: number;
  scenes?: number;
  unindexed?: number;
  bytes?: number;
  waiting_bytes?: number;
  lost?: number;
  oldest?: string | null;
  newest?: string | null;
}

const WINDOW = 900;
/** Events of a channel that are shown. */
const MOST = 256;

/** Commands, channels, the store and its readers, and searches, in figures. */
export default function Statistics() {
  const words = useText(statisticsText);
  const pages = useText(appText);
  const format = useFormat();
  const connection = useConnection();
  const isLost = connection.state === "lost";
  return (
    <PageFrame
      title={pages.statistics}
      extra={isLost && <Typography.Text type="danger">{words.asOf(format.clock(connection.since))}</Typography.Text>}
    >
      <div
        style={{
          display: "grid",
          gridTemplateColumns: "repeat(auto-fit, minmax(min(100%, 420px), 1fr))",
          gap: 12,
          alignItems: "start",
          // Old numbers do not look like new ones.
          opacity: isLost ? 0.5 : 1,
        }}
      >
        <CommandsCard />
        <StoreCard />
        <ChannelsCard />
        <PoolCard />
        <SearchesCard />
      </div>
    </PageFrame>
  );
}

function CommandsCard() {
  const words = useText(statisticsText);
  const format = useFormat();
  const { data, error } = usePolled(["commands used"], () => look<Commands>("get_statistics", { seconds: 1 }), EVERY);
  return (
    <Part title={words.commands} error={data ? undefined : error}>
      {data && (
        <DataTable
          label={words.commands}
          rows={data.commands}
          keyOf={({ command }) => command}
          empty={words.noCommands}
          columns={[
            {
              title: words.command,
              cell: ({ command }) => <Link to={`/queue?command=${encodeURIComponent(command)}`}>{command}</Link>,
            },
            { title: words.count, cell: ({ count }) => format.number(count) },
            { title: words.failed, cell: ({ failed }) => format.number(failed) },
            { title: words.mean, cell: ({ seconds, count }) => <Duration seconds={count > 0 ? seconds / count : null} /> },
            { title: words.total, cell: ({ seconds }) => <Duration seconds={seconds} /> },
          ]}
        />
      )}
    </Part>
  );
}

function StoreCard() {
  const words = useText(statisticsText);
  const format = useFormat();
  const { data: store, error } = usePolled(["store"], () => look<Store>("get_store_statistics"), EVERY);
  const { sessions, bytes, entries } = store ?? {};
  const each =
    sessions !== undefined && bytes !== undefined && entries !== undefined ? perSession({ sessions, bytes, entries }) : null;
  const number = (value: number | undefined) => (value === undefined ? undefined : format.number(value));
  const size = (value: number | undefined) => (value === undefined ? undefined : format.bytes(value));
  return (
    <Part title={words.store} error={store ? undefined : error}>
      {store && (
        <Facts
          facts={[
            [words.state, store.state],
            [words.sessions, number(sessions)],
            [words.closed, number(store.closed_sessions)],
            [words.entries, number(entries)],
            [words.tasks, number(store.tasks)],
            [words.scenes, number(store.scenes)],
            [words.disk, size(bytes)],
            [words.perSession, each && `${format.bytes(each.bytes)} · ${words.entriesEach(format.number(each.entries, 1))}`],
            [words.unindexed, number(store.unindexed)],
            [words.waiting, size(store.waiting_bytes)],
            [words.lost, number(store.lost)],
            [words.oldest, store.oldest && <TimeText at={store.oldest} />],
            [words.newest, store.newest && <TimeText at={store.newest} />],
            [words.path, store.path],
          ]}
        />
      )}
    </Part>
  );
}

function ChannelsCard() {
  const words = useText(statisticsText);
  const format = useFormat();
  const { token } = theme.useToken();
  const { data, error, dataUpdatedAt } = usePolled(["channels"], () => get("/ws/stats") as Promise<Channels>, EVERY);
  const [readings, setReadings] = useState<readonly Reading[]>([]);
  const sent = data?.total_messages_sent;
  useEffect(() => {
    if (sent !== undefined) setReadings((known) => withReading(known, { at: dataUpdatedAt, count: sent }, KEPT));
  }, [sent, dataUpdatedAt]);
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
    <Part title={words.channels} error={data ? undefined : error}>
      {data && (
        <>
          <Facts
            facts={[
              [words.listeners, format.number(data.total_clients)],
              [words.sent, format.number(data.total_messages_sent)],
              [words.connections, format.number(data.total_connections_ever)],
              [words.dropped, `${format.number(data.events_dropped)} (${words.droppedHelp})`],
            ]}
          />
          <Typography.Text type="secondary">{words.rate}</Typography.Text>
          <Chart option={option} height={140} label={words.rate} />
          <DataTable
            label={words.channels}
            rows={Object.entries(data.channel_stats)}
            keyOf={([channel]) => channel}
            empty={words.noChannels}
            columns={[
              { title: words.channel, cell: ([channel]) => <code>{channel}</code> },
              { title: words.heard, cell: ([, heard]) => format.number(heard) },
            ]}
          />
        </>
      )}
    </Part>
  );
}

function PoolCard() {
  const words = useText(statisticsText);
  const format = useFormat();
  const events = useRecent("db_pool_stats", MOST, 0);
  return (
    <Part title={words.pool} help={words.poolHelp}>
      <DataTable
        label={words.pool}
        rows={[...events].reverse()}
        keyOf={({ id }) => id}
        empty={words.noPool}
        columns={[
          { title: words.when, cell: ({ timestamp }) => <TimeText at={timestamp} /> },
          { title: words.change, cell: ({ data }) => `${String(data["old_size"])} → ${String(data["new_size"])}` },
          { title: words.use, cell: ({ data }) => `${format.number(Number(data["utilization"]) * 100)} %` },
          { title: words.reason, cell: ({ data }) => String(data["reason"]) },
        ]}
      />
    </Part>
  );
}

function SearchesCard() {
  const words = useText(statisticsText);
  const events = useRecent("vector_search", MOST, 0);
  const rows = useMemo(() => searches(events), [events]);
  return (
    <Part title={words.searches} help={words.searchesHelp}>
      <DataTable
        label={words.searches}
        rows={rows}
        keyOf={({ id }) => id}
        empty={words.noSearches}
        columns={[
          { title: words.when, cell: ({ began }) => <TimeText at={began} /> },
          { title: words.query, cell: ({ query }) => query },
          { title: words.state, cell: ({ status }) => status },
          { title: words.took, cell: ({ seconds }) => <Duration seconds={seconds} /> },
        ]}
      />
    </Part>
  );
}

function Part({ title, help, error, children }: { title: string; help?: string; error?: unknown; children: ReactNode }) {
  return (
    <Card size="small" title={title} style={{ minWidth: 0 }}>
      <Flex vertical gap={8}>
        {help && <Typography.Text type="secondary">{help}</Typography.Text>}
        {error ? <ErrorView error={error} /> : children}
      </Flex>
    </Card>
  );
}

/** Names and what they are; what is not told is left out. */
function Facts({ facts }: { facts: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl style={{ display: "grid", gridTemplateColumns: "max-content minmax(0, 1fr)", gap: "4px 16px", margin: 0 }}>
      {facts
        .filter(([, value]) => value !== undefined && value !== null)
        .map(([name, value]) => (
          <div key={name} style={{ display: "contents" }}>
            <dt>
              <Typography.Text type="secondary">{name}</Typography.Text>
            </dt>
            <dd style={{ margin: 0, overflowWrap: "anywhere", fontVariantNumeric: "tabular-nums" }}>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
