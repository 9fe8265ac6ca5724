import { createRoot } from "react-dom/client";
import { act } from "react";
import { expect, test } from "vitest";
import { Markdown } from "./markdown";

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

function shown(text: string): HTMLElement {
  const place = document.createElement("div");
  act(() => createRoot(place).render(<Markdown text={text} />));
  return place;
}

test("a document's headings, lists, code and emphasis", () => {
  const page = shown("# Title\n\n- a: **bad** `x < y`\n- b\n\n3. three\n\n```json\n{\"a\": 1 < 2}\n```\n");
  expect(page.querySelector("h2")?.textContent).toBe("Title");
  expect(page.querySelectorAll("ul li")).toHaveLength(2);
  expect(page.querySelector("li strong")?.textContent).toBe("bad");
  expect(page.querySelector("li code")?.textContent).toBe("x < y");
  expect(page.querySelector("ol")?.start).toBe(3);
  expect(page.querySelector("pre")?.textContent).toBe('{"a": 1 < 2}');
});

test("a table", () => {
  const page = shown("| a | b |\n|---|---|\n| 1 | 2 |\n");
  expect([...page.querySelectorAll("th, td")].map((cell) => cell.textContent)).toEqual(["a", "b", "1", "2"]);
});

test("HTML and pictures stay text, and only web links lead anywhere", () => {
  const page = shown('<img src=x onerror=alert(1)> and <b>b</b>\n\n![p](http://x/y.png) [bad](javascript:alert(1)) [good](https://x.org/)');
  expect(page.querySelectorAll("img, b, script")).toHaveLength(0);
  expect(page.textContent).toContain("<img src=x onerror=alert(1)>");
  expect([...page.querySelectorAll("a")].map((link) => link.href)).toEqual(["https://x.org/"]);
  expect(page.textContent).toContain("bad");
});
