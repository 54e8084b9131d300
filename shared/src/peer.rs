//! One participant of a match: a ticket, a link and the session that the ticket's role plays.
//!
//! A peer knows which message belongs on which topic, subscribes to what it needs and no more, and,
//! as host, keeps the arena's seats in step with the roster. It never blocks and reads no clock:
//! its owner polls it with the time, opens the link, and calls the lobby API.

mod seats;

use core::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::protocol::{Epoch, PlayerId, Role, Ticket, Topic};
use crate::session::{Guest, Health, History, Host, Notice, Outgoing, Pace, Sync};
use crate::sim::{Simulation, Slot, Tick};
use crate::transport::{Connect, Event, Link, Qos, Will};
use crate::wire::{self, Gone, Roster, Say, Uplink};

use seats::Seats;

/// How the holder of `ticket` connects, with the last will of its role.
#[must_use]
pub fn connect(ticket: &Ticket) -> Connect {
    let gone = match ticket.role {
        Role::Host => Gone::Host,
        Role::Player | Role::Spectator => Gone::Player,
    };
    Connect {
        access: ticket.mqtt.clone(),
        will: ticket.will.as_ref().map(|will| Will {
            topic: will.topic.clone(),
            payload: gone.payload(),
        }),
    }
}

/// How far a participant has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// The broker has not answered yet.
    Connecting,
    /// Connected; the arena or the own seat in it is still to come.
    Joining,
    /// In play.
    Playing,
    /// Over for good.
    Closed {
        /// Why, in words.
        reason: String,
    },
}

/// What went over the link since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Traffic {
    /// Messages received.
    pub messages_in: u64,
    /// Messages published.
    pub messages_out: u64,
    /// Payload bytes received.
    pub bytes_in: u64,
    /// Payload bytes published.
    pub bytes_out: u64,
}

impl Traffic {
    /// What of it went over the link after `earlier`.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Self {
        Self {
            messages_in: self.messages_in.saturating_sub(earlier.messages_in),
            messages_out: self.messages_out.saturating_sub(earlier.messages_out),
            bytes_in: self.bytes_in.saturating_sub(earlier.bytes_in),
            bytes_out: self.bytes_out.saturating_sub(earlier.bytes_out),
        }
    }
}

enum Session<S: Simulation> {
    Host(Box<Host<S>>, Seats),
    Guest(Box<Guest<S>>),
}

/// The topics of this participant, spelled once.
struct Names {
    delta: String,
    keyframe: String,
    input: String,
}

impl Names {
    fn new(ticket: &Ticket, epoch: Epoch) -> Self {
        Self {
            delta: Topic::Delta(ticket.match_id, epoch).to_string(),
            keyframe: Topic::Keyframe(ticket.match_id, epoch).to_string(),
            input: Topic::Input(ticket.match_id, ticket.player).to_string(),
        }
    }

    fn of(&self, outgoing: Outgoing) -> &str {
        match outgoing {
            Outgoing::Delta => &self.delta,
            Outgoing::Keyframe => &self.keyframe,
            Outgoing::Uplink => &self.input,
        }
    }
}

/// A participant of a match.
pub struct Peer<S: Simulation, L: Link> {
    ticket: Ticket,
    link: L,
    names: Names,
    session: Session<S>,
    connected: bool,
    closed: Option<String>,
    /// Whether the keyframe topic is subscribed to.
    reads_keyframes: bool,
    roster: Option<Roster>,
    host_gone: bool,
    now: Duration,
    traffic: Traffic,
}

