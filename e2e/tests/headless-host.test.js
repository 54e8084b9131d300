// A phone and a desktop page play a match whose authority is `relay host`.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { DESKTOP, PHONE, launchBrowser } from "../harness/browser.js";
import { PagePilot } from "../harness/page.js";
import { agree, restless, seenFlying, shipIn, turned, way } from "../harness/play.js";
import { startAuthority, startRelay } from "../harness/relay.js";

const KEYS = { left: "ArrowLeft", thrust: "ArrowUp" };

let relay, authority, browser, phone, desktop;
before(async () => {
  relay = await startRelay();
  authority = await startAuthority(relay.url);
  browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await authority?.stop();
  await relay?.stop();
});

test("a phone joins by typing the code", async () => {
  phone = await PagePilot.open(browser, "phone", relay.url, PHONE);
  await phone.tap("join");
  for (const letter of authority.code) await phone.tap(`key-${letter}`);
  await phone.picture("keypad");
  await phone.tap("key-join");
  const stats = await phone.inMatch();
  assert.equal(stats.code, authority.code);
});

test("a desktop page joins from the list of open matches", async () => {
  desktop = await PagePilot.open(browser, "desktop", relay.url, DESKTOP);
  await desktop.click(`match-${authority.code}`);
  await seenFlying(desktop, phone, KEYS);
});

test("thumbs fly the phone's ship on the desktop's page", async () => {
  const { own } = await phone.inMatch();
  const stick = await phone.place("stick");
  const fire = await phone.place("fire");
  // Away from where the nose points, so that it must turn.
  const push = (own.heading + 0.5) * 2 * Math.PI;
  const pushed = [stick[0] + 50 * Math.cos(push), stick[1] - 50 * Math.sin(push)];
  await phone.touch("touchStart", [stick]);
  await phone.touch("touchStart", [stick, fire]);
  await phone.touch("touchMove", [pushed, fire]);
  await desktop.until("sees the phone's ship turn and fly", (stats) => {
    const ship = shipIn(stats, own.slot);
    return (
      ship?.flying &&
      turned(own.heading, ship.heading) > 0.2 &&
      Math.hypot(...way(own, ship)) > 50
    );
  });
  await phone.picture("flying");
  await phone.touch("touchEnd", []);
});

test("three fingers on the phone show the net graph", async () => {
  await phone.inMatch();
  // Where nothing is to be pressed.
  const fingers = [[150, 240], [206, 240], [262, 240]];
  for (const count of [1, 2, 3]) await phone.touch("touchStart", fingers.slice(0, count));
  await phone.until("shows the net graph", (stats) => stats.net_graph === true);
  await phone.touch("touchEnd", []);
  await phone.picture("net-graph");
});

test("both hold the same arena for a minute", async () => {
  await agree([phone, desktop], 60, restless(desktop, Object.values(KEYS)));
});

test("a page watches the match and looks from one pilot to the next", async () => {
  const watcher = await PagePilot.open(browser, "watcher", relay.url, DESKTOP);
  await watcher.click("intent");
  await watcher.click(`match-${authority.code}`);
  const { watched } = await watcher.until(
    "watches a pilot",
    (stats) => stats.role === "spectator" && stats.watched !== null && stats,
  );
  await watcher.click("next");
  await watcher.until("watches another", (stats) => stats.watched !== watched);
  await watcher.picture("watching");
  assert.equal((await watcher.stats()).messages_out, 0);
  await watcher.close();
});
