// What can be done to tasks, each asked for first where it ends or repeats something.
import { App } from "antd";
import { run } from "../../api/commands";
import { asError } from "../../components";
import { useFormat, useText } from "../../i18n";
import type { Task } from "./tasks";
import { queueText } from "./text";

/** Requests at a time, of many. */
const AT_ONCE = 8;

/** Runs `act` for each, a few at a time; how many failed. */
export async function each<T>(all: readonly T[], act: (one: T) => Promise<unknown>): Promise<number> {
  let next = 0;
  let failed = 0;
  const work = async () => {
    while (next < all.length) {
      const one = all[next] as T;
      next += 1;
      await act(one).catch(() => {
        failed += 1;
      });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return failed;
}

const retry = (id: string, params?: Record<string, unknown>) =>
  run<{ task_id?: string }>("retry_task", { task_id: id, ...(params ? { params } : {}) }, { asynchronous: true, session: null });
const cancel = (id: string) => run("cancel_task", { task_id: id }, { session: null });

export function useActions() {
  const words = useText(queueText);
  const format = useFormat();
  const { modal, message } = App.useApp();
  const tell = (error: unknown) => {
    const { code, message: text } = asError(error);
    void message.error(`${code}: ${text}`, 6);
  };
  const ask = (title: string, content: string, okText: string, act: () => Promise<void>) =>
    modal.confirm({ title, content, okText, cancelText: words.keep, onOk: () => act().catch(tell) });
  return {
    cancel: (task: Task) =>
      ask(
        words.cancelAsk,
        task.status === "pending" ? words.cancelWaiting : words.cancelRunning,
        words.cancel,
        async () => void (await cancel(task.task_id)),
      ),
    front: async (task: Task) => {
      try {
        const { overtakes } = await run<{ overtakes: number }>("prioritize_task", { task_id: task.task_id }, { session: null });
        void message.success(words.overtakes(format.number(overtakes)));
      } catch (error) {
        tell(error);
      }
    },
    again: async (task: Task, params?: Record<string, unknown>) => {
      try {
        await retry(task.task_id, params);
        void message.success(words.accepted_);
        return true;
      } catch (error) {
        tell(error);
        return false;
      }
    },
    retryAll: (tasks: readonly Task[]) =>
      ask(
        words.retryFailedAsk(format.number(tasks.length)),
        words.retryFailedHelp,
        words.retryFailed(format.number(tasks.length)),
        async () => {
          const failed = await each(tasks, (task) => retry(task.task_id));
          if (failed > 0) void message.warning(words.someFailed(format.number(failed)), 6);
        },
      ),
    empty: (tasks: readonly Task[]) =>
      ask(
        words.emptyAsk(format.number(tasks.length)),
        words.emptyHelp,
        words.empty(format.number(tasks.length)),
        async () => void (await each(tasks, (task) => cancel(task.task_id))),
      ),
  };
}
