// A page and a phone play a recorded match back.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { DESKTOP, PHONE, launchBrowser } from "../harness/browser.js";
import { PagePilot } from "../harness/page.js";
import { record, startAuthority, startRelay } from "../harness/relay.js";

const SECONDS = 15;

/** What an arrow key skips. */
const STEP_S = 5;

/** Positions are whole ticks. */
const TICK_S = 1 / 60;

let relay, recording, browser, page;
before(async () => {
  relay = await startRelay();
  const authority = await startAuthority(relay.url, 4);
  recording = await record(relay.url, authority.code, SECONDS);
  await authority.stop();
  browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await recording?.remove();
  await relay?.stop();
});

async function press(key) {
  await page.key("down", key);
  await page.key("up", key);
}

/** Where the replay is, once it does that. */
const once = (pilot, status) =>
  pilot.until(
    `the replay is ${status}`,
    (stats) => stats.phase === "replay" && stats.status === status && stats,
  );

test("a page plays a recording of the device", async () => {
  page = await PagePilot.open(browser, "replay", relay.url, DESKTOP);
  await page.pick("click", "replay", recording.file);
  await once(page, "running");
  const begun = await page.until("shows the ships", (stats) => stats.ships?.length === 4 && stats);
  assert.ok(begun.length_s > SECONDS / 2, `only ${begun.length_s} s`);
  await page.until("plays", (stats) => stats.position_s > 1);
  await page.picture("playing");
});

test("it pauses, and the arrows go through time", async () => {
  await press("Space");
  await once(page, "paused");
  await press("Home");
  await page.until("is at the beginning", (stats) => stats.position_s === 0);
  await press("ArrowRight");
  const there = await page.until("went on", (stats) => stats.position_s > 0 && stats);
  assert.ok(Math.abs(there.position_s - STEP_S) <= TICK_S, `${there.position_s} s`);
  assert.equal(there.status, "paused");
  await press("ArrowLeft");
  await page.until("went back", (stats) => stats.position_s <= TICK_S);
});

test("a click on the bar goes to that place", async () => {
  await page.click("time");
  const { position_s, length_s } = await page.until(
    "goes to the middle",
    (stats) => stats.position_s > 1 && stats,
  );
  assert.ok(Math.abs(position_s - length_s / 2) < length_s / 50, `${position_s} of ${length_s} s`);
});

test("one looks from one pilot to the next, at another speed", async () => {
  const { watched } = await page.stats();
  await page.click("next");
  await page.until("watches another", (stats) => stats.watched !== watched);
  await page.click("faster");
  await page.until("runs at double speed", (stats) => stats.speed === 2);
  await page.picture("paused");
});

test("at its end it is played again, or left", async () => {
  await press("End");
  const { position_s, length_s } = await once(page, "over");
  assert.equal(position_s, length_s);
  await page.picture("over");
  await page.click("pause");
  await page.until(
    "plays again",
    (stats) => stats.status === "running" && stats.position_s < length_s,
  );
  await press("Escape");
  await page.until("is back at the title", (stats) => stats.phase === "title");
  await page.close();
});

test("a thumb opens a recording and drags the bar", async () => {
  const phone = await PagePilot.open(browser, "replay-phone", relay.url, PHONE);
  await phone.pick("tap", "replay", recording.file);
  await once(phone, "running");
  await phone.tap("pause");
  await once(phone, "paused");
  const [x, y] = await phone.place("time");
  await phone.touch("touchStart", [[x, y]]);
  const middle = await phone.until(
    "goes to the middle",
    (stats) => Math.abs(stats.position_s - stats.length_s / 2) < stats.length_s / 50 && stats,
  );
  await phone.touch("touchMove", [[x + 60, y]]);
  await phone.until("follows the thumb", (stats) => stats.position_s > middle.position_s + 1);
  await phone.touch("touchEnd", []);
  await phone.picture("dragged");
  await phone.close();
});
