import { act, Suspense } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { loaded } from "../components/loaded";
import { Guard, isReplaced } from "./Guard";

let root: Root;
let place: HTMLElement;
let asked: number;
let isDown: boolean;

async function load() {
  asked += 1;
  if (isDown) throw new Error("Failed to fetch dynamically imported module");
  return { default: ({ word }: { word: string }) => <p>{word}</p> };
}

const show = (at: string, children: React.ReactNode) =>
  act(async () => root.render(<Guard at={at}><Suspense fallback="loading">{children}</Suspense></Guard>));
const tryAgain = () => act(async () => place.querySelector("button")?.click());
const serves = (text: string) => vi.stubGlobal("fetch", async () => new Response(text));

beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  vi.spyOn(console, "error").mockImplementation(() => undefined); // React tells of what the guard catches
  vi.stubGlobal("location", { reload: vi.fn() });
  document.head.innerHTML = '<script type="module" src="/ui/assets/index-abc.js"></script>';
  serves('<script type="module" src="/ui/assets/index-abc.js"></script>');
  [asked, isDown] = [0, true];
  place = document.createElement("div");
  root = createRoot(place);
});
afterEach(() => {
  act(() => root.unmount());
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

test("a file that was lost is asked for again, and the page stays", async () => {
  const Part = loaded(load);
  await show("/a", <Part word="here" />);
  expect([place.textContent?.includes("Failed to fetch"), asked]).toEqual([true, 1]);
  await tryAgain();
  expect([place.textContent?.includes("Failed to fetch"), asked]).toEqual([true, 2]);
  isDown = false;
  await tryAgain();
  expect([place.textContent, asked]).toEqual(["here", 3]);
  expect(location.reload).not.toHaveBeenCalled();
});

test("it is asked for again too when the reader comes back", async () => {
  const Part = loaded(load);
  await show("/a", <Part word="here" />);
  await show("/b", "elsewhere");
  expect(place.textContent).toBe("elsewhere");
  isDown = false;
  await show("/a", <Part word="here" />);
  expect(place.textContent).toBe("here");
});

test("all is loaded anew where another Tenon has other files", async () => {
  const Part = loaded(load);
  await show("/a", <Part word="here" />);
  serves('<script type="module" src="/ui/assets/index-xyz.js"></script>');
  await tryAgain();
  expect(location.reload).toHaveBeenCalledOnce();
});

test("a page that fails while it is drawn is loaded anew", async () => {
  function Broken(): never {
    throw new Error("broken");
  }
  await show("/a", <Broken />);
  await tryAgain();
  expect(location.reload).toHaveBeenCalledOnce();
});

test("who does not answer has not been replaced", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
  expect(await isReplaced()).toBe(false);
});
