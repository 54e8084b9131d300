// The game in a page of a browser, and real input to it.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { LOADING_LIMIT_MS, LOOK_MS, Pilot, sleep } from "./pilot.js";

export class PagePilot extends Pilot {
  #context;
  #page;
  #console = [];

  /** The addresses of the WebSockets that it has opened. */
  sockets = [];

  /** Opens the page at `url`, in a profile of its own. */
  static async open(browser, name, url, device) {
    const pilot = new PagePilot(name);
    pilot.#context = await browser.newContext(device);
    pilot.#page = await pilot.#context.newPage();
    pilot.#page.on("console", (message) => pilot.#console.push(message.text()));
    pilot.#page.on("pageerror", (error) => pilot.#console.push(`${error}`));
    pilot.#page.on("websocket", (socket) => pilot.sockets.push(socket.url()));
    await pilot.#page.goto(url);
    return pilot;
  }

  stats() {
    return this.#page.evaluate(() => window.lastwill?.stats() ?? null);
  }

  url() {
    return this.#page.url();
  }

  complaints() {
    return this.#console.slice(-30).join("\n");
  }

  /** The middle of a button of the page's canvas, once it is there and stays where it is. */
  async place(name) {
    const deadline = Date.now() + LOADING_LIMIT_MS;
    let buttons = null;
    let before = null;
    while (Date.now() < deadline) {
      buttons = await this.#page.evaluate(() => window.lastwill?.buttons() ?? null);
      const box = buttons?.find((button) => button.name === name);
      const middle = box && [box.x + box.w / 2, box.y + box.h / 2];
      if (middle && `${middle}` === `${before}`) return middle;
      before = middle;
      await this.#frames(3);
      await sleep(LOOK_MS);
    }
    await this.picture(`failed-no-button-${name}`);
    throw new Error(
      `${this.name}: there is no button ${name}: ${JSON.stringify(buttons)}\n${this.complaints()}`,
    );
  }

  /** Clicks a button with the mouse. */
  async click(name) {
    const [x, y] = await this.place(name);
    await this.#page.mouse.move(x, y);
    await this.#page.mouse.down();
    await this.#frames(2);
    await this.#page.mouse.up();
    await this.#frames(1);
  }

  /** Taps a button with a finger. */
  async tap(name) {
    const [x, y] = await this.place(name);
    await this.touch("touchStart", [[x, y]]);
    await this.#frames(2);
    await this.touch("touchEnd", []);
    await this.#frames(1);
  }

  /** Presses a button that asks for a file, with the mouse or a finger, and picks one. */
  async pick(press, name, file) {
    const dialog = this.#page.waitForEvent("filechooser", { timeout: LOADING_LIMIT_MS });
    await Promise.all([this[press](name), dialog.then((dialog) => dialog.setFiles(file))]);
  }

  /** Fingers on the glass: all that touch it after this event. */
  async touch(type, fingers) {
    this.session ??= await this.#context.newCDPSession(this.#page);
    await this.session.send("Input.dispatchTouchEvent", {
      type,
      touchPoints: fingers.map(([x, y], id) => ({ x, y, id })),
    });
  }

  key(action, key) {
    return this.#page.keyboard[action](key);
  }

  get mouse() {
    return this.#page.mouse;
  }

  get size() {
    return this.#page.viewportSize();
  }

  /** Lets the page draw some frames, so that it has seen what was pressed. */
  #frames(count) {
    return this.#page.evaluate(
      (count) =>
        new Promise((resolve) => {
          const next = () => (count-- > 0 ? requestAnimationFrame(next) : resolve());
          next();
        }),
      count,
    );
  }

  async picture(name) {
    const folder = process.env.LASTWILL_PICTURES;
    await mkdir(folder, { recursive: true });
    const file = `${this.name}-${name}`.replace(/[^a-z0-9]+/gi, "-");
    await this.#page.screenshot({ path: join(folder, `${file}.png`) });
  }

  /** Loads the page again, as a player does who has lost patience. */
  reload() {
    return this.#page.reload();
  }

  /** Hides the page: it is told, and draws no more frames. */
  hide() {
    return this.#page.evaluate(() => {
      const frames = [];
      window.shownAgain = { draw: window.requestAnimationFrame, frames };
      window.requestAnimationFrame = (frame) => frames.push(frame);
      Object.defineProperty(document, "hidden", { value: true, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    });
  }

  /** Shows a hidden page again. */
  show() {
    return this.#page.evaluate(() => {
      const { draw, frames } = window.shownAgain;
      window.requestAnimationFrame = draw;
      delete document.hidden;
      document.dispatchEvent(new Event("visibilitychange"));
      frames.forEach((frame) => requestAnimationFrame(frame));
    });
  }

  close() {
    return this.#context.close();
  }
}
