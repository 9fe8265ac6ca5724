// What can be done with sessions, with the question before what cannot be undone, and the answer as it came.
import { useQueryClient } from "@tanstack/react-query";
import { App } from "antd";
import { type Params, post, remove } from "../../api/client";
import { ErrorView } from "../../components";
import { useFormat, useText } from "../../i18n";
import { exportLine } from "./history";
import { readHistory, readSession } from "./read";
import { sessionsText } from "./text";
import type { Entry } from "./types";

/** Entries at a time; the most that Tenon gives. */
const AT_ONCE = 1000;

async function wholeHistory(id: string): Promise<Entry[]> {
  const pages: Entry[][] = [];
  let before: number | undefined;
  do {
    const page: Entry[] = await readHistory(id, AT_ONCE, before);
    pages.unshift(page);
    before = page[0] && page[0].id > 1 ? page[0].id : undefined;
  } while (before !== undefined);
  return pages.flat();
}

function saveAs(name: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/x-ndjson" }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

export function useActions() {
  const { message, modal } = App.useApp();
  const words = useText(sessionsText);
  const format = useFormat();
  const queries = useQueryClient();
  const attempt = async <T,>(what: () => Promise<T>, done?: (answer: T) => string): Promise<boolean> => {
    try {
      const answer = await what();
      if (done) void message.success(done(answer));
      return true;
    } catch (error) {
      modal.error({ icon: null, width: 520, content: <ErrorView error={error} /> });
      return false;
    } finally {
      void queries.invalidateQueries({ queryKey: ["sessions"] });
    }
  };
  const ask = (title: string, content: string, okText: string, danger: boolean) =>
    modal.confirm({ title, content, okText, cancelText: words.cancel, okButtonProps: { danger }, autoFocusButton: "cancel" });

  return {
    restore: (id: string) => attempt(() => post("/sessions/{id}/restore", {}, { id }), () => words.restored),
    save: (id: string) => attempt(() => post("/sessions/{id}/save", {}, { id }), () => words.saved),
    close: async (id: string) =>
      (await ask(words.closeTitle, words.closeBody, words.close, false)) &&
      attempt(() => remove("/sessions/{id}", { id }), () => words.wasClosed),
    /** Whether they are gone. */
    delete: async (sessions: readonly { id: string; commands: number }[]): Promise<boolean> => {
      const commands = sessions.reduce((sum, each) => sum + each.commands, 0);
      const title = sessions.length === 1 ? words.deleteOne : words.deleteTitle(format.number(sessions.length));
      if (!(await ask(title, words.deleteBody(format.number(commands)), words.deleteYes, true))) return false;
      return attempt(
        async () => {
          for (const { id } of sessions) await post("/sessions/{id}/delete", {}, { id });
        },
        () => words.wasDeleted(format.number(sessions.length)),
      );
    },
    download: (ids: readonly string[]) =>
      attempt(async () => {
        const hide = message.loading(words.preparing, 0);
        try {
          const lines: string[] = [];
          for (const id of ids) {
            const info = await readSession(id);
            lines.push(exportLine(info, await wholeHistory(id), Date.now() / 1000));
          }
          saveAs(`${ids.length === 1 ? ids[0] : "tenon-sessions"}.jsonl`, `${lines.join("\n")}\n`);
        } finally {
          hide();
        }
      }),
    exportTo: (filepath: string, ids: readonly string[]) =>
      attempt(
        () => post("/sessions/export", { filepath, session_ids: ids } as Params),
        ({ sessions, filepath: path }) => words.exported(format.number(sessions), path),
      ),
    importFrom: (filepath: string) =>
      attempt(
        () => post("/sessions/import", { filepath }),
        ({ imported, skipped }) => words.imported(format.number(imported.length), format.number(skipped.length)),
      ),
  };
}
