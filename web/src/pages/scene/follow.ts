// When a picture is drawn again: after the last of several changes, and now and then while they do not end.
import { useCallback, useEffect, useRef, useState } from "react";

/** After the last of several changes. */
export const PAUSE = 600;
/** After the first that no picture shows, however many follow. */
export const LONGEST = 3000;

/** How long to wait at `now`, in ms, when the first change that no picture shows was at `first`. */
export function pauseBefore(first: number, now: number): number {
  return Math.max(0, Math.min(PAUSE, first + LONGEST - now));
}

/** Calls `draw` for what has changed, as counted by `version`, whenever it may. `isOld`: a change is not shown. */
export function useFollowing(version: number, mayDraw: boolean, draw: () => void) {
  const [drawn, setDrawn] = useState(version);
  const first = useRef<number>(undefined);
  const drawNow = useCallback(() => {
    first.current = undefined;
    setDrawn(version);
    draw();
  }, [version, draw]);
  useEffect(() => {
    if (version === drawn) return;
    first.current ??= Date.now();
    if (!mayDraw) return;
    const timer = setTimeout(drawNow, pauseBefore(first.current, Date.now()));
    return () => clearTimeout(timer);
  }, [version, drawn, mayDraw, drawNow]);
  return { isOld: version !== drawn, drawNow };
}
