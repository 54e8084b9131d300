//! A relay's part (tickets and the roster) and a clock, so that peers can play on the in-memory
//! broker.

use core::time::Duration;

use arrayvec::ArrayVec;
use shared::peer::{self, Peer};
use shared::protocol::{
    Callsign, Code, Epoch, MatchId, MqttAccess, PlayerId, Role, Ticket, Topic, TopicNames,
    WillTopic,
};
use shared::session::Pace;
use shared::sim::Slot;
use shared::transport::memory::{Broker, Conditions, Socket};
use shared::wire::{self, Roster, Seat};

use super::dots::Dots;

/// One frame of a 120 Hz screen: peers are polled faster than they tick.
const FRAME: Duration = Duration::from_nanos(1_000_000_000 / 120);

pub(crate) const fn millis(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

pub(crate) struct Stage {
    broker: Broker,
    match_id: MatchId,
    roster: Roster,
    now: Duration,
    pub(crate) host: Peer<Dots, Socket>,
    pub(crate) guests: Vec<Peer<Dots, Socket>>,
}

impl Stage {
    /// A match with a host that does not fly.
    pub(crate) fn new(seed: u64, conditions: Conditions) -> Self {
        let broker = Broker::new(seed, conditions);
        let match_id = MatchId::from_entropy(seed);
        let player = PlayerId::from_entropy(1_000_000);
        let ticket = ticket(match_id, player, Role::Host);
        let now = millis(1);
        let link = broker.connect(&peer::connect(&ticket), now);
        let host = Peer::host(ticket, link, Dots::default(), Pace::default(), now);
        let roster = Roster {
            epoch: Epoch(1),
            host: player,
            seats: ArrayVec::new(),
        };
        let stage = Self {
            broker,
            match_id,
            roster,
            now,
            host,
            guests: Vec::new(),
        };
        stage.publish_roster();
        stage
    }

    /// Another guest; its index.
    pub(crate) fn join(&mut self, role: Role) -> usize {
        let index = self.guests.len();
        let player = PlayerId::from_entropy(2_000_000 + index as u64);
        if role == Role::Player {
            self.roster.seats.push(Seat {
                player,
                slot: Slot::new(self.roster.seats.len() as u8).unwrap(),
                callsign: "Dot".parse::<Callsign>().unwrap(),
            });
            self.publish_roster();
        }
        let ticket = ticket(self.match_id, player, role);
        let link = self.broker.connect(&peer::connect(&ticket), self.now);
        self.guests.push(Peer::guest(ticket, link, self.now));
        index
    }

    pub(crate) fn run(&mut self, time: Duration) {
        let end = self.now + time;
        while self.now < end {
            self.now += FRAME;
            self.broker.advance(self.now);
            self.host.update(self.now);
            for guest in &mut self.guests {
                guest.update(self.now);
            }
        }
    }

    pub(crate) fn set_conditions(&self, conditions: Conditions) {
        for peer in self.guests.iter().chain([&self.host]) {
            self.broker
                .set_conditions(&peer.ticket().mqtt.client_id, conditions);
        }
    }

    pub(crate) fn stall(&self, guest: usize, length: Duration) {
        self.broker.stall(self.client_id(guest), length);
    }

    pub(crate) fn kill(&self, guest: usize) {
        self.broker.kill(self.client_id(guest));
    }

    pub(crate) fn kill_host(&self) {
        self.broker.kill(&self.host.ticket().mqtt.client_id);
    }

    pub(crate) fn publish_as_player(&self, guest: usize, payload: &[u8]) {
        let player = self.guests[guest].ticket().player;
        let topic = Topic::Input(self.match_id, player);
        self.broker.publish(&topic.to_string(), payload, false);
    }

    pub(crate) fn publish_as_host(&self, payload: &[u8]) {
        let topic = Topic::Delta(self.match_id, Epoch(1));
        self.broker.publish(&topic.to_string(), payload, false);
    }

    fn client_id(&self, guest: usize) -> &str {
        &self.guests[guest].ticket().mqtt.client_id
    }

    fn publish_roster(&self) {
        let topic = Topic::Roster(self.match_id).to_string();
        let payload = wire::encode(&self.roster).unwrap();
        self.broker.publish(&topic, &payload, true);
    }
}

fn ticket(match_id: MatchId, player: PlayerId, role: Role) -> Ticket {
    let epoch = Epoch(1);
    let names = |topics: Vec<Topic>| topics.iter().map(Topic::to_string).collect();
    let will = match role {
        Role::Host => Some(Topic::Delta(match_id, epoch)),
        Role::Player => Some(Topic::Input(match_id, player)),
        Role::Spectator => None,
    };
    Ticket {
        match_id,
        code: Code::from_entropy(0),
        player,
        role,
        epoch,
        sim_version: 0,
        mqtt: MqttAccess {
            tcp: None,
            ws: String::new(),
            client_id: player.to_string(),
            username: player.to_string(),
            password: String::new(),
        },
        topics: TopicNames {
            publish: Vec::new(),
            subscribe: names(Topic::subscriptions(role, match_id, player, epoch)),
        },
        will: will.map(|topic| WillTopic {
            topic: topic.to_string(),
        }),
        expires_at: 0,
    }
}
