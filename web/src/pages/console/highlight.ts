// Python in colours: enough of its grammar to tell words, texts, numbers and comments apart.

export type Kind = "keyword" | "text" | "number" | "comment" | "name" | "rest";
export interface Piece {
  kind: Kind;
  text: string;
}

const KEYWORDS = new Set(
  ("False None True and as assert async await break class continue def del elif else except finally for from global if " +
    "import in is lambda nonlocal not or pass raise return try while with yield").split(" "),
);
const PIECE =
  /(#[^\n]*)|([rRbBfFuU]{0,2}(?:"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?))|(\b\d[\w.]*)|([A-Za-z_]\w*)/g;

/** The pieces together are the code again. */
export function highlighted(code: string): Piece[] {
  const found: Piece[] = [];
  let end = 0;
  for (const match of code.matchAll(PIECE)) {
    const [text, comment, quoted, number] = match;
    if (match.index > end) found.push({ kind: "rest", text: code.slice(end, match.index) });
    const kind = comment ? "comment" : quoted ? "text" : number ? "number" : KEYWORDS.has(text) ? "keyword" : "name";
    found.push({ kind, text });
    end = match.index + text.length;
  }
  if (end < code.length) found.push({ kind: "rest", text: code.slice(end) });
  return found;
}
