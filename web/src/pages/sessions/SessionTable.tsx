import { CaretDownFilled, CaretUpFilled } from "@ant-design/icons";
import { Checkbox, Tooltip } from "antd";
import { Link } from "react-router";
import { StateTag, TimeText } from "../../components";
import { useFormat, useText } from "../../i18n";
import { clientOf, type Column, COLUMNS, type Order } from "./list";
import { sessionsText } from "./text";
import type { Listed } from "./types";
import "./sessions.css";

/** A plain table: antd's own weighs more than all the rest of this page. */
export function SessionTable({
  lines,
  order,
  onOrder,
  chosen,
  onChosen,
}: {
  lines: readonly Listed[];
  order: Order;
  onOrder: (order: Order) => void;
  chosen: readonly string[];
  onChosen: (ids: readonly string[]) => void;
}) {
  const words = useText(sessionsText);
  const here = lines.map((line) => line.session_id);
  const chosenHere = here.filter((id) => chosen.includes(id));
  const others = chosen.filter((id) => !here.includes(id));
  const isAll = here.length > 0 && chosenHere.length === here.length;
  return (
    <table className="sessions-table">
      <thead>
        <tr>
          <td>
            <Checkbox
              aria-label={words.all}
              checked={isAll}
              indeterminate={chosenHere.length > 0 && !isAll}
              onChange={() => onChosen(isAll ? others : [...others, ...here])}
            />
          </td>
          {COLUMNS.map((column) => (
            <Heading key={column} column={column} order={order} onOrder={onOrder} />
          ))}
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <Line
            key={line.session_id}
            line={line}
            isChosen={chosen.includes(line.session_id)}
            onChosen={(isChosen) =>
              onChosen(
                isChosen ? [...chosen, line.session_id] : chosen.filter((id) => id !== line.session_id),
              )
            }
          />
        ))}
      </tbody>
    </table>
  );
}

function Heading({ column, order, onOrder }: { column: Column; order: Order; onOrder: (order: Order) => void }) {
  const words = useText(sessionsText);
  const isSorted = order.column === column;
  return (
    <th
      scope="col"
      className={`column-${column}`}
      {...(isSorted ? { "aria-sort": order.down ? ("descending" as const) : ("ascending" as const) } : {})}
    >
      {/* Names go up first, numbers and times down. */}
      <button
        type="button"
        onClick={() => onOrder({ column, down: isSorted ? !order.down : !["session", "status", "client"].includes(column) })}
      >
        {words[column]} {isSorted && (order.down ? <CaretDownFilled aria-hidden /> : <CaretUpFilled aria-hidden />)}
      </button>
    </th>
  );
}

function Line({
  line: { session_id: id, status, instance, created_at: created, last_activity: used, command_count: commands },
  isChosen,
  onChosen,
}: {
  line: Listed;
  isChosen: boolean;
  onChosen: (isChosen: boolean) => void;
}) {
  const words = useText(sessionsText);
  const format = useFormat();
  return (
    <tr className={isChosen ? "chosen" : undefined}>
      <td>
        <Checkbox
          aria-label={words.select(id)}
          checked={isChosen}
          onChange={({ target }) => onChosen(target.checked)}
        />
      </td>
      <td className="column-session">
        <Link to={encodeURIComponent(id)}>{id}</Link>
      </td>
      <td className="column-status">
        <Tooltip title={instance && words.elsewhere(instance)}>
          <StateTag state={status} />
        </Tooltip>
      </td>
      <td className="column-client">{clientOf(id)}</td>
      <td className="column-created">
        <TimeText at={created} />
      </td>
      <td className="column-used">
        <TimeText at={used} />
      </td>
      <td className="column-commands">{format.number(commands)}</td>
    </tr>
  );
}
