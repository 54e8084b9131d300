//! One participant of a match: a ticket, a link and the session of the ticket's role.
//!
//! A peer routes messages between topics and session, subscribes to what it needs and no more, and,
//! as host, grants the seats of the roster. It continues while its link is down or its host has
//! vanished, and reports what it [needs](Need).
//!
//! Non-goals: calls of the lobby, opening links, retries: see [`crate::participant`]. It never
//! blocks and reads no clock; its owner polls it with the time.

mod announcements;
mod election;
mod report;
mod seats;
mod session;
mod topics;
mod traffic;

use core::time::Duration;

use link::{Event, Link, Qos};
use netcode::wire::{self, Gone, Uplink};
use netcode::{Guest, Host, HostOptions, Simulation, Sync, Tick};
use protocol::{Epoch, PlayerId, Role, Roster, RosterSeat, Ticket, Topic};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::connect::jitter_seed;
use announcements::Announcements;
use seats::Seats;
use session::Session;
use topics::{GuestTopic, Topics, as_strs};

pub use traffic::Traffic;

/// The progress of a participant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The broker has not answered yet.
    Connecting,
    /// Connected; the state or the player's seat in it is still missing.
    Joining,
    /// In play.
    Playing,
    /// The link is down.
    Closed {
        /// The reason, as text for people.
        reason: String,
    },
}

/// Something that the owner of a peer must provide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// A new ticket and a link that was opened with it, for [`Peer::resume`].
    Ticket,
    /// The same, by a claim of this epoch, whose host has vanished.
    Claim(Epoch),
}

/// How long a host without a state waits for the retained keyframe of the present epoch before it
/// continues from one of an earlier epoch.
const RETAINED_KEYFRAME_WAIT: Duration = Duration::from_secs(1);

/// After a longer pause between two updates, the host's silence is measured again from now.
const STALL: Duration = Duration::from_millis(500);

/// A participant of a match.
pub struct Peer<S: Simulation, L: Link> {
    ticket: Ticket,
    link: L,
    topics: Topics,
    session: Session<S>,
    options: HostOptions,
    /// When the present link connected.
    connected: Option<Duration>,
    /// Whether [`leave`](Self::leave) was called.
    left: bool,
    /// Why the link is down.
    closed: Option<String>,
    roster: Option<Roster>,
    announcements: Announcements,
    now: Duration,
    traffic: Traffic,
}

