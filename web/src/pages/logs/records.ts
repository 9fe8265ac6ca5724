// Log records: those that Tenon kept (`get_logs`), and those that the channel `logs` tells since.
import type { Event } from "../../live/socket";

export const LEVELS = ["ERROR", "WARN", "INFO", "DEBUG", "TRACE"] as const;
export type Level = (typeof LEVELS)[number];

export interface LogRecord {
  /** Of kept records only; the channel numbers by events. */
  id?: number;
  time: number;
  level: Level;
  target: string;
  message: string;
}

export const MOST = 5000;

export function ofEvent({ timestamp, data }: Event): LogRecord {
  return {
    time: Date.parse(timestamp) / 1000,
    level: data["level"] as Level,
    target: String(data["target"]),
    message: String(data["message"]),
  };
}

const isSame = (a: LogRecord, b: LogRecord) =>
  a.message === b.message && a.target === b.target && Math.abs(a.time - b.time) < 0.002;

/** Kept records, and behind them what was told since, without what both have. The newest last. */
export function joined(kept: readonly LogRecord[], told: readonly LogRecord[]): LogRecord[] {
  const recent = kept.slice(-told.length - 64);
  const fresh = told.filter((record) => !recent.some((known) => isSame(known, record)));
  const all = [...kept, ...fresh];
  return all.length > MOST ? all.slice(all.length - MOST) : all;
}

/** Ids of sessions as they stand in messages: `http-20260106-185224-1a2b3c4d`. */
const SESSION = /\b[a-z][a-z0-9_-]*-\d{8}-\d{6}-[0-9a-f]{8}\b/g;

/** The sessions that the records speak of, the last ones first. */
export function sessionsIn(records: readonly LogRecord[]): string[] {
  return [...new Set(records.flatMap(({ message }) => message.match(SESSION) ?? []).reverse())];
}

export function matches(record: LogRecord, level: Level, text: string): boolean {
  if (LEVELS.indexOf(record.level) > LEVELS.indexOf(level)) return false;
  const told = `${record.target} ${record.message}`.toLowerCase();
  return text.toLowerCase().split(/\s+/).every((word) => told.includes(word));
}

/** A line a record, as in the log file. */
export function asText(records: readonly LogRecord[]): string {
  const line = ({ time, level, target, message }: LogRecord) =>
    `[${new Date(time * 1000).toISOString()}] ${level.padEnd(5)} ${target}: ${message}\n`;
  return records.map(line).join("");
}
