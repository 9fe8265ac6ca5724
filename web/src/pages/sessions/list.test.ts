import { expect, test } from "vitest";
import { clientOf, matches, orderOf, shownOf, sorted } from "./list";
import type { Listed } from "./types";

const line = (id: string, used: number, commands: number, status: Listed["status"] = "live"): Listed => ({
  session_id: id, created_at: 0, last_activity: used, command_count: commands, idle: false, status,
});
const http = line("http-20261128-064821-291c68e1", 3, 1);
const scene = line("scene-20261128-064821-30534bc1", 2, 9, "parked");
const mine = line("my-own", 1, 9, "closed");
const address = (query: string) => new URLSearchParams(query);

test("the client is what stands before the time", () => {
  expect([http, scene, mine].map(({ session_id: id }) => clientOf(id))).toEqual(["http", "scene", "my-own"]);
  expect(clientOf("a-b-20261128-064821-30534bc1")).toBe("a-b");
});

test("order and state are read from the address; what it does not know is left out", () => {
  expect(orderOf(address("sort=commands-up"))).toEqual({ column: "commands", down: false });
  expect(orderOf(address("sort=nonsense"))).toEqual({ column: "used", down: true });
  expect([shownOf(address("status=closed")), shownOf(address("status=x"))]).toEqual(["closed", "all"]);
});

test("sorted; among equals the last used first", () => {
  const ids = (query: string) => sorted([mine, scene, http], orderOf(address(query))).map((each) => each.last_activity);
  expect([ids(""), ids("sort=used-up"), ids("sort=commands-down"), ids("sort=commands-up")]).toEqual([
    [3, 2, 1], [1, 2, 3], [2, 1, 3], [3, 2, 1],
  ]);
});

test("which are shown", () => {
  const shown = (status: "all" | "closed", client: string) =>
    [http, scene, mine].filter((each) => matches(each, { status, client })).length;
  expect([shown("all", ""), shown("closed", ""), shown("all", "http"), shown("closed", "http")]).toEqual([3, 1, 1, 0]);
});