impl<S, L> Peer<S, L>
where
    S: Simulation + Serialize + DeserializeOwned,
    L: Link,
{
    /// The host of a new match with the initial `state`.
    #[must_use]
    pub fn host(ticket: Ticket, link: L, state: S, options: HostOptions, now: Duration) -> Self {
        let host = Host::new(ticket.epoch, Tick(0), state, options, now);
        let session = Session::Host(Box::new(host), Seats::default());
        Self::new(ticket, link, session, options, now)
    }

    /// A participant of an existing match. With a host's ticket, it becomes the host as soon as it has
    /// the state from the retained keyframe.
    #[must_use]
    pub fn join(ticket: Ticket, link: L, options: HostOptions, now: Duration) -> Self {
        let guest = Guest::new(ticket.epoch, jitter_seed(&ticket), now);
        Self::new(ticket, link, Session::Guest(Box::new(guest)), options, now)
    }

    fn new(
        ticket: Ticket,
        link: L,
        session: Session<S>,
        options: HostOptions,
        now: Duration,
    ) -> Self {
        let mut peer = Self {
            topics: Topics::new(&ticket, ticket.epoch),
            ticket,
            link,
            session,
            options,
            connected: None,
            left: false,
            closed: None,
            roster: None,
            announcements: Announcements::default(),
            now,
            traffic: Traffic::default(),
        };
        peer.subscribe();
        peer
    }

    /// Continues with a new ticket and a link that was opened with it, after the old link broke or the
    /// host has changed. The ticket's role applies from now on.
    pub fn resume(&mut self, ticket: Ticket, link: L, now: Duration) {
        // Otherwise, if the old link is still up, its last will would report this player as gone.
        self.link.close();
        self.link = link;
        self.connected = None;
        self.closed = None;
        self.topics = Topics::new(&ticket, ticket.epoch);
        self.ticket = ticket;
        let (epoch, is_host) = (self.ticket.epoch, self.ticket.role == Role::Host);
        match &mut self.session {
            Session::Host(host, _) => {
                // A host of another epoch becomes a guest first, which can become host again.
                if !is_host || host.epoch() != epoch {
                    let guest = host.become_guest(epoch, jitter_seed(&self.ticket), now);
                    self.session = Session::Guest(Box::new(guest));
                }
            }
            Session::Guest(guest) => {
                if !is_host {
                    guest.follow(epoch, now);
                }
            }
        }
        self.subscribe();
        self.try_become_host(now);
    }

    /// Becomes the host if the ticket's role is host and the state is known.
    fn try_become_host(&mut self, now: Duration) {
        let (Session::Guest(guest), Some(roster)) = (&mut self.session, &self.roster) else {
            return;
        };
        if self.ticket.role != Role::Host || guest.predicted().is_none() {
            return;
        }
        let waited = self
            .connected
            .is_some_and(|since| now >= since + RETAINED_KEYFRAME_WAIT);
        if self.topics.searches_past() && !guest.knows_epoch() && !waited {
            return;
        }
        let Some(mut host) = guest.become_host(self.ticket.epoch, self.options, now) else {
            return;
        };
        let seats = Seats::resume(&mut host, roster, &self.ticket, now);
        self.link.subscribe(&seats.topics());
        self.topics.stop_reading(&mut self.link);
        self.session = Session::Host(Box::new(host), seats);
    }

    /// Subscribes, on a new link, to what the role reads.
    fn subscribe(&mut self) {
        let has_state = self.session.present().is_some();
        self.topics
            .subscribe(&mut self.link, &self.ticket, has_state);
        if let Session::Host(_, seats) = &self.session {
            self.link.subscribe(&seats.topics());
        }
    }

    /// Processes received messages, advances the match to `now` and sends what is due.
    pub fn update(&mut self, now: Duration) {
        let stalled = now.saturating_sub(self.now) > STALL;
        self.now = now;
        while let Some(event) = self.link.poll(now) {
            match event {
                Event::Connected => {
                    self.connected = Some(now);
                    self.session.reconnected(now);
                }
                Event::Subscribed { .. } => {}
                Event::Refused { topic } => {
                    self.close(format!("the broker refused the subscription to {topic}"));
                }
                Event::Message { topic, payload } => self.receive(&topic, &payload, now),
                Event::Closed { reason } => {
                    self.closed.get_or_insert(reason);
                }
            }
        }
        if self.left {
            return;
        }
        self.try_become_host(now);
        let online = self.is_online();
        let Self {
            link,
            topics,
            session,
            traffic,
            ..
        } = self;
        let publish = |outgoing, payload: &[u8]| {
            if online {
                let retain = outgoing == netcode::Outgoing::Keyframe;
                traffic.publish(link, topics.of(outgoing), payload, Qos::AtMostOnce, retain);
            }
        };
        match session {
            Session::Host(host, _) => {
                if online {
                    host.expire(now);
                }
                host.update(now, publish);
            }
            Session::Guest(guest) => {
                if stalled {
                    guest.listen(now);
                }
                guest.update(now, publish);
                let wanted = guest.sync() != Sync::Live;
                topics.read_keyframes(link, wanted);
            }
        }
    }

    fn is_online(&self) -> bool {
        self.connected.is_some() && self.closed.is_none()
    }

    /// Processes a message. The session counts and ignores payloads that cannot be decoded.
    fn receive(&mut self, topic: &str, payload: &[u8], now: Duration) {
        self.traffic.receive(payload);
        match &mut self.session {
            Session::Guest(guest) => {
                if let Some(read) = self.topics.read_by_guest(topic) {
                    let _ = match read {
                        GuestTopic::Delta => guest.receive_delta(payload, now),
                        GuestTopic::Keyframe => guest.receive_keyframe(payload, now),
                        GuestTopic::PastKeyframe => guest.receive_past_keyframe(payload),
                    };
                    return;
                }
            }
            Session::Host(host, seats) => {
                if let Some(slot) = seats.of_topic(topic) {
                    let _ = host.receive(slot, payload, now);
                    return;
                }
            }
        }
        match topic.parse() {
            Ok(Topic::Roster(_)) => {
                if let Ok(roster) = wire::decode::<Roster>(payload)
                    && roster.epoch >= self.epoch()
                {
                    self.apply_roster(roster, now);
                }
            }
            Ok(Topic::News | Topic::Notice(_)) => {
                if let Ok(announcement) = wire::decode(payload) {
                    self.announcements.push(announcement);
                }
            }
            _ => {}
        }
    }

    fn apply_roster(&mut self, mut roster: Roster, now: Duration) {
        roster.seats.retain(|seat| seat.slot.index() < S::SEATS);
        let own = seat_of(&roster, self.ticket.player).map(|seat| seat.slot);
        match &mut self.session {
            Session::Host(host, seats) => {
                if let Some(slot) = own {
                    host.seat_local(slot, now);
                }
                let changed = seats.follow(host, &roster, &self.ticket, now);
                if !changed.added.is_empty() {
                    self.link.subscribe(&as_strs(&changed.added));
                }
                if !changed.removed.is_empty() {
                    self.link.unsubscribe(&as_strs(&changed.removed));
                }
            }
            Session::Guest(guest) => {
                guest.set_slot(own.filter(|_| self.ticket.role != Role::Spectator));
                let guests = roster.seats.iter();
                guest.set_guests(guests.filter(|seat| seat.player != roster.host).count());
                if roster.epoch > guest.epoch() {
                    guest.follow(roster.epoch, now);
                    self.topics
                        .follow(&mut self.link, &self.ticket, roster.epoch);
                }
            }
        }
        self.roster = Some(roster);
    }

    /// Sets the local player's controls from now on.
    pub fn steer(&mut self, controls: S::Controls) {
        self.session.steer(controls);
    }

    /// Sends a message of the local player; one that is longer than
    /// [`MAX_MESSAGE`](wire::MAX_MESSAGE) is dropped.
    pub fn message(&mut self, message: S::Message) {
        match &mut self.session {
            Session::Host(host, _) => {
                let _ = host.message(message, self.now);
            }
            Session::Guest(guest) => {
                if let Ok(payload) = guest.message(message)
                    && self.ticket.role == Role::Player
                {
                    let topic = self.topics.of(netcode::Outgoing::Uplink);
                    self.traffic
                        .publish(&mut self.link, topic, payload, Qos::AtLeastOnce, false);
                }
            }
        }
    }

    /// Leaves the match and closes the link.
    pub fn leave(&mut self) {
        let farewell = match &self.session {
            Session::Host(..) => Some((netcode::Outgoing::Delta, Gone::Host.payload())),
            Session::Guest(_) if self.ticket.role == Role::Player => {
                wire::encode(&Uplink::<S::Controls, S::Message>::Leave)
                    .ok()
                    .map(|payload| (netcode::Outgoing::Uplink, payload))
            }
            Session::Guest(_) => None,
        };
        if let Some((outgoing, payload)) = farewell
            && self.closed.is_none()
        {
            let topic = self.topics.of(outgoing);
            self.traffic
                .publish(&mut self.link, topic, &payload, Qos::AtLeastOnce, false);
        }
        self.left = true;
        self.close("you left the match".into());
    }

    fn close(&mut self, reason: String) {
        self.link.close();
        self.closed.get_or_insert(reason);
    }

    /// What the peer needs to continue, if anything.
    #[must_use]
    pub fn need(&self) -> Option<Need> {
        if self.left {
            return None;
        }
        let roster = self.roster.as_ref();
        let named_host = roster.is_some_and(|roster| roster.host == self.ticket.player);
        let replaced = match &self.session {
            Session::Host(host, _) => roster.is_some_and(|roster| roster.epoch > host.epoch()),
            Session::Guest(_) => named_host && self.ticket.role != Role::Host,
        };
        // The seat was given up while disconnected: the renewal returns the reason.
        let unseated =
            roster.is_some() && self.ticket.role == Role::Player && self.slot().is_none();
        if self.closed.is_some() || replaced || unseated {
            return Some(Need::Ticket);
        }
        let Session::Guest(guest) = &self.session else {
            return None;
        };
        let slot = self.slot().filter(|_| self.ticket.role == Role::Player)?;
        let claims = self.is_online() && election::should_claim(guest, roster?, slot, self.now);
        claims.then_some(Need::Claim(guest.epoch()))
    }
}

fn seat_of(roster: &Roster, player: PlayerId) -> Option<&RosterSeat> {
    roster.seats.iter().find(|seat| seat.player == player)
}
