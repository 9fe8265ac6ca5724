import { expect, test } from "vitest";
import { kindOf, type Schema } from "./SchemaForm";

const rows: [string, Schema][] = [
  ["choice", { type: "string", enum: ["A", "B"] }],
  ["switch", { type: ["boolean", "null"] }],
  ["number", { type: ["integer", "null"], minimum: 0 }],
  ["text", { type: ["string", "null"] }],
  ["numbers", { type: "array", items: { type: "number" }, minItems: 3, maxItems: 3 }],
  ["texts", { type: "array", items: { type: "string" } }],
  ["json", { type: "array", items: { type: "object" } }],
  ["json", { type: "array", items: { type: "number" } }],
  ["json", { type: "object" }],
  ["json", { type: ["string", "number"] }],
  ["json", {}],
];

test.each(rows)("a field that is written as %s", (kind, field) => expect(kindOf(field)).toBe(kind));
