import { useQuery } from "@tanstack/react-query";
import { Alert, Button, Collapse, Drawer, Flex, Grid, Input, Segmented, Typography } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import { look } from "../../api/commands";
import { useCommands } from "../../api/openapi";
import { CopyButton, Duration, ErrorView, JsonView, Picture, picturesIn, ProgressBar, SchemaForm, StateTag, TimeText } from "../../components";
import { useText } from "../../i18n";
import type { useActions } from "./actions";
import { asParams, ran, type Task, type TaskList } from "./tasks";
import { queueText } from "./text";

/** Everything about one task. What lists do not tell, as its result, is asked for when it has ended. */
export function Details({
  id,
  live,
  actions,
  onClose,
}: {
  id: string;
  live: Task | undefined;
  actions: ReturnType<typeof useActions>;
  onClose: () => void;
}) {
  const words = useText(queueText);
  const isWide = Grid.useBreakpoint().md ?? true;
  const status = live?.status;
  const { data: whole, error } = useQuery({
    queryKey: ["task", id, status],
    queryFn: () => look<Task & { result?: unknown; metadata?: Record<string, unknown> }>("get_task", { task_id: id }),
  });
  const { data: listed } = useQuery({
    queryKey: ["task", id, "listed"],
    queryFn: async () => (await look<TaskList>("list_tasks", { text: id, limit: 1 })).tasks[0] ?? null,
    enabled: !live?.args,
  });
  const task: Task | undefined = live ?? whole;
  const args = live?.args ?? listed?.args;
  const runs = live?.runs ?? listed?.runs ?? task?.type;
  return (
    <Drawer open onClose={onClose} title={words.details} size={isWide ? 640 : "100%"}>
      {error && !task ? (
        <Alert type="info" showIcon title={words.gone} />
      ) : (
        task && (
          <Flex vertical gap={16}>
            <Flex gap={8} align="center" wrap>
              <Typography.Text strong style={{ fontSize: 16 }}>
                {task.type}
              </Typography.Text>
              <StateTag state={task.cancelling ? "cancelling" : task.status} />
              <Typography.Text type="secondary" style={{ fontSize: 12 }}>
                {task.task_id}
              </Typography.Text>
              <CopyButton text={task.task_id} />
            </Flex>
            <Buttons task={task} args={args} runs={runs} actions={actions} />
            <Times task={task} />
            {task.progress && (
              <ProgressBar fraction={task.progress.fraction ?? 0} label={task.progress.message ?? words.state} />
            )}
            {task.error && <ErrorView error={task.error} />}
            {args && "omitted" in args ? (
              <Alert type="info" title={words.omitted} />
            ) : (
              args && <Section title={words.parameters} value={args} />
            )}
            {picturesIn(innerResult(whole?.result)).map(({ data, type, name }) => (
              <Picture key={data.slice(-32)} data={data} type={type} {...(name ? { alt: name } : {})} />
            ))}
            {whole?.result !== undefined && <Section title={words.result} value={whole.result} />}
            {whole?.metadata && Object.keys(whole.metadata).length > 0 && (
              <Section title={words.metadata} value={whole.metadata} />
            )}
            <Collapse
              items={[{ key: "whole", label: words.whole, children: <JsonView value={{ ...whole, ...task }} maxHeight={480} /> }]}
            />
          </Flex>
        )
      )}
    </Drawer>
  );
}

function innerResult(result: unknown): unknown {
  return typeof result === "object" && result !== null && "result" in result && !("images" in result)
    ? (result as { result: unknown }).result
    : result;
}

function Section({ title, value }: { title: string; value: unknown }) {
  return (
    <section>
      <Typography.Title level={3} style={{ fontSize: 14, marginTop: 0 }}>
        {title}
      </Typography.Title>
      <JsonView value={value} maxHeight={320} />
    </section>
  );
}

