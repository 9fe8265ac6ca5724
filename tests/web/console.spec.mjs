// The console: a sentence, a command by its form, Python, errors, and the same request for the shell.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { accessible, command, page, picture } from "./support.mjs";

const button = (opened, name) => opened.getByRole("button", { name, exact: true });
const newest = (opened) => opened.getByRole("list", { name: "Replies" }).locator("> li").first();
const answered = (opened) => newest(opened).getByRole("link", { name: "task" }).waitFor();
const object = (name) => command("get_object", { name });

test("a Japanese sentence makes what it says", async (t) => {
  const opened = await page(t, "console", { language: "ja" });
  await opened.locator("#sentence").fill("赤い球を作って、名前は「りんご」にして");
  await opened.keyboard.press("Enter");
  const reply = opened.getByRole("list", { name: "応答" }).locator("> li").first();
  await reply.getByText("解釈").waitFor();
  await picture(opened, "console-sentence");
  await accessible(opened);
  assert.equal((await object("りんご")).type, "MESH");
  assert.equal(await opened.locator("#sentence").inputValue(), "");
});

test("Enter that ends the choice of characters does not run", async (t) => {
  const opened = await page(t, "console");
  const field = opened.locator("#sentence");
  await field.fill("make a cube");
  await field.dispatchEvent("keydown", { key: "Enter", isComposing: true });
  await opened.getByText("What is run here is answered here").waitFor();
  assert.equal(await field.inputValue(), "make a cube");
  await opened.getByLabel("Only show the plan").check();
  const count = async () => (await command("get_scene")).objects?.length;
  const before = await count();
  await field.press("Enter");
  await newest(opened).getByText("Understood as").waitFor();
  assert.equal(await count(), before);
});

test("a command by its form, and by its curl line", async (t) => {
  const opened = await page(t, "console?command=create_object");
  await opened.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await opened.getByLabel("name", { exact: true }).fill("It's formed");
  await opened.locator("#field-type").click();
  await opened.keyboard.type("CUBE");
  await opened.keyboard.press("Enter");
  await opened.locator("#field-location").fill("1.5");
  await opened.locator("#field-location-2").fill("-2");
  await opened.locator("#field-location-2").press("Tab");
  await accessible(opened);
  await button(opened, "Run").click();
  await answered(opened);
  await picture(opened, "console-form");
  assert.deepEqual((await object("It's formed")).location, [1.5, 0, -2]);

  await opened.getByLabel("name", { exact: true }).fill("It's from the shell");
  await button(opened, "curl").click();
  const line = await opened.evaluate(() => navigator.clipboard.readText());
  const told = JSON.parse(execFileSync("sh", ["-c", line], { encoding: "utf8" }));
  assert.equal(told.success, true, JSON.stringify(told));
  assert.deepEqual((await object("It's from the shell")).location, [1.5, 0, -2]);
});

test("Python, what it printed, and how it failed", async (t) => {
  const opened = await page(t, "console?tab=python");
  const code = opened.getByRole("textbox", { name: "Python code" });
  await code.fill('print("forty", 6 * 7)');
  await accessible(opened);
  await code.press("Control+Enter");
  await answered(opened);
  assert.equal((await newest(opened).locator("pre").first().textContent()).trim(), "forty 42");
  await code.fill("1 / 0");
  await button(opened, "Run").click();
  const alert = newest(opened).getByRole("alert");
  await alert.waitFor();
  assert.match(await alert.textContent(), /command_failed|python_error|execution_error/);
  assert.match(await alert.textContent(), /division by zero/);
  await picture(opened, "console-python");
  await accessible(opened);
  // Replies stay while other pages are looked at.
  await opened.getByRole("link", { name: "Alerts", exact: true }).click();
  await opened.waitForURL("**/ui/alerts");
  await opened.goBack();
  await newest(opened).waitFor();
  await button(opened, "Clear").click();
  await opened.getByText("What is run here is answered here").waitFor();
});

test("an error says its code, its words and what to do", async (t) => {
  const opened = await page(t, "console?command=get_object");
  await opened.locator("#field-name").fill("Nobody");
  await button(opened, "Run").click();
  const alert = newest(opened).getByRole("alert");
  await alert.waitFor();
  assert.match(await alert.textContent(), /command_failed/);
  assert.match(await alert.textContent(), /Nobody/);
});
