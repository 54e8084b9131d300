//! Whole matches on the in-memory broker with manual time: what players would see of each other,
//! and what the match costs, in numbers that are the same in every run.
//!
//! Run them by `cargo xtask bench --scenarios`.

pub mod accuracy;
pub mod economy;
mod snapshots;

use core::time::Duration;
use std::collections::VecDeque;

use arena::MAX_SLOTS;
use arena::{Arena, Hands};
use arrayvec::ArrayVec;
use client::local_ticket;
use client::peer::Peer;
use link::Conditions;
use link::memory::{Broker, Socket};
use netcode::HostOptions;
use netcode::Slot;
use netcode::wire::{self, TooLong};
use protocol::{Callsign, Epoch, InvalidId, MatchId, PlayerId, Role, Rules, Ticket, Topic};
use protocol::{Roster, RosterSeat};

/// A frame of a 240 Hz screen: each tick is seen as it comes.
const FRAME: Duration = Duration::from_nanos(1_000_000_000 / 240);

/// Between two guests' coming.
const ARRIVAL: Duration = Duration::from_millis(213);

/// Why there is no match.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// A roster of that many does not fit a payload.
    #[error("too many players: {0}")]
    Roster(#[from] TooLong),
    /// A number gave no callsign.
    #[error(transparent)]
    Callsign(#[from] InvalidId),
}

/// A match with a headless host, whose connection is perfect, and restless guests.
struct Match {
    broker: Broker,
    now: Duration,
    host: Peer<Arena, Socket>,
    guests: Vec<(Peer<Arena, Socket>, Hands)>,
    /// Those who are still to come.
    tickets: VecDeque<Ticket>,
    seed: u64,
    options: HostOptions,
    conditions: Conditions,
}

impl Match {
    fn new(
        seed: u64,
        guests: u8,
        options: HostOptions,
        conditions: Conditions,
    ) -> Result<Self, ScenarioError> {
        let broker = Broker::new(seed, Conditions::PERFECT);
        let id = MatchId::from_entropy(seed);
        let player = |number: u8| PlayerId::from_entropy(1_000 + u64::from(number));
        let callsign: Callsign = "Pilot".parse()?;
        let seats: ArrayVec<RosterSeat, _> = Slot::first(MAX_SLOTS)
            .take(usize::from(guests))
            .map(|slot| RosterSeat {
                player: player(u8::from(slot) + 1),
                slot,
                callsign,
            })
            .collect();
        let roster = Roster {
            epoch: Epoch(0),
            host: player(0),
            seats,
        };
        let topic = Topic::Roster(id).to_string();
        broker.publish(&topic, &wire::encode(&roster)?, true);

        let now = Duration::from_millis(1);
        let rules = Rules::of::<Arena>(arena::GAME);
        let host_ticket = local_ticket(rules, id, player(0), Role::Host, Epoch(0));
        let link = broker.connect(&client::connect(&host_ticket), now);
        let host = Peer::host(host_ticket, link, Arena::new(seed, 0), options, now);
        let tickets = (1..=guests)
            .map(|number| local_ticket(rules, id, player(number), Role::Player, Epoch(0)))
            .collect();
        Ok(Self {
            broker,
            now,
            host,
            guests: Vec::new(),
            tickets,
            seed,
            options,
            conditions,
        })
    }

    /// The next guest comes: not all at once, or their messages would march in step.
    fn admit(&mut self) {
        if self.now < ARRIVAL * (self.guests.len() as u32 + 1) {
            return;
        }
        let Some(ticket) = self.tickets.pop_front() else {
            return;
        };
        let link = self.broker.connect(&client::connect(&ticket), self.now);
        self.broker
            .set_conditions(&ticket.mqtt.client_id, self.conditions);
        let number = self.guests.len() as u8 + 1;
        let guest = Peer::join(ticket, link, self.options, self.now);
        self.guests.push((guest, Hands::new(self.seed, number)));
    }

    /// One frame.
    fn advance(&mut self) {
        self.now += FRAME;
        self.admit();
        self.broker.advance(self.now);
        self.host.update(self.now);
        drop(self.host.take_notices());
        for (peer, hands) in &mut self.guests {
            peer.steer(hands.controls(self.now));
            peer.update(self.now);
            drop(peer.take_notices());
        }
    }
}
