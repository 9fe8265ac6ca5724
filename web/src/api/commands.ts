// Commands of Tenon, run as any client runs them. Those that change something run in a session of this browser tab, so
// that its history says what was done from here, and "it" in a sentence means what was made here.
import { post, type Params, TenonError } from "./client";

const KEPT = "tenon.session";
let opening: Promise<string> | undefined;

/** The tab's own session, made with the first command that needs one. */
export function tabSession(): Promise<string> {
  const kept = sessionStorage.getItem(KEPT);
  if (kept) return Promise.resolve(kept);
  opening ??= post("/sessions")
    .then((made) => {
      const id = String((made as { session_id: unknown }).session_id);
      sessionStorage.setItem(KEPT, id);
      return id;
    })
    .finally(() => {
      opening = undefined;
    });
  return opening;
}

export interface Ran<R> {
  result: R;
  /** Undefined for what Tenon answers without Blender. */
  taskId: string | undefined;
  sessionId: string;
  /** False only for a batch that did not do everything. */
  success: boolean;
}

export interface RunOptions {
  /** Another session than the tab's. `null`: none, for what only looks. */
  session?: string | null;
  prompt?: string;
  /** Answered at once with the task's id. */
  asynchronous?: boolean;
  timeout?: number;
}

/** Runs a command and waits for its whole answer. */
export async function runWhole<R = unknown>(
  command: string,
  params: Params = {},
  options: RunOptions = {},
): Promise<Ran<R>> {
  const { session, prompt, asynchronous, timeout } = options;
  const send = async (id: string | null) => {
    const body = {
      type: command,
      params,
      ...(id === null ? {} : { session_id: id }),
      ...(prompt === undefined ? {} : { metadata: { user_prompt: prompt } }),
      ...(asynchronous ? { async: true } : {}),
      ...(timeout === undefined ? {} : { timeout }),
    };
    const told = (await post("/mcp", body)) as unknown as {
      result: R;
      task_id?: string;
      session_id: string;
      success?: boolean;
    };
    return { result: told.result, taskId: told.task_id, sessionId: told.session_id, success: told.success !== false };
  };
  if (session !== undefined) return send(session);
  try {
    return await send(await tabSession());
  } catch (error) {
    // Deleted meanwhile, or of a Tenon without a store that has been started again.
    if (!(error instanceof TenonError) || error.code !== "session_not_found") throw error;
    sessionStorage.removeItem(KEPT);
    return send(await tabSession());
  }
}

/** The result alone. */
export async function run<R = unknown>(command: string, params: Params = {}, options: RunOptions = {}): Promise<R> {
  return (await runWhole<R>(command, params, options)).result;
}

/** What only looks: in no session of its own. */
export function look<R = unknown>(command: string, params: Params = {}): Promise<R> {
  return run<R>(command, params, { session: null });
}
