// What of a found entry is shown, and where in it the words are.
import type { Hit } from "./types";

export interface Part {
  text: string;
  isHit: boolean;
}

export const wordsOf = (query: string) => query.normalize("NFKC").toLowerCase().split(/[\s"']+/).filter(Boolean);

/** The text in parts; together they are the text again. */
export function marked(text: string, words: readonly string[]): Part[] {
  if (words.length === 0) return text ? [{ text, isHit: false }] : [];
  // The longest first, so that a word that begins another does not hide it.
  const sorted = [...words].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(`(${sorted.map((word) => word.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join("|")})`, "giu");
  return text
    .split(pattern)
    .map((piece, at) => ({ text: piece, isHit: at % 2 === 1 }))
    .filter((part) => part.text !== "");
}

const AROUND = 60;

/** The parts of a text around its first hit; undefined if it has none. */
export function excerpt(text: string, words: readonly string[], around = AROUND): Part[] | undefined {
  const lower = text.toLowerCase();
  const places = words.map((word) => lower.indexOf(word)).filter((at) => at >= 0);
  if (places.length === 0) return undefined;
  const from = Math.max(0, Math.min(...places) - around);
  const to = Math.min(text.length, from + around * 4);
  return marked(`${from > 0 ? "…" : ""}${text.slice(from, to)}${to < text.length ? "…" : ""}`, words);
}

export type Field = "words" | "command" | "args" | "result";

/** Where the words are in an entry, the person's own first. */
export function foundIn(hit: Hit, words: readonly string[]): { field: Field; parts: Part[] }[] {
  const args = hit.args as { text?: unknown } | null;
  const said = hit.command === "do" && typeof args?.text === "string" ? args.text : hit.user_input;
  const fields: [Field, string][] = [
    ["words", said ?? ""],
    ["command", hit.command],
    ["args", said === args?.text ? "" : JSON.stringify(hit.args)],
    ["result", JSON.stringify(hit.result)],
  ];
  return fields.flatMap(([field, text]) => {
    const parts = excerpt(text, words);
    return parts ? [{ field, parts }] : [];
  });
}
