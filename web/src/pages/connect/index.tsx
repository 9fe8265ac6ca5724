import { useQuery } from "@tanstack/react-query";
import { Alert, Card, Collapse, Flex, Input, Typography } from "antd";
import { Link, useSearchParams } from "react-router";
import { look } from "../../api/commands";
import { SEARCH } from "../../app/shortcuts";
import { appText } from "../../app/text";
import { CopyButton, DataTable, ErrorView, PageFrame, TimeText } from "../../components";
import { useText } from "../../i18n";
import { usePolled } from "../../live/polling";
import { useStatus } from "../../live/status";
import { connectText } from "./text";

interface Assistant {
  key: string;
  title: string;
  place: string;
  text: string;
  afterwards: string;
  documentation: string;
}

interface Clients {
  clients: { id: number; address: string; since: number; protocol: string | null }[];
  sessions: { session_id: string; last_activity: number; client: { name?: string; version?: string } | null }[];
}

interface Instance {
  pid: number;
  port: number;
  file: string | null;
}

/** What to paste for each assistant, who is connected, and the other Blenders of this machine. */
export default function Connect() {
  const pages = useText(appText);
  return (
    <PageFrame title={pages.connect}>
      <Assistants />
      <Connected />
      <Instances />
    </PageFrame>
  );
}

function Assistants() {
  const words = useText(connectText);
  const [address, setAddress] = useSearchParams();
  const { data: settings } = useQuery({
    queryKey: ["settings"],
    queryFn: () => look<{ settings: { name: string; value: unknown }[] }>("get_settings"),
  });
  const withToken = settings?.settings.some(({ name, value }) => name === "require_token" && value === true) ?? false;
  const { data, error } = useQuery({
    queryKey: ["assistants", withToken],
    queryFn: () =>
      look<{ assistants: Assistant[] }>("list_assistants", { address: location.host, with_token: withToken }),
  });
  const query = address.get("q") ?? "";
  const shown = (data?.assistants ?? []).filter(({ title }) => title.toLowerCase().includes(query.toLowerCase()));
  return (
    <Card size="small" title={<h2 style={HEADING}>{words.assistants}</h2>}>
      <Flex vertical gap={12}>
        <Input
          {...SEARCH}
          allowClear
          style={{ maxWidth: 280 }}
          placeholder={words.search}
          aria-label={words.search}
          value={query}
          onChange={({ target }) => setAddress(target.value ? { q: target.value } : {}, { replace: true })}
        />
        {withToken && <Alert type="info" showIcon title={words.tokenNote} />}
        {error && <ErrorView error={error} />}
        <Collapse
          items={shown.map((assistant) => ({
            key: assistant.key,
            label: assistant.title,
            children: <Configuration assistant={assistant} />,
          }))}
        />
        <Flex gap={8} align="center" wrap>
          <Typography.Text type="secondary">{words.setup}</Typography.Text>
          <code>tenon setup</code>
          <CopyButton text="tenon setup" />
        </Flex>
      </Flex>
    </Card>
  );
}

const HEADING = { margin: 0, fontSize: 15, fontWeight: 600 } as const;

function Configuration({ assistant }: { assistant: Assistant }) {
  const words = useText(connectText);
  return (
    <Flex vertical gap={8}>
      <Flex justify="space-between" align="center" gap={8} wrap>
        <span>
          <Typography.Text type="secondary">{words.place}: </Typography.Text>
          {assistant.place}
        </span>
        <CopyButton text={assistant.text} label={words.copyText} />
      </Flex>
      <pre tabIndex={0} style={{ margin: 0, overflow: "auto", fontSize: 12 }}>
        {assistant.text}
      </pre>
      <span>
        <Typography.Text type="secondary">{words.afterwards}: </Typography.Text>
        {assistant.afterwards}
      </span>
      <a href={assistant.documentation} target="_blank" rel="noreferrer">
        {words.documentation}
      </a>
    </Flex>
  );
}

function Connected() {
  const words = useText(connectText);
  const { data, error } = usePolled(["clients"], () => look<Clients>("list_clients"), 2000);
  const { data: status } = useStatus();
  if (error) return <ErrorView error={error} />;
  const sessions = data?.sessions ?? [];
  return (
    <Card size="small" title={<h2 style={HEADING}>{`${words.connected} (${status?.clients ?? "–"})`}</h2>}>
      <Flex vertical gap={16}>
        <DataTable
          label={words.connected}
          rows={data?.clients ?? []}
          keyOf={({ id }) => id}
          empty={words.nobody}
          columns={[
            { title: words.address, cell: ({ address }) => address },
            { title: words.protocol, cell: ({ protocol }) => protocol ?? words.silent },
            { title: words.since, cell: ({ since }) => <TimeText at={since} /> },
          ]}
        />
        <DataTable
          label={words.inUse}
          rows={sessions}
          keyOf={({ session_id: id }) => id}
          empty={words.nobody}
          columns={[
            {
              title: words.session,
              cell: ({ session_id: id }) => <Link to={`/sessions/${encodeURIComponent(id)}`}>{id}</Link>,
            },
            {
              title: words.assistant,
              cell: ({ client }) => (client ? [client.name, client.version].filter(Boolean).join(" ") : "–"),
            },
            { title: words.lastActivity, cell: ({ last_activity: at }) => <TimeText at={at} /> },
          ]}
        />
      </Flex>
    </Card>
  );
}

function Instances() {
  const words = useText(connectText);
  const { data, error } = usePolled(["instances"], () => look<Instance[]>("list_instances"), 5000);
  if (error) return <ErrorView error={error} />;
  return (
    <Card size="small" title={<h2 style={HEADING}>{words.instances}</h2>}>
      <DataTable
        label={words.instances}
        rows={data ?? []}
        keyOf={({ pid, port }) => `${pid} ${port}`}
        empty={words.nobody}
        columns={[
          { title: words.port, cell: ({ port }) => port },
          { title: words.file, cell: ({ file }) => file || words.unsaved },
          {
            title: words.page,
            cell: ({ port }) =>
              String(port) === location.port ? (
                words.thisOne
              ) : (
                <a href={`http://${location.hostname}:${port}/ui/`}>{words.open}</a>
              ),
          },
        ]}
      />
    </Card>
  );
}
