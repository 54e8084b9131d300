// What pilots do and what must hold between them.

import assert from "node:assert/strict";

import { sleep } from "./pilot.js";

/** The arena's width and height, in world units. */
const ARENA = 4096;

/** Shots reach farther than this, in world units. */
const RANGE = 380;

const across = (from, to) => ((((to - from) % ARENA) + ARENA * 1.5) % ARENA) - ARENA / 2;

/** The shortest way from one ship to another on the torus, y up. */
export const way = (from, to) => [across(from.x, to.x), across(from.y, to.y)];

/** The smaller angle between two headings, in turns. */
export const turned = (from, to) => Math.abs(((((to - from) % 1) + 1.5) % 1) - 0.5);

/** The ship that this client shows in a slot. */
export const shipIn = (stats, slot) => stats.ships?.find((ship) => ship.slot === slot);

/**
 * The pilot turns and flies by real keys, and the watcher sees it.
 *
 * `keys` are the pilot's names for turning left and for thrust.
 */
export async function seenFlying(pilot, watcher, keys) {
  const { own } = await pilot.inMatch();
  const seen = (found) => (stats) => {
    const ship = shipIn(stats, own.slot);
    return ship?.person && ship.flying && found(ship) && ship;
  };
  const before = await watcher.until(`sees ${pilot.name}`, seen(() => true));

  await pilot.key("down", keys.left);
  const turning = await watcher.until(
    `sees ${pilot.name} turn`,
    seen((ship) => turned(before.heading, ship.heading) > 0.1),
  );
  await pilot.key("up", keys.left);

  await pilot.key("down", keys.thrust);
  await watcher.until(
    `sees ${pilot.name} fly`,
    seen((ship) => ship.speed > 100 && Math.hypot(...way(turning, ship)) > 100),
  );
  await pilot.key("up", keys.thrust);
}

/** The pilot chases others with the mouse and shoots until it has destroyed one. */
export async function huntUntilKill(pilot, limit = 150_000) {
  const { width, height } = pilot.size;
  const deadline = Date.now() + limit;
  const held = {};
  const hold = async (button, wanted) => {
    if (Boolean(held[button]) === wanted) return;
    held[button] = wanted;
    await pilot.mouse[wanted ? "down" : "up"]({ button });
  };
  // The right button takes the ship's nose to the pointer.
  await pilot.mouse.move(width / 2 + 100, height / 2);
  while (Date.now() < deadline) {
    const { own, ships } = await pilot.stats();
    if (own?.kills > 0) {
      await hold("left", false);
      await hold("right", false);
      return own;
    }
    const targets = (ships ?? [])
      .filter((ship) => ship.flying && ship.slot !== own?.slot)
      .map((ship) => ({ ship, way: own ? way(own, ship) : [0, 0] }))
      .sort((a, b) => Math.hypot(...a.way) - Math.hypot(...b.way));
    if (own?.flying && targets.length > 0) {
      const [dx, dy] = targets[0].way;
      const distance = Math.hypot(dx, dy);
      await pilot.mouse.move(
        width / 2 + (dx / distance) * 100,
        height / 2 - (dy / distance) * 100,
      );
      await hold("right", distance > RANGE * 0.6);
      await hold("left", distance < RANGE);
    }
    await sleep(30);
  }
  await pilot.picture("failed-hunt");
  throw new Error(
    `${pilot.name}: destroyed nobody in ${limit / 1000} s\n${JSON.stringify(await pilot.stats())}`,
  );
}

/**
 * For so long, wherever two pilots know the checksum of the same tick, it is the same.
 *
 * `meanwhile` is called again and again, to give the arena something to disagree about.
 */
export async function agree(pilots, seconds, meanwhile = async () => {}) {
  const known = new Map();
  const compared = new Map(pilots.map((pilot) => [pilot.name, new Set()]));
  const farthest = async () => {
    const ticks = await Promise.all(pilots.map(async (pilot) => (await pilot.stats())?.tick));
    return Math.max(...ticks.filter(Number.isFinite));
  };
  const from = await farthest();
  const end = Date.now() + seconds * 1000;
  let first = Infinity;
  let last = 0;
  while (Date.now() < end) {
    for (const pilot of pilots) {
      const { checksums = [] } = (await pilot.stats()) ?? {};
      for (const [tick, checksum] of checksums) {
        const other = known.get(tick);
        if (other === undefined) {
          known.set(tick, { by: pilot.name, checksum });
        } else if (other.by !== pilot.name) {
          assert.equal(checksum, other.checksum, `${pilot.name} and ${other.by} at tick ${tick}`);
          compared.get(pilot.name).add(tick);
          compared.get(other.by).add(tick);
          first = Math.min(first, tick);
          last = Math.max(last, tick);
        }
      }
    }
    await meanwhile();
    await sleep(300);
  }
  for (const [name, ticks] of compared) {
    assert.ok(ticks.size >= seconds / 4, `${name}: only ${ticks.size} ticks could be compared`);
  }
  // Measured in ticks, because a busy machine that draws without a graphics card slows the arena.
  const played = (await farthest()) - from;
  assert.ok(
    played > 0 && last - first > played * 0.75,
    `of ${played} ticks played, only ${first} to ${last} could be compared`,
  );
}

/** Presses some keys of the pilot in turn, one at each call. */
export function restless(pilot, keys) {
  let turn = 0;
  return async () => {
    const key = keys[Math.floor(turn / 2) % keys.length];
    await pilot.key(turn % 2 ? "up" : "down", key);
    turn += 1;
  };
}
