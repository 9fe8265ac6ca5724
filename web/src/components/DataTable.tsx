import { Empty } from "antd";
import type { Key, ReactNode } from "react";

export interface Column<R> {
  title: string;
  cell: (row: R) => ReactNode;
}

/** A plain table for some dozens of rows. */
export function DataTable<R>({
  label,
  rows,
  keyOf,
  columns,
  empty,
  maxHeight = 320,
}: {
  label: string;
  rows: readonly R[];
  keyOf: (row: R) => Key;
  columns: readonly Column<R>[];
  empty: string;
  maxHeight?: number;
}) {
  if (rows.length === 0) return <Empty description={empty} />;
  return (
    // Scrolled by keyboard too.
    <div className="table" style={{ maxHeight }} tabIndex={0} role="region" aria-label={label}>
      <table>
        <thead>
          <tr>
            {columns.map(({ title }) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map(({ title, cell }) => (
                <td key={title}>{cell(row)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
