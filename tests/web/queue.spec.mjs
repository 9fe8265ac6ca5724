// The queue: ten thousand tasks, live; what waits and why; what can be done about a task, by mouse and by keyboard.
import assert from "node:assert/strict";
import { cpus, loadavg } from "node:os";
import { test } from "node:test";
import { accessible, command, ended, hold, page, picture, task } from "./support.mjs";

const MANY = 10_000;
const later = (type, params = {}, more = {}) => command(type, params, { ...more, async: true });
const session = async () => (await command("create_session")).session_id;
const list = (opened) => opened.getByRole("listbox", { name: "Tasks" });
const button = (opened, name, options = {}) => opened.getByRole("button", { name, exact: true, ...options });
const drawer = (opened) => opened.getByRole("dialog", { name: "Task" });

/** A task that failed, in a session of its own. */
async function failing(code) {
  const { task_id: id } = await later("execute_code", { code });
  assert.equal((await ended(id)).status, "failed");
  return id;
}

test("a task that waits tells its place, and goes to the front", async (t) => {
  const { id: holding, release } = await hold(t);
  const own = await session();
  const ids = [];
  for (let at = 0; at < 3; at += 1) ids.push((await later("get_scene", {}, { session_id: own })).task_id);
  const other = (await later("create_object", { type: "CUBE" }, { session_id: await session() })).task_id;
  const opened = await page(t, `queue?status=pending`);
  await opened.waitForSelector("[role=option] >> text=place 4");
  await opened.waitForSelector("[role=option] >> text=an earlier task of its session runs first");
  await picture(opened, "queue-waiting");
  await accessible(opened);
  await opened.getByRole("option").filter({ hasText: "create_object" }).click();
  await opened.waitForURL(`**/queue?*task=${other}*`);
  await button(opened, "To the front").click();
  await opened.waitForSelector("text=Overtakes");
  await opened.getByRole("option").filter({ hasText: "create_object" }).getByText("place 1").waitFor();
  await release();
  const ran = await Promise.all([other, ...ids].map(ended));
  const began = ran.map(({ started_at: at }) => at);
  assert.deepEqual([...began].sort(), began);
  // The drawer has followed it to its end.
  await drawer(opened).getByText("Run again", { exact: true }).waitFor();
  assert.equal((await task(holding)).status, "completed");
});

test("arrows, Enter and Delete; the address opens the details, and back closes them", async (t) => {
  await hold(t);
  const first = (await later("get_scene")).task_id;
  const second = (await later("look")).task_id;
  const opened = await page(t, "queue?status=pending");
  await opened.waitForSelector("[role=option] >> text=look");
  await list(opened).focus();
  await opened.keyboard.press("ArrowDown");
  await opened.keyboard.press("ArrowDown");
  await opened.keyboard.press("Enter");
  await opened.waitForURL(`**/queue?status=pending&task=${first}`);
  await drawer(opened).getByText(first).first().waitFor();
  await accessible(opened);
  await opened.keyboard.press("Escape");
  await drawer(opened).waitFor({ state: "detached" });
  await opened.goBack();
  await drawer(opened).waitFor();
  await opened.goBack();
  await drawer(opened).waitFor({ state: "detached" });
  await list(opened).focus();
  await opened.keyboard.press("ArrowUp");
  await opened.keyboard.press("Delete");
  await opened.getByRole("dialog", { name: "Cancel this task?" }).waitFor();
  await button(opened, "Keep").click();
  await opened.getByRole("dialog").waitFor({ state: "detached" });
  assert.equal((await task(second)).status, "pending");
  await list(opened).focus();
  await opened.keyboard.press("Delete");
  await opened.getByRole("dialog").getByText("It has not begun.").waitFor();
  await opened.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
  await opened.getByRole("option").filter({ hasText: "look" }).waitFor({ state: "detached" });
  assert.equal((await task(second)).status, "cancelled");
  assert.equal((await task(first)).status, "pending");
});

test("run again, also with other parameters", async (t) => {
  const { task_id: id } = await later("create_object", { type: "CUBE", name: "Again" });
  await ended(id);
  const opened = await page(t, `queue?task=${id}`);
  await button(opened, "Run again").click();
  await opened.waitForSelector("[role=option] >> nth=1");
  await opened.getByText("Accepted", { exact: true }).last().waitFor();
  await button(opened, "Change and run").click();
  const field = drawer(opened).getByLabel("name", { exact: true });
  assert.equal(await field.inputValue(), "Again");
  await field.fill("Changed by form");
  await button(opened, "Run").click();
  await button(opened, "Run").waitFor({ state: "detached" });
  await button(opened, "Change and run").click();
  await drawer(opened).getByText("JSON", { exact: true }).click();
  const json = drawer(opened).getByLabel("JSON", { exact: true }).last();
  await json.fill('{"type": "CUBE", "name": "Changed by JSON"');
  assert.ok(await button(opened, "Run").isDisabled());
  await json.fill('{"type": "CUBE", "name": "Changed by JSON"}');
  await button(opened, "Run").click();
  await button(opened, "Run").waitFor({ state: "detached" });
  const { tasks } = await command("list_tasks", { command: "create_object" });
  const retried = tasks.filter(({ retry_of: of }) => of === id);
  await Promise.all(retried.map(({ task_id: each }) => ended(each)));
  assert.deepEqual(retried.map(({ args }) => args.name).reverse(), ["Again", "Changed by form", "Changed by JSON"]);
  const found = await command("execute_code", { code: "import bpy\nprint(sorted(o.name for o in bpy.data.objects if 'hange' in o.name))" });
  assert.match(JSON.stringify(found), /Changed by JSON.*Changed by form/);
});

