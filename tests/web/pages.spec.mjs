// Alerts, logs, connect and settings; and every page, accessible and within its window, in each theme and language.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { accessible, command, page, picture, url } from "./support.mjs";

const button = (opened, name) => opened.getByRole("button", { name, exact: true });
const setting = (opened, name) => opened.locator(`#setting-${name}`);
const settings = async () => Object.fromEntries((await command("get_settings")).settings.map(({ name, value }) => [name, value]));

/** What the firewall tells: a command that is none. */
const refused = (name) => assert.rejects(command(name), { code: "unknown_command" });

test("what is refused appears with its way out, and counts until it is marked", async (t) => {
  const opened = await page(t, "alerts");
  const unread = opened.getByRole("link", { name: /unread/ });
  await opened.waitForSelector("[data-state=idle]");
  const name = `no_such_${Date.now()}`;
  await refused(name);
  const row = opened.getByRole("list", { name: "Alerts" }).locator("> li").filter({ hasText: name }).first();
  await row.waitFor();
  await row.getByText("new", { exact: true }).waitFor();
  await unread.waitFor();
  await accessible(opened);
  await opened.getByText("Unread", { exact: true }).click();
  await opened.waitForURL("**/alerts?show=unread");
  await row.waitFor();
  await opened.getByRole("button", { name: /^Mark \d+ as read$/ }).click();
  await unread.waitFor({ state: "detached" });
  await opened.getByText("No alert matches").waitFor();
  await opened.reload();
  await opened.waitForSelector("[data-state=idle]");
  await opened.getByText("All", { exact: true }).click();
  await opened.getByPlaceholder("Search in alerts").fill(name);
  await row.waitFor();
  assert.equal(await row.getByText("new", { exact: true }).count(), 0);
  assert.equal(await unread.count(), 0);
});

test("log records come live, are filtered by level and text, and downloaded", async (t) => {
  const opened = await page(t, "logs");
  const records = opened.getByRole("log");
  await records.waitFor();
  // Tenon logs each session that is made.
  const made = async () => (await command("create_session")).session_id;
  const first = await made();
  await records.getByText(first).waitFor();
  await opened.getByRole("button", { name: "Pause" }).click();
  const second = await made();
  await opened.getByRole("button", { name: /Follow \(\d+ new\)$/ }).waitFor();
  assert.equal(await records.getByText(second).count(), 0);
  await opened.getByRole("button", { name: /Follow/ }).click();
  await records.getByText(second).waitFor();
  await accessible(opened);
  await picture(opened, "logs-live");

  await opened.getByPlaceholder("Search in messages").fill(second);
  await records.getByText(first).waitFor({ state: "detached" });
  const [download] = await Promise.all([
    opened.waitForEvent("download"),
    opened.getByRole("button", { name: /Download/ }).click(),
  ]);
  const lines = (await readFile(await download.path(), "utf8")).trimEnd().split("\n");
  assert.equal(lines.length, 1);
  assert.match(lines[0], new RegExp(`^\\[\\d{4}-.*Z\\] INFO +.*${second}$`));

  await opened.getByRole("combobox", { name: "Level" }).click();
  await opened.getByTitle("WARN", { exact: true }).click();
  await opened.waitForURL("**/logs?*level=WARN*");
  await records.waitFor({ state: "detached" });
  await opened.getByText("No record matches").waitFor();
});

test("what an assistant needs is copied, and who is connected is told", async (t) => {
  const opened = await page(t, "connect");
  await opened.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const { assistants } = await command("list_assistants", { address: new URL(url).host, with_token: false });
  const [first] = assistants;
  await opened.getByPlaceholder("Search assistants").fill(first.title);
  await opened.locator(".ant-collapse-header").first().click();
  await accessible(opened);
  await button(opened, "Copy").first().click();
  assert.equal(await opened.evaluate(() => navigator.clipboard.readText()), first.text);

  const { session_id: own } = await command("create_session");
  await command("get_scene", {}, { session_id: own });
  const inUse = opened.getByRole("region", { name: "Sessions in use" });
  await inUse.getByText(own).waitFor();
  await opened.getByRole("region", { name: "Connected now" }).getByText("http").first().waitFor();
  await opened.getByRole("region", { name: "Blenders on this machine" }).getByText("this one").waitFor();
});

test("a setting is changed, a value that is none is refused in words, and no secret is told", async (t) => {
  const opened = await page(t, "settings");
  const field = setting(opened, "sync_timeout");
  await field.fill("45");
  await button(opened, "Save").click();
  await opened.getByText(/: Changed$/).waitFor();
  assert.equal((await settings()).sync_timeout, 45);
  await field.fill("-1");
  await field.press("Enter");
  const alert = opened.getByRole("alert").filter({ hasText: "sync_timeout" });
  await alert.waitFor();
  assert.match(await alert.textContent(), /invalid_params|command_failed/);
  await accessible(opened);
  assert.equal((await settings()).sync_timeout, 45);
  await button(opened, "Undo").click();
  assert.equal(await field.inputValue(), "45");
  assert.equal(await alert.count(), 0);
  await opened.getByText("Only what differs from the default").click();
  await setting(opened, "read_only").waitFor({ state: "detached" });
  await field.waitFor();
  await field.fill("30");
  await field.press("Enter");
  await field.waitFor({ state: "detached" });

  await opened.goto(`${url}/ui/settings?q=llm_key`);
  await opened.getByText("llm_key", { exact: true }).waitFor();
  assert.doesNotMatch(await opened.locator("main, [role=main]").first().textContent(), /hush-hush/);
  await opened.getByText("set, not shown").waitFor();
});

const PAGES = ["queue", "scene", "console", "alerts", "logs", "connect", "settings"];
const LOOKS = [["en", 1440, "light"], ["ja", 1440, "dark"], ["zh", 390, "light"], ["en", 390, "dark"], ["ja", 390, "light"], ["zh", 1440, "dark"]];

for (const [language, width, theme] of LOOKS) {
  test(`every page in ${language}, ${theme}, at ${width} px`, async (t) => {
    await command("create_object", { type: "CUBE", name: "A name that is long enough to need more room than there is_0123456789" });
    await command("execute_code", { code: "1/0" }).catch(() => {});
    const opened = await page(t, "alerts", { theme, language, width });
    await opened.waitForSelector("[data-state=idle]");
    for (const name of PAGES) {
      await opened.goto(new URL(`./${name}`, opened.url()).href);
      await opened.waitForSelector("h1");
      await opened.waitForSelector("[data-state=idle]");
      await opened.waitForFunction(() => !document.querySelector(".ant-skeleton"));
      if (name === "scene") await opened.waitForSelector("img[alt]");
      if (name === "settings") await opened.waitForSelector("#setting-sync_timeout");
      if (name === "connect") await opened.waitForSelector(".ant-collapse-item");
      await picture(opened, `${name}-${language}-${theme}-${width}`);
      await accessible(opened);
      const wide = await opened.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= width, `${name} is ${wide} px wide`);
    }
  });
}
