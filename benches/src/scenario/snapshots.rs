//! Classic snapshot interpolation, to compare with: the server sends all positions twenty times a
//! second, the client draws the others a hundred milliseconds in the past, between two snapshots.
//!
//! As in Valve's *Source Multiplayer Networking* (`cl_interp 0.1`, extrapolation of at most 0.25 s
//! when snapshots are late). It has the same network, and a clock that knows the median delay.

use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};

use arena::easing::{units, world_units};
use arena::{Arena, Position};
use arena::{MAX_SLOTS, TICK_RATE};
use link::memory::{Broker, Socket};
use link::{Conditions, Connect, Event, Link as _};
use netcode::{Slot, Tick};

/// Ticks between two snapshots.
const INTERVAL: u32 = 3;

/// How far in the past the others are drawn, in ticks.
const DELAY: f64 = 6.0;

/// No further than this beyond the last snapshot is extrapolated, in ticks.
const MOST_EXTRAPOLATION: f64 = 15.0;

/// Snapshots by which the clock is set.
const CLOCK_WINDOW: usize = 41;

const TOPIC: &str = "snapshots";

type Places = [Option<Position>; MAX_SLOTS];

/// Where the flying ships are.
pub(super) fn places(arena: &Arena) -> Places {
    let mut places = [None; MAX_SLOTS];
    for slot in Slot::first(MAX_SLOTS) {
        let ship = arena.ship(slot);
        places[slot.index()] = ship.is_flying().then_some(ship.position);
    }
    places
}

pub(super) struct Snapshots {
    broker: Broker,
    client: Socket,
    /// By number: the payload on the wire only names it.
    sent: Vec<(Tick, Places)>,
    received: BTreeMap<u32, Places>,
    /// Ticks by which snapshots were ahead of the client's time, newest last.
    ahead: VecDeque<f64>,
}

impl Snapshots {
    pub(super) fn new(seed: u64, conditions: Conditions, connect: &Connect) -> Self {
        let broker = Broker::new(seed, Conditions::PERFECT);
        let mut client = broker.connect(connect, Duration::ZERO);
        broker.set_conditions(&connect.client_id, conditions);
        client.subscribe(&[TOPIC]);
        Self {
            broker,
            client,
            sent: Vec::new(),
            received: BTreeMap::new(),
            ahead: VecDeque::new(),
        }
    }

    /// The server's state at a new tick.
    pub(super) fn publish(&mut self, tick: Tick, places: &Places) {
        if tick.0.is_multiple_of(INTERVAL) {
            let number = u32::try_from(self.sent.len()).unwrap_or(u32::MAX);
            self.sent.push((tick, *places));
            self.broker.publish(TOPIC, &number.to_le_bytes(), false);
        }
    }

    pub(super) fn advance(&mut self, now: Duration) {
        self.broker.advance(now);
        while let Some(event) = self.client.poll(now) {
            let Event::Message { payload, .. } = event else {
                continue;
            };
            let Ok(number) = payload.try_into().map(u32::from_le_bytes) else {
                continue;
            };
            let (tick, places) = self.sent[number as usize];
            self.received.insert(tick.0, places);
            if self.ahead.len() == CLOCK_WINDOW {
                self.ahead.pop_front();
            }
            self.ahead.push_back(f64::from(tick.0) - ticks(now));
        }
    }

    /// Where the ships are drawn at `now`.
    pub(super) fn drawn(&self, now: Duration) -> Places {
        let mut places = [None; MAX_SLOTS];
        let Some(shown) = self.shown(now) else {
            return places;
        };
        let before = self.received.range(..=shown.max(0.0) as u32).next_back();
        let Some((&from, old)) = before else {
            return places;
        };
        let after = self.received.range(from + 1..).next();
        // Without a later snapshot, the last step goes on.
        let ((from, old), (to, new)) = match after {
            Some((&to, new)) => ((from, old), (to, new)),
            None => match self.received.range(..from).next_back() {
                Some((&earlier, older)) => ((earlier, older), (from, old)),
                None => return places,
            },
        };
        let shown = shown.min(f64::from(to) + MOST_EXTRAPOLATION);
        let part = ((shown - f64::from(from)) / f64::from(to - from)) as f32;
        for slot in 0..MAX_SLOTS {
            if let (Some(old), Some(new)) = (old[slot], new[slot]) {
                let way = world_units(old.offset_to(new)).map(|axis| axis * part);
                places[slot] = Some(old.moved(units(way)));
            }
        }
        places
    }

    /// The tick that is drawn.
    fn shown(&self, now: Duration) -> Option<f64> {
        let mut sorted: Vec<f64> = self.ahead.iter().copied().collect();
        sorted.sort_by(f64::total_cmp);
        let median = sorted.get(sorted.len() / 2)?;
        Some(ticks(now) + median - DELAY)
    }
}

fn ticks(time: Duration) -> f64 {
    time.as_secs_f64() * f64::from(TICK_RATE)
}
