// What the operator announces appears in pages, on the title and in a match.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { DESKTOP, PHONE, launchBrowser } from "../harness/browser.js";
import { PagePilot } from "../harness/page.js";
import { startAuthority, startRelay } from "../harness/relay.js";

const FIRST = { headline: "Tournament", text: "Friday at eight: the finals of the autumn series." };
const SECOND = { headline: "Maintenance", text: "The relay restarts at nine. Your match goes on." };

let relay, authority, browser, desktop, phone;
before(async () => {
  relay = await startRelay();
  authority = await startAuthority(relay.url, 4);
  browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await authority?.stop();
  await relay?.stop();
});

const reads = (pilot, news) =>
  pilot.until(`reads ${news.headline}`, (stats) => stats.news?.text === news.text && stats);

test("the title shows what was announced before the page was opened", async () => {
  await relay.announce(FIRST);
  desktop = await PagePilot.open(browser, "desktop", relay.url, DESKTOP);
  const { news } = await reads(desktop, FIRST);
  assert.equal(news.headline, FIRST.headline);
  await desktop.picture("title-with-news");
});

test("who plays reads it too, and only for a while", async () => {
  phone = await PagePilot.open(browser, "phone", `${relay.url}/#${authority.code}`, PHONE);
  await phone.inMatch();
  await relay.announce(SECOND);
  await Promise.all([reads(phone, SECOND), reads(desktop, SECOND)]);
  await phone.picture("news-in-a-match");
  await phone.until("has read it", (stats) => !stats.news);
});
