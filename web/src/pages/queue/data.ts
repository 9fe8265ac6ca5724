// The live tasks: read once in pages, then told by the channel and drawn once a frame. Places are asked for while
// something waits.
import { useCallback, useEffect, useRef, useState } from "react";
import { look } from "../../api/commands";
import { useChannel } from "../../live";
import { usePolled } from "../../live/polling";
import { type Counts, MOST, ofEvent, type Task, type TaskList, withTasks } from "./tasks";

const PAGE = 1000;
const NONE: Counts = { pending: 0, processing: 0, completed: 0, failed: 0, cancelled: 0 };

export function useTasks() {
  const [tasks, setTasks] = useState<ReadonlyMap<string, Task>>(new Map());
  const [error, setError] = useState<unknown>();
  const [isRead, setRead] = useState(false);
  const heard = useRef<Task[]>([]);
  const add = useCallback((told: readonly Task[]) => {
    heard.current.push(...told);
    if (heard.current.length > told.length) return; // a frame is coming already
    requestAnimationFrame(() => {
      const fresh = heard.current;
      heard.current = [];
      setTasks((known) => withTasks(known, fresh));
    });
  }, []);
  const read = useCallback(async () => {
    try {
      let before: string | null = null;
      let count = 0;
      do {
        const page: TaskList = await look<TaskList>("list_tasks", { limit: PAGE, ...(before ? { before } : {}) });
        add(page.tasks);
        count += page.tasks.length;
        before = page.cursor;
        setRead(true);
      } while (before && count < MOST);
      setError(undefined);
    } catch (failed) {
      setError(failed);
    }
  }, [add]);
  useEffect(() => void read(), [read]);
  useChannel("tasks", (event) => add([ofEvent(event)]), { gap: () => void read() });
  const { data } = usePolled(
    ["tasks", "counts"],
    () => look<TaskList>("list_tasks", { status: "pending", limit: PAGE }),
    1000,
  );
  useEffect(() => {
    if (data && data.tasks.length > 0) add(data.tasks);
  }, [data, add]);
  return { tasks, counts: data?.counts ?? NONE, error, isRead, read };
}
