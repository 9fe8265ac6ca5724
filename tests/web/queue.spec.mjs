// The queue's page: 10,000 real tasks and 100 more a second, filters in the address, what is done to tasks.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessible, command, page, picture } from "./support.mjs";

const TASKS = 10_000;
const A_SECOND = 100;
const SECONDS = 10;
const SLOWEST = 100; // ms, of a frame
const GROWTH = 30e6; // bytes of heap, of what 1,000 more tasks may leave behind

const push = (type = "get_selection", params = {}) => command(type, params, { asynchronous: true, async: true });

/** `count` tasks, some requests at a time: each waits for its answer, so that the queue is never full. */
async function fill(count) {
  let left = count;
  const work = async () => {
    while (left > 0) {
      left -= 1;
      await command("get_selection");
    }
  };
  await Promise.all(Array.from({ length: 16 }, work));
}

test("10,000 tasks and 100 a second: no frame is slow, and the heap is flat", { timeout: 300_000 }, async (t) => {
  await push();
  const opened = await page(t, "queue");
  await opened.waitForSelector("[role=option]");
  // Tenon keeps fewer tasks than the page, which has them of the channel; it may miss some in such a flood.
  const rows = () => opened.evaluate(() => document.querySelector("[role=listbox]").scrollHeight / 44);
  for (let round = 0; round < 10 && (await rows()) < TASKS; round += 1) await fill(2_000);
  await opened.waitForFunction((least) => document.querySelector("[role=listbox]").scrollHeight / 44 >= least, TASKS);
  const session = await opened.context().newCDPSession(opened);
  const heap = async () => {
    await session.send("HeapProfiler.collectGarbage");
    return (await session.send("Runtime.getHeapUsage")).usedSize;
  };
  const before = await heap();
  const measured = opened.evaluate(
    (length) =>
      new Promise((done) => {
        const frames = [];
        const began = performance.now();
        let last = began;
        const frame = (now) => {
          frames.push(now - last);
          last = now;
          if (now - began < length) requestAnimationFrame(frame);
          else done(frames.slice(1));
        };
        requestAnimationFrame(frame);
      }),
    SECONDS * 1000,
  );
  // A task is told at least twice: that it is queued, and that it has ended.
  const began = Date.now();
  for (let at = 0; at < (A_SECOND * SECONDS) / 2; at += 1) {
    const early = began + (at * 2000) / A_SECOND - Date.now();
    if (early > 0) await new Promise((done) => setTimeout(done, early));
    await push();
  }
  const frames = (await measured).sort((one, other) => one - other);
  const after = await heap();
  t.diagnostic(`frames ${frames.length}, median ${frames[frames.length >> 1].toFixed(1)} ms, slowest ${frames.at(-1).toFixed(1)} ms`);
  t.diagnostic(`heap ${(before / 1e6).toFixed(1)} MB, then ${(after / 1e6).toFixed(1)} MB`);
  await picture(opened, "queue-many");
  assert.ok(frames.at(-1) < SLOWEST, `the slowest frame took ${frames.at(-1)} ms`);
  assert.ok(after - before < GROWTH, `the heap grew by ${after - before} bytes`);
});

test("filters are in the address, and back keeps them", async (t) => {
  await command("execute_code", {}, { command: "1/0" }).catch(() => {});
  const opened = await page(t, "queue?status=failed&period=3600");
  await opened.waitForSelector("[role=option] >> text=execute_code");
  await opened.locator("[role=option]").first().click();
  await opened.waitForURL("**task=*");
  await opened.waitForSelector("[role=dialog] >> text=ZeroDivisionError");
  await picture(opened, "queue-failed");
  await opened.goBack();
  await opened.waitForSelector("[role=dialog]", { state: "detached" });
  assert.match(opened.url(), /status=failed&period=3600$/);
});

test("what waits is shown with its place and reason, and cancelled from the keyboard after a question", async (t) => {
  const opened = await page(t, "queue?status=pending");
  await opened.waitForSelector("h1");
  const running = command("execute_code", {}, { command: "import time\ntime.sleep(8)" });
  await opened.waitForSelector("[data-state=busy]");
  await push();
  await opened.waitForSelector("[role=option] >> text=/place 1 · /");
  await picture(opened, "queue-waiting");
  await opened.getByRole("listbox").focus();
  await opened.keyboard.press("ArrowDown");
  await opened.keyboard.press("Delete");
  await opened.locator("[role=dialog] .ant-btn-primary, [role=dialog] .ant-btn-dangerous").click();
  await opened.waitForSelector("[role=option]", { state: "detached" });
  assert.ok((await command("list_tasks", { status: "cancelled" })).counts.cancelled >= 1);
  await running;
});

for (const [theme, language, width] of [["light", "en", 1440], ["dark", "ja", 390]]) {
  test(`${theme}, ${language}, ${width} px: accessible, and nothing sticks out`, async (t) => {
    await push();
    const opened = await page(t, "queue", { theme, language, width });
    await opened.waitForSelector("[role=option]");
    await accessible(opened);
    assert.ok((await opened.evaluate(() => document.documentElement.scrollWidth)) <= width);
    await picture(opened, `queue-${theme}-${language}`);
  });
}
