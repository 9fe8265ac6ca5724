import { Typography } from "antd";
import type { ReactNode } from "react";
import { TimeText } from "../../components";
import { useFormat, useText } from "../../i18n";
import { perSession } from "./figures";
import { figuresText } from "./figuresText";

/** As `get_store_statistics` tells it. */
export interface StoreFigures {
  state: string;
  path?: string;
  sessions?: number;
  closed_sessions?: number;
  entries?: number;
  tasks?: number;
  scenes?: number;
  unindexed?: number;
  bytes?: number;
  waiting_bytes?: number;
  lost?: number;
  oldest?: string | null;
  newest?: string | null;
}

export function StoreFacts({ store }: { store: StoreFigures }) {
  const words = useText(figuresText);
  const format = useFormat();
  const { sessions, bytes, entries } = store;
  const each =
    sessions !== undefined && bytes !== undefined && entries !== undefined ? perSession({ sessions, bytes, entries }) : null;
  const number = (value: number | undefined) => (value === undefined ? undefined : format.number(value));
  const size = (value: number | undefined) => (value === undefined ? undefined : format.bytes(value));
  return (
    <Facts
      facts={[
        [words.state, store.state],
        [words.sessions, number(sessions)],
        [words.closed, number(store.closed_sessions)],
        [words.entries, number(entries)],
        [words.tasks, number(store.tasks)],
        [words.scenes, number(store.scenes)],
        [words.disk, size(bytes)],
        [words.perSession, each && `${format.bytes(each.bytes)} · ${words.entriesEach(format.number(each.entries, 1))}`],
        [words.unindexed, number(store.unindexed)],
        [words.waiting, size(store.waiting_bytes)],
        [words.lost, number(store.lost)],
        [words.oldest, store.oldest && <TimeText at={store.oldest} />],
        [words.newest, store.newest && <TimeText at={store.newest} />],
        [words.path, store.path],
      ]}
    />
  );
}

/** Names and what they are; what is not told is left out. */
function Facts({ facts }: { facts: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl style={{ display: "grid", gridTemplateColumns: "max-content minmax(0, 1fr)", gap: "4px 16px", margin: 0 }}>
      {facts
        .filter(([, value]) => value !== undefined && value !== null)
        .map(([name, value]) => (
          <div key={name} style={{ display: "contents" }}>
            <dt>
              <Typography.Text type="secondary">{name}</Typography.Text>
            </dt>
            <dd style={{ margin: 0, overflowWrap: "anywhere", fontVariantNumeric: "tabular-nums" }}>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
