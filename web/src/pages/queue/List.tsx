import { Typography, theme } from "antd";
import { memo, useState } from "react";
import { asError, Duration, ProgressBar, StateTag, TimeText, VirtualList } from "../../components";
import { useFormat, useText } from "../../i18n";
import { ran, type Task } from "./tasks";
import { queueText } from "./text";

const ROW = 44;

/** Any number of tasks. Arrows move, Enter opens, Delete asks whether to cancel. */
export function List({
  tasks,
  now,
  open,
  onOpen,
  onCancel,
}: {
  tasks: readonly Task[];
  now: number;
  open: string | null;
  onOpen: (id: string) => void;
  onCancel: (task: Task) => void;
}) {
  const words = useText(queueText);
  const { token } = theme.useToken();
  const [current, setCurrent] = useState<string>();
  const here = Math.max(0, tasks.findIndex(({ task_id: id }) => id === current));
  const press = (event: React.KeyboardEvent) => {
    const task = tasks[here];
    if (!task) return;
    const go = (at: number) => setCurrent(tasks[Math.max(0, Math.min(at, tasks.length - 1))]?.task_id);
    if (event.key === "ArrowDown") go(current === undefined ? 0 : here + 1);
    else if (event.key === "ArrowUp") go(here - 1);
    else if (event.key === "Home") go(0);
    else if (event.key === "End") go(tasks.length - 1);
    else if (event.key === "PageDown") go(here + 10);
    else if (event.key === "PageUp") go(here - 10);
    else if (event.key === "Enter") onOpen(task.task_id);
    else if (event.key === "Delete" && (task.status === "pending" || task.status === "processing")) onCancel(task);
    else return;
    event.preventDefault();
  };
  return (
    <VirtualList
      role="listbox"
      aria-label={words.list}
      aria-activedescendant={tasks.length > 0 ? `task-${here}` : undefined}
      tabIndex={0}
      onKeyDown={press}
      style={{
        background: token.colorBgContainer,
        border: `1px solid ${token.colorBorderSecondary}`,
        borderRadius: token.borderRadius,
      }}
      rows={tasks}
      rowHeight={ROW}
      height="calc(100vh - 230px)"
      reveal={current === undefined ? undefined : here}
      row={(task, index) => (
        <div
          id={`task-${index}`}
          role="option"
          aria-selected={task.task_id === open}
          className="task"
          onClick={() => {
            setCurrent(task.task_id);
            onOpen(task.task_id);
          }}
          style={{
            height: ROW,
            borderBlockEnd: `1px solid ${token.colorBorderSecondary}`,
            background: task.task_id === open ? token.controlItemBgActive : undefined,
            outline: task.task_id === current ? `1px solid ${token.colorPrimaryBorder}` : undefined,
            outlineOffset: -1,
          }}
        >
          <Cells task={task} took={ran(task, now)} />
        </div>
      )}
    />
  );
}

/** Drawn again only for another task or time: a list that is scrolled draws many. */
const Cells = memo(function Cells({ task, took }: { task: Task; took: number | undefined }) {
  return (
    <>
      <span>
        <StateTag state={task.cancelling ? "cancelling" : task.status} />
      </span>
      <span className="task-name">{task.type}</span>
      <span className="task-more">
        <Progressing task={task} />
      </span>
      <Typography.Text type="secondary" className="task-session" title={task.session_id}>
        {task.session_id}
      </Typography.Text>
      <Typography.Text type="secondary" className="task-time">
        <TimeText at={task.created_at} />
      </Typography.Text>
      <span className="task-took">
        <Duration seconds={took} />
      </span>
    </>
  );
});

/** Why it waits, how far it is, or what it failed of. */
function Progressing({ task }: { task: Task }) {
  const words = useText(queueText);
  const format = useFormat();
  if (task.status === "pending") {
    const reasons = {
      turn: words.turn, session: words.waitsSession, approval: words.approval, storage: words.storage,
    };
    const place = task.place === undefined ? "" : `${words.place(format.number(task.place))} · `;
    return <>{place + reasons[task.waits_for ?? "turn"]}</>;
  }
  if (task.status === "processing" && task.progress) {
    const { fraction, message } = task.progress;
    return (
      <>
        {fraction !== null && (
          <ProgressBar fraction={fraction} width={140} label={message ?? words.state} />
        )}
        {message}
      </>
    );
  }
  return <>{task.error ? asError(task.error).message : ""}</>;
}
