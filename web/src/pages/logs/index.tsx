import { DownloadOutlined, PauseOutlined, PlayCircleOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Empty, Flex, Input, Select, Typography, theme } from "antd";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useSearchParams } from "react-router";
import { look } from "../../api/commands";
import { SEARCH } from "../../app/shortcuts";
import { appText } from "../../app/text";
import { ErrorView, PageFrame, TimeText } from "../../components";
import { useFormat, useText } from "../../i18n";
import { useChannel } from "../../live";
import { asText, joined, type Level, LEVELS, type LogRecord, matches, MOST, ofEvent, sessionsIn } from "./records";
import { logsText } from "./text";

interface Kept {
  records: LogRecord[];
  cursor: number | null;
  level: string;
}

/** Rows that are drawn at most: the newest that match. */
const DRAWN = 1000;
const PAGE = 500;
/** What is told within it is drawn at once. A timer: frames do not come while the page is hidden, records do. */
const PAUSE = 100;

export default function Logs() {
  const words = useText(logsText);
  const pages = useText(appText);
  const format = useFormat();
  const { token } = theme.useToken();
  const [address, setAddress] = useSearchParams();
  const level = LEVELS.find((each) => each === address.get("level")) ?? "TRACE";
  const text = address.get("q") ?? "";
  const session = address.get("session") ?? "";
  const change = (name: string, value: string) => {
    const changed = new URLSearchParams(address);
    if (value) changed.set(name, value);
    else changed.delete(name);
    setAddress(changed, { replace: name === "q" });
  };
  const { data: kept, error, refetch } = useQuery({
    queryKey: ["logs"],
    queryFn: () => look<Kept>("get_logs", { limit: PAGE }),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const [older, setOlder] = useState<{ records: LogRecord[]; cursor: number | null }>();
  const [told, setTold] = useState<readonly LogRecord[]>([]);
  const [frozen, setFrozen] = useState<readonly LogRecord[]>();
  const waiting = useRef<LogRecord[]>([]);
  const hear = useCallback((record: LogRecord) => {
    if (waiting.current.push(record) > 1) return;
    setTimeout(() => {
      const fresh = waiting.current;
      waiting.current = [];
      setTold((known) => [...known, ...fresh].slice(-MOST));
    }, PAUSE);
  }, []);
  useChannel("logs", (event) => hear(ofEvent(event)), { gap: () => void refetch() });
  const all = useMemo(
    () => joined([...(older?.records ?? []), ...(kept?.records ?? [])], told),
    [older, kept, told],
  );
  const records = frozen ?? all;
  const found = useMemo(
    () => records.filter((record) => matches(record, level, `${text} ${session}`.trim())),
    [records, level, text, session],
  );
  const sessions = useMemo(() => sessionsIn(records), [records]);
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!frozen && found.length > 0) end.current?.scrollIntoView({ block: "nearest" });
  }, [found, frozen]);
  const cursor = older ? older.cursor : (kept?.cursor ?? null);
  const readOlder = async () => {
    const page = await look<Kept>("get_logs", { limit: PAGE, before: cursor });
    setOlder({ records: [...page.records, ...(older?.records ?? [])], cursor: page.cursor });
    setFrozen([...page.records, ...all]);
  };
  const colors: Partial<Record<Level, string>> = {
    ERROR: token.colorError,
    WARN: token.colorWarning,
    DEBUG: token.colorTextTertiary,
    TRACE: token.colorTextTertiary,
  };
  return (
    <PageFrame
      title={pages.logs}
      extra={
        <>
          <Button
            icon={frozen ? <PlayCircleOutlined /> : <PauseOutlined />}
            aria-pressed={frozen !== undefined}
            onClick={() => setFrozen(frozen ? undefined : all)}
          >
            {frozen ? words.follow : words.pause}
            {frozen && all.length > frozen.length && ` (${words.newer(format.number(all.length - frozen.length))})`}
          </Button>
          <Button icon={<DownloadOutlined />} disabled={found.length === 0} onClick={() => download(found)}>
            {words.download}
          </Button>
        </>
      }
    >
      <Flex gap={8} wrap>
        <Select
          aria-label={words.level}
          style={{ width: 160 }}
          value={level}
          onChange={(chosen) => change("level", chosen === "TRACE" ? "" : chosen)}
          options={LEVELS.map((each) => ({ value: each, label: each === "TRACE" ? words.all : each }))}
        />
        <Select
          aria-label={words.session}
          showSearch
          allowClear
          placeholder={words.anySession}
          style={{ width: 280 }}
          value={session || null}
          onChange={(chosen: string | null | undefined) => change("session", chosen ?? "")}
          options={sessions.map((value) => ({ value }))}
        />
        <Input
          {...SEARCH}
          allowClear
          style={{ width: 280 }}
          placeholder={words.search}
          aria-label={words.search}
          value={text}
          onChange={({ target }) => change("q", target.value)}
        />
      </Flex>
      {error && <ErrorView error={error} retry={() => void refetch()} />}
      {found.length === 0 ? (
        <Empty description={records.length === 0 ? words.none : words.noMatch} />
      ) : (
        <div
          role="log"
          aria-label={words.label}
          aria-live="off"
          tabIndex={0}
          style={{
            height: "calc(100vh - 220px)",
            minHeight: 240,
            overflow: "auto",
            background: token.colorBgContainer,
            border: `1px solid ${token.colorBorderSecondary}`,
            borderRadius: token.borderRadius,
            fontFamily: token.fontFamilyCode,
            fontSize: 12,
            padding: 8,
          }}
        >
          {cursor !== null && (
            <Button size="small" type="link" onClick={() => void readOlder()}>
              {words.older}
            </Button>
          )}
          {found.slice(-DRAWN).map((record, at) => (
            <div key={`${record.time} ${at}`} style={{ overflowWrap: "anywhere", lineHeight: 1.6 }}>
              <Typography.Text type="secondary" style={{ fontSize: 12 }}>
                <TimeText at={record.time} />
              </Typography.Text>{" "}
              <strong style={{ color: colors[record.level] }}>{record.level}</strong>{" "}
              <Typography.Text type="secondary" style={{ fontSize: 12 }}>
                {record.target}
              </Typography.Text>{" "}
              {record.message}
            </div>
          ))}
          <div ref={end} />
        </div>
      )}
      {kept && <Typography.Text type="secondary">{words.logged(kept.level)}</Typography.Text>}
    </PageFrame>
  );
}

function download(records: readonly LogRecord[]): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([asText(records)], { type: "text/plain" }));
  link.download = "tenon.log";
  link.click();
  URL.revokeObjectURL(link.href);
}
