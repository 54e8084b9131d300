//! An arena match over the in-memory broker, with players that send random inputs, and a recorder.

use core::time::Duration;

use arena::MAX_SLOTS;
use arena::{Arena, Buttons, Controls, Say};
use arrayvec::ArrayVec;
use client::peer::Peer;
use link::memory::{Broker, Conditions, Socket};
use netcode::wire::{self, Delta, Downlink};
use netcode::{Host, HostOptions, Outgoing};
use netcode::{MAX_SEATS, Simulation, Slot, Tick};
use protocol::{Code, Epoch, MatchId, Part, PlayerId, Role, Rules, Ticket, Topic};
use protocol::{Roster, RosterSeat};
use recording::{Entry, Recorder, Source};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::cheat::Tamper;

const FRAME: Duration = Duration::from_nanos(1_000_000_000 / 60);

pub(crate) const fn millis(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// The participants of a match and their network.
#[derive(Clone, Copy)]
pub(crate) struct Setup {
    pub(crate) seed: u64,
    pub(crate) players: usize,
    pub(crate) host_plays: bool,
    pub(crate) conditions: Conditions,
    /// The recorder's own network.
    pub(crate) recorder: Conditions,
    /// How many deltas each delta of the host repeats.
    pub(crate) repeat: u8,
    /// Each player changes its controls about once in this many frames.
    pub(crate) frames_per_input: u64,
}

impl Setup {
    /// Three players on broadband, recorded without loss.
    pub(crate) const fn new(seed: u64) -> Self {
        Self {
            seed,
            players: 3,
            host_plays: false,
            conditions: BROADBAND,
            recorder: BROADBAND,
            repeat: 0,
            frames_per_input: 15,
        }
    }

    /// All participants on this network.
    pub(crate) const fn on(self, conditions: Conditions) -> Self {
        Self {
            conditions,
            recorder: conditions,
            ..self
        }
    }
}

pub(crate) const BROADBAND: Conditions = Conditions {
    latency: millis(30),
    jitter: millis(5),
    ..Conditions::PERFECT
};

pub(crate) struct Field<S: Simulation> {
    broker: Broker,
    now: Duration,
    pub(crate) host: Peer<S, Tamper>,
    pub(crate) guests: Vec<Peer<Arena, Socket>>,
    recorder: Recorder<Socket>,
    pub(crate) entries: Vec<Entry>,
    rng: u64,
    frames_per_input: u64,
}

impl<S> Field<S>
where
    S: Simulation<Controls = Controls, Message = Say> + Serialize + DeserializeOwned,
{
    /// A match that begins with `state`, whose host uses the link that `tamper` returns.
    pub(crate) fn new(setup: Setup, state: S, tamper: impl FnOnce(Socket) -> Tamper) -> Self {
        let broker = Broker::new(setup.seed, setup.conditions);
        let match_id = MatchId::from_entropy(setup.seed);
        let now = millis(1);
        let host = PlayerId::from_entropy(1_000_000);
        let mut seats: Vec<PlayerId> = (0..setup.players as u64)
            .map(|index| PlayerId::from_entropy(2_000_000 + index))
            .collect();
        if setup.host_plays {
            seats.insert(0, host);
        }
        let roster = roster(Epoch(1), host, &seats);
        let name = Topic::Roster(match_id).to_string();
        broker.publish(&name, &wire::encode(&roster).unwrap(), true);

        let access = ticket(
            match_id,
            PlayerId::from_entropy(3_000_000),
            Role::Spectator,
            Epoch(1),
        );
        let link = broker.connect(&client::connect(&access), now);
        broker.set_conditions(&access.mqtt.client_id, setup.recorder);
        let recorder = Recorder::new(&access, link, now);

        let access = ticket(match_id, host, Role::Host, Epoch(1));
        let link = tamper(broker.connect(&client::connect(&access), now));
        let options = HostOptions {
            repeat: setup.repeat,
            ..HostOptions::default()
        };
        let host = Peer::host(access, link, state, options, now);
        let guests = (0..setup.players as u64)
            .map(|index| {
                let player = PlayerId::from_entropy(2_000_000 + index);
                let access = ticket(match_id, player, Role::Player, Epoch(1));
                let link = broker.connect(&client::connect(&access), now);
                Peer::join(access, link, HostOptions::default(), now)
            })
            .collect();
        Self {
            broker,
            now,
            host,
            guests,
            recorder,
            entries: Vec::new(),
            rng: setup.seed,
            frames_per_input: setup.frames_per_input,
        }
    }

    pub(crate) fn run(&mut self, time: Duration) {
        let end = self.now + time;
        while self.now < end {
            self.now += FRAME;
            self.broker.advance(self.now);
            self.host.update(self.now);
            if let Some(controls) = random_controls(&mut self.rng, self.frames_per_input) {
                self.host.steer(controls);
            }
            for guest in &mut self.guests {
                guest.update(self.now);
                if let Some(controls) = random_controls(&mut self.rng, self.frames_per_input) {
                    guest.steer(controls);
                }
            }
            let entries = &mut self.entries;
            self.recorder.update(self.now, |entry| entries.push(entry));
        }
    }

    pub(crate) fn stall_host(&self, length: Duration) {
        self.broker
            .stall(&self.host.ticket().mqtt.client_id, length);
    }

    pub(crate) fn stall_guest(&self, guest: usize, length: Duration) {
        let client_id = &self.guests[guest].ticket().mqtt.client_id;
        self.broker.stall(client_id, length);
    }

    /// Runs for `time` and returns the recorded entries.
    pub(crate) fn record(mut self, time: Duration) -> Vec<Entry> {
        self.run(time);
        self.entries
    }
}

/// The recording of an honest match.
pub(crate) fn honest(setup: Setup, time: Duration) -> Vec<Entry> {
    Field::new(setup, Arena::new(setup.seed, 4), Tamper::none).record(time)
}

/// New random controls about once in `frames_per_input` calls.
fn random_controls(rng: &mut u64, frames_per_input: u64) -> Option<Controls> {
    *rng = rng
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    let drawn = *rng >> 33;
    let buttons = Buttons::from_bits((drawn >> 8) as u8 & 31);
    drawn
        .is_multiple_of(frames_per_input)
        .then(|| Controls::new(buttons))
}

fn ticket(match_id: MatchId, player: PlayerId, role: Role, epoch: Epoch) -> Ticket {
    let rules = Rules::of::<Arena>(arena::GAME);
    client::local_ticket(Part {
        match_id,
        code: Code::from_entropy(0),
        player,
        role,
        epoch,
        rules,
    })
}

pub(crate) fn roster(epoch: Epoch, host: PlayerId, players: &[PlayerId]) -> Roster {
    let seats: ArrayVec<RosterSeat, MAX_SEATS> = players
        .iter()
        .zip(Slot::first(MAX_SLOTS))
        .map(|(&player, slot)| RosterSeat {
            player,
            slot,
            callsign: "Ada".parse().unwrap(),
        })
        .collect();
    Roster { epoch, host, seats }
}

/// The deltas of a recording, in order of arrival.
pub(crate) fn deltas(entries: &[Entry]) -> impl Iterator<Item = (Epoch, Delta<Controls, Say>)> {
    entries.iter().filter_map(|entry| match entry.source {
        Source::Delta(epoch) => match wire::decode(&entry.payload) {
            Ok(Downlink::Delta(delta)) => Some((epoch, delta)),
            _ => None,
        },
        _ => None,
    })
}

/// The entries of the next host's first second, which begins with `state`. After 10 frames the host
/// takes the seat `own`.
pub(crate) fn succession(
    roster: &Roster,
    tick: Tick,
    state: Arena,
    at: Duration,
    own: Option<Slot>,
) -> Vec<Entry> {
    let epoch = roster.epoch;
    let mut entries = vec![Entry {
        at,
        source: Source::Roster,
        payload: wire::encode(roster).unwrap(),
    }];
    let mut host = Host::new(epoch, tick, state, HostOptions::default(), at);
    for frame in 0..60 {
        let now = at + FRAME * frame;
        host.update(now, |outgoing, payload| {
            let source = match outgoing {
                Outgoing::Delta => Source::Delta(epoch),
                Outgoing::Keyframe | Outgoing::KeyframePart => Source::Keyframe(epoch),
                Outgoing::Uplink => return,
            };
            entries.push(Entry {
                at: now,
                source,
                payload: payload.to_vec(),
            });
        });
        if let Some(slot) = own.filter(|_| frame == 10) {
            host.seat_local(slot, now);
        }
    }
    entries
}
