// Requests to the Tenon that serves this page, typed by its own OpenAPI document.
import type { paths } from "./schema";

/** What Tenon answered instead: its code says what to do about it, the rest (`task_id`, `waiting`, …) is in `details`. */
export class TenonError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status = 0,
    readonly details: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.name = "TenonError";
  }
}

/** Nothing answered at all. Not one of Tenon's own codes. */
export const UNREACHABLE = "unreachable";

export type Params = Readonly<Record<string, unknown>>;
type Query = Readonly<Record<string, string | number | boolean | undefined>>;

type Routes<M extends "get" | "post" | "patch" | "delete"> = {
  [P in keyof paths]: paths[P] extends Record<M, { responses: unknown }> ? P : never;
}[keyof paths];
type Answer<P extends keyof paths, M extends "get" | "post" | "patch" | "delete"> =
  paths[P] extends Record<M, { responses: { 200: { content: { "application/json": infer R } } } }> ? R : unknown;

let onUnauthorized: () => void = () => {};
/** What is done when Tenon asks who this is: the sign-in form is shown. */
export function whenUnauthorized(act: () => void): void {
  onUnauthorized = act;
}

export function get<P extends Routes<"get">>(path: P, query: Query = {}, parts: Query = {}): Promise<Answer<P, "get">> {
  return request("GET", address(path, query, parts)) as Promise<Answer<P, "get">>;
}

export function post<P extends Routes<"post">>(
  path: P,
  body: Params = {},
  parts: Query = {},
): Promise<Answer<P, "post">> {
  return request("POST", address(path, {}, parts), body) as Promise<Answer<P, "post">>;
}

export function remove<P extends Routes<"delete">>(path: P, parts: Query = {}): Promise<Answer<P, "delete">> {
  return request("DELETE", address(path, {}, parts)) as Promise<Answer<P, "delete">>;
}

/** `/sessions/{id}` with the parts put in, and the query behind it. */
export function address(path: string, query: Query, parts: Query): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(parts[name] ?? "")));
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== "") asked.set(name, String(value));
  }
  const text = asked.toString();
  return text ? `${filled}?${text}` : filled;
}

export async function request(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<unknown> {
  let answer: Response;
  try {
    answer = await fetch(path, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new TenonError(UNREACHABLE, "Tenon does not answer");
  }
  if (answer.status === 204) return undefined;
  const told = (await answer.json().catch(() => undefined)) as unknown;
  const failed = (told as { error?: Record<string, unknown> } | undefined)?.error;
  if (answer.ok && !failed) return told;
  if (answer.status === 401) onUnauthorized();
  const { code, message, ...details } = failed ?? {};
  throw new TenonError(
    typeof code === "string" ? code : "internal",
    typeof message === "string" ? message : `HTTP ${answer.status}`,
    answer.status,
    details,
  );
}
