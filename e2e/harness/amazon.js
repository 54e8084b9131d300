// What a local double leaves out of SNS: signatures, and Amazon's own addresses.
//
// The double is told to call this in place of the relay. Its messages go on to the relay with what
// Amazon would have put in, signed by a key of the tests' own. The relay reaches Amazon's addresses
// by way of this as its proxy, and trusts the tests' certificate as an authority.

import { createSign } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { fileURLToPath } from "node:url";

import { REGION } from "./double.js";

const HOST = `sns.${REGION}.amazonaws.com`;
const CERTIFICATE_PATH = "/SimpleNotificationService-0123456789abcdef.pem";

const file = (name) => fileURLToPath(new URL(`./amazon/${name}.pem`, import.meta.url));

/** What SNS signs of a message of each type. */
const SIGNED = {
  Notification: ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"],
  SubscriptionConfirmation: [
    ...["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"],
  ],
};

/** Stands between the double and a relay, whose address `serve()` is to be told. */
export async function startAmazon(doubleUrl) {
  const [certificate, key] = await Promise.all([readFile(file("certificate")), readFile(file("key"))]);

  const secure = createSecureServer({ cert: certificate, key }, async (request, response) => {
    if (request.url === CERTIFICATE_PATH) return response.end(certificate);
    const answer = await fetch(`${doubleUrl}${request.url}`);
    response.writeHead(answer.status).end(await answer.text());
  });

  let serve;
  const relay = new Promise((resolve) => (serve = resolve));
  const amazon = {
    serve,
    /** What the relay answered, in order: the type of the message, and the status. */
    answers: [],
    environment: {
      SSL_CERT_FILE: file("certificate"),
      NO_PROXY: "127.0.0.1,localhost",
    },
  };

  const server = createServer(async (request, response) => {
    let body = "";
    for await (const part of request.setEncoding("utf8")) body += part;
    const message = sign(JSON.parse(body), key);
    const answer = await fetch(`${await relay}${request.url}`, {
      method: "POST",
      headers: { "content-type": "text/plain", "x-amz-sns-message-type": message.Type },
      body: JSON.stringify(message),
    });
    amazon.answers.push([message.Type, answer.status]);
    response.writeHead(answer.status).end(await answer.text());
  });
  server.on("connect", (request, socket) => {
    if (request.url !== `${HOST}:443`) return socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
    socket.write("HTTP/1.1 200 OK\r\n\r\n");
    secure.emit("connection", socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  amazon.url = `http://127.0.0.1:${server.address().port}`;
  amazon.environment.HTTPS_PROXY = amazon.url;
  amazon.stop = () => {
    server.closeAllConnections();
    server.close();
    secure.close();
  };
  return amazon;
}

/** The message as Amazon would have sent it. */
function sign(message, key) {
  const whole = {
    ...message,
    SignatureVersion: "2",
    SigningCertURL: `https://${HOST}${CERTIFICATE_PATH}`,
  };
  if (whole.SubscribeURL) {
    const { pathname, search } = new URL(whole.SubscribeURL);
    whole.SubscribeURL = `https://${HOST}${pathname}${search}`;
  }
  const text = SIGNED[whole.Type]
    .filter((name) => whole[name] !== undefined && whole[name] !== null)
    .map((name) => `${name}\n${whole[name]}\n`)
    .join("");
  return { ...whole, Signature: createSign("RSA-SHA256").update(text).sign(key, "base64") };
}