function Times({ task }: { task: Task }) {
  const words = useText(queueText);
  const rows: [string, React.ReactNode][] = [
    [words.session, <Link key="s" to={`/sessions/${encodeURIComponent(task.session_id)}`}>{task.session_id}</Link>],
    [words.accepted, <TimeText key="c" at={task.created_at} />],
  ];
  if (task.started_at) rows.push([words.began, <TimeText key="b" at={task.started_at} />]);
  if (task.finished_at) rows.push([words.ended, <TimeText key="e" at={task.finished_at} />]);
  rows.push([words.took, <Duration key="d" seconds={ran(task, Date.now() / 1000)} />]);
  if (task.retry_of) rows.push([words.retryOf, <Link key="r" to={`/queue?task=${task.retry_of}`}>{task.retry_of}</Link>]);
  return (
    <dl style={{ display: "grid", gridTemplateColumns: "max-content 1fr", gap: "4px 16px", margin: 0 }}>
      {rows.map(([name, value]) => (
        <div key={name} style={{ display: "contents" }}>
          <dt>{name}</dt>
          <dd style={{ margin: 0, overflowWrap: "anywhere" }}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Buttons({
  task,
  args,
  runs,
  actions,
}: {
  task: Task;
  args: Record<string, unknown> | undefined;
  runs: string | undefined;
  actions: ReturnType<typeof useActions>;
}) {
  const words = useText(queueText);
  const [isChanging, setChanging] = useState(false);
  const isOpen = task.status === "pending" || task.status === "processing";
  return (
    <>
      <Flex gap={8} wrap>
        {task.status === "pending" && <Button onClick={() => void actions.front(task)}>{words.front}</Button>}
        {isOpen && (
          <Button danger onClick={() => actions.cancel(task)}>
            {words.cancel}
          </Button>
        )}
        {!isOpen && (
          <>
            <Button onClick={() => void actions.again(task)}>{words.again}</Button>
            <Button aria-expanded={isChanging} onClick={() => setChanging(!isChanging)}>
              {words.change}
            </Button>
          </>
        )}
      </Flex>
      {isChanging && !isOpen && (
        <Changed
          runs={runs ?? task.type}
          args={args && !("omitted" in args) ? args : {}}
          onSend={async (params) => {
            if (await actions.again(task, params)) setChanging(false);
          }}
        />
      )}
    </>
  );
}

/** The parameters to run with, as a form or as JSON. */
function Changed({
  runs,
  args,
  onSend,
}: {
  runs: string;
  args: Record<string, unknown>;
  onSend: (params: Record<string, unknown>) => Promise<void>;
}) {
  const words = useText(queueText);
  const { data: commands } = useCommands();
  const schema = commands?.find(({ name }) => name === runs)?.schema;
  const [params, setParams] = useState<Readonly<Record<string, unknown>>>(args);
  const [shown, setShown] = useState<"form" | "raw">("form");
  const [isBad, setBad] = useState(false);
  const write = (text: string) => {
    const written = asParams(text);
    setBad(written === undefined);
    if (written) setParams(written);
  };
  return (
    <Flex vertical gap={12}>
      <Segmented<"form" | "raw">
        value={shown}
        onChange={(chosen) => {
          setShown(chosen === "raw" ? "raw" : "form");
          setBad(false);
        }}
        options={[
          { value: "form", label: words.form },
          { value: "raw", label: words.raw },
        ]}
        style={{ alignSelf: "flex-start" }}
      />
      {shown === "form" && schema ? (
        <SchemaForm schema={schema} values={params} onChange={setParams} />
      ) : (
        <>
          <Input.TextArea
            aria-label={words.raw}
            aria-invalid={isBad}
            {...(isBad ? { status: "error" as const } : {})}
            autoSize={{ minRows: 4, maxRows: 20 }}
            defaultValue={JSON.stringify(params, null, 2)}
            style={{ fontFamily: "monospace" }}
            onChange={({ target }) => write(target.value)}
          />
          {isBad && <span role="alert">{words.notJson}</span>}
        </>
      )}
      <Button type="primary" disabled={isBad} style={{ alignSelf: "flex-start" }} onClick={() => void onSend({ ...params })}>
        {words.send}
      </Button>
    </Flex>
  );
}
