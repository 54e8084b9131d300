// A child process whose output is kept and can be waited for.

import { spawn } from "node:child_process";
import { once } from "node:events";

/** The longest that a program may take to say what it is waited for. */
const SAY_LIMIT_MS = 60_000;

/** The longest that a program may take to end when it is asked to. */
const END_LIMIT_MS = 5_000;

export class Program {
  /** All lines so far, of both outputs. */
  lines = [];
  #name;
  #child;
  #ended;

  constructor(name, path, args, options = {}) {
    this.#name = name;
    this.#child = spawn(path, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
    this.#ended = once(this.#child, "exit").catch(() => {});
    this.#child.on("error", (error) => this.#take(`${error}`));
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      let rest = "";
      stream.setEncoding("utf8").on("data", (text) => {
        const lines = (rest + text).split("\n");
        rest = lines.pop();
        for (const line of lines) this.#take(line);
      });
    }
  }

  #take(line) {
    this.lines.push(line);
    if (process.env.LASTWILL_VERBOSE) console.error(`${this.#name}: ${line}`);
    this.#child.emit("line", line);
  }

  /** The first line, past or to come, that matches. */
  says(pattern) {
    return new Promise((resolve, reject) => {
      const settle = (action) => {
        clearTimeout(timer);
        this.#child.off("line", look).off("exit", ended);
        action();
      };
      const look = (line) => {
        const match = line.match(pattern);
        if (match) settle(() => resolve(match));
      };
      const fail = (why) => () =>
        settle(() => reject(new Error(`${this.#name} ${why}:\n${this.tail()}`)));
      const ended = fail(`ended before it said ${pattern}`);
      const timer = setTimeout(fail(`never said ${pattern}`), SAY_LIMIT_MS);
      this.#child.on("line", look).on("exit", ended);
      this.lines.forEach(look);
    });
  }

  /** Its last words. */
  tail() {
    return this.lines.slice(-30).join("\n");
  }

  /** Asks it to end, and makes sure that it does. */
  async stop() {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill("SIGTERM");
      const timer = setTimeout(() => this.#child.kill("SIGKILL"), END_LIMIT_MS);
      await this.#ended;
      clearTimeout(timer);
    }
  }
}
