import { expect, test } from "vitest";
import { asCurl, asPython, literal } from "./request";

test("a request for the shell", () => {
  expect(asCurl("http://localhost:9876", "do", { text: "it's red" })).toBe(
    `curl -s http://localhost:9876/mcp -H 'Content-Type: application/json' -d '{"type":"do","params":{"text":"it'\\''s red"}}'`,
  );
});

test("a request for Python", () => {
  expect(asPython("9876", "create_object", { type: "CUBE", location: [0, 0, 1], name: null })).toContain(
    `blender.send_command(session, "create_object", {"type": "CUBE", "location": [0, 0, 1], "name": None})`,
  );
  expect(asPython("9881", "x", { on: true })).toContain("connect(port=9881)");
  expect(literal({ a: [null, false] })).toBe(`{"a": [None, False]}`);
});
