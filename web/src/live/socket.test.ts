import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Event, Socket, type Wire } from "./socket";

class Played implements Wire {
  sent: Record<string, unknown>[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  send(text: string) {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }
  close() {
    this.onclose?.();
  }
  says(message: unknown) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}

let wires: Played[];
let socket: Socket;
let closed: number;
beforeEach(() => {
  vi.useFakeTimers();
  wires = [];
  closed = 0;
  socket = new Socket(
    () => {
      const wire = new Played();
      wires.push(wire);
      return wire;
    },
    () => {
      closed += 1;
    },
  );
});
afterEach(() => vi.useRealTimers());

const wire = () => wires.at(-1) as Played;

test("nothing is open while nobody listens", () => {
  expect(wires).toHaveLength(0);
  socket.listen("tasks", { event: () => {} });
  expect(wires).toHaveLength(1);
});

test("a channel is subscribed once, and let go with its last listener", () => {
  const first = socket.listen("tasks", { event: () => {} });
  wire().onopen?.();
  const second = socket.listen("tasks", { event: () => {} });
  first();
  expect(wire().sent).toEqual([{ action: "subscribe", channel: "tasks" }]);
  second();
  expect(wire().sent.at(-1)).toEqual({ action: "unsubscribe", channel: "tasks" });
});

test("after a lost connection what was missed is asked for from the last id seen", () => {
  const seen: Event[] = [];
  const gap = vi.fn();
  socket.listen("tasks", { event: (event) => seen.push(event), gap });
  wire().onopen?.();
  wire().says({ type: "task_queued", channel: "tasks", id: 7, data: {}, timestamp: "" });
  wire().close();
  expect(socket.connection.state).toBe("lost");
  vi.runOnlyPendingTimers();
  wire().onopen?.();
  expect(socket.connection.state).toBe("live");
  expect(wire().sent).toEqual([
    { action: "subscribe", channel: "tasks" },
    { action: "replay", channel: "tasks", since: 7 },
  ]);
  wire().says({ type: "replay", channel: "tasks", since: 7, events: 0, complete: false });
  expect(gap).toHaveBeenCalledOnce();
  expect(seen.map((event) => event.id)).toEqual([7]);
});

test("it tries again with growing pauses, and says since when it is lost", () => {
  vi.setSystemTime(10_000);
  socket.listen("tasks", { event: () => {} });
  wire().close();
  vi.advanceTimersByTime(500);
  expect(wires).toHaveLength(2);
  wire().close();
  vi.advanceTimersByTime(1000);
  expect(wires).toHaveLength(3);
  expect(socket.connection).toEqual({ state: "lost", since: 10 });
  expect(closed).toBe(2);
});

test("who keeps the events gets those that were missed again", () => {
  socket.listen("logs", { event: () => {} });
  wire().onopen?.();
  wire().says({ type: "log", channel: "logs", id: 9, data: {}, timestamp: "" });
  wire().says({ type: "missed", count: 3 });
  expect(wire().sent.at(-1)).toEqual({ action: "replay", channel: "logs", since: 9 });
});

test("a connection that does not answer is lost, one that does is not", () => {
  socket.listen("tasks", { event: () => {} });
  const first = wire();
  first.onopen?.();
  vi.advanceTimersByTime(10_000);
  expect(first.sent.at(-1)).toEqual({ action: "ping" });
  first.says({ type: "pong" });
  vi.advanceTimersByTime(15_000);
  expect(socket.connection.state).toBe("live");
  vi.advanceTimersByTime(5000);
  expect(socket.connection.state).toBe("lost");
  vi.advanceTimersByTime(500);
  expect(wires).toHaveLength(2);
});

test("it is not tried again while nobody listens", () => {
  const leave = socket.listen("tasks", { event: () => {} });
  wire().close();
  leave();
  vi.advanceTimersByTime(60_000);
  expect(wires).toHaveLength(1);
  socket.listen("tasks", { event: () => {} });
  expect(wires).toHaveLength(2);
});

test("who missed something is told to look again", () => {
  const gap = vi.fn();
  socket.listen("logs", { event: () => {}, gap });
  wire().onopen?.();
  wire().says({ type: "missed", count: 3 });
  expect(gap).toHaveBeenCalledOnce();
});
