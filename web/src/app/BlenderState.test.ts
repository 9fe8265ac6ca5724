import { expect, test } from "vitest";
import type { Status } from "../live/status";
import type { Event } from "../live/socket";
import { conditionOf } from "./BlenderState";

const status = (state: "idle" | "running", seconds: number, uptime = 1000) =>
  ({ uptime, main_thread: { state, seconds, command: state === "running" ? "render" : null } }) as Status;
const alert = (type: string, at: number, id: number): Event => ({
  id, type, channel: "system_alerts", timestamp: new Date(at * 1000).toISOString(), data: {},
});
const now = 5000;

test("what Blender does", () => {
  expect(conditionOf(undefined, [], false, now)).toEqual({ state: "connecting" });
  expect(conditionOf(undefined, [], true, now)).toEqual({ state: "gone" });
  expect(conditionOf(status("idle", 3), [], true, now)).toEqual({ state: "gone" });
  expect(conditionOf(status("idle", 3), [], false, now)).toEqual({ state: "idle" });
  expect(conditionOf(status("running", 3), [], false, now)).toEqual({ state: "busy", command: "render", seconds: 3 });
});

test("a stall lasts until it is over", () => {
  const stalled = alert("main_thread_stalled", now - 10, 1);
  expect(conditionOf(status("running", 15), [stalled], false, now)).toEqual({ state: "stalled", seconds: 15 });
  expect(conditionOf(status("running", 15), [stalled, alert("main_thread_recovered", now - 1, 2)], false, now).state)
    .toBe("busy");
  expect(conditionOf(status("idle", 2), [stalled], false, now).state).toBe("idle");
  expect(conditionOf(status("running", 15, 8), [stalled], false, now).state).toBe("busy");
});
