// A command as a request from elsewhere: for the shell, and for Python.
import type { Params } from "../../api/client";

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

export function asCurl(origin: string, type: string, params: Params): string {
  const body = JSON.stringify({ type, params });
  return `curl -s ${origin}/mcp -H 'Content-Type: application/json' -d ${quoted(body)}`;
}

export function asPython(port: string, type: string, params: Params): string {
  const place = port === "9876" ? "" : `port=${port}`;
  return [
    "import tenon_client",
    "",
    `with tenon_client.connect(${place}) as blender:`,
    "    session = blender.create_session()",
    `    print(blender.send_command(session, ${literal(type)}, ${literal(params)}))`,
    "",
  ].join("\n");
}

/** JSON as Python writes it. */
export function literal(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value === "object") {
    const parts = Object.entries(value).map(([name, each]) => `${JSON.stringify(name)}: ${literal(each)}`);
    return `{${parts.join(", ")}}`;
  }
  return JSON.stringify(value);
}
