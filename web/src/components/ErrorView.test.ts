import { expect, test } from "vitest";
import { TenonError } from "../api/client";
import { asError } from "./ErrorView";

test("an error from wherever it comes", () => {
  expect(asError(new TenonError("blocked", "No", 403, { task_id: "t" }))).toEqual({
    code: "blocked", message: "No", details: { task_id: "t" },
  });
  expect(asError({ code: "x", message: "y", hint: 1 })).toEqual({ code: "x", message: "y", details: { hint: 1 } });
  expect(asError("odd")).toEqual({ code: "command_failed", message: "odd", details: {} });
});

test("a Python error in its own words", () => {
  const message = JSON.stringify({ exception_type: "ZeroDivisionError", message: "division by zero", traceback: "…" });
  expect(asError({ code: "command_failed", message })).toEqual({
    code: "command_failed", message: "ZeroDivisionError: division by zero", details: { traceback: "…" },
  });
  expect(asError({ message: '{"exception_type": cut' }).message).toBe('{"exception_type": cut');
});
