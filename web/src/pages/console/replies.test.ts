import { expect, test } from "vitest";
import { gist } from "./replies";

test("what people read first of a result", () => {
  expect(gist({ echo: "Make a cube.", steps: [], notes: ["shared material"] })).toEqual({
    echo: "Make a cube.", notes: ["shared material"],
  });
  expect(gist({ executed: true, result: "3\n" })).toEqual({ printed: "3\n", notes: [] });
  expect(gist({ executed: true, result: 5 })).toEqual({ notes: [] });
  expect(gist("pong")).toEqual({ notes: [] });
});
