// Markdown as React elements, from marked's tokens: no HTML is made, so none can get in.
import { marked, type Token, type Tokens } from "marked";
import { Fragment, type ReactNode } from "react";

export function Markdown({ text }: { text: string }) {
  return <>{blocks(marked.lexer(text))}</>;
}

function blocks(tokens: readonly Token[] | undefined): ReactNode {
  return tokens?.map((token, at) => <Fragment key={at}>{element(token)}</Fragment>);
}

function element(token: Token): ReactNode {
  switch (token.type) {
    case "heading": {
      const { depth, tokens } = token as Tokens.Heading;
      // The page's own heading is the first.
      const Level = `h${Math.min(depth + 1, 6)}` as "h2";
      return <Level>{blocks(tokens)}</Level>;
    }
    case "paragraph":
      return <p>{blocks(token.tokens)}</p>;
    case "list": {
      const { ordered, start, items } = token as Tokens.List;
      const lines = items.map((item, at) => <li key={at}>{blocks(item.tokens)}</li>);
      return ordered ? <ol start={Number(start) || 1}>{lines}</ol> : <ul>{lines}</ul>;
    }
    case "blockquote":
      return <blockquote>{blocks(token.tokens)}</blockquote>;
    case "code":
      return (
        <pre tabIndex={0}>
          <code>{(token as Tokens.Code).text}</code>
        </pre>
      );
    case "table": {
      const { header, rows } = token as Tokens.Table;
      return (
        <table>
          <thead>
            <tr>
              {header.map((cell, at) => (
                <th key={at}>{blocks(cell.tokens)}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, at) => (
              <tr key={at}>
                {row.map((cell, place) => (
                  <td key={place}>{blocks(cell.tokens)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      );
    }
    case "strong":
      return <strong>{blocks(token.tokens)}</strong>;
    case "em":
      return <em>{blocks(token.tokens)}</em>;
    case "del":
      return <del>{blocks(token.tokens)}</del>;
    case "codespan":
      return <code>{(token as Tokens.Codespan).text}</code>;
    case "link": {
      const { href, tokens } = token as Tokens.Link;
      // What a person or a scene has said may look like a link; only those of the web are.
      return /^https?:\/\//i.test(href) ? (
        <a href={href} target="_blank" rel="noreferrer">
          {blocks(tokens)}
        </a>
      ) : (
        blocks(tokens)
      );
    }
    case "br":
      return <br />;
    case "hr":
      return <hr />;
    case "space":
    case "def":
      return null;
    case "text":
      return token.tokens ? blocks(token.tokens) : (token as Tokens.Text).text;
    case "escape":
      return (token as Tokens.Escape).text;
    default:
      // HTML, pictures and whatever else: as it was written.
      return token.raw;
  }
}
