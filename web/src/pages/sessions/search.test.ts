import { expect, test } from "vitest";
import { excerpt, foundIn, marked, wordsOf } from "./search";
import type { Hit } from "./types";

const hits = (text: string, query: string) => marked(text, wordsOf(query)).filter(({ isHit }) => isHit).map((part) => part.text);

test("the words are marked, whatever their case; the parts are the text again", () => {
  expect(hits("A Red cube, red (2.5)", "red (2.5)")).toEqual(["Red", "red", "(2.5)"]);
  expect(hits("赤い立方体を作成", "立方体")).toEqual(["立方体"]);
  expect(hits("cubes and cube", "cube cubes")).toEqual(["cubes", "cube"]);
  expect(marked("A Red cube", ["red"]).map(({ text }) => text).join("")).toBe("A Red cube");
  expect(marked("nothing", [])).toEqual([{ text: "nothing", isHit: false }]);
});

test("an excerpt begins shortly before the first hit", () => {
  const text = `${"x".repeat(500)} tower ${"y".repeat(500)}`;
  const parts = excerpt(text, ["tower"], 10);
  expect(parts?.map((part) => part.text).join("")).toMatch(/^…x{9} tower y+…$/);
  expect(excerpt(text, ["none"])).toBeUndefined();
});

test("a sentence is told as words, not as parameters", () => {
  const hit = { command: "do", args: { text: "a red cube" }, result: { echo: "make a red cube" } } as unknown as Hit;
  expect(foundIn(hit, ["red"]).map(({ field }) => field)).toEqual(["words", "result"]);
  const other = { command: "create_object", args: { name: "red" }, result: {}, user_input: "paint" } as unknown as Hit;
  expect(foundIn(other, ["red"]).map(({ field }) => field)).toEqual(["args"]);
});
