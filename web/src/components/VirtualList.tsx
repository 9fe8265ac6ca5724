import { type ComponentProps, type ReactNode, useEffect, useRef, useState } from "react";

/**
 * Rows of one height, of which only those in sight are drawn. All else is the list's own and goes to the element that
 * scrolls: its role, label, keys, colours.
 */
export function VirtualList<R>({
  rows,
  rowHeight,
  height,
  row,
  reveal,
  style,
  ...own
}: {
  rows: readonly R[];
  rowHeight: number;
  height: number | string;
  row: (row: R, index: number) => ReactNode;
  /** This row is brought into sight when it changes. */
  reveal?: number | undefined;
} & ComponentProps<"div">) {
  const place = useRef<HTMLDivElement>(null);
  const [{ top, seen }, setWindow] = useState({ top: 0, seen: 600 });
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setWindow({ top: element.scrollTop, seen: element.clientHeight }));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    const element = place.current;
    if (!element || reveal === undefined || reveal < 0) return;
    const [from, until] = [reveal * rowHeight, (reveal + 1) * rowHeight];
    if (from < element.scrollTop) element.scrollTop = from;
    else if (until > element.scrollTop + element.clientHeight) element.scrollTop = until - element.clientHeight;
  }, [reveal, rowHeight]);
  const first = Math.max(0, Math.floor(top / rowHeight) - 8);
  const last = Math.min(rows.length, Math.ceil((top + seen) / rowHeight) + 8);
  return (
    <div
      role="presentation"
      {...own}
      ref={place}
      onScroll={({ currentTarget }) =>
        setWindow({ top: currentTarget.scrollTop, seen: currentTarget.clientHeight })
      }
      style={{ ...style, height, overflow: "auto", position: "relative" }}
    >
      <div role="presentation" style={{ height: rows.length * rowHeight, position: "relative" }}>
        {rows.slice(first, last).map((each, at) => (
          <div
            key={first + at}
            role="presentation"
            style={{ position: "absolute", top: (first + at) * rowHeight, left: 0, right: 0, height: rowHeight }}
          >
            {row(each, first + at)}
          </div>
        ))}
      </div>
    </div>
  );
}
