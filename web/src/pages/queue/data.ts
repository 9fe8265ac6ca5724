// The live tasks: read once in pages, then told by the channel and drawn some times a second. Places are asked for while
// something waits.
import { useCallback, useEffect, useRef, useState } from "react";
import { look } from "../../api/commands";
import { useChannel, useConnection } from "../../live";
import { usePolled } from "../../live/polling";
import { type Counts, MOST, ofEvent, type Task, type TaskList, withoutPlaces, withTasks } from "./tasks";

const PAGE = 1000;
/** What is told within it is drawn at once. A timer: frames do not come while the page is hidden, events do. */
const PAUSE = 150;
const NONE: Counts = { pending: 0, processing: 0, completed: 0, failed: 0, cancelled: 0 };

export function useTasks() {
  const [tasks, setTasks] = useState<ReadonlyMap<string, Task>>(new Map());
  const [error, setError] = useState<unknown>();
  const [isRead, setRead] = useState(false);
  const heard = useRef<Task[]>([]);
  const add = useCallback((told: readonly Task[]) => {
    heard.current.push(...told);
    if (heard.current.length > told.length) return; // a timer runs already
    setTimeout(() => {
      const fresh = heard.current;
      heard.current = [];
      setTasks((known) => withTasks(known, fresh));
    }, PAUSE);
  }, []);
  const read = useCallback(async (isAnew = false) => {
    try {
      let known: Task[] = [];
      let before: string | null = null;
      let count = 0;
      do {
        const page: TaskList = await look<TaskList>("list_tasks", { limit: PAGE, ...(before ? { before } : {}) });
        if (isAnew) known = known.concat(page.tasks);
        // At once: a page that has been read is not told as empty.
        else setTasks((shown) => withTasks(shown, page.tasks));
        count += page.tasks.length;
        before = page.cursor;
        setRead(true);
      } while (before && count < MOST);
      if (isAnew) setTasks(withTasks(new Map(), known));
      setError(undefined);
    } catch (failed) {
      setError(failed);
    }
  }, [add]);
  useEffect(() => void read(), [read]);
  useChannel("tasks", (event) => add([ofEvent(event)]), {
    // What is not told again is gone, as all of another Blender.
    gap: () => void read(true),
  });
  // Where nothing was told before, nothing is missed; but another Blender may be there now.
  const { state } = useConnection();
  const wasLost = useRef(false);
  useEffect(() => {
    if (state === "live" && wasLost.current) void read(true);
    wasLost.current = state === "lost";
  }, [state, read]);
  const { data } = usePolled(
    ["tasks", "counts"],
    () => look<TaskList>("list_tasks", { status: "pending", limit: PAGE }),
    1000,
  );
  useEffect(() => {
    if (!data) return;
    if (data.tasks.length > 0) add(data.tasks);
    if (data.cursor) setTasks((known) => withoutPlaces(known, data.tasks));
  }, [data, add]);
  return { tasks, counts: data?.counts ?? NONE, error, isRead, read };
}
