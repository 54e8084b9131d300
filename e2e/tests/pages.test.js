// Two pages and a native client play one match that a page hosts.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { DESKTOP, launchBrowser } from "../harness/browser.js";
import { NativePilot } from "../harness/native.js";
import { PagePilot } from "../harness/page.js";
import { agree, huntUntilKill, restless, seenFlying, shipIn } from "../harness/play.js";
import { startRelay } from "../harness/relay.js";

const PAGE_KEYS = { left: "ArrowLeft", thrust: "ArrowUp" };
const NATIVE_KEYS = { left: "Left", thrust: "Up" };

let relay, browser, host, guest;
before(async () => {
  relay = await startRelay();
  browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await relay?.stop();
});

test("a page hosts a match", async () => {
  host = await PagePilot.open(browser, "host", relay.url, DESKTOP);
  await host.click("host");
  const stats = await host.inMatch();
  assert.equal(stats.role, "host");
  assert.match(host.url(), new RegExp(`#${stats.code}$`), "the address is the invitation");
  await host.picture("hosting");
});

test("another page joins by the link, and its keys move its ship on the host's page", async () => {
  guest = await PagePilot.open(browser, "guest", host.url(), DESKTOP);
  const stats = await guest.inMatch();
  assert.equal(stats.role, "player");
  await seenFlying(guest, host, PAGE_KEYS);
  await guest.picture("joined");
});

test("F3 shows the net graph and hides it again", async () => {
  await guest.inMatch();
  await guest.key("down", "F3");
  await guest.until("shows the net graph", (stats) => stats.net_graph === true);
  await guest.key("up", "F3");
  await guest.picture("net-graph");
  await guest.key("down", "F3");
  await guest.until("hides the net graph", (stats) => stats.net_graph === false);
  await guest.key("up", "F3");
});

test("a shot scores on both pages", async () => {
  const { slot, kills } = await huntUntilKill(host);
  await guest.until("sees the host's score", (stats) => shipIn(stats, slot)?.kills >= kills);
  await host.picture("scored");
});

test("both pages hold the same arena for a minute", async () => {
  await agree([host, guest], 60, restless(guest, Object.values(PAGE_KEYS)));
});

test("a native client plays with them", async () => {
  await guest.close();
  const { code } = await host.stats();
  const native = await NativePilot.start("native", ["--url", relay.url, "--join", code]);
  try {
    await native.inMatch();
    await native.focus();
    await seenFlying(native, host, NATIVE_KEYS);
    await agree([host, native], 60, restless(native, Object.values(NATIVE_KEYS)));
  } finally {
    await native.close();
  }
});
