import { Card, Flex, Input, Typography } from "antd";
import type { ReactNode } from "react";
import { Link, useSearchParams } from "react-router";
import { get } from "../../api/client";
import { look } from "../../api/commands";
import { SEARCH } from "../../app/shortcuts";
import { appText } from "../../app/text";
import { DataTable, Duration, ErrorView, PageFrame, ProgressBar, StateTag, TimeText } from "../../components";
import { useFormat, useText } from "../../i18n";
import { usePolled } from "../../live/polling";
import { useRecent } from "../../live/recent";
import { useStatus } from "../../live/status";
import type { Statistics as Figures } from "../overview/statistics";
import { MessageRate } from "./MessageRate";
import { searchesIn } from "./searches";
import { StoreFacts, type StoreFigures } from "./StoreFacts";
import { statisticsText } from "./text";

const WINDOW = 900;
/** Events of a channel that are shown. */
const MOST = 256;

/** Commands, channels, the store and its readers, and searches, in figures. */
export default function Statistics() {
  const pages = useText(appText);
  const words = useText(statisticsText);
  return (
    <PageFrame title={pages.statistics} extra={<a href="/metrics">{words.prometheus}</a>}>
      <Commands />
      <Channels />
      <Store />
      <Readers />
      <Searches />
    </PageFrame>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Card size="small" title={<h2 style={{ margin: 0, fontSize: 15, fontWeight: 600 }}>{title}</h2>}>
      {children}
    </Card>
  );
}

function Commands() {
  const words = useText(statisticsText);
  const format = useFormat();
  const [address, setAddress] = useSearchParams();
  const text = (address.get("q") ?? "").toLowerCase();
  const { data, error } = usePolled(
    ["statistics", WINDOW],
    () => look<Figures>("get_statistics", { seconds: WINDOW }),
    2000,
  );
  if (error) return <ErrorView error={error} />;
  const all = data?.commands ?? [];
  const whole = all.reduce((sum, { seconds }) => sum + seconds, 0);
  return (
    <Part title={words.commands}>
      <Flex vertical gap={12}>
        <Input
          {...SEARCH}
          allowClear
          placeholder={words.search}
          aria-label={words.search}
          value={address.get("q") ?? ""}
          onChange={({ target }) => setAddress(target.value ? { q: target.value } : {}, { replace: true })}
          style={{ maxWidth: 280 }}
        />
        {data && (
          <Typography.Text type="secondary">
            {words.window}: {format.number(data.total.commands)} {words.ended}, {format.number(data.total.native)}{" "}
            {words.native}. {words.latency}: p50 <Duration seconds={data.total.latency_p50} />, p99{" "}
            <Duration seconds={data.total.latency_p99} />. {words.run}: p50 <Duration seconds={data.total.run_p50} />, p99{" "}
            <Duration seconds={data.total.run_p99} />.
          </Typography.Text>
        )}
        <DataTable
          label={words.commands}
          rows={all.filter(({ command }) => command.toLowerCase().includes(text))}
          keyOf={({ command }) => command}
          empty={words.noCommands}
          columns={[
            {
              title: words.command,
              cell: ({ command }) => <Link to={`/queue?command=${encodeURIComponent(command)}`}>{command}</Link>,
            },
            { title: words.count, cell: ({ count }) => format.number(count) },
            { title: words.failed, cell: ({ failed }) => format.number(failed) },
            { title: words.mean, cell: ({ seconds, count }) => <Duration seconds={seconds / count} /> },
            { title: words.total, cell: ({ seconds }) => <Duration seconds={seconds} /> },
            {
              title: words.share,
              cell: ({ seconds, command }) => (
                <ProgressBar fraction={whole > 0 ? seconds / whole : 0} label={command} width={140} />
              ),
            },
          ]}
        />
      </Flex>
    </Part>
  );
}

function Channels() {
  const words = useText(statisticsText);
  const format = useFormat();
  const { data, error, dataUpdatedAt } = usePolled(["channels"], () => get("/ws/stats"), 2000);
  if (error) return <ErrorView error={error} />;
  if (!data) return null;
  return (
    <Part title={words.channels}>
      <Flex vertical gap={12}>
        <Typography.Text type="secondary">
          {words.clients}: {format.number(data.total_clients)} · {words.everConnected}:{" "}
          {format.number(data.total_connections_ever)} · {words.sent}: {format.number(data.total_messages_sent)} ·{" "}
          {words.dropped}: {format.number(data.events_dropped)}
        </Typography.Text>
        <MessageRate sent={data.total_messages_sent} at={dataUpdatedAt} />
        <DataTable
          label={words.channels}
          rows={Object.entries(data.channel_stats)}
          keyOf={([channel]) => channel}
          empty={words.noChannels}
          columns={[
            { title: words.channel, cell: ([channel]) => channel },
            { title: words.subscribers, cell: ([, count]) => format.number(Number(count)) },
          ]}
        />
      </Flex>
    </Part>
  );
}

function Store() {
  const words = useText(statisticsText);
  const { data: status } = useStatus();
  const isOff = status?.store.state === "off";
  const { data, error } = usePolled(
    ["store", isOff],
    () => (isOff ? Promise.resolve(null) : look<StoreFigures>("get_store_statistics")),
    5000,
  );
  return (
    <Part title={words.store}>
      {isOff ? words.noStore : error ? <ErrorView error={error} /> : data ? <StoreFacts store={data} /> : null}
    </Part>
  );
}

function Readers() {
  const words = useText(statisticsText);
  const format = useFormat();
  const events = useRecent("db_pool_stats", MOST, 0).toReversed();
  const size = events[0]?.data["new_size"];
  return (
    <Part title={size === undefined ? words.pool : `${words.pool}: ${words.poolNow(format.number(Number(size)))}`}>
      <Flex vertical gap={12}>
        <Typography.Text type="secondary">{words.poolHelp}</Typography.Text>
        <DataTable
          label={words.pool}
          rows={events}
          keyOf={({ id }) => id}
          empty={words.noPool}
          columns={[
            { title: words.when, cell: ({ timestamp }) => <TimeText at={timestamp} /> },
            { title: words.from, cell: ({ data }) => String(data["old_size"]) },
            { title: words.to, cell: ({ data }) => String(data["new_size"]) },
            { title: words.load, cell: ({ data }) => `${format.number(Number(data["utilization"] ?? 0) * 100)} %` },
            { title: words.why, cell: ({ data }) => String(data["reason"] ?? "") },
          ]}
        />
      </Flex>
    </Part>
  );
}

function Searches() {
  const words = useText(statisticsText);
  const searches = searchesIn(useRecent("vector_search", MOST, 0));
  return (
    <Part title={words.searches}>
      <DataTable
        label={words.searches}
        rows={searches}
        keyOf={({ id }) => id}
        empty={words.noSearches}
        columns={[
          { title: words.when, cell: ({ at }) => <TimeText at={at} /> },
          { title: words.query, cell: ({ query }) => query },
          {
            title: words.state,
            cell: ({ status, progress, query }) =>
              status === "searching" ? <ProgressBar fraction={progress} label={query} width={140} /> : <StateTag state={status} />,
          },
        ]}
      />
    </Part>
  );
}
