// The frame around every page: what the header and the menu tell, the keyboard, a lost connection, small windows.
import assert from "node:assert/strict";
import { connect, createServer } from "node:net";
import { test } from "node:test";
import { accessible, command, page, picture, url } from "./support.mjs";

const fail = () => command("execute_code", {}, { command: "1/0" }).catch(() => {});

/** A port of its own that leads to Tenon, until it is closed. */
async function passage(t) {
  const sockets = new Set();
  const { hostname, port } = new URL(url);
  const server = createServer((near) => {
    const far = connect({ host: hostname, port: Number(port) });
    for (const [one, other] of [[near, far], [far, near]]) {
      sockets.add(one);
      one.pipe(other);
      one.on("error", () => {});
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  const listen = (at) => new Promise((done) => server.listen(at, "localhost", done));
  await listen(0);
  const own = server.address().port;
  const close = async () => {
    const closed = new Promise((done) => server.close(done));
    for (const each of sockets) each.destroy();
    await closed;
  };
  t.after(() => server.listening && close());
  return { origin: `http://localhost:${own}`, close, open: () => listen(own) };
}

test("the header says what Blender does, and the menu what failed", async (t) => {
  await fail();
  const { failed } = await (await fetch(`${url}/mcp/status`)).json();
  const opened = await page(t, "overview");
  await opened.waitForSelector("[data-state=idle]");
  await opened.waitForSelector(`a[href$="/queue?status=failed"] >> text="${failed}"`);
  const running = command("execute_code", {}, { command: "import time\ntime.sleep(4)" });
  const busy = await opened.waitForSelector("[data-state=busy]");
  assert.match(await busy.textContent(), /execute_code/);
  await running;
  await opened.waitForSelector("[data-state=idle]");
});

test("keys go to pages and commands, and not while something is typed", async (t) => {
  const opened = await page(t, "overview");
  await opened.waitForSelector("h1");
  await opened.keyboard.press("?");
  await opened.waitForSelector("kbd >> text=g q");
  await opened.keyboard.press("Escape");
  await opened.waitForSelector("[role=dialog]", { state: "detached" });
  await opened.keyboard.press("g");
  await opened.keyboard.press("a");
  await opened.waitForURL("**/ui/alerts");
  await opened.keyboard.press("Control+k");
  const field = opened.getByRole("combobox");
  await field.pressSequentially("g q get_scene");
  await field.fill("get_scene");
  await opened.waitForSelector("[role=option][aria-selected=true] >> text=get_scene");
  assert.match(opened.url(), /alerts/);
  await picture(opened, "shell-palette");
  await field.press("Enter");
  await opened.waitForURL("**/ui/console?command=get_scene*");
});

test("theme and language stay chosen", async (t) => {
  const opened = await page(t, "alerts");
  await opened.getByRole("button", { name: "Language" }).click();
  await opened.getByRole("menuitem", { name: "日本語" }).click();
  await opened.getByRole("button", { name: "テーマ" }).click();
  await opened.getByRole("menuitem", { name: "ダーク" }).click();
  await opened.reload();
  await opened.waitForSelector("h1 >> text=警告");
  assert.equal(await opened.evaluate(() => document.documentElement.style.colorScheme), "dark");
  assert.equal(await opened.evaluate(() => document.documentElement.lang), "ja");
});

test("a lost connection is said, and all is read again when it is back", async (t) => {
  const way = await passage(t);
  const opened = await page(t, "overview");
  await opened.goto(`${way.origin}/ui/overview`);
  await opened.waitForSelector("[data-state=idle]");
  // The charts' file too has come: one that is lost on its way is asked for again only when the page is loaded anew.
  await opened.waitForSelector("canvas");
  await way.close();
  await opened.waitForSelector("[role=alert] >> text=No connection to Tenon since");
  await opened.waitForSelector("[data-state=gone]");
  await picture(opened, "shell-lost");
  await way.open();
  const read = opened.waitForResponse((answer) => answer.url().endsWith("/status") && answer.ok());
  await opened.getByRole("button", { name: "Try now" }).click();
  await opened.waitForSelector("[role=alert]", { state: "detached" });
  await opened.waitForSelector("[data-state=idle]");
  await read;
});

for (const theme of ["light", "dark"]) {
  for (const [language, width] of [["en", 1440], ["ja", 390], ["zh", 390]]) {
    test(`${theme}, ${language}, ${width} px: accessible, and nothing sticks out`, async (t) => {
      const opened = await page(t, "alerts", { theme, language, width });
      await opened.waitForSelector("[data-state=idle]");
      await accessible(opened);
      assert.ok((await opened.evaluate(() => document.documentElement.scrollWidth)) <= width);
      await picture(opened, `shell-${theme}-${language}`);
      if (width > 400) return;
      await opened.locator("header button").first().click();
      await opened.waitForSelector("[role=dialog] nav");
      await accessible(opened);
      await opened.locator("[role=dialog] nav a").first().click();
      await opened.waitForURL("**/ui/overview");
    });
  }
}

test("a page's file that was lost on its way is asked for again, and the page stays as it is", async (t) => {
  const opened = await page(t, "console");
  await opened.evaluate(() => {
    window.stays = true;
  });
  await opened.route("**/ui/assets/statistics-*.js", (route) => route.abort());
  await opened.getByRole("menuitem", { name: "Statistics" }).click();
  const again = opened.getByRole("button", { name: "Try again" });
  await again.waitFor();
  await Promise.all([opened.waitForEvent("requestfailed"), again.click()]);
  await opened.unroute("**/ui/assets/statistics-*.js");
  await again.click();
  await opened.getByRole("heading", { name: "Statistics", level: 1 }).waitFor();
  assert.ok(await opened.evaluate(() => window.stays), "the page was not loaded anew");
});

test("what only looks does so in one session, whatever is loaded again", async (t) => {
  const opened = await page(t, "overview");
  const sessions = new Set();
  opened.on("request", (request) => {
    if (request.url().endsWith("/mcp")) sessions.add(request.postDataJSON().session_id);
  });
  for (let at = 0; at < 3; at += 1) {
    const answered = opened.waitForResponse((answer) => answer.url().endsWith("/mcp"));
    await opened.reload();
    await answered;
  }
  assert.equal(sessions.size, 1);
  assert.equal(typeof [...sessions][0], "string");
});
