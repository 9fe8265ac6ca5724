import { expect, test } from "vitest";
import { asText, joined, type LogRecord, matches, ofEvent, sessionsIn } from "./records";

const record = (time: number, message: string, level: LogRecord["level"] = "INFO"): LogRecord => ({
  time, message, level, target: "tenon::server",
});

test("what was kept and what was told are joined without doubles", () => {
  const kept = [record(1, "a"), record(2, "b")];
  const told = [record(2.0005, "b"), record(3, "c"), record(3.5, "b")];
  expect(joined(kept, told).map(({ message }) => message)).toEqual(["a", "b", "c", "b"]);
});

test("a record of the channel", () => {
  const event = {
    id: 1, type: "log", channel: "logs", timestamp: "2026-01-06T18:52:24.120+01:00",
    data: { level: "WARN", target: "t", message: "m" },
  };
  expect(ofEvent(event)).toEqual({ time: 1767721944.12, level: "WARN", target: "t", message: "m" });
});

test("level and words", () => {
  expect(matches(record(1, "Session closed", "WARN"), "INFO", "closed server")).toBe(true);
  expect(matches(record(1, "Session closed", "DEBUG"), "INFO", "")).toBe(false);
  expect(matches(record(1, "Session closed"), "TRACE", "open")).toBe(false);
});

test("a line a record", () => {
  expect(asText([record(0, "x")])).toBe("[1970-01-01T00:00:00.000Z] INFO  tenon::server: x\n");
});

test("the sessions that records speak of", () => {
  const told = [
    record(1, "Session created: http-20260106-185224-1a2b3c4d"), record(2, "nothing"),
    record(3, "a scene-20260106-185225-00000001 b http-20260106-185224-1a2b3c4d"),
  ];
  expect(sessionsIn(told)).toEqual(["http-20260106-185224-1a2b3c4d", "scene-20260106-185225-00000001"]);
});
