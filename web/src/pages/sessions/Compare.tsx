import { ArrowLeftOutlined, SwapOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Checkbox, Empty, Flex, Segmented, Select, Spin, theme, Typography } from "antd";
import { useMemo } from "react";
import { Link } from "react-router";
import { ErrorView, PageFrame } from "../../components";
import { useFormat, useText } from "../../i18n";
import { changesOf, compare, type Difference, type Row } from "./compare";
import { EntryView } from "./EntryView";
import { useSessions } from "./List";
import { useRefreshed } from "./live";
import { readHistory } from "./read";
import { sessionsText } from "./text";
import type { Item } from "./timeline";
import { useAddress } from "./useAddress";
import "./sessions.css";

/** Commands of each side; to find what is common takes their product. */
const MOST = 1000;

function useEntries(id: string) {
  const entries = useQuery({
    queryKey: ["sessions", "compared", id],
    queryFn: () => readHistory(id, MOST),
    enabled: id !== "",
  });
  useRefreshed(["sessions", "compared", id], ({ type, data }) => type === "history_appended" && data["session_id"] === id);
  return entries;
}

/** Two sessions side by side, and where they differ. */
export default function Compare() {
  const words = useText(sessionsText);
  const format = useFormat();
  const [address, change] = useAddress();
  const sides = { left: address.get("left") ?? "", right: address.get("right") ?? "" };
  const by = address.get("by") === "time" ? "time" : "order";
  const onlyDifferent = address.get("different") === "1";
  const left = useEntries(sides.left);
  const right = useEntries(sides.right);
  const { data: sessions } = useSessions();
  const rows = useMemo(
    () => (left.data && right.data ? compare(left.data, right.data, by) : undefined),
    [left.data, right.data, by],
  );
  const count = (wanted: Difference) =>
    format.number(rows?.filter(({ difference }) => difference === wanted).length ?? 0);
  const shown = rows?.filter(({ difference }) => !onlyDifferent || difference !== "same");
  const error = left.error ?? right.error;
  return (
    <PageFrame
      title={words.compare}
      extra={
        <Link to="/sessions">
          <ArrowLeftOutlined /> {words.back}
        </Link>
      }
    >
      <Flex gap={8} align="center" wrap>
        {(["left", "right"] as const).map((side) => (
          <Select
            key={side}
            aria-label={words[side]}
            showSearch
            style={{ flex: "1 1 260px", minWidth: 0 }}
            placeholder={words.choose}
            value={sides[side] || null}
            options={(sessions ?? []).map(({ session_id: id }) => ({ value: id, label: id }))}
            onChange={(id: string) => change({ [side]: id })}
          />
        ))}
        <Button
          icon={<SwapOutlined />}
          aria-label={words.swap}
          title={words.swap}
          onClick={() => change({ left: sides.right, right: sides.left })}
        />
      </Flex>
      <Flex gap={12} align="center" wrap>
        <Segmented
          aria-label={words.align}
          value={by}
          options={[
            { value: "order", label: words.byOrder },
            { value: "time", label: words.byTime },
          ]}
          onChange={(value) => change({ by: value === "time" ? "time" : "" })}
        />
        <Checkbox checked={onlyDifferent} onChange={({ target }) => change({ different: target.checked ? "1" : "" })}>
          {words.onlyDifferent}
        </Checkbox>
        {rows && (
          <Typography.Text role="status">
            {words.summary(count("same"), count("changed"), count("left"), count("right"))}
          </Typography.Text>
        )}
      </Flex>
      {error && <ErrorView error={error} />}
      {(left.isLoading || right.isLoading) && <Spin />}
      {[left.data, right.data].some((entries) => entries?.length === MOST) && (
        <Typography.Text type="secondary">{words.comparedLast(format.number(MOST))}</Typography.Text>
      )}
      {shown && shown.length === 0 && <Empty description={rows?.length === 0 ? words.empty : words.nothingDiffers} />}
      {shown && shown.length > 0 && (
        <ol aria-label={words.compare} style={{ listStyle: "none", margin: 0, padding: 0 }}>
          {shown.map((row) => (
            <Pair key={`${row.left?.entry.id}/${row.right?.entry.id}`} row={row} showsTime={by === "time"} />
          ))}
        </ol>
      )}
    </PageFrame>
  );
}

const DIFFERENCES = { same: "same", changed: "changed", left: "onlyLeft", right: "onlyRight" } as const;

function Pair({ row, showsTime }: { row: Row; showsTime: boolean }) {
  const { left, right, difference, at } = row;
  const words = useText(sessionsText);
  const format = useFormat();
  const { token } = theme.useToken();
  const color = {
    same: token.colorBorderSecondary,
    changed: token.colorWarning,
    left: token.colorInfo,
    right: token.colorInfo,
  }[difference];
  return (
    <li
      data-difference={difference}
      style={{
        contentVisibility: "auto",
        containIntrinsicSize: "auto 80px",
        marginBottom: 8,
        background: token.colorBgContainer,
        border: `1px solid ${token.colorBorderSecondary}`,
        borderInlineStart: `3px solid ${color}`,
        borderRadius: token.borderRadius,
        padding: "6px 12px",
      }}
    >
      <Flex gap={8} align="baseline">
        <Typography.Text strong={difference !== "same"} type={difference === "changed" ? "warning" : "secondary"}>
          {words[DIFFERENCES[difference]]}
        </Typography.Text>
        {showsTime && (
          <Typography.Text type="secondary">
            {words.after} {format.duration(at)}
          </Typography.Text>
        )}
      </Flex>
      {changesOf(row).map(({ name, left: was, right: is }) => (
        <div key={name ?? ""} style={{ overflowWrap: "anywhere" }}>
          <Typography.Text type="secondary">{name ?? words.outcome}: </Typography.Text>
          <code>{was ?? "–"}</code> → <code>{is ?? "–"}</code>
        </div>
      ))}
      <Flex gap={16} wrap>
        <Side name={words.left} item={left} />
        <Side name={words.right} item={right} />
      </Flex>
    </li>
  );
}

function Side({ name, item }: { name: string; item: Item | undefined }) {
  // Beside each other where there is room, else one under the other; then a missing one takes none.
  return (
    <div role="group" aria-label={name} style={{ flex: "1 1 320px", minWidth: 0, ...(item ? {} : { height: 0 }) }}>
      {item && (
        <>
          <Typography.Text aria-hidden className="side-name" type="secondary">
            {name}
          </Typography.Text>
          {item.words && <div style={{ fontWeight: 600, overflowWrap: "anywhere" }}>{item.words}</div>}
          <EntryView item={item} />
        </>
      )}
    </div>
  );
}
