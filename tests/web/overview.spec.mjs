// The overview and the statistics: what they show follows what was really done.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessible, command, page, picture } from "./support.mjs";

const DONE = 20;

/** What a row of a table of commands tells: its count, or 0 where there is no row. */
const timesOf = (opened, name) =>
  opened.evaluate((wanted) => {
    const row = [...document.querySelectorAll("tbody tr")].find(({ cells }) => cells[0].textContent === wanted);
    return row ? Number(row.cells[1].textContent.replaceAll(",", "")) : 0;
  }, name);

const hasTimes = (opened, name, times) =>
  opened.waitForFunction(
    ([wanted, count]) =>
      [...document.querySelectorAll("tbody tr")].some(
        ({ cells }) => cells[0].textContent === wanted && Number(cells[1].textContent.replaceAll(",", "")) === count,
      ),
    [name, times],
  );

for (const path of ["overview", "statistics"]) {
  test(`${path}: commands are counted as they are run`, async (t) => {
    await command("get_selection");
    const opened = await page(t, path);
    await opened.waitForSelector("tbody tr >> text=get_selection");
    const before = await timesOf(opened, "get_selection");
    assert.ok(before >= 1);
    for (let at = 0; at < DONE; at += 1) await command("get_selection");
    await hasTimes(opened, "get_selection", before + DONE);
  });
}

test("a script that runs is shown as busy, with its command, and then no more", async (t) => {
  const opened = await page(t, "overview");
  await opened.waitForSelector("[data-state=idle]");
  const running = command("execute_code", {}, { command: "import time\ntime.sleep(2)" });
  await opened.waitForSelector("[data-state=busy] >> text=execute_code");
  await picture(opened, "overview-busy");
  await running;
  await opened.waitForSelector("[data-state=idle]");
});

test("a failed task needs attention, and the way there is the filtered list", async (t) => {
  await assert.rejects(command("execute_code", {}, { command: "1/0" }));
  const opened = await page(t, "overview");
  await opened.locator('section a[href$="/queue?status=failed"]').click();
  await opened.waitForURL("**/queue?status=failed");
  await opened.waitForSelector("[role=option] >> text=execute_code");
});

test("a search is shown with its words", async (t) => {
  const opened = await page(t, "statistics");
  await opened.waitForSelector("td >> text=vector_search");
  await command("search_dictionary", { query: "curtain wall" });
  await opened.waitForSelector("td >> text=curtain wall");
});

for (const path of ["overview", "statistics"]) {
  for (const [theme, language, width] of [["light", "en", 1440], ["dark", "ja", 390], ["dark", "zh", 1440], ["light", "zh", 390]]) {
    test(`${path}, ${theme}, ${language}, ${width} px: accessible, and nothing sticks out`, async (t) => {
      await command("get_selection");
      const opened = await page(t, path, { theme, language, width });
      await opened.waitForSelector("tbody tr >> text=get_selection");
      await opened.waitForSelector("canvas");
      await picture(opened, `${path}-${theme}-${language}-${width}`);
      await accessible(opened);
      const out = await opened.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(out <= 0, `${out} px stick out`);
    });
  }
}
