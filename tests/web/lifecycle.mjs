// What becomes of an open page when Blender ends and another comes at its place. Run by test_web_lifecycle.py, which
// ends and starts Blender when a line asks for it.
import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { command, ended, page, PATIENCE, picture, url } from "./support.mjs";

const told = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
after(() => process.stdin.destroy());
/** `kill`, `start` or `wait`: done when it is answered. */
async function blender(what) {
  process.stderr.write(`${what}\n`);
  assert.equal((await told.next()).value, what);
}

/** Who is connected, this question's own connection too; `fetch` would keep any number of them. */
async function clients() {
  const asked = request(`${url}/mcp`, { method: "POST", agent: false, headers: { "content-type": "application/json" } });
  asked.end(JSON.stringify({ type: "list_clients", params: {} }));
  const [answer] = await once(asked, "response");
  return JSON.parse(Buffer.concat(await answer.toArray())).result.clients;
}

// The first of all: no connection of another test is still closing.
test("nothing of a page that is closed is left in Blender", async (t) => {
  const opened = await page(t, "overview");
  await opened.waitForSelector("[data-state=idle]");
  assert.ok((await clients()).length > 1);
  await opened.context().close();
  const end = Date.now() + PATIENCE;
  for (let left; (left = await clients()).length > 1; ) assert.ok(Date.now() < end, JSON.stringify(left));
  // Nothing asks for anything either: between two questions of ours nothing else was answered.
  const answered = async () => (await command("get_statistics")).total.commands;
  const first = await answered();
  await blender("wait");
  assert.ok((await answered()) - first <= 2);
});

test("a page is painted within a second", async (t) => {
  const opened = await page(t, "overview");
  await opened.waitForSelector("[data-state=idle]");
  await opened.reload();
  await opened.waitForSelector("[data-state=idle]");
  const paint = await opened.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0].startTime);
  t.diagnostic(`first paint after ${Math.round(paint)} ms`);
  assert.ok(paint < 1000, `${paint} ms`);
});

test("Blender ends and comes back under an open page", async (t) => {
  const { task_id: old } = await command("get_scene", {}, { async: true });
  await ended(old);
  const opened = await page(t, "queue");
  await opened.getByRole("option").filter({ hasText: "get_scene" }).first().waitFor();
  const loads = [];
  opened.on("framenavigated", (frame) => loads.push(frame.url()));
  await blender("kill");
  const banner = opened.getByRole("alert").filter({ hasText: /No connection to Tenon since \d\d:\d\d:\d\d/ });
  await banner.waitFor();
  await opened.waitForSelector("[data-state=gone]");
  await opened.waitForSelector("[data-lost]");
  await picture(opened, "lifecycle-lost");
  await blender("start");
  await opened.waitForSelector("[data-state=idle]");
  await banner.waitFor({ state: "detached" });
  assert.equal(await opened.locator("[data-lost]").count(), 0);
  // The tasks of the Blender that ended are not shown as this one's, and this one's come live.
  await opened.getByRole("option").filter({ hasText: "get_scene" }).waitFor({ state: "detached" });
  await command("get_selection");
  await opened.getByRole("option").filter({ hasText: "get_selection" }).waitFor();
  assert.deepEqual(loads, []);
});
