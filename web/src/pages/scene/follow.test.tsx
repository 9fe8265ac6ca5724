import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LONGEST, PAUSE, pauseBefore, useFollowing } from "./follow";

let root: Root;
let drawn: number;
let isOld: boolean;
const draw = () => {
  drawn += 1;
};

function Picture({ version, mayDraw }: { version: number; mayDraw: boolean }) {
  isOld = useFollowing(version, mayDraw, draw).isOld;
  return null;
}

const show = (version: number, mayDraw = true) => act(() => root.render(<Picture {...{ version, mayDraw }} />));
const wait = (ms: number) => act(() => vi.advanceTimersByTime(ms));

beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  vi.useFakeTimers();
  drawn = 0;
  root = createRoot(document.createElement("div"));
  show(0);
});
afterEach(() => {
  act(() => root.unmount());
  vi.useRealTimers();
});

test("several changes are one picture, after the last", () => {
  for (const version of [1, 2, 3]) {
    show(version);
    wait(PAUSE - 1);
  }
  expect([drawn, isOld]).toEqual([0, true]);
  wait(1);
  expect([drawn, isOld]).toEqual([1, false]);
  wait(10 * LONGEST);
  expect(drawn).toBe(1);
});

test("changes that do not end are followed all the same", () => {
  for (let version = 1; version <= 100; version += 1) {
    show(version);
    wait(PAUSE / 6);
  }
  expect(drawn).toBe(3);
});

test("a change while it may not draw is drawn as soon as it may", () => {
  show(1, false); // a picture is on its way, or the tab is hidden
  wait(2 * LONGEST);
  expect([drawn, isOld]).toEqual([0, true]);
  show(1);
  wait(0);
  expect([drawn, isOld]).toEqual([1, false]);
});

test.each([
  [0, 0, PAUSE],
  [0, LONGEST - 1, 1],
  [0, 10 * LONGEST, 0],
])("a change at %i is waited for at %i for %i ms", (first, now, pause) => {
  expect(pauseBefore(first, now)).toBe(pause);
});
