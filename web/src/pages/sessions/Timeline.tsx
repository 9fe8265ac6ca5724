import { MessageOutlined } from "@ant-design/icons";
import { Button, Checkbox, Empty, Flex, Segmented, Spin, Tag, theme, Typography } from "antd";
import { useEffect, useMemo } from "react";
import { ErrorView } from "../../components";
import { useFormat, useText } from "../../i18n";
import { EntryView } from "./EntryView";
import { Hits } from "./Hits";
import { SearchField } from "./List";
import { Marked } from "./Marked";
import { marked, wordsOf } from "./search";
import { sessionsText } from "./text";
import { type Group, groupsOf, PAUSE, pauseBetween } from "./timeline";
import { useAddress } from "./useAddress";
import { type History } from "./useHistory";

/** What was said and what ran because of it. Order, filter, search and the entry that a link leads to are in the address. */
export function Timeline({ id, history }: { id: string; history: History }) {
  const words = useText(sessionsText);
  const format = useFormat();
  const [address, change] = useAddress();
  const { entries, newest, error, isLoading, older, newer } = history;
  const isOldFirst = address.get("order") === "old";
  const onlyFailed = address.get("failed") === "1";
  const query = address.get("q") ?? "";
  const anchor = Number(address.get("entry") ?? 0);
  const groups = useMemo(() => groupsOf(entries ?? []), [entries]);
  const kept = onlyFailed
    ? groups
        .map((group) => ({ ...group, items: group.items.filter(({ entry }) => !entry.success) }))
        .filter(({ items }) => items.length > 0)
    : groups;
  const isAnchorThere = entries?.some((entry) => entry.id === anchor) ?? false;
  useEffect(() => {
    if (isAnchorThere) document.getElementById(`entry-${anchor}`)?.scrollIntoView({ block: "center" });
  }, [anchor, isAnchorThere]);

  const more = (what: "older" | "newer") => {
    const load = what === "older" ? older : newer;
    return (
      load && (
        <Button loading={isLoading} onClick={load} style={{ alignSelf: "center" }}>
          {words[what]}
        </Button>
      )
    );
  };
  return (
    <Flex vertical gap={12}>
      <Flex gap={8} align="center" wrap>
        <SearchField
          label={words.searchHistory}
          value={query}
          onChange={(q) => change({ q, entry: "" }, true)}
        />
        <Segmented
          aria-label={words.timeline}
          value={isOldFirst ? "old" : "new"}
          options={[
            { value: "new", label: words.newestFirst },
            { value: "old", label: words.oldestFirst },
          ]}
          onChange={(order) => change({ order: order === "old" ? "old" : "" })}
        />
        <Checkbox checked={onlyFailed} onChange={({ target }) => change({ failed: target.checked ? "1" : "" })}>
          {words.onlyFailed}
        </Checkbox>
        {entries && (
          <Typography.Text type="secondary">
            {words.shown(format.number(entries.length), format.number(newest))}
          </Typography.Text>
        )}
      </Flex>
      {query.trim() && anchor === 0 && <Hits query={query.trim()} session={id} />}
      {error !== undefined && <ErrorView error={error} />}
      {!entries && isLoading && <Spin />}
      {more(isOldFirst ? "older" : "newer")}
      {entries && kept.length === 0 && <Empty description={entries.length === 0 ? words.noEntries : words.noFailed} />}
      <ol aria-label={words.timeline} style={{ listStyle: "none", margin: 0, padding: 0 }}>
        {(isOldFirst ? kept : kept.toReversed()).map((group) => (
          <GroupView
            key={group.id}
            group={group}
            anchor={anchor}
            query={wordsOf(query)}
            pause={pauseBefore(groups, group)}
            isPauseAbove={isOldFirst}
          />
        ))}
      </ol>
      {more(isOldFirst ? "newer" : "older")}
    </Flex>
  );
}

function pauseBefore(groups: readonly Group[], group: Group): number {
  const at = groups.findIndex(({ id }) => id === group.id);
  const before = groups[at - 1]?.items.at(-1)?.entry;
  const first = groups[at]?.items[0]?.entry;
  return before && first ? pauseBetween(before, first) : 0;
}

function GroupView({
  group: { words: said, items },
  anchor,
  query,
  pause,
  isPauseAbove,
}: {
  group: Group;
  anchor: number;
  query: readonly string[];
  pause: number;
  isPauseAbove: boolean;
}) {
  const words = useText(sessionsText);
  const format = useFormat();
  const { token } = theme.useToken();
  const failed = items.filter(({ entry }) => !entry.success).length;
  const echo = items[0]?.echo;
  const rest = pause >= PAUSE && (
    <div role="separator" style={{ textAlign: "center", color: token.colorTextSecondary, padding: "4px 0 12px" }}>
      {words.pause(format.duration(pause))}
    </div>
  );
  return (
    // The browser lays out only what is near the screen, so that thousands of entries cost nothing.
    <li style={{ contentVisibility: "auto", containIntrinsicSize: "auto 120px" }}>
      {isPauseAbove && rest}
      <div
        style={{
          background: token.colorBgContainer,
          border: `1px solid ${token.colorBorderSecondary}`,
          borderInlineStart: `3px solid ${failed > 0 ? token.colorError : said ? token.colorPrimary : token.colorBorder}`,
          borderRadius: token.borderRadius,
          marginBottom: 12,
        }}
      >
        {said && (
          <Flex gap={8} align="baseline" wrap style={{ padding: "8px 12px" }}>
            <MessageOutlined aria-label={words.said} />
            <span style={{ fontSize: 15, fontWeight: 600, overflowWrap: "anywhere", whiteSpace: "pre-wrap" }}>
              <Marked parts={marked(said, query)} />
            </span>
            {failed > 0 && items.length > 1 && <Tag color="error">{words.failed(format.number(failed))}</Tag>}
            {echo && (
              <Typography.Text type="secondary" style={{ flexBasis: "100%" }}>
                {words.understood}: <Marked parts={marked(echo, query)} />
              </Typography.Text>
            )}
          </Flex>
        )}
        {items.map((item, at) => (
          <div
            key={item.entry.id}
            id={`entry-${item.entry.id}`}
            aria-current={item.entry.id === anchor || undefined}
            style={{
              padding: "6px 12px",
              borderTop: said || at > 0 ? `1px solid ${token.colorBorderSecondary}` : "none",
              ...(item.entry.id === anchor ? { background: token.colorPrimaryBg } : {}),
            }}
          >
            <EntryView item={item} query={query} />
          </div>
        ))}
      </div>
      {!isPauseAbove && rest}
    </li>
  );
}
