// A history as people read it: what was said, and what ran because of it.
import { picturesIn } from "../../components";
import type { Entry } from "./types";

type Fields = Readonly<Record<string, unknown>>;

const fields = (value: unknown): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
const text = (value: unknown) => (typeof value === "string" ? value : undefined);
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);

/** A command that ran as a part of an entry: of a sentence or a batch. */
export interface Step {
  command: string;
  /** As in Tenon's answer: `success`, `error`, `skipped`. */
  status: string;
  /** What there is to see of it: parameters, result, error. */
  told: Fields;
}

export interface Failure {
  code: string;
  message: string;
  /** Whatever else the error carried, as a traceback. */
  [more: string]: unknown;
}

/** One entry, read once. */
export interface Item {
  entry: Entry;
  /** The person's own words. */
  words: string | undefined;
  /** How Tenon understood a sentence. */
  echo: string | undefined;
  steps: readonly Step[];
  /** Undo steps that it took back or brought again. */
  undo: { action: "undo" | "redo"; steps: readonly string[] } | undefined;
  /** A batch that failed and took back what it had done. */
  isTakenBack: boolean;
  error: Failure | undefined;
  /** What it left out of the result, if anything: then only the task has it, for a while. */
  omitted: string | undefined;
  pictures: readonly { data: string; type: string; name: string }[];
}

export function itemOf(entry: Entry): Item {
  const args = fields(entry.args);
  const result = fields(entry.result);
  const sentence = entry.command === "do" ? text(args["text"]) : undefined;
  const action = result["action"];
  return {
    entry,
    words: sentence ?? text(entry.user_input) ?? undefined,
    echo: text(result["echo"]),
    steps: stepsOf(result),
    undo:
      action === "undo" || action === "redo"
        ? { action, steps: list(result["steps"]).filter((each) => typeof each === "string") }
        : undefined,
    isTakenBack: result["undone"] === true,
    error: entry.success ? undefined : failureOf(result),
    omitted: text(result["omitted"]),
    pictures: picturesIn(entry.result),
  };
}

/** A script's error comes as JSON in the message. */
export function failureOf(told: Fields): Failure {
  const message = text(told["message"]) ?? "";
  const failure = { code: text(told["code"]) ?? "command_failed", message };
  if (!message.startsWith("{")) return failure;
  try {
    const { exception_type: kind, message: words, ...more } = fields(JSON.parse(message));
    return { ...failure, ...more, message: [kind, words].filter((each) => text(each)).join(": ") || message };
  } catch {
    // Shortened, or code's own words that only look like JSON.
    return failure;
  }
}

/** Of a sentence, all that its plan has; of a batch, with what became of each. */
function stepsOf(result: Fields): Step[] {
  return [...list(result["steps"]), ...list(result["results"])].flatMap((each) => {
    const told = fields(each);
    const command = text(told["command"]);
    // An undo's steps are only names.
    return command === undefined ? [] : [{ command, status: text(told["status"]) ?? "success", told }];
  });
}

/** What ran for the same words, without a long pause in between. */
export interface Group {
  /** The id of its first entry. */
  id: number;
  words: string | undefined;
  items: readonly Item[];
}

/** Seconds without a command that part two groups. */
export const PAUSE = 300;

/** Groups in the order of the history. A command without words goes with those before it, if these have none either. */
export function groupsOf(entries: readonly Entry[]): Group[] {
  const groups: { id: number; words: string | undefined; items: Item[] }[] = [];
  for (const entry of entries) {
    const item = itemOf(entry);
    const last = groups.at(-1);
    const before = last?.items.at(-1)?.entry;
    const isSentence = entry.command === "do";
    const belongs =
      last !== undefined &&
      before !== undefined &&
      !isSentence &&
      before.command !== "do" &&
      item.words === last.words &&
      entry.timestamp - (before.timestamp + before.duration) < PAUSE;
    if (belongs) last.items.push(item);
    else groups.push({ id: entry.id, words: item.words, items: [item] });
  }
  return groups;
}

/** Seconds between two commands in which nothing ran. */
export function pauseBetween(before: Entry, after: Entry): number {
  return Math.max(0, after.timestamp - (before.timestamp + before.duration));
}

/** Commands whose whole result, which only the task has, is a picture. */
export function isPicture({ entry: { command } }: Item): boolean {
  return /^(look|with_preview|render(_\w+)?|get_viewport_screenshot|\w*screenshot\w*|\w*preview\w*)$/.test(command);
}

/** Parameters in a line: `name: "Box", type: "CUBE"`. */
export function argsLine(args: unknown, most = 160): string {
  const parts = Object.entries(fields(args)).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  const line = parts.join(", ");
  return line.length > most ? `${line.slice(0, most)}…` : line;
}
