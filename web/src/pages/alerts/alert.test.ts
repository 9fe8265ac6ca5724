import { expect, test } from "vitest";
import { formatOf } from "../../i18n";
import type { Event } from "../../live/socket";
import { levelOf, matches, titleOf } from "./alert";
import { alertsText } from "./text";

const event = (type: string, channel: string, data: Record<string, unknown>, id = 1): Event => ({
  type, channel, data, id, timestamp: "",
});
const blocked = event("error_blocked", "error_firewall", { code: "blocked", message: "No Python here" }, 5);

test("an alert in words", () => {
  const words = alertsText.en;
  const format = formatOf("en");
  expect(titleOf(blocked, words, format)).toBe("Refused: blocked");
  expect(titleOf(event("main_thread_stalled", "system_alerts", { command: "render", seconds: 6 }), words, format)).toBe(
    "Blender has not answered for 6 s, in render",
  );
  expect(titleOf(event("queue_full", "system_alerts", {}), words, format)).toBe("The queue is full");
  expect(titleOf(event("of_an_addon", "system_alerts", {}), words, format)).toBe("of_an_addon");
  expect([levelOf(blocked), levelOf(event("server_started", "system_alerts", {}))]).toEqual(["warning", "info"]);
});

test("which are shown", () => {
  const shown = (show: "all" | "unread" | "refused" | "server", query = "", seen = 0) =>
    matches(blocked, { show, query }, seen);
  expect([shown("all"), shown("refused"), shown("server")]).toEqual([true, true, false]);
  expect([shown("unread", "", 4), shown("unread", "", 5)]).toEqual([true, false]);
  expect([shown("all", "python blocked"), shown("all", "python render")]).toEqual([true, false]);
});
