// A participant of a match as a test sees it: its report, and its hands.
//
// A page reports by `window.lastwill.stats()`, a native client by lines of JSON; both are the same.

/** How often a condition is looked at. */
export const LOOK_MS = 50;

/** The longest that a condition may take; pixels drawn by a busy processor take their time. */
const LIMIT_MS = 60_000;

/** The longest that a client may take to load. */
export const LOADING_LIMIT_MS = 120_000;

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Pilot {
  constructor(name) {
    this.name = name;
  }

  /** Looks until `found(stats)` yields something true, and returns that. */
  async until(what, found, limit = LIMIT_MS) {
    const deadline = Date.now() + limit;
    let stats = null;
    while (Date.now() < deadline) {
      stats = await this.stats();
      const result = stats && found(stats);
      if (result) return result;
      await sleep(LOOK_MS);
    }
    await this.picture(`failed-${what}`);
    throw new Error(
      `${this.name}: not within ${limit / 1000} s: ${what}\n` +
        `${JSON.stringify(stats)}\n${this.complaints()}`,
    );
  }

  /** Waits until it is in a match and its arena is in step with the host's. */
  inMatch() {
    return this.until(
      "plays in a match",
      (stats) => stats.phase === "flight" && stats.own?.flying && stats.tick !== null && stats,
      LOADING_LIMIT_MS,
    );
  }

  async picture() {}

  complaints() {
    return "";
  }
}
