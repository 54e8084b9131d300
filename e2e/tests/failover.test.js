// A match outlives the page that hosts it, and a page that is loaded again is the same pilot.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { DESKTOP, launchBrowser } from "../harness/browser.js";
import { PagePilot } from "../harness/page.js";
import { LOOK_MS, sleep } from "../harness/pilot.js";
import { agree, restless } from "../harness/play.js";
import { startRelay } from "../harness/relay.js";

const KEYS = ["ArrowLeft", "ArrowUp"];

/** The longest that a winner may need for its ticket. */
const TAKEOVER_LIMIT_MS = 30_000;

let relay, browser, pilots;
before(async () => {
  relay = await startRelay();
  browser = await launchBrowser();
  const first = await PagePilot.open(browser, "first", relay.url, DESKTOP);
  await first.click("host");
  await first.inMatch();
  pilots = [first];
  for (const name of ["second", "third"]) {
    const pilot = await PagePilot.open(browser, name, first.url(), DESKTOP);
    await pilot.inMatch();
    pilots.push(pilot);
  }
});
after(async () => {
  await browser?.close();
  await relay?.stop();
});

/** The one host among the pages, once all play in an epoch after `epoch`. */
async function newHost(pages, epoch) {
  for (const page of pages) {
    await page.until(
      `plays on after epoch ${epoch}`,
      (stats) => stats.status === "playing" && stats.epoch > epoch,
    );
  }
  // The roster names the winner before it has its ticket.
  const deadline = Date.now() + TAKEOVER_LIMIT_MS;
  let roles = [];
  while (Date.now() < deadline) {
    roles = await Promise.all(pages.map(async (page) => (await page.stats()).role));
    if (roles.includes("host")) break;
    await sleep(LOOK_MS);
  }
  const hosts = pages.filter((_, index) => roles[index] === "host");
  assert.equal(hosts.length, 1, `one page is the host: ${roles}`);
  return hosts[0];
}

test("a page that is loaded again gets its ship and its score back", async () => {
  const [, second] = pilots;
  const before = await second.stats();
  await second.reload();
  const after = await second.inMatch();
  assert.equal(after.player, before.player);
  assert.equal(after.own.slot, before.own.slot);
});

test("play goes on when the host's page is closed", async () => {
  const [first, second, third] = pilots;
  const { epoch, tick } = await second.stats();
  await first.close();
  const host = await newHost([second, third], epoch);
  await host.picture("took-over");
  assert.ok((await host.stats()).tick > tick, "the arena goes on from where it was");
  await agree([second, third], 20, restless(second, KEYS));
  pilots = [host, host === second ? third : second];
});

test("a host whose page is hidden hands its match over and comes back as a guest", async () => {
  const [host, guest] = pilots;
  const { epoch } = await guest.stats();
  await host.hide();
  const next = await newHost([guest], epoch);
  assert.equal(next, guest);
  await host.show();
  const back = await host.until(
    "plays as a guest",
    (stats) => stats.status === "playing" && stats.role === "player" && stats,
  );
  assert.ok(back.epoch > epoch);
  await agree([guest, host], 20, restless(host, KEYS));
});
