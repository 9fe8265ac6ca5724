// What this page reads. By commands rather than by their routes: those run in the browser's one session for looking,
// these would make one for each of its connections, and fill the very list that is shown.
import { look } from "../../api/commands";
import type { Entry, Hit, Info, Listed } from "./types";

/** The most that Tenon lists at once. */
const ALL = 10_000;

export const readSessions = () => look<Listed[]>("list_sessions", { status: "all", limit: ALL });

export const readSession = (id: string) => look<Info>("get_session_info", { session_id: id });

/** The last entries, oldest first, or those before one. */
export const readHistory = (id: string, limit: number, before?: number) =>
  look<Entry[]>("get_session_history", { session_id: id, limit, before });

export const search = (query: string, session: string | undefined, limit: number, before: number | undefined) =>
  look<Hit[]>("search_history", { query, session_id: session, limit, before });
