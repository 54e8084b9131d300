// A headless Chromium that draws without a graphics card.

import { chromium } from "playwright-core";
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

const ARGUMENTS = [
  "--headless=new",
  "--no-sandbox",
  "--use-gl=angle",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
  "--ignore-gpu-blocklist",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Small, because a processor draws every pixel. */
export const DESKTOP = { viewport: { width: 640, height: 360 }, deviceScaleFactor: 1 };

/** A phone held upright. */
export const PHONE = {
  viewport: { width: 412, height: 780 },
  deviceScaleFactor: 1,
  hasTouch: true,
  isMobile: true,
};

export async function launchBrowser() {
  return chromium.launch({ executablePath: await find(), args: ARGUMENTS });
}

async function find() {
  for (const name of NAMES) {
    for (const folder of process.env.PATH.split(delimiter)) {
      const path = join(folder, name);
      const there = await access(path, constants.X_OK).then(() => true, () => false);
      if (there) return path;
    }
  }
  throw new Error("there is no Chromium on the PATH");
}
