// The page Sessions: real sessions, with sentences, failures and a picture, told, searched, compared and ended.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";
import { accessible, page, picture, url } from "./support.mjs";

async function send(method, path, body = {}) {
  const answer = await fetch(`${url}${path}`, {
    method,
    ...(method === "GET" ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  return answer.json();
}
const made = async () => (await send("POST", "/sessions")).session_id;
const say = (id, body) => send("POST", `/sessions/${id}/commands`, body);
const said = (id, type, params, user_prompt) => say(id, { type, params, metadata: { user_prompt } });

/** A session with one of everything that a timeline shows. */
async function house(colour) {
  const id = await made();
  await say(id, { command: `create a ${colour} cube called Tower at 2,0,0` });
  await say(id, { command: "赤い球を2個作成して" });
  await said(id, "create_object", { type: "CUBE", name: "Box" }, "a box please");
  await said(id, "delete_object", { name: "Nope" }, "away with the nope");
  await say(id, { type: "execute_code", params: { code: "1/0" } });
  await say(id, {
    type: "batch",
    metadata: { commands: ["get_selection", { type: "create_object", params: { type: "SPHERE", name: "Ball" } }] },
  });
  await say(id, { type: "undo" });
  await said(id, "look", {}, "show me");
  return id;
}

let red;
let blue;
before(async () => {
  red = await house("red");
  blue = await house("blue");
  await say(blue, { type: "create_object", params: { type: "CONE", name: "Roof" } });
});

/** Nothing moves or fades any more. */
const still = (opened) =>
  opened.evaluate(() => Promise.all(document.getAnimations().map((each) => each.finished.catch(() => {}))));
const part = (opened, name) => opened.locator(".ant-segmented-item", { hasText: name });
const entry = (opened, number) => opened.locator(`#entry-${number}`);
const timeline = (opened) => opened.getByRole("list", { name: "Timeline" });

test("the list: sorted, filtered and opened, all of it in the address", async (t) => {
  const closed = await made();
  await say(closed, { type: "get_scene_info" });
  await send("DELETE", `/sessions/${closed}`);
  const opened = await page(t, "sessions");
  await opened.getByRole("link", { name: red }).waitFor();
  await opened.getByRole("link", { name: closed }).waitFor();
  await opened.locator(".ant-segmented-item", { hasText: "Closed" }).click();
  await opened.waitForURL(/status=closed/);
  await opened.getByRole("link", { name: red }).waitFor({ state: "detached" });
  await opened.getByRole("link", { name: closed }).waitFor();
  await opened.goBack();
  await opened.getByRole("link", { name: red }).waitFor();
  await opened.getByRole("button", { name: "Commands" }).click();
  await opened.waitForURL(/sort=commands-down/);
  await opened.locator('th[aria-sort="descending"]', { hasText: "Commands" }).waitFor();
  const counts = await opened.locator("td.column-commands").allInnerTexts();
  assert.deepEqual(counts, counts.toSorted((a, b) => Number(b) - Number(a)));
  await picture(opened, "sessions-list");
  await accessible(opened);
});

test("the list is live: a new session and a command appear by themselves", async (t) => {
  const opened = await page(t, "sessions");
  await opened.getByRole("link", { name: red }).waitFor();
  const id = await made();
  const row = opened.getByRole("row").filter({ hasText: id });
  await row.waitFor();
  for (let count = 0; count < 3; count += 1) await say(id, { type: "get_scene_info" });
  await row.getByRole("cell", { name: /^3$/ }).waitFor();
});

test("a search over all histories leads to the entry", async (t) => {
  const opened = await page(t, "sessions");
  const field = opened.getByRole("textbox", { name: "Search in all histories" });
  await field.waitFor();
  await opened.keyboard.press("/");
  assert.ok(await field.evaluate((element) => element === document.activeElement));
  await opened.keyboard.insertText("赤い球");
  await opened.waitForURL(/q=/);
  await opened.locator("mark", { hasText: "赤い球" }).first().waitFor();
  await picture(opened, "sessions-search");
  await accessible(opened);
  await opened.getByRole("link", { name: new RegExp(`${red} · Entry 2`) }).click();
  await opened.waitForURL(new RegExp(`/sessions/${red}\\?entry=2`));
  await opened.locator('#entry-2[aria-current="true"]').waitFor();
  await opened.goBack();
  await opened.getByRole("textbox", { name: "Search in all histories" }).fill("nothinghasthis");
  await opened.getByText("Nothing in any history has all of these words").waitFor();
});

test("a timeline: words, echo, steps, errors, undo and the picture", async (t) => {
  const opened = await page(t, `sessions/${red}`);
  await timeline(opened).getByText("create a red cube called Tower at 2,0,0", { exact: true }).waitFor();
  await timeline(opened).getByText('make a red cube called "Tower" at (2, 0, 0)').waitFor();
  await timeline(opened).getByText("赤い球を2個作成して", { exact: true }).waitFor();
  await entry(opened, 2).getByText("array_objects").waitFor();
  await entry(opened, 4).getByText("Object not found: Nope").waitFor();
  await entry(opened, 5).getByText("ZeroDivisionError: division by zero").waitFor();
  await entry(opened, 6).getByText("create_object", { exact: true }).waitFor();
  await entry(opened, 7).getByText("Took back: create_object").waitFor();
  // The history keeps no picture of this size; its task does.
  const shown = entry(opened, 8).getByRole("img", { name: "Picture of" });
  await entry(opened, 8).scrollIntoViewIfNeeded();
  await shown.waitFor();
  assert.ok(await shown.evaluate((image) => image.naturalWidth > 100));
  await picture(opened, "session-timeline");
  await accessible(opened);
  await entry(opened, 3).getByRole("button", { name: "Details: Entry 3" }).click();
  await entry(opened, 3).getByText('"world_bounding_box"').waitFor();
  await opened.getByRole("checkbox", { name: "Failed only" }).click();
  await opened.waitForURL(/failed=1/);
  await entry(opened, 3).waitFor({ state: "detached" });
  await entry(opened, 4).waitFor();
});

test("a timeline is live, and an unknown session is said to be one", async (t) => {
  const id = await made();
  const opened = await page(t, `sessions/${id}`);
  await opened.getByText("Nothing has been run in this session yet", { exact: false }).waitFor();
  await say(id, { command: "create a cone called Spire" });
  await timeline(opened).getByText("create a cone called Spire", { exact: true }).waitFor();
  const unknown = await page(t, "sessions/nobody");
  await unknown.getByText("session_not_found").waitFor();
  const looking = () => unknown.evaluate(() => localStorage.getItem("tenon.session.looking"));
  const before = await looking();
  await unknown.reload();
  await unknown.getByText("session_not_found").waitFor();
  assert.equal(await looking(), before, "asking about a session that is not there made another one");
});

test("a long history comes in pages, and a link into its middle shows what is around", async (t) => {
  const id = await made();
  const commands = 260;
  for (let done = 0; done < commands; done += 20) {
    await Promise.all(Array.from({ length: 20 }, () => say(id, { type: "get_object_info", params: { name: "Camera" } })));
  }
  const opened = await page(t, `sessions/${id}`);
  await opened.getByText("100 of 260 entries").waitFor();
  await opened.getByRole("button", { name: "Show older entries" }).click();
  await opened.getByText("200 of 260 entries").waitFor();
  await opened.getByRole("button", { name: "Show older entries" }).click();
  await opened.getByText("260 of 260 entries").waitFor();
  assert.equal(await opened.getByRole("button", { name: "Show older entries" }).count(), 0);
  assert.equal(await opened.locator('[id^="entry-"]').count(), commands);
  await opened.goto(`${new URL(opened.url()).origin}/ui/sessions/${id}?entry=60`);
  await opened.locator('#entry-60[aria-current="true"]').waitFor();
  assert.equal(await opened.locator("#entry-260").count(), 0);
  await opened.getByRole("button", { name: "Show newer entries" }).click();
  await opened.locator("#entry-200").waitFor({ state: "attached" });
  assert.equal(await opened.locator("#entry-260").count(), 0);
});

test("the design document in both languages, the state, all in the address", async (t) => {
  const opened = await page(t, `sessions/${red}`);
  await part(opened, "Design document").click();
  await opened.getByRole("heading", { name: `Design document of session ${red}` }).waitFor();
  await opened.locator(".ant-segmented-item", { hasText: "日本語" }).click();
  await opened.getByRole("heading", { name: `セッション ${red} の設計書` }).waitFor();
  await opened.waitForURL(/document=ja/);
  await picture(opened, "session-design");
  await accessible(opened);
  await part(opened, "State").click();
  await opened.getByText('"selected_objects"').waitFor();
  await opened.getByText("Tower", { exact: true }).first().waitFor();
  await picture(opened, "session-state");
  await accessible(opened);
});

test("closed, restored, and deleted after a question that says what is lost", async (t) => {
  const id = await made();
  await say(id, { type: "get_scene_info" });
  const opened = await page(t, `sessions/${id}`);
  await opened.getByRole("button", { name: "Save", exact: true }).click();
  await opened.getByText("The session is kept").waitFor();
  await opened.getByRole("button", { name: "Close", exact: true }).click();
  await opened.getByRole("dialog").getByRole("button", { name: "Close", exact: true }).click();
  await opened.getByRole("button", { name: "Restore" }).waitFor();
  assert.equal((await send("GET", `/sessions/${id}`)).status, "closed");
  await opened.getByRole("button", { name: "Restore" }).click();
  await opened.getByRole("button", { name: "Restore" }).waitFor({ state: "detached" });
  assert.equal((await send("GET", `/sessions/${id}`)).status, "live");
  await opened.getByRole("button", { name: "Delete…" }).click();
  await opened.getByText("Lost with it: its history", { exact: false }).waitFor();
  await still(opened);
  await picture(opened, "session-delete");
  await opened.getByRole("button", { name: "Cancel" }).click();
  await opened.getByRole("dialog").waitFor({ state: "detached" });
  assert.equal((await send("GET", `/sessions/${id}`)).session_id, id);
  await opened.getByRole("button", { name: "Delete…" }).click();
  await opened.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
  await opened.waitForURL(/\/sessions$/);
  assert.equal((await send("GET", `/sessions/${id}`)).error.code, "session_not_found");
});

test("a downloaded session comes back by Import, with its history", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "tenon-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const id = await house("green");
  const history = await send("GET", `/sessions/${id}/history`);
  const opened = await page(t, `sessions/${id}`);
  const [download] = await Promise.all([
    opened.waitForEvent("download"),
    opened.getByRole("button", { name: "Download" }).click(),
  ]);
  assert.equal(download.suggestedFilename(), `${id}.jsonl`);
  const file = join(folder, "session.jsonl");
  writeFileSync(file, readFileSync(await download.path()));
  await send("POST", `/sessions/${id}/delete`);
  await opened.goto(`${new URL(opened.url()).origin}/ui/sessions`);
  await opened.getByRole("button", { name: "Import…" }).click();
  await opened.getByRole("dialog").getByRole("textbox").fill(join(folder, "none.jsonl"));
  await opened.getByRole("dialog").getByRole("button", { name: "Import…" }).click();
  await opened.getByText("No such file", { exact: false }).waitFor();
  await opened.getByRole("button", { name: "OK" }).click();
  await opened.getByRole("dialog").getByRole("textbox").fill(file);
  await opened.getByRole("dialog").getByRole("button", { name: "Import…" }).click();
  await opened.getByText("1 sessions imported, 0 were there already").waitFor();
  await opened.getByRole("link", { name: id }).waitFor();
  assert.deepEqual(await send("GET", `/sessions/${id}/history`), history);
});

test("two sessions side by side: chosen in the list, aligned by order or time, differences alone", async (t) => {
  const opened = await page(t, "sessions");
  for (const id of [red, blue]) await opened.getByRole("checkbox", { name: `Choose ${id}` }).click();
  await opened.getByText("2 chosen").waitFor();
  await opened.getByRole("button", { name: "Compare" }).click();
  await opened.waitForURL(new RegExp(`left=${red}&right=${blue}`));
  await opened.getByText("7 the same, 1 differ, 0 only left, 1 only right").waitFor();
  const changed = opened.locator('[data-difference="changed"]');
  await changed.getByText('"create a red cube called Tower at 2,0,0"', { exact: true }).waitFor();
  await changed.getByText('"create a blue cube called Tower at 2,0,0"', { exact: true }).waitFor();
  await picture(opened, "sessions-compare");
  await accessible(opened);
  await opened.getByRole("checkbox", { name: "Differences only" }).click();
  await opened.locator('[data-difference="same"]').first().waitFor({ state: "detached" });
  assert.equal(await opened.locator("[data-difference]").count(), 2);
  await opened.locator(".ant-segmented-item", { hasText: "By time" }).click();
  await opened.waitForURL(/by=time/);
  await opened.getByText(/^After/).first().waitFor();
  await opened.getByRole("button", { name: "Swap sides" }).click();
  await opened.waitForURL(new RegExp(`left=${blue}&right=${red}`));
});

for (const [theme, language, width] of [["dark", "ja", 1440], ["light", "zh", 390], ["dark", "en", 390]]) {
  test(`${theme}, ${language}, ${width} px: nothing is wider than the screen`, async (t) => {
    const places = { list: "sessions?sort=commands-down", one: `sessions/${red}`, compare: `sessions/compare?left=${red}&right=${blue}` };
    for (const [name, path] of Object.entries(places)) {
      const opened = await page(t, path, { theme, language, width });
      const first = { list: `a[href$="${red}"]`, one: "#entry-4", compare: "[data-difference]" }[name];
      await opened.locator(first).first().waitFor();
      await still(opened);
      await picture(opened, `sessions-${name}-${theme}-${language}-${width}`);
      assert.ok(await opened.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} is too wide`);
      await accessible(opened);
    }
  });
}

test("by keyboard alone: to a session, its details, and the question before deleting", async (t) => {
  const id = await made();
  await say(id, { type: "get_scene_info" });
  const opened = await page(t, "overview");
  await opened.getByRole("heading", { level: 1 }).waitFor();
  await opened.keyboard.press("g");
  await opened.keyboard.press("s");
  await opened.waitForURL(/\/sessions$/);
  const link = opened.getByRole("link", { name: id });
  await link.focus();
  await opened.keyboard.press("Enter");
  const details = opened.getByRole("button", { name: "Details: Entry 1" });
  await details.focus();
  await opened.keyboard.press("Enter");
  await opened.locator('#entry-1 [aria-expanded="true"]').waitFor();
  await opened.getByRole("button", { name: "Delete…" }).focus();
  await opened.keyboard.press("Enter");
  await opened.getByRole("dialog").waitFor();
  // Nothing is deleted by going on pressing Enter.
  await opened.keyboard.press("Enter");
  await opened.getByRole("dialog").waitFor({ state: "detached" });
  assert.equal((await send("GET", `/sessions/${id}`)).session_id, id);
});
