import { expect, test } from "vitest";
import { type ObjectNode, rowsOf, withPage } from "./hierarchy";

const node = (name: string, ...children: ObjectNode[]): ObjectNode => ({ name, type: "MESH", children });
const house = [node("House", node("Wall", node("Window.1"), node("Window.2")), node("Roof")), node("Tree")];
const names = (closed: string[], text = "") => rowsOf(house, new Set(closed), text).map((row) => `${row.depth} ${row.name}`);

test("pages are put together, and the branch that goes on is not doubled", () => {
  const first = [node("House", node("Wall", node("Window.1")))];
  const second = [node("House", node("Wall", node("Window.2")), node("Roof")), node("Tree")];
  expect(withPage(withPage([], first), second)).toEqual(house);
});

test("the rows of what is open", () => {
  expect(names([])).toEqual(["0 House", "1 Wall", "2 Window.1", "2 Window.2", "1 Roof", "0 Tree"]);
  expect(names(["Wall"])).toEqual(["0 House", "1 Wall", "1 Roof", "0 Tree"]);
  expect(rowsOf(house, new Set(["House"]), "").map(({ isOpen }) => isOpen)).toEqual([false, undefined]);
});

test("what has the text in its name, with what it hangs on", () => {
  expect(names(["House"], "window.2")).toEqual(["0 House", "1 Wall", "2 Window.2"]);
  expect(names([], "tree")).toEqual(["0 Tree"]);
  expect(names([], "nothing")).toEqual([]);
});
