import { expect, test } from "vitest";
import { pieces } from "./JsonView";

test("the pieces are the text again, each of its kind", () => {
  const text = JSON.stringify({ a: 1.5, "b\"": ["x: 1", true, null, -2e9] }, null, 2);
  const found = pieces(text);
  expect(found.map((piece) => piece.text).join("")).toBe(text);
  expect(found.filter((piece) => piece.kind === "key")).toHaveLength(2);
  expect(found.filter((piece) => piece.kind === "number").map((piece) => piece.text)).toEqual(["1.5", "-2000000000"]);
  expect(found.filter((piece) => piece.kind === "string").map((piece) => piece.text)).toEqual(['"x: 1"']);
});
