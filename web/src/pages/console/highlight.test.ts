import { expect, test } from "vitest";
import { highlighted } from "./highlight";

const code = `import bpy  # "no text"\nfor x in range(10):\n    print(f"it's {x}", 'a#b', 1.5e3)\n"""long\n'text'"""\n`;

test("the pieces are the code again", () => {
  expect(highlighted(code).map(({ text }) => text).join("")).toBe(code);
  expect(highlighted(`x = "open`).map(({ text }) => text).join("")).toBe(`x = "open`);
});

test("each piece is of its kind", () => {
  const of = (kind: string) => highlighted(code).filter((piece) => piece.kind === kind).map(({ text }) => text);
  expect(of("keyword")).toEqual(["import", "for", "in"]);
  expect(of("comment")).toEqual([`# "no text"`]);
  expect(of("text")).toEqual([`f"it's {x}"`, "'a#b'", `"""long\n'text'"""`]);
  expect(of("number")).toEqual(["10", "1.5e3"]);
});
