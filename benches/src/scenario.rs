//! Simulated matches over the in-memory broker with manual time. They measure prediction error and
//! traffic, with the same results in each run.
//!
//! Run them by `cargo xtask bench --scenarios`.
//!
//! Non-goals: execution time.

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
use protocol::{
    Callsign, Code, Epoch, InvalidId, MatchId, Part, PlayerId, Role, Rules, Ticket, Topic,
};
use protocol::{Roster, RosterSeat};

/// The polling interval: a frame of a 240 Hz screen, so that no tick is skipped.
const FRAME: Duration = Duration::from_nanos(1_000_000_000 / 240);

/// The time between the arrivals of two guests.
const ARRIVAL: Duration = Duration::from_millis(213);

/// Why a scenario cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// The roster does not fit one payload.
    #[error("too many players: {0}")]
    Roster(#[from] TooLong),
    /// The callsign is invalid.
    #[error(transparent)]
    Callsign(#[from] InvalidId),
}

/// A match with a host without a seat on a perfect network, and guests with random controls.
struct Match {
    broker: Broker,
    now: Duration,
    host: Peer<Arena, Socket>,
    guests: Vec<(Peer<Arena, Socket>, Hands)>,
    /// The tickets of the guests that have not arrived yet.
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
        let ticket = |number, role| {
            local_ticket(Part {
                match_id: id,
                code: Code::from_entropy(0),
                player: player(number),
                role,
                epoch: Epoch(0),
                rules: Rules::of::<Arena>(arena::GAME),
            })
        };
        let host_ticket = ticket(0, Role::Host);
        let link = broker.connect(&client::connect(&host_ticket), now);
        let host = Peer::host(host_ticket, link, Arena::new(seed, 0), options, now);
        let tickets = (1..=guests)
            .map(|number| ticket(number, Role::Player))
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

    /// Adds the next guest when its time has come; guests arrive one by one, so that their messages are
    /// not synchronised.
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

    /// Advances by one frame.
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
