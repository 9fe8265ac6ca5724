// Commands of Tenon, run as any client runs them. Those that change something run in a session of this browser tab, so
// that its history says what was done from here, and "it" in a sentence means what was made here; those that only look,
// in another one.
import { post, type Params, TenonError } from "./client";

class Kept {
  private opening: Promise<string> | undefined;

  constructor(private readonly place: Storage, private readonly name: string) {}

  /** Made with the first command that needs it. */
  id(): Promise<string> {
    const kept = this.place.getItem(this.name);
    if (kept) return Promise.resolve(kept);
    this.opening ??= post("/sessions")
      .then((made) => {
        const id = String((made as { session_id: unknown }).session_id);
        this.place.setItem(this.name, id);
        return id;
      })
      .finally(() => {
        this.opening = undefined;
      });
    return this.opening;
  }

  /** `id` is no session any more. Of several who find that out at once, one makes the next. */
  forget(id: string): void {
    if (this.place.getItem(this.name) === id) this.place.removeItem(this.name);
  }
}

const acting = new Kept(sessionStorage, "tenon.session");
// One for all tabs: without a session named, each connection of the browser would get one of its own.
const looking = new Kept(localStorage, "tenon.session.looking");

/** The tab's own session. */
export const tabSession = () => acting.id();

export interface Ran<R> {
  result: R;
  /** Undefined for what Tenon answers without Blender. */
  taskId: string | undefined;
  sessionId: string;
  /** False only for a batch that did not do everything. */
  success: boolean;
}

export interface RunOptions {
  /** Another session than the tab's. `null`: the browser's own for what only looks. */
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
  const send = async (id: string) => {
    const body = {
      type: command,
      params,
      session_id: id,
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
  if (typeof session === "string") return send(session);
  const own = session === null ? looking : acting;
  const id = await own.id();
  try {
    return await send(id);
  } catch (error) {
    // Deleted meanwhile, or of a Tenon without a store that has been started again; not one that was asked about.
    if (!(error instanceof TenonError) || error.code !== "session_not_found" || !error.message.includes(id)) throw error;
    own.forget(id);
    return send(await own.id());
  }
}

/** The result alone. */
export async function run<R = unknown>(command: string, params: Params = {}, options: RunOptions = {}): Promise<R> {
  return (await runWhole<R>(command, params, options)).result;
}

/** What only looks: not in the tab's history, nor behind what runs in the tab. */
export function look<R = unknown>(command: string, params: Params = {}): Promise<R> {
  return run<R>(command, params, { session: null });
}
