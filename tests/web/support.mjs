// What the page's browser tests share: one browser, the page at an address, Tenon's commands, pictures, axe.
//
// In: TENON_URL, where a Blender is served for the tests; TENON_PAGE, where the page is if not there too (a
// development server). Out: what the tests look at. Pictures go to TENON_PICTURES, if it is set.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
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
