// A local double of AWS, with the relay's user, the clients' role and a topic of SNS.

import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import aws4 from "aws4";

import { LOOK_MS, sleep } from "./pilot.js";
import { Program } from "./program.js";

export const REGION = "eu-west-1";

/** The double's only account, and the keys of its root. */
const ACCOUNT = "000000000000";
const ROOT = { accessKeyId: "test", secretAccessKey: "test" };

const ROLE = "lastwill";
const TOPIC = "news";

/** The longest that it may take to start. */
const START_LIMIT_MS = 60_000;

/** The versions of the APIs that are called here. */
const VERSIONS = { iam: "2010-05-08", sns: "2010-03-31" };

/** Starts ministack; `stop()` ends it. */
export async function startDouble() {
  const folder = await mkdtemp(join(tmpdir(), "lastwill-double-"));
  const port = await freePort();
  const env = {
    ...withoutKeys(process.env),
    AUTH: "true",
    BIND_HOST: "127.0.0.1",
    GATEWAY_PORT: `${port}`,
    IOT_MTLS_ENABLED: "0",
    MINISTACK_REGION: REGION,
    SERVICES: "iam,sts,iot,iot-data,sns",
    SFTP_ENABLED: "0",
    TMPDIR: folder,
  };
  const options = { cwd: folder, env };
  const program = new Program("ministack", process.env.LASTWILL_MINISTACK, ["-m", "ministack"], options);
  const url = `http://127.0.0.1:${port}`;
  await answers(`${url}/_ministack/health`, program);

  const iam = (action, parameters) => call(url, "iam", action, parameters);
  const user = textOf(await iam("CreateUser", { UserName: "relay" }), "Arn");
  await iam("CreateRole", {
    RoleName: ROLE,
    AssumeRolePolicyDocument: (await deployed("trust")).replace("RELAY", user),
  });
  await iam("PutRolePolicy", {
    RoleName: ROLE,
    PolicyName: "clients",
    PolicyDocument: await deployed("clients"),
  });
  await iam("PutUserPolicy", {
    UserName: "relay",
    PolicyName: "relay",
    PolicyDocument: (await deployed("relay")).replace("ROLE", ROLE).replace("TOPIC", TOPIC),
  });
  const key = await iam("CreateAccessKey", { UserName: "relay" });
  const created = await call(url, "sns", "CreateTopic", { Name: TOPIC });
  const topic = textOf(created, "TopicArn");

  return {
    url,
    topic,
    /** What tells a relay to use the double. */
    environment: {
      AWS_ACCESS_KEY_ID: textOf(key, "AccessKeyId"),
      AWS_SECRET_ACCESS_KEY: textOf(key, "SecretAccessKey"),
      AWS_REGION: REGION,
      AWS_ENDPOINT_URL: url,
      LASTWILL_AWS_ROLE: `arn:aws:iam::${ACCOUNT}:role/${ROLE}`,
    },
    /** Publishes to the topic: for everybody, or for one player. */
    publish({ headline, text, player }) {
      const attribute = "MessageAttributes.entry.1";
      return call(url, "sns", "Publish", {
        TopicArn: topic,
        Subject: headline,
        Message: text,
        ...(player && {
          [`${attribute}.Name`]: "player",
          [`${attribute}.Value.DataType`]: "String",
          [`${attribute}.Value.StringValue`]: player,
        }),
      });
    },
    async stop() {
      await program.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The keys of whoever runs the tests are not the double's. */
function withoutKeys(environment) {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !name.startsWith("AWS_")),
  );
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

async function answers(url, program) {
  const deadline = Date.now() + START_LIMIT_MS;
  while (Date.now() < deadline) {
    const up = await fetch(url).then((answer) => answer.ok, () => false);
    if (up) return;
    await sleep(LOOK_MS);
  }
  throw new Error(`ministack does not start:\n${program.tail()}`);
}

/** Calls an API of AWS as the account's root; resolves with the XML. */
async function call(url, service, action, parameters) {
  const version = VERSIONS[service];
  const request = aws4.sign(
    {
      host: new URL(url).host,
      method: "POST",
      path: "/",
      service,
      region: REGION,
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: `${new URLSearchParams({ Action: action, Version: version, ...parameters })}`,
    },
    ROOT,
  );
  const { Host, "Content-Length": length, ...headers } = request.headers;
  const answer = await fetch(url, { method: "POST", headers, body: request.body });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${action}: ${text}`);
  return text;
}

/** One of the policies that the manual tells to use. */
async function deployed(name) {
  const file = new URL(`../../relay/deploy/aws/${name}.json`, import.meta.url);
  const text = await readFile(file, "utf8");
  return text.replaceAll("REGION", REGION).replaceAll("ACCOUNT", ACCOUNT);
}

/** The text of the first element of this name. */
function textOf(xml, element) {
  const [, text] = xml.match(new RegExp(`<${element}>([^<]*)<`));
  return text;
}
