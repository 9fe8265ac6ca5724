// With a token: a form until it is right, the same page behind it, and out again in every tab. Run by
// test_web_sign_in.py, as its Tenon asks for TENON_TOKEN.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessible, page, PATIENCE, url } from "./support.mjs";

const token = process.env.TENON_TOKEN;

test("signing in and out", async (t) => {
  const opened = await page(t, "alerts?kind=server");
  const field = opened.getByLabel("Token", { exact: true });
  await field.fill(`not ${token}`);
  await field.press("Enter");
  await opened.waitForSelector("[role=alert] >> text=This is not its token.");
  await accessible(opened);
  await field.fill(token);
  await field.press("Enter");
  await opened.waitForSelector("[data-state=idle]");
  assert.equal(opened.url(), `${url}/ui/alerts?kind=server`);

  await opened.reload();
  const other = await opened.context().newPage();
  other.setDefaultTimeout(PATIENCE);
  await other.goto(`${url}/ui/alerts`);
  await other.waitForSelector("[data-state=idle]");
  const kept = await opened.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
  assert.ok(!kept.includes(token), kept);

  await opened.getByRole("button", { name: "Sign out" }).click();
  await field.waitFor();
  await other.getByLabel("Token", { exact: true }).waitFor();
});
