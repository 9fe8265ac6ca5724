import { useQuery } from "@tanstack/react-query";
import { Button, Empty, Flex, Input, Segmented, Select, Spin, Table, type TableProps, Tooltip, Typography } from "antd";
import { useEffect, useState } from "react";
import { Link, useNavigate } from "react-router";
import { get } from "../../api/client";
import { SEARCH } from "../../app/shortcuts";
import { appText } from "../../app/text";
import { ErrorView, PageFrame, StateTag, TimeText } from "../../components";
import { useFormat, useText } from "../../i18n";
import { useActions } from "./actions";
import { Hits } from "./Hits";
import { clientOf, type Column, COLUMNS, matches, orderOf, shownOf, sorted, STATES } from "./list";
import { useRefreshed } from "./live";
import { PathDialog } from "./PathDialog";
import { sessionsText } from "./text";
import type { Listed } from "./types";
import { useAddress } from "./useAddress";

const ROWS = 50;
/** Milliseconds without a key until a search begins. */
const TYPED = 300;

export function useSessions() {
  const list = useQuery({
    queryKey: ["sessions", "list"],
    queryFn: (): Promise<Listed[]> => get("/sessions", { status: "all", limit: 10_000 }),
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

  const column = (name: Column, more: NonNullable<TableProps<Listed>["columns"]>[number]) => ({
    key: name,
    title: words[name],
    sorter: true,
    sortOrder: order.column === name ? (order.down ? ("descend" as const) : ("ascend" as const)) : null,
    ...more,
  });
  const columns: TableProps<Listed>["columns"] = [
    column("session", {
      render: (_, { session_id: id }) => (
        <Link to={encodeURIComponent(id)} style={{ overflowWrap: "anywhere" }}>
          {id}
        </Link>
      ),
    }),
    column("status", {
      width: 110,
      render: (_, { status, instance }) => (
        <Tooltip title={instance && words.elsewhere(instance)}>
          <StateTag state={status} />
        </Tooltip>
      ),
    }),
    column("client", { width: 110, responsive: ["md"], render: (_, line) => clientOf(line.session_id) }),
    column("created", { width: 190, responsive: ["lg"], render: (_, line) => <TimeText at={line.created_at} /> }),
    column("used", { width: 190, responsive: ["sm"], render: (_, line) => <TimeText at={line.last_activity} /> }),
    column("commands", {
      width: 110,
      align: "right",
      responsive: ["sm"],
      render: (_, line) => format.number(line.command_count),
    }),
  ];
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
      {data && (
        <Table
          size="small"
          rowKey="session_id"
          columns={columns}
          dataSource={lines}
          locale={{ emptyText: <Empty description={all.length === 0 ? words.none : words.noMatch} /> }}
          rowSelection={{
            selectedRowKeys: chosen,
            preserveSelectedRowKeys: true,
            onChange: (keys) => choose(keys.map(String)),
            getCheckboxProps: (line) => ({ "aria-label": words.select(line.session_id) }) as object,
            getTitleCheckboxProps: () => ({ "aria-label": words.all }) as object,
          }}
          pagination={{
            current: Number(address.get("page") ?? 1),
            pageSize: ROWS,
            showSizeChanger: false,
            hideOnSinglePage: true,
          }}
          onChange={({ current = 1 }, _, sorter, { action }) => {
            if (action === "paginate") return change({ page: current > 1 ? String(current) : "" });
            const { columnKey, order: wanted } = Array.isArray(sorter) ? (sorter[0] ?? {}) : sorter;
            const name = COLUMNS.find((each) => each === columnKey);
            change({ sort: name && wanted ? `${name}-${wanted === "descend" ? "down" : "up"}` : "", page: "" });
          }}
        />
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
