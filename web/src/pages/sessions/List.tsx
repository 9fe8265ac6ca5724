import { useQuery } from "@tanstack/react-query";
import { Button, Empty, Flex, Input, Segmented, Select, Spin, Tooltip, Typography } from "antd";
import { useEffect, useState } from "react";
import { useNavigate } from "react-router";
import { SEARCH } from "../../app/shortcuts";
import { appText } from "../../app/text";
import { ErrorView, PageFrame } from "../../components";
import { useFormat, useText } from "../../i18n";
import { useActions } from "./actions";
import { Hits } from "./Hits";
import { clientOf, matches, orderOf, shownOf, sorted, STATES } from "./list";
import { useRefreshed } from "./live";
import { PathDialog } from "./PathDialog";
import { readSessions } from "./read";
import { SessionTable } from "./SessionTable";
import { sessionsText } from "./text";
import { useAddress } from "./useAddress";

const ROWS = 50;
/** Milliseconds without a key until a search begins. */
const TYPED = 300;

export function useSessions() {
  const list = useQuery({
    queryKey: ["sessions", "list"],
    queryFn: readSessions,
  });
  useRefreshed(["sessions", "list"], () => true);
  return list;
}

export function List() {
  const words = useText(sessionsText);
  const pages = useText(appText);
  const format = useFormat();
  const actions = useActions();
  const navigate = useNavigate();
  const [address, change] = useAddress();
  const [dialog, setDialog] = useState<"import" | "export">();
  const { data, error } = useSessions();
  const query = address.get("q") ?? "";
  const isSearching = query.trim() !== "";
  const order = orderOf(address);
  const filter = { status: shownOf(address), client: address.get("client") ?? "" };
  const all = data ?? [];
  const lines = sorted(all.filter((line) => matches(line, filter)), order);
  const known = new Map(all.map((line) => [line.session_id, line]));
  const chosen = address.getAll("chosen").flatMap((each) => each.split(",")).filter((id) => known.has(id));
  const choose = (ids: readonly string[]) => change({ chosen: ids.join(",") }, true);
  const clients = [...new Set(all.map((line) => clientOf(line.session_id)))].sort();

  const last = Math.max(1, Math.ceil(lines.length / ROWS));
  const current = Math.min(Math.max(1, Number(address.get("page")) || 1), last);
  const goTo = (at: number) => change({ page: at > 1 ? String(at) : "" });
  const remove = async () => {
    const sessions = chosen.map((id) => ({ id, commands: known.get(id)?.command_count ?? 0 }));
    if (await actions.delete(sessions)) choose([]);
  };

  return (
    <PageFrame
      title={pages.sessions}
      extra={<Button onClick={() => setDialog("import")}>{words.import}</Button>}
    >
      <Flex gap={8} wrap>
        <SearchField label={words.searchHistories} value={query} onChange={(q) => change({ q }, true)} />
        <Segmented
          aria-label={words.status}
          value={filter.status}
          options={STATES.map((value) => ({ value, label: words[value] }))}
          onChange={(status) => change({ status: status === "all" ? "" : status, page: "" })}
        />
        <Select
          aria-label={words.client}
          style={{ minWidth: 150 }}
          value={filter.client}
          options={[{ value: "", label: words.anyClient }, ...clients.map((value) => ({ value, label: value }))]}
          onChange={(client) => change({ client, page: "" })}
        />
      </Flex>
      {isSearching && <Hits query={query.trim()} />}
      {error && <ErrorView error={error} />}
      <Flex gap={8} align="center" wrap>
        <Typography.Text type="secondary">{words.count(format.number(lines.length))}</Typography.Text>
        {chosen.length > 0 && (
          <>
            <Typography.Text strong>{words.selected(format.number(chosen.length))}</Typography.Text>
            <Tooltip title={words.downloadHelp}>
              <Button size="small" onClick={() => void actions.download(chosen)}>
                {words.download}
              </Button>
            </Tooltip>
            <Button size="small" onClick={() => setDialog("export")}>
              {words.export}
            </Button>
            <Button size="small" danger onClick={() => void remove()}>
              {words.delete}
            </Button>
          </>
        )}
        <Tooltip title={words.compareHelp}>
          <Button
            size="small"
            disabled={chosen.length !== 2}
            onClick={() =>
              void navigate(
                `compare?left=${encodeURIComponent(chosen[0] ?? "")}&right=${encodeURIComponent(chosen[1] ?? "")}`,
              )
            }
          >
            {words.compare}
          </Button>
        </Tooltip>
      </Flex>
      {!data && !error && <Spin />}
      {data && lines.length === 0 && <Empty description={all.length === 0 ? words.none : words.noMatch} />}
      {lines.length > 0 && (
        <SessionTable
          lines={lines.slice((current - 1) * ROWS, current * ROWS)}
          order={order}
          onOrder={({ column, down }) => change({ sort: `${column}-${down ? "down" : "up"}`, page: "" })}
          chosen={chosen}
          onChosen={choose}
        />
      )}
      {last > 1 && (
        <Flex component="nav" aria-label={words.pages} gap={8} align="center" justify="end">
          <Button size="small" disabled={current === 1} onClick={() => goTo(current - 1)}>
            {words.previous}
          </Button>
          <span>{words.page(format.number(current), format.number(last))}</span>
          <Button size="small" disabled={current === last} onClick={() => goTo(current + 1)}>
            {words.next}
          </Button>
        </Flex>
      )}
      {dialog === "import" && (
        <PathDialog
          title={words.importTitle}
          help={words.importHelp}
          okText={words.import}
          act={actions.importFrom}
          onClose={() => setDialog(undefined)}
        />
      )}
      {dialog === "export" && (
        <PathDialog
          title={words.exportTitle}
          okText={words.export}
          act={(path) => actions.exportTo(path, chosen)}
          onClose={() => setDialog(undefined)}
        />
      )}
    </PageFrame>
  );
}

/** Told on when nothing more is typed for a moment. */
export function SearchField({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string;
  onChange: (text: string) => void;
}) {
  const [typed, setTyped] = useState(value);
  // The back button, or a link, changes it from outside.
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed === value) return;
    const timer = setTimeout(() => onChange(typed), TYPED);
    return () => clearTimeout(timer);
  });
  return (
    <Input
      {...SEARCH}
      allowClear
      style={{ width: 280, maxWidth: "100%" }}
      aria-label={label}
      placeholder={label}
      value={typed}
      onChange={({ target }) => setTyped(target.value)}
      onPressEnter={() => onChange(typed)}
    />
  );
}
