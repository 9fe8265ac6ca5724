import { expect, test } from "vitest";
import { matching } from "./Palette";

const choice = (label: string, help: string) => ({ key: label, label, help, to: "/" });
const choices = [choice("modify_object", "Move an object"), choice("Queue", "queue"), choice("move_objects", "Move")];

test("all words are looked for, and what begins so stands first", () => {
  expect(matching(choices, "move").map(({ label }) => label)).toEqual(["move_objects", "modify_object"]);
  expect(matching(choices, "object move").map(({ label }) => label)).toEqual(["modify_object", "move_objects"]);
  expect(matching(choices, "nothing")).toEqual([]);
  expect(matching(choices, "")).toHaveLength(3);
});
