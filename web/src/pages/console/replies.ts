// What was run from the console, the newest first, and what it came to.
import { useState } from "react";
import type { Params } from "../../api/client";
import { type RunOptions, runWhole } from "../../api/commands";

export interface Reply {
  key: number;
  command: string;
  params: Params;
  at: number;
  /** Seconds; undefined while it runs. */
  took?: number;
  result?: unknown;
  taskId?: string;
  error?: unknown;
}

const MOST = 50;
// Kept while the browser's tab shows other pages.
let kept: readonly Reply[] = [];
let number = 0;

export function useReplies() {
  const [replies, setReplies] = useState(kept);
  const change = (make: (known: readonly Reply[]) => readonly Reply[]) => {
    kept = make(kept).slice(0, MOST);
    setReplies(kept);
  };
  const run = async (command: string, params: Params, options: RunOptions = {}) => {
    number += 1;
    const key = number;
    const at = Date.now() / 1000;
    change((known) => [{ key, command, params, at }, ...known]);
    const end = (part: Partial<Reply>) =>
      change((known) => known.map((reply) => (reply.key === key ? { ...reply, ...part } : reply)));
    const begun = performance.now();
    const took = () => (performance.now() - begun) / 1000;
    try {
      const { result, taskId } = await runWhole(command, params, options);
      end({ result, took: took(), ...(taskId === undefined ? {} : { taskId }) });
    } catch (error) {
      end({ error, took: took() });
    }
  };
  return { replies, run, clear: () => change(() => []) };
}

/** What people read first of a result: the echo of a sentence, what was printed, the notes. */
export function gist(result: unknown): { echo?: string; printed?: string; notes: string[] } {
  if (typeof result !== "object" || result === null) return { notes: [] };
  const { echo, notes, stdout, result: inner, executed } = result as Record<string, unknown>;
  const printed = typeof stdout === "string" ? stdout : executed === true ? inner : undefined;
  return {
    ...(typeof echo === "string" ? { echo } : {}),
    ...(typeof printed === "string" && printed ? { printed } : {}),
    notes: Array.isArray(notes) ? notes.map(String) : [],
  };
}