impl<S, L> Peer<S, L>
where
    S: Simulation + Serialize + DeserializeOwned,
    L: Link,
{
    /// Takes part as the host of a new match that begins with `state`.
    #[must_use]
    pub fn host(ticket: Ticket, link: L, state: S, pace: Pace, now: Duration) -> Self {
        let host = Host::new(ticket.epoch, Tick(0), state, pace, now);
        Self::new(
            ticket,
            link,
            Session::Host(Box::new(host), Seats::default()),
            now,
        )
    }

    /// Takes part as a player or spectator.
    #[must_use]
    pub fn guest(ticket: Ticket, link: L, now: Duration) -> Self {
        let entropy = ticket.player.as_str().bytes().fold(0_u64, |mixed, byte| {
            mixed.wrapping_mul(31).wrapping_add(u64::from(byte))
        });
        let guest = Guest::new(ticket.epoch, entropy, now);
        Self::new(ticket, link, Session::Guest(Box::new(guest)), now)
    }

    fn new(ticket: Ticket, mut link: L, session: Session<S>, now: Duration) -> Self {
        let names = Names::new(&ticket, ticket.epoch);
        let topics: Vec<&str> = ticket.topics.subscribe.iter().map(String::as_str).collect();
        link.subscribe(&topics);
        Self {
            ticket,
            link,
            names,
            session,
            connected: false,
            closed: None,
            reads_keyframes: false,
            roster: None,
            host_gone: false,
            now,
            traffic: Traffic::default(),
        }
    }

    /// Takes what arrived, moves the match on to `now` and sends what is due.
    pub fn update(&mut self, now: Duration) {
        self.now = now;
        while let Some(event) = self.link.poll(now) {
            match event {
                Event::Connected => self.connected = true,
                Event::Subscribed { .. } => {}
                Event::Refused { topic } => {
                    self.close(format!("the broker refused to let us read {topic}"));
                }
                Event::Message { topic, payload } => self.receive(&topic, &payload, now),
                Event::Closed { reason } => {
                    self.closed.get_or_insert(reason);
                }
            }
        }
        if !self.connected || self.closed.is_some() {
            return;
        }
        let Self {
            link,
            names,
            session,
            traffic,
            ..
        } = self;
        let publish = |outgoing, payload: &[u8]| {
            traffic.messages_out += 1;
            traffic.bytes_out += payload.len() as u64;
            let retain = outgoing == Outgoing::Keyframe;
            link.publish(names.of(outgoing), payload, Qos::AtMostOnce, retain);
        };
        match session {
            Session::Host(host, seats) => {
                seats.expire(host, now);
                host.update(now, publish);
            }
            Session::Guest(guest) => {
                guest.update(now, publish);
                self.follow_keyframes();
            }
        }
    }

    /// Reads the keyframe topic only while out of sync.
    fn follow_keyframes(&mut self) {
        let Session::Guest(guest) = &self.session else {
            return;
        };
        let wanted = guest.sync() != Sync::Live;
        if wanted != self.reads_keyframes {
            self.reads_keyframes = wanted;
            let topics = [self.names.keyframe.as_str()];
            if wanted {
                self.link.subscribe(&topics);
            } else {
                self.link.unsubscribe(&topics);
            }
        }
    }

    fn receive(&mut self, topic: &str, payload: &[u8], now: Duration) {
        self.traffic.messages_in += 1;
        self.traffic.bytes_in += payload.len() as u64;
        match &mut self.session {
            // What does not decode has been counted, and is as good as lost.
            Session::Guest(guest) if topic == self.names.delta => {
                let _ = guest.receive_delta(payload, now);
                return;
            }
            Session::Guest(guest) if topic == self.names.keyframe => {
                let _ = guest.receive_keyframe(payload, now);
                return;
            }
            Session::Host(host, seats) => {
                if let Some((player, slot)) = seats.of_topic(topic) {
                    if let Ok(uplink) = host.receive(slot, payload, now) {
                        match uplink {
                            Uplink::Leave => seats.left(host, player),
                            Uplink::Gone => seats.gone(player, now),
                            _ => seats.showed_up(host, player, now),
                        }
                    }
                    return;
                }
            }
            Session::Guest(_) => {}
        }
        if let Ok(Topic::Roster(_)) = topic.parse()
            && let Ok(roster) = wire::decode::<Roster>(payload)
        {
            self.take_roster(roster, now);
        }
    }

    fn take_roster(&mut self, roster: Roster, now: Duration) {
        let own = roster
            .seats
            .iter()
            .find(|seat| seat.player == self.ticket.player)
            .map(|seat| seat.slot);
        match &mut self.session {
            Session::Host(host, seats) => {
                if let Some(slot) = own {
                    host.seat_self(slot, now);
                }
                let changed = seats.follow(host, &roster, &self.ticket, now);
                let added: Vec<&str> = changed.added.iter().map(String::as_str).collect();
                let removed: Vec<&str> = changed.removed.iter().map(String::as_str).collect();
                if !added.is_empty() {
                    self.link.subscribe(&added);
                }
                if !removed.is_empty() {
                    self.link.unsubscribe(&removed);
                }
            }
            Session::Guest(guest) => {
                guest.set_slot(own.filter(|_| self.ticket.role == Role::Player));
            }
        }
        self.roster = Some(roster);
    }

    /// The own pilot's controls from now on.
    pub fn steer(&mut self, controls: S::Controls) {
        match &mut self.session {
            Session::Host(host, _) => host.steer(controls),
            Session::Guest(guest) => guest.steer(controls),
        }
    }

    /// The own pilot says something.
    pub fn say(&mut self, say: Say) {
        match &mut self.session {
            Session::Host(host, _) => host.say(say, self.now),
            Session::Guest(guest) => {
                if let Some(payload) = guest.say(say)
                    && self.ticket.role == Role::Player
                {
                    self.traffic.messages_out += 1;
                    self.traffic.bytes_out += payload.len() as u64;
                    self.link
                        .publish(&self.names.input, payload, Qos::AtLeastOnce, false);
                }
            }
        }
    }

    /// Says good-bye to the match and the broker.
    pub fn leave(&mut self) {
        let farewell = match self.ticket.role {
            Role::Host => Some((&self.names.delta, Gone::Host.payload())),
            Role::Player => wire::encode(&Uplink::<S::Controls>::Leave)
                .ok()
                .map(|payload| (&self.names.input, payload)),
            Role::Spectator => None,
        };
        if let Some((topic, payload)) = farewell
            && self.closed.is_none()
        {
            self.link.publish(topic, &payload, Qos::AtLeastOnce, false);
        }
        self.close("you left the match".into());
    }

    fn close(&mut self, reason: String) {
        self.link.close();
        self.closed.get_or_insert(reason);
    }

    /// How far it has come.
    #[must_use]
    pub fn status(&self) -> Status {
        if let Some(reason) = &self.closed {
            return Status::Closed {
                reason: reason.clone(),
            };
        }
        if !self.connected {
            return Status::Connecting;
        }
        let seated = match (&self.session, self.ticket.role) {
            (Session::Host(..), _) => true,
            (Session::Guest(guest), Role::Spectator) => guest.predicted().is_some(),
            (Session::Guest(guest), _) => guest
                .predicted()
                .zip(self.slot())
                .is_some_and(|((_, state), slot)| state.controls(slot).is_some()),
        };
        if seated {
            Status::Playing
        } else {
            Status::Joining
        }
    }

    /// The ticket it takes part by.
    pub const fn ticket(&self) -> &Ticket {
        &self.ticket
    }

    /// The link, to wait on where a platform can.
    pub const fn link(&self) -> &L {
        &self.link
    }

    /// The own seat; a spectator and a host that does not fly have none.
    #[must_use]
    pub fn slot(&self) -> Option<Slot> {
        let roster = self.roster.as_ref()?;
        let own = |seat: &&wire::Seat| seat.player == self.ticket.player;
        roster.seats.iter().find(own).map(|seat| seat.slot)
    }

    /// Who sits where; `None` until the relay has told.
    pub const fn roster(&self) -> Option<&Roster> {
        self.roster.as_ref()
    }

    /// For a host: those who sit in the arena or may still show up.
    #[must_use]
    pub fn seated_players(&self) -> Vec<PlayerId> {
        match &self.session {
            Session::Host(_, seats) => seats
                .players()
                .chain(self.slot().map(|_| self.ticket.player))
                .collect(),
            Session::Guest(_) => Vec::new(),
        }
    }

    /// The present and its tick: for a guest, as predicted.
    pub fn present(&self) -> Option<(Tick, &S)> {
        match &self.session {
            Session::Host(host, _) => Some((host.tick(), host.state())),
            Session::Guest(guest) => guest.predicted(),
        }
    }

    /// The latest state that is certain, and its tick.
    pub fn confirmed(&self) -> Option<(Tick, &S)> {
        match &self.session {
            Session::Host(host, _) => Some((host.tick(), host.state())),
            Session::Guest(guest) => guest.confirmed(),
        }
    }

    /// See [`Guest::corrected`].
    pub const fn corrected(&self) -> Option<&S> {
        match &self.session {
            Session::Host(..) => None,
            Session::Guest(guest) => guest.corrected(),
        }
    }

    /// How much of the present tick has passed, `0..1`, for drawing between two ticks.
    #[must_use]
    pub fn fraction(&self) -> f32 {
        match &self.session {
            Session::Host(host, _) => host.fraction(self.now),
            Session::Guest(guest) => guest.fraction(self.now),
        }
    }

    /// Whether the host's last will has arrived.
    pub const fn host_gone(&self) -> bool {
        self.host_gone
    }

    /// What happened since this was last asked.
    pub fn take_notices(&mut self) -> Vec<Notice<S::Event>> {
        let notices: Vec<_> = match &mut self.session {
            Session::Host(host, _) => host.drain_notices().collect(),
            Session::Guest(guest) => guest.drain_notices().collect(),
        };
        self.host_gone |= notices
            .iter()
            .any(|notice| matches!(notice, Notice::HostGone));
        notices
    }

    /// How well the session runs.
    #[must_use]
    pub fn health(&self) -> Health {
        match &self.session {
            Session::Host(host, _) => host.health(),
            Session::Guest(guest) => guest.health(),
        }
    }

    /// The latest confirmed checksums.
    pub const fn history(&self) -> &History {
        match &self.session {
            Session::Host(host, _) => host.history(),
            Session::Guest(guest) => guest.history(),
        }
    }

    /// What went over the link.
    pub const fn traffic(&self) -> Traffic {
        self.traffic
    }
}
