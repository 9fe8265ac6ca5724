import { useInfiniteQuery } from "@tanstack/react-query";
import { Button, Empty, Flex, Spin, Tag, theme, Typography } from "antd";
import { Link } from "react-router";
import { ErrorView, TimeText } from "../../components";
import { useFormat, useText } from "../../i18n";
import { Marked } from "./Marked";
import { search } from "./read";
import { foundIn, marked, wordsOf } from "./search";
import { sessionsText } from "./text";
import type { Hit } from "./types";

const PAGE = 20;

/** What `search_history` finds, the newest first; in one session, or in all. */
export function Hits({ query, session }: { query: string; session?: string }) {
  const words = useText(sessionsText);
  const format = useFormat();
  const { data, error, hasNextPage, fetchNextPage, isFetching } = useInfiniteQuery({
    queryKey: ["search", query, session],
    initialPageParam: undefined as number | undefined,
    queryFn: ({ pageParam }) => search(query, session, PAGE, pageParam),
    getNextPageParam: (last) => (last.length === PAGE ? last.at(-1)?.cursor : undefined),
    // A search costs; what is new since stands in the session anyway.
    refetchOnWindowFocus: false,
  });
  if (error) return <ErrorView error={error} />;
  if (!data) return <Spin />;
  const hits = data.pages.flat();
  if (hits.length === 0) return <Empty description={words.noHits} />;
  return (
    <section aria-label={words.hits(format.number(hits.length))}>
      <Typography.Title level={2} style={{ fontSize: 15, marginTop: 0 }} role="status">
        {words.hits(`${format.number(hits.length)}${hasNextPage ? "+" : ""}`)}
      </Typography.Title>
      <ol style={{ listStyle: "none", margin: 0, padding: 0 }}>
        {hits.map((hit) => (
          <Found key={hit.cursor} hit={hit} query={query} showsSession={session === undefined} />
        ))}
      </ol>
      {hasNextPage && (
        <Button loading={isFetching} onClick={() => void fetchNextPage()}>
          {words.moreHits}
        </Button>
      )}
    </section>
  );
}

function Found({ hit, query, showsSession }: { hit: Hit; query: string; showsSession: boolean }) {
  const words = useText(sessionsText);
  const format = useFormat();
  const { token } = theme.useToken();
  const asked = wordsOf(query);
  const names = { words: words.fieldWords, command: words.fieldCommand, args: words.fieldArgs, result: words.fieldResult };
  const found = foundIn(hit, asked).filter(({ field }) => field !== "command");
  const target = `/sessions/${encodeURIComponent(hit.session_id)}?entry=${hit.id}&q=${encodeURIComponent(query)}`;
  return (
    <li
      style={{
        padding: "8px 12px",
        marginBottom: 8,
        background: token.colorBgContainer,
        border: `1px solid ${token.colorBorderSecondary}`,
        borderRadius: token.borderRadius,
      }}
    >
      <Flex gap={8} align="baseline" wrap>
        <Link to={target}>
          {showsSession ? `${hit.session_id} · ` : ""}
          {words.entry(format.number(hit.id))}
        </Link>
        <code>
          <Marked parts={marked(hit.command, asked)} />
        </code>
        {!hit.success && <Tag color="error">{words.failed("1")}</Tag>}
        <Typography.Text type="secondary" style={{ marginInlineStart: "auto" }}>
          <TimeText at={hit.timestamp} />
        </Typography.Text>
      </Flex>
      {found.map(({ field, parts }) => (
        <div key={field}>
          <Typography.Text type="secondary">{names[field]}: </Typography.Text>
          <Marked parts={parts} />
        </div>
      ))}
    </li>
  );
}
