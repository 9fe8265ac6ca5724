import type { Part } from "./search";

/** A text with its hits marked. */
export function Marked({ parts }: { parts: readonly Part[] }) {
  return (
    <span style={{ overflowWrap: "anywhere" }}>
      {parts.map(({ text, isHit }, at) => (isHit ? <mark key={at}>{text}</mark> : text))}
    </span>
  );
}
