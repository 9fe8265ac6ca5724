import { Button, Empty, Flex, Input, Segmented, Select, Skeleton } from "antd";
import { useEffect, useMemo, useState } from "react";
import { useSearchParams } from "react-router";
import { SEARCH } from "../../app/shortcuts";
import { appText } from "../../app/text";
import { ErrorView, PageFrame } from "../../components";
import { useFormat, useText } from "../../i18n";
import { useActions } from "./actions";
import { useTasks } from "./data";
import { Details } from "./Details";
import { List } from "./List";
import { type Filter, matches, newest, STATUSES } from "./tasks";
import { queueText } from "./text";
import "./queue.css";

/** All tasks, live: what waits and why, what runs, what came of the rest; and what can be done about it. */
export default function Queue() {
  const words = useText(queueText);
  const pages = useText(appText);
  const format = useFormat();
  const [address, setAddress] = useSearchParams();
  const { tasks, counts, error, isRead, read } = useTasks();
  const actions = useActions();
  const now = useSeconds(counts.processing > 0);
  const filter: Filter = {
    status: STATUSES.find((each) => each === address.get("status")),
    command: address.get("command") ?? "",
    session: address.get("session") ?? "",
    text: address.get("q") ?? "",
  };
  const open = address.get("task");
  const change = (name: string, value: string) => {
    const changed = new URLSearchParams(address);
    if (value) changed.set(name, value);
    else changed.delete(name);
    setAddress(changed, { replace: name === "q" });
  };
  const all = useMemo(() => newest([...tasks.values()]), [tasks]);
  const shown = useMemo(
    () => all.filter((task) => matches(task, filter)),
    [all, filter.status, filter.command, filter.session, filter.text],
  );
  const commands = useMemo(() => [...new Set(all.map(({ type }) => type))].sort(), [all]);
  const failed = shown.filter(({ status }) => status === "failed");
  const waiting = shown.filter(({ status }) => status === "pending");
  const total = STATUSES.reduce((sum, status) => sum + counts[status], 0);
  return (
    <PageFrame
      title={pages.queue}
      extra={
        <>
          {failed.length > 0 && (
            <Button onClick={() => actions.retryAll(failed)}>{words.retryFailed(format.number(failed.length))}</Button>
          )}
          {waiting.length > 0 && (
            <Button danger onClick={() => actions.empty(waiting)}>
              {words.empty(format.number(waiting.length))}
            </Button>
          )}
        </>
      }
    >
      <Flex gap={8} wrap align="center">
        <div style={{ maxWidth: "100%", overflow: "auto" }}>
          <Segmented
            aria-label={words.state}
            value={filter.status ?? "all"}
            onChange={(chosen) => change("status", chosen === "all" ? "" : chosen)}
            options={[
              { value: "all", label: `${words.all} ${format.number(total)}` },
              ...STATUSES.map((value) => ({ value, label: `${words[value]} ${format.number(counts[value])}` })),
            ]}
          />
        </div>
        <Select
          aria-label={words.command}
          showSearch
          allowClear
          placeholder={words.anyCommand}
          value={filter.command || null}
          options={commands.map((value) => ({ value }))}
          onChange={(chosen: string | undefined) => change("command", chosen ?? "")}
          style={{ width: 180 }}
        />
        <Input
          {...SEARCH}
          allowClear
          placeholder={words.search}
          aria-label={words.search}
          value={filter.text}
          onChange={({ target }) => change("q", target.value)}
          style={{ width: 220 }}
        />
        {filter.session && (
          <Button onClick={() => change("session", "")}>
            {words.session}: {filter.session} ×
          </Button>
        )}
      </Flex>
      {error !== undefined && <ErrorView error={error} retry={() => void read()} />}
      {!isRead && error === undefined ? (
        <Skeleton active />
      ) : shown.length === 0 ? (
        <Empty description={all.length === 0 ? words.none : words.noMatch} />
      ) : (
        <List tasks={shown} now={now} open={open} onOpen={(id) => change("task", id)} onCancel={actions.cancel} />
      )}
      {open && <Details key={open} id={open} live={tasks.get(open)} actions={actions} onClose={() => change("task", "")} />}
    </PageFrame>
  );
}

/** Unix seconds, ticking while something runs. */
function useSeconds(isTicking: boolean): number {
  const [now, setNow] = useState(() => Date.now() / 1000);
  useEffect(() => {
    if (!isTicking) return;
    const timer = setInterval(() => setNow(Date.now() / 1000), 500);
    return () => clearInterval(timer);
  }, [isTicking]);
  return now;
}
