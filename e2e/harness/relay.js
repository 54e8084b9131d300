// The relay under test, on ports of its own choosing, with a data folder of its own.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Program } from "./program.js";

/** What the operator shows to the relay. */
const OPERATOR = "a token of the tests' own";

/** Starts `relay serve`, with more arguments and variables; `stop()` ends it and removes its data. */
export async function startRelay(args = [], environment = {}) {
  const data = await mkdtemp(join(tmpdir(), "lastwill-relay-"));
  const operator = join(data, "operator.token");
  await writeFile(operator, OPERATOR);
  const all = [
    "serve",
    ...["--listen", "127.0.0.1:0"],
    ...["--mqtt", "127.0.0.1:0"],
    ...["--data", data],
    ...["--web", process.env.LASTWILL_WEB],
    ...["--house", "0"],
    ...["--operator-token", operator],
    ...args,
  ];
  const env = { ...process.env, ...environment };
  const program = new Program("relay", process.env.LASTWILL_RELAY, all, { env });
  const [url] = await program.says(/(?<=serving Last Will on )http:\/\/127\.0\.0\.1:\d+/);
  return {
    url,
    program,
    /** Tells everybody something. */
    async announce(announcement) {
      const answer = await fetch(`${url}/api/operator/announcements`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${OPERATOR}` },
        body: JSON.stringify(announcement),
      });
      if (!answer.ok) throw new Error(`the relay does not announce: ${await answer.text()}`);
    },
    async stop() {
      await program.stop();
      await rm(data, { recursive: true, force: true });
    },
  };
}

/** A headless authority of a match of its own; resolves with the match's code. */
export async function startAuthority(relayUrl, bots = 0) {
  const program = new Program("relay host", process.env.LASTWILL_RELAY, [
    "host",
    ...["--url", relayUrl],
    ...["--name", "Headless"],
    ...["--bots", `${bots}`],
  ]);
  const [, code] = await program.says(/match (\w+) is open/);
  return { code, stop: () => program.stop() };
}

/** Records so many seconds of a match; `remove()` removes the file. */
export async function record(relayUrl, code, seconds) {
  const folder = await mkdtemp(join(tmpdir(), "lastwill-recording-"));
  const file = join(folder, "duel.match");
  const program = new Program("relay record", process.env.LASTWILL_RELAY, [
    "record",
    ...["--url", relayUrl],
    ...["--code", code],
    ...["--out", file],
    ...["--duration", `${seconds}`],
  ]);
  await program.says(/the recording is in/);
  return { file, remove: () => rm(folder, { recursive: true, force: true }) };
}
