//! A simulated match over the in-memory broker with manual time: participants, a relay, and faults.

use core::time::Duration;

use client::participant::Participant;
use client::peer::Peer;
use link::memory::{Broker, Conditions, Socket};
use netcode::HostOptions;
use protocol::{Epoch, JoinRole, PlayerId, Ticket, Topic};

use super::dots::Dots;
use super::relay::Relay;

/// The polling interval: a frame of a 120 Hz screen, which is shorter than a tick.
const FRAME: Duration = Duration::from_nanos(1_000_000_000 / 120);

pub(crate) const fn millis(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// The index of the first host.
pub(crate) const HOST: usize = 0;

/// A participant and its program.
struct Member {
    player: PlayerId,
    /// `None` while the program is not running.
    participant: Option<Participant<Dots, Relay>>,
    /// The program is not polled until then.
    suspended_until: Duration,
}

pub(crate) struct Stage {
    broker: Broker,
    pub(crate) relay: Relay,
    now: Duration,
    options: HostOptions,
    members: Vec<Member>,
}

impl Stage {
    /// A match whose host has no seat.
    pub(crate) fn new(seed: u64, conditions: Conditions) -> Self {
        Self::start(seed, conditions, false, HostOptions::default())
    }

    /// A match whose host is a player too.
    pub(crate) fn with_playing_host(seed: u64, conditions: Conditions) -> Self {
        Self::start(seed, conditions, true, HostOptions::default())
    }

    /// A match whose hosts have these options; the first one is a player too if it `plays`.
    pub(crate) fn start(
        seed: u64,
        conditions: Conditions,
        plays: bool,
        options: HostOptions,
    ) -> Self {
        let broker = Broker::new(seed, conditions);
        let player = PlayerId::from_entropy(1_000_000);
        let relay = Relay::new(broker.clone(), seed, player, plays);
        let mut stage = Self {
            broker,
            relay,
            now: millis(1),
            options,
            members: Vec::new(),
        };
        stage.relay.advance(stage.now);
        let ticket = stage.relay.host_ticket();
        let host = Participant::host(
            ticket,
            stage.relay.clone(),
            Dots::default(),
            options,
            stage.now,
        );
        stage.members.push(Member {
            player,
            participant: host.ok(),
            suspended_until: Duration::ZERO,
        });
        stage
    }

    /// Adds a guest; returns its index.
    pub(crate) fn join(&mut self, role: JoinRole) -> usize {
        let index = self.members.len();
        let player = PlayerId::from_entropy(2_000_000 + index as u64);
        self.members.push(Member {
            player,
            participant: None,
            suspended_until: Duration::ZERO,
        });
        let ticket = self.relay.join(player, role);
        self.launch(index, ticket);
        index
    }

    /// Starts the member's program again, which joins the match again.
    pub(crate) fn restart(&mut self, member: usize) {
        let ticket = self.relay.rejoin(self.members[member].player);
        self.launch(member, ticket);
    }

    fn launch(&mut self, member: usize, ticket: Ticket) {
        let joined = Participant::join(ticket, self.relay.clone(), self.options, self.now);
        self.members[member].participant = joined.ok();
    }

    pub(crate) fn run(&mut self, time: Duration) {
        let end = self.now + time;
        while self.now < end {
            self.now += FRAME;
            self.broker.advance(self.now);
            self.relay.advance(self.now);
            for member in &mut self.members {
                if let Some(participant) = &mut member.participant
                    && member.suspended_until <= self.now
                {
                    participant.update(self.now);
                }
            }
        }
    }

    /// The members whose programs are running.
    pub(crate) fn running(&self) -> Vec<usize> {
        (0..self.members.len())
            .filter(|&member| self.members[member].participant.is_some())
            .collect()
    }

    /// The number of members, including those that have left.
    pub(crate) fn members(&self) -> usize {
        self.members.len()
    }

    pub(crate) fn participant(&self, member: usize) -> &Participant<Dots, Relay> {
        self.members[member].participant.as_ref().unwrap()
    }

    pub(crate) fn participant_mut(&mut self, member: usize) -> &mut Participant<Dots, Relay> {
        self.members[member].participant.as_mut().unwrap()
    }

    pub(crate) fn peer(&self, member: usize) -> &Peer<Dots, Socket> {
        self.participant(member).peer()
    }

    pub(crate) fn peer_mut(&mut self, member: usize) -> &mut Peer<Dots, Socket> {
        self.participant_mut(member).peer_mut()
    }

    pub(crate) fn player(&self, member: usize) -> PlayerId {
        self.members[member].player
    }

    /// Sets the network conditions of all connections, present and future.
    pub(crate) fn set_conditions(&self, conditions: Conditions) {
        self.broker.set_all_conditions(conditions);
    }

    /// Stalls a member's connection.
    pub(crate) fn stall(&self, member: usize, length: Duration) {
        self.broker
            .stall(self.members[member].player.as_str(), length);
    }

    /// Cuts a member's connection; its program continues.
    pub(crate) fn cut(&self, member: usize) {
        let player = self.members[member].player;
        self.broker.kill(player.as_str());
        self.relay.observe_disconnect(player);
    }

    /// Stops the relay, and cuts all connections, for `length`.
    pub(crate) fn outage(&self, length: Duration) {
        self.relay.go_down(length);
        for member in self.running() {
            self.cut(member);
        }
    }

    /// Ends a member's program without closing its connection.
    pub(crate) fn crash(&mut self, member: usize) {
        self.members[member].participant = None;
        self.relay.observe_disconnect(self.members[member].player);
    }

    /// Suspends a member's program, as a browser does with a hidden page.
    pub(crate) fn suspend(&mut self, member: usize, length: Duration) {
        self.members[member].suspended_until = self.now + length;
    }

    pub(crate) fn publish_as_player(&self, member: usize, payload: &[u8]) {
        let ticket = self.participant(member).ticket();
        let topic = Topic::Input(ticket.match_id, ticket.player);
        self.broker.publish(&topic.to_string(), payload, false);
    }

    pub(crate) fn publish_as_relay(&self, topic: Topic, payload: &[u8]) {
        self.broker.publish(&topic.to_string(), payload, false);
    }

    pub(crate) fn publish_as_host(&self, payload: &[u8]) {
        let any = self
            .members
            .iter()
            .find_map(|member| member.participant.as_ref());
        let topic = Topic::Delta(any.unwrap().ticket().match_id, Epoch(0));
        self.broker.publish(&topic.to_string(), payload, false);
    }
}
