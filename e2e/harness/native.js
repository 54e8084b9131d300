// The native game, drawn into a display that nobody sees, and real input to it.

import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { Pilot } from "./pilot.js";
import { Program } from "./program.js";

const run = promisify(execFile);

export class NativePilot extends Pilot {
  #display;
  #environment;
  #game;

  /** Starts the game with these arguments, on a display of its own. */
  static async start(name, args) {
    const pilot = new NativePilot(name);
    pilot.#display = new Program("Xvfb", "Xvfb", [
      ...["-displayfd", "1"],
      ...["-screen", "0", "640x360x24"],
      ...["-nolisten", "tcp"],
    ]);
    const [number] = await pilot.#display.says(/^\d+$/);
    pilot.#environment = { ...process.env, DISPLAY: `:${number}` };
    delete pilot.#environment.WAYLAND_DISPLAY;
    pilot.#game = new Program(name, process.env.LASTWILL_GAME, ["--stats", ...args], {
      env: pilot.#environment,
    });
    return pilot;
  }

  async stats() {
    const line = this.#game.lines.findLast((line) => line.startsWith("{"));
    return line ? JSON.parse(line) : null;
  }

  /** Presses or releases a key, by its X name, in the game's window. */
  async key(action, key) {
    const command = { down: "keydown", up: "keyup" }[action];
    await this.#xdotool(command, key);
  }

  /** Gives the keyboard to the window: without a window manager nobody else does. */
  async focus() {
    await this.#xdotool("search", "--sync", "--onlyvisible", "--name", ".", "windowfocus", "--sync");
  }

  #xdotool(...args) {
    return run("xdotool", args, { env: this.#environment, timeout: 30_000 });
  }

  complaints() {
    return this.#game.tail();
  }

  async close() {
    await this.#game.stop();
    await this.#display.stop();
  }
}