test("all that failed is run again, and the queue emptied, each after its number was told", async (t) => {
  const mark = `mark${Date.now()}`;
  for (const at of [1, 2, 3]) await failing(`raise ValueError("${mark} ${at}")`);
  const opened = await page(t, `queue?status=failed&q=${mark}`);
  await button(opened, "Retry 3 failed").click();
  await opened.getByRole("dialog", { name: "Run 3 failed tasks again?" }).waitFor();
  await accessible(opened);
  await opened.getByRole("dialog").getByRole("button", { name: "Retry 3 failed" }).click();
  await button(opened, "Retry 6 failed").waitFor();

  await hold(t);
  const own = await session();
  const ids = [];
  for (let at = 0; at < 20; at += 1) ids.push((await later("get_scene", {}, { session_id: own })).task_id);
  await opened.goto(new URL(`queue?session=${own}`, opened.url()).href);
  await button(opened, "Empty the queue (20)").click();
  await opened.getByRole("dialog", { name: "Cancel 20 waiting tasks?" }).waitFor();
  await opened.getByRole("dialog").getByRole("button", { name: "Empty the queue (20)" }).click();
  await opened.getByRole("button", { name: /Empty the queue/ }).first().waitFor({ state: "detached" });
  await opened.getByRole("option").filter({ hasText: "Cancelled" }).nth(5).waitFor();
  for (const id of ids) assert.equal((await task(id)).status, "cancelled");
});

test("ten thousand tasks are scrolled smoothly while a hundred events a second come", async (t) => {
  let sent = 0;
  const send = async () => {
    while (sent < MANY) {
      sent += 1;
      await later("get_scene", { limit: 1 });
    }
  };
  await Promise.all(Array.from({ length: 8 }, send));
  for (;;) {
    const { counts } = await command("list_tasks", { limit: 1 });
    if (counts.completed >= MANY && counts.pending + counts.processing === 0) break;
  }
  const opened = await page(t, "about:blank");
  let events = 0;
  opened.on("websocket", (socket) => socket.on("framereceived", () => (events += 1)));
  await opened.goto(opened.url().replace(/ui\/.*/, "ui/queue"));
  const wire = await opened.context().newCDPSession(opened);
  const heap = async () => {
    await wire.send("HeapProfiler.collectGarbage");
    return (await wire.send("Runtime.getHeapUsage")).usedSize;
  };
  // All of them are read, page by page, before it is measured.
  const height = () => list(opened).evaluate((element) => element.scrollHeight);
  await opened.waitForFunction(
    (least) => document.querySelector("[role=listbox]")?.scrollHeight >= least,
    MANY * 44,
  );
  await picture(opened, "queue-many");
  const scroll = (milliseconds) =>
    list(opened).evaluate(async (place, milliseconds) => {
      const step = place.scrollHeight / 500;
      const deltas = [];
      let last = performance.now();
      for (const end = last + milliseconds; last < end; ) {
        await new Promise(requestAnimationFrame);
        const now = performance.now();
        deltas.push(now - last);
        last = now;
        place.scrollTop = (place.scrollTop + step) % (place.scrollHeight - place.clientHeight);
      }
      return deltas.sort((a, b) => b - a);
    }, milliseconds);
  await scroll(2000); // what is compiled and kept once
  const before = await heap();
  const [heard, told] = [events, setInterval(() => void later("get_scene", { limit: 1 }), 30)];
  const deltas = await scroll(10_000);
  clearInterval(told);
  const grown = (await heap()) - before;
  t.diagnostic(`${events - heard} events, ${deltas.length} frames, longest ${deltas.slice(0, 3).map(Math.round)} ms, heap ${Math.round(before / 1e6)} MB + ${Math.round(grown / 1e3)} kB`);
  assert.ok(events - heard > 800, `only ${events - heard} events came`);
  // Two may be the machine's own; one with more to do than it has processors holds up more.
  const isBusy = loadavg()[0] > cpus().length + 1;
  const slowest = deltas[isBusy ? Math.ceil(deltas.length / 100) : 2];
  assert.ok(slowest < 100, `a frame took ${slowest} ms`);
  assert.ok(grown < 12e6, `the heap grew by ${grown} bytes`);
  assert.equal(await height(), MANY * 44);

  // The filter is in the address: back and forward keep it.
  await opened.getByText(/^Failed \d/).click();
  await opened.waitForURL("**/queue?status=failed");
  await opened.getByRole("link", { name: "Scene" }).click();
  await opened.waitForURL("**/scene");
  await opened.goBack();
  await opened.waitForURL("**/queue?status=failed");
  assert.ok(await opened.getByRole("radio", { name: /^Failed/ }).isChecked());
});
