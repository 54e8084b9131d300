// A page and a native client play a match on AWS IoT Core, and read what SNS tells them.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startAmazon } from "../harness/amazon.js";
import { DESKTOP, PHONE, launchBrowser } from "../harness/browser.js";
import { startDouble, REGION } from "../harness/double.js";
import { NativePilot } from "../harness/native.js";
import { PagePilot } from "../harness/page.js";
import { agree, restless, seenFlying } from "../harness/play.js";
import { startRelay } from "../harness/relay.js";

const PAGE_KEYS = { left: "ArrowLeft", thrust: "ArrowUp" };
const NATIVE_KEYS = { left: "Left", thrust: "Up" };

const NEWS = { headline: "Tournament", text: "Friday at eight: the finals of the autumn series." };
const NOTICE = { headline: "For you alone", text: "Your ship was repainted." };

let double, amazon, relay, browser, host, native, phone;
before(async () => {
  double = await startDouble();
  amazon = await startAmazon(double.url);
  const args = [
    ...["--broker", "aws"],
    ...["--sns-topic", double.topic],
    ...["--public-url", amazon.url],
  ];
  relay = await startRelay(args, { ...double.environment, ...amazon.environment });
  amazon.serve(relay.url);
  browser = await launchBrowser();
});
after(async () => {
  await native?.close();
  await browser?.close();
  await relay?.stop();
  await amazon?.stop();
  await double?.stop();
});

test("a page and a native client play, each by a presigned URL of IoT Core", async () => {
  host = await PagePilot.open(browser, "aws-host", relay.url, DESKTOP);
  await host.click("host");
  const { code } = await host.inMatch();
  native = await NativePilot.start("aws-native", ["--url", relay.url, "--join", code]);
  await native.inMatch();
  await native.focus();
  await seenFlying(host, native, PAGE_KEYS);
  await seenFlying(native, host, NATIVE_KEYS);
  await agree([host, native], 20, restless(native, Object.values(NATIVE_KEYS)));

  const iot = new RegExp(`^ws://[^/]+-ats\\.iot\\.${REGION}\\.[^/]+/mqtt\\?.*X-Amz-Signature=`);
  assert.ok(host.sockets.length > 0);
  for (const socket of host.sockets) assert.match(socket, iot, "no other way is taken");
});

test("a page goes on by a fresh URL when it is loaded again", async () => {
  const [before, opened] = [await host.stats(), host.sockets.length];
  phone = await PagePilot.open(browser, "aws-phone", host.url(), PHONE);
  const joined = await phone.inMatch();
  assert.equal(joined.code, before.code);
  const urls = phone.sockets.length;
  await phone.reload();
  const back = await phone.inMatch();
  assert.equal(back.own.slot, joined.own.slot);
  assert.ok(phone.sockets.length > urls);
  assert.equal(new Set(phone.sockets).size, phone.sockets.length, "no URL is used twice");
  assert.equal(host.sockets.length, opened, "the host's connection holds");
});

test("the relay has subscribed itself, and what SNS notifies of is read on every screen", async () => {
  await host.until("the relay has confirmed", () =>
    amazon.answers.some(([type, status]) => type === "SubscriptionConfirmation" && status === 204),
  );
  await double.publish(NEWS);
  const reads = (pilot) =>
    pilot.until("reads the news", (stats) => stats.news?.text === NEWS.text && stats);
  const [{ news }] = await Promise.all([reads(host), reads(phone), reads(native)]);
  assert.equal(news.headline, NEWS.headline);
  await phone.picture("news-of-sns");
});

test("a message for one player is read by that player alone", async () => {
  const { player } = await phone.stats();
  await double.publish({ ...NOTICE, player });
  await phone.until("reads the notice", (stats) => stats.news?.text === NOTICE.text);
  assert.notEqual((await host.stats()).news?.text, NOTICE.text);
});

test("a message that SNS did not sign is refused and counted", async () => {
  const forged = {
    Type: "Notification",
    MessageId: "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
    TopicArn: double.topic,
    Subject: "Free ships",
    Message: "Give me your name.",
    Timestamp: new Date().toISOString(),
    SignatureVersion: "2",
    Signature: "FAKE",
    SigningCertURL: `https://sns.${REGION}.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem`,
  };
  const answer = await fetch(`${relay.url}/sns`, { method: "POST", body: JSON.stringify(forged) });
  assert.equal(answer.status, 403);
  const metrics = await (await fetch(`${relay.url}/metrics`)).text();
  assert.match(metrics, /forged"\} 1$/m);
});
