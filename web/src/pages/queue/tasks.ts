// Tasks as the page knows them: pages of `list_tasks`, and what the channel `tasks` tells since. Pure.
import type { Event } from "../../live/socket";

export const STATUSES = ["pending", "processing", "completed", "failed", "cancelled"] as const;
export type Status = (typeof STATUSES)[number];

export interface Task {
  task_id: string;
  status: Status;
  type: string;
  session_id: string;
  /** ISO 8601, of Blender's machine. */
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  progress: { fraction: number | null; message: string | null } | null;
  waits_for?: "turn" | "session" | "approval" | "storage";
  error?: { code: string; message: string } & Record<string, unknown>;
  /** Of lists only; events do not have them. */
  runs?: string;
  args?: Record<string, unknown>;
  cancelling?: boolean;
  place?: number;
  retry_of?: string;
}

export type Counts = Record<Status, number>;

export interface TaskList {
  tasks: Task[];
  counts: Counts;
  matching: number;
  cursor: string | null;
}

/** Tasks that the page keeps. */
export const MOST = 10_000;

const ORDER: Record<Status, number> = { pending: 0, processing: 1, completed: 2, failed: 2, cancelled: 2 };

/** A task never goes back: of two states the later one is true, and an equal one may know more. */
export function merged(known: Task | undefined, told: Task): Task {
  if (!known) return told;
  if (ORDER[told.status] < ORDER[known.status]) return { ...told, ...known };
  const { place: _, waits_for: __, cancelling: ___, ...kept } = known;
  return { ...kept, ...told };
}

/** The newest first; the oldest of too many are let go. */
export function withTasks(known: ReadonlyMap<string, Task>, told: readonly Task[]): Map<string, Task> {
  const all = new Map(known);
  for (const task of told) all.set(task.task_id, merged(all.get(task.task_id), task));
  if (all.size <= MOST) return all;
  return new Map(newest([...all.values()]).slice(0, MOST).map((task) => [task.task_id, task]));
}

/** More wait than were asked for again: what is not among them is not said to have the place that it had. */
export function withoutPlaces(known: ReadonlyMap<string, Task>, listed: readonly Task[]): ReadonlyMap<string, Task> {
  const told = new Set(listed.map(({ task_id: id }) => id));
  const old = [...known.values()].filter(({ task_id: id, place }) => place !== undefined && !told.has(id));
  if (old.length === 0) return known;
  const all = new Map(known);
  for (const { place: _, ...task } of old) all.set(task.task_id, task);
  return all;
}

/** The object that `text` is as JSON, if it is one. */
export function asParams(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

export function ofEvent({ data }: Event): Task {
  return data as unknown as Task;
}

export function newest(tasks: readonly Task[]): Task[] {
  // All times are of one machine and written alike, so as texts they are in order.
  return tasks.toSorted((a, b) => (a.created_at < b.created_at ? 1 : a.created_at > b.created_at ? -1 : 0));
}

export interface Filter {
  status: Status | undefined;
  command: string;
  session: string;
  text: string;
  /** Unix seconds: accepted then or later. */
  since: number | undefined;
}

/** Seconds back from now that can be looked at alone. */
export const PERIODS = [300, 3600, 86400] as const;

export function matches(task: Task, { status, command, session, text, since }: Filter): boolean {
  if (status && task.status !== status) return false;
  if (command && task.type !== command && task.runs !== command) return false;
  if (session && task.session_id !== session) return false;
  if (since !== undefined && Date.parse(task.created_at) / 1000 < since) return false;
  if (!text) return true;
  const told = [
    task.type, task.runs, task.task_id, task.session_id, task.error?.message, task.progress?.message,
    task.args && JSON.stringify(task.args),
  ].join(" ").toLowerCase();
  return text.toLowerCase().split(/\s+/).every((word) => told.includes(word));
}

/** Seconds that it ran, until now if it runs. */
export function ran(task: Task, now: number): number | undefined {
  if (!task.started_at) return undefined;
  const end = task.finished_at ? Date.parse(task.finished_at) / 1000 : now;
  // Times are told in milliseconds.
  return Math.max(0, Math.round((end - Date.parse(task.started_at) / 1000) * 1000) / 1000);
}
