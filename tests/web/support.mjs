// What the page's browser tests share: one browser, the page at an address, Tenon's commands, pictures, axe.
//
// In: TENON_URL, where a Blender is served for the tests; TENON_PAGE, where the page is if not there too (a
// development server). Out: what the tests look at. Pictures go to TENON_PICTURES, if it is set.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
const { chromium } = require("playwright-core");

export const url = process.env.TENON_URL ?? "http://localhost:9876";
const origin = process.env.TENON_PAGE ?? url;
const pictures = process.env.TENON_PICTURES;
// No wait is longer; a test waits for an element or an event, never for time.
export const PATIENCE = 30_000;

let starting;
after(async () => (await starting)?.close());

export function browser() {
  starting ??= chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
  });
  return starting;
}

/** A page of its own, closed with the test. `path` begins behind /ui/. What it logs as an error fails the test. */
export async function page(t, path = "", { theme = "light", language = "en", width = 1440, height = 900 } = {}) {
  const context = await (await browser()).newContext({
    colorScheme: theme,
    locale: { en: "en-US", ja: "ja-JP", zh: "zh-CN" }[language],
    viewport: { width, height },
    acceptDownloads: true,
  });
  const errors = [];
  t.after(async () => {
    await context.close();
    assert.deepEqual(errors, [], "the page reported errors");
  });
  const opened = await context.newPage();
  opened.setDefaultTimeout(PATIENCE);
  opened.on("pageerror", (error) => errors.push(String(error)));
  opened.errors = errors;
  await opened.goto(`${origin}/ui/${path}`);
  return opened;
}

/** A command's result over HTTP, as any client gets it; the answer's error is thrown. */
export async function command(type, params = {}, more = {}) {
  const answer = await fetch(`${url}/mcp`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ type, params, async: false, ...more }),
  });
  const body = await answer.json();
  if (body.error) {
    throw Object.assign(new Error(body.error.message), body.error);
  }
  return body.result?.result ?? body.result ?? body;
}

/** A picture for people to look at, if somebody asked for pictures. */
export async function picture(opened, name) {
  if (pictures) {
    mkdirSync(pictures, { recursive: true });
    await opened.screenshot({ path: `${pictures}/${name}.png` });
  }
}

/** No violation of WCAG 2 A and AA that axe-core finds, once what moves has come to rest. */
export async function accessible(opened) {
  await opened.evaluate(() => {
    const ending = document.getAnimations().filter(({ effect }) => Number.isFinite(effect?.getComputedTiming().endTime));
    return Promise.allSettled(ending.map(({ finished }) => finished));
  });
  await opened.evaluate(require("axe-core").source);
  const found = await opened.evaluate(() =>
    globalThis.axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] }),
  );
  const told = found.violations.map(({ id, help, nodes }) => ({ id, help, nodes: nodes.map((node) => node.html) }));
  assert.deepEqual(told, []);
}

/** A task as lists tell it. */
export async function task(id) {
  const { tasks } = await command("list_tasks", { text: id, limit: 1 });
  return tasks[0];
}

/** A task that has ended. */
export async function ended(id) {
  for (;;) {
    const told = await task(id);
    if (!["pending", "processing"].includes(told.status)) return told;
  }
}

/** Keeps Blender's main thread until the test ends or `release` is called, so that what is sent meanwhile waits. */
export async function hold(t) {
  const folder = mkdtempSync(join(tmpdir(), "tenon-hold-"));
  const flag = join(folder, "go");
  const code = `import os, time\nend = time.time() + 60\nwhile time.time() < end and not os.path.exists(${JSON.stringify(flag)}): time.sleep(0.01)`;
  const { task_id: id } = await command("execute_code", { code }, { async: true });
  for (;;) {
    const { status } = await task(id);
    if (status === "processing") break;
    assert.equal(status, "pending");
  }
  const release = async () => {
    writeFileSync(flag, "");
    for (;;) {
      const { counts } = await command("list_tasks", { limit: 1 });
      if (counts.pending + counts.processing === 0) return;
    }
  };
  t.after(async () => {
    await release();
    rmSync(folder, { recursive: true });
  });
  return { id, release };
}
