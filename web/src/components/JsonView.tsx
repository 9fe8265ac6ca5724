import { theme } from "antd";
import { useMemo } from "react";
import { CopyButton } from "./CopyButton";

const LONGEST = 200_000;

/** JSON as text with colours. Very long ones are cut to what can be read; copying gives all. */
export function JsonView({ value, maxHeight = 420 }: { value: unknown; maxHeight?: number }) {
  const { token } = theme.useToken();
  const text = useMemo(() => JSON.stringify(value, null, 2) ?? "null", [value]);
  const shown = text.length > LONGEST ? `${text.slice(0, LONGEST)}\n…` : text;
  const colors: Record<Kind, string> = {
    key: token.colorInfo,
    string: token.colorSuccess,
    number: token.colorPrimary,
    word: token.colorWarning,
    rest: token.colorText,
  };
  return (
    <div style={{ position: "relative" }}>
      <div style={{ position: "absolute", right: 4, top: 4, zIndex: 1 }}>
        <CopyButton text={text} />
      </div>
      <pre
        // A long one is scrolled by keyboard too.
        tabIndex={0}
        style={{
          margin: 0,
          padding: "8px 36px 8px 12px",
          maxHeight,
          overflow: "auto",
          background: token.colorFillQuaternary,
          borderRadius: token.borderRadius,
          fontFamily: token.fontFamilyCode,
          fontSize: 12,
          lineHeight: 1.5,
          whiteSpace: "pre-wrap",
          overflowWrap: "anywhere",
        }}
      >
        {pieces(shown).map(({ kind, text: piece }, at) => (
          <span key={at} style={{ color: colors[kind] }}>
            {piece}
          </span>
        ))}
      </pre>
    </div>
  );
}

type Kind = "key" | "string" | "number" | "word" | "rest";

const PIECE = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|\b(true|false|null)\b/g;

/** The text in pieces of one kind each; together they are the text again. */
export function pieces(text: string): { kind: Kind; text: string }[] {
  const found: { kind: Kind; text: string }[] = [];
  let end = 0;
  for (const match of text.matchAll(PIECE)) {
    if (match.index > end) found.push({ kind: "rest", text: text.slice(end, match.index) });
    const [whole, quoted, colon, number] = match;
    const kind = quoted ? (colon ? "key" : "string") : number ? "number" : "word";
    found.push({ kind, text: whole });
    end = match.index + whole.length;
  }
  if (end < text.length) found.push({ kind: "rest", text: text.slice(end) });
  return found;
}
