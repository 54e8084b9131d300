//! Snapshot interpolation, for comparison: the server sends all positions 20 times a second, and the
//! client draws the others 100 ms in the past, between two snapshots.
//!
//! As in Valve's *Source Multiplayer Networking* (`cl_interp 0.1`, extrapolation by at most 0.25 s when
//! snapshots are late), over the same network, with a clock that is set by the median delay.
//!
//! Non-goals: encoding snapshots.

use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};

use arena::easing::{units, world_units};
use arena::{Arena, MAX_SLOTS, Position, TICK_RATE};
use link::memory::{Broker, Socket};
use link::{Conditions, Connect, Event, Link as _};
use netcode::{Slot, Tick};

/// Ticks between two snapshots.
const INTERVAL: u32 = 3;

/// The delay with which the others are drawn, in ticks.
const DELAY: f64 = 6.0;

/// The longest extrapolation beyond the last snapshot, in ticks.
const MAX_EXTRAPOLATION: f64 = 15.0;

/// The number of snapshots whose delays set the clock.
const CLOCK_WINDOW: usize = 41;

const TOPIC: &str = "snapshots";

/// The positions of the flying ships, by slot.
pub(super) type Positions = [Option<Position>; MAX_SLOTS];

/// The positions of the flying ships.
pub(super) fn positions(arena: &Arena) -> Positions {
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
    /// The sent snapshots; a payload contains only the index.
    sent: Vec<(Tick, Positions)>,
    received: BTreeMap<u32, Positions>,
    /// The differences between the ticks of snapshots and the client's time, newest last.
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

    /// Publishes the server's state at a new tick, if a snapshot is due.
    pub(super) fn publish(&mut self, tick: Tick, places: &Positions) {
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

    /// The drawn positions at `now`.
    pub(super) fn drawn(&self, now: Duration) -> Positions {
        let mut places = [None; MAX_SLOTS];
        let Some(shown) = self.shown(now) else {
            return places;
        };
        let before = self.received.range(..=shown.max(0.0) as u32).next_back();
        let Some((&from, old)) = before else {
            return places;
        };
        let after = self.received.range(from + 1..).next();
        // Without a later snapshot, the last movement is extrapolated.
        let ((from, old), (to, new)) = match after {
            Some((&to, new)) => ((from, old), (to, new)),
            None => match self.received.range(..from).next_back() {
                Some((&earlier, older)) => ((earlier, older), (from, old)),
                None => return places,
            },
        };
        let shown = shown.min(f64::from(to) + MAX_EXTRAPOLATION);
        let fraction = ((shown - f64::from(from)) / f64::from(to - from)) as f32;
        for slot in 0..MAX_SLOTS {
            if let (Some(old), Some(new)) = (old[slot], new[slot]) {
                let offset = world_units(old.offset_to(new)).map(|axis| axis * fraction);
                places[slot] = Some(old.moved(units(offset)));
            }
        }
        places
    }

    /// The tick that is drawn at `now`.
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
