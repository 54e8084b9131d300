//! One participant of a match: a ticket, a link and the session that the ticket's role plays.
//!
//! A peer knows which message belongs on which topic, subscribes to what it needs and no more, and,
//! as host, keeps the arena's seats in step with the roster. It plays on while its link is down or
//! its host is gone, and says what it then needs. It never blocks, reads no clock and asks nobody:
//! its owner polls it with the time, opens links, and calls the lobby API.

mod names;
mod seats;
mod traffic;

use core::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::protocol::{Epoch, PlayerId, Role, Ticket, Topic};
use crate::session::{Guest, Health, History, Host, HostOptions, Notice, Outgoing, Sync};
use crate::sim::{Simulation, Slot, Tick};
use crate::transport::{Connect, Event, Link, Qos, Will};
use crate::wire::{self, Announcement, Gone, Roster, Say, Uplink};

use names::Names;
use seats::Seats;

pub use traffic::Traffic;

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

/// What a peer cannot get by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// A fresh ticket and a link that was opened with it, for [`Peer::resume`].
    Ticket,
    /// The same, as the host that takes over from the vanished one of this epoch.
    Claim(Epoch),
}

/// A host that has not been heard for this long is given up.
const SILENCE: Duration = Duration::from_millis(1_500);

/// A host whose last will came may only have reconnected: it is heard within this time.
const REPRIEVE: Duration = Duration::from_millis(300);

/// Each pilot waits this much longer than the one in the seat before it, so that the relay is not
/// asked by all at once; only the first few, or the last would wait for seconds.
const PRECEDENCE: Duration = Duration::from_millis(100);

/// Whoever knows no arena yet lets all others take over first: they can go on from theirs.
const IGNORANCE: Duration = Duration::from_secs(4);

/// A host without an arena looks for one on the keyframe topics of this many epochs before its own.
const PAST_EPOCHS: u32 = 4;

/// If the present epoch has a retained keyframe, it is there within this time.
const RETAINED: Duration = Duration::from_secs(1);

/// Announcements that wait to be asked for; of more, the oldest are forgotten.
const MAX_ANNOUNCEMENTS: usize = 8;

/// An own frame that took longer than this says nothing about the host.
const STALL: Duration = Duration::from_millis(500);

enum Session<S: Simulation> {
    Host(Box<Host<S>>, Seats),
    Guest(Box<Guest<S>>),
}

/// A participant of a match.
pub struct Peer<S: Simulation, L: Link> {
    ticket: Ticket,
    link: L,
    names: Names,
    session: Session<S>,
    options: HostOptions,
    /// Since when, if it is.
    connected: Option<Duration>,
    /// A host's ticket and no arena: the keyframe topics of earlier epochs, which are read.
    past_keyframes: Vec<String>,
    /// Left for good.
    left: bool,
    closed: Option<String>,
    /// Whether the keyframe topic is subscribed to.
    reads_keyframes: bool,
    roster: Option<Roster>,
    announcements: Vec<Announcement>,
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
    pub fn host(ticket: Ticket, link: L, state: S, options: HostOptions, now: Duration) -> Self {
        let host = Host::new(ticket.epoch, Tick(0), state, options, now);
        let session = Session::Host(Box::new(host), Seats::default());
        Self::new(ticket, link, session, options, now)
    }

    /// Takes part in a match that has begun. Whoever holds a host's ticket becomes its host once it
    /// knows the arena, from the keyframe that the broker retains.
    #[must_use]
    pub fn join(ticket: Ticket, link: L, options: HostOptions, now: Duration) -> Self {
        let guest = Guest::new(ticket.epoch, entropy(&ticket), now);
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
            names: Names::new(&ticket, ticket.epoch),
            ticket,
            link,
            session,
            options,
            connected: None,
            past_keyframes: Vec::new(),
            left: false,
            closed: None,
            reads_keyframes: false,
            roster: None,
            announcements: Vec::new(),
            now,
            traffic: Traffic::default(),
        };
        peer.subscribe();
        peer
    }

    /// Goes on with a fresh ticket and a link that was opened with it: after the old link broke, or
    /// because the host has changed. The ticket's role is the one to play from now on.
    pub fn resume(&mut self, ticket: Ticket, link: L, now: Duration) {
        // Where the old link is still up, its last will would say that this player is gone.
        self.link.close();
        self.link = link;
        self.connected = None;
        self.closed = None;
        self.reads_keyframes = false;
        self.names = Names::new(&ticket, ticket.epoch);
        self.ticket = ticket;
        let entropy = entropy(&self.ticket);
        let (epoch, role) = (self.ticket.epoch, self.ticket.role);
        self.transform(|session| match session {
            Session::Host(host, _) if role != Role::Host => {
                Session::Guest(Box::new(host.into_guest(epoch, entropy, now)))
            }
            Session::Host(host, _) if host.epoch() != epoch => {
                // By way of a guest, which knows how to take over.
                Session::Guest(Box::new(host.into_guest(epoch, entropy, now)))
            }
            session @ Session::Host(..) => session,
            Session::Guest(mut guest) => {
                if role != Role::Host {
                    guest.follow(epoch, now);
                }
                Session::Guest(guest)
            }
        });
        self.subscribe();
        self.take_over(now);
    }

    fn transform(&mut self, change: impl FnOnce(Session<S>) -> Session<S>) {
        let stand_in = Guest::new(self.ticket.epoch, 0, self.now);
        let session = core::mem::replace(&mut self.session, Session::Guest(Box::new(stand_in)));
        self.session = change(session);
    }

    /// Becomes the host, if that is what the ticket says and the arena is known.
    fn take_over(&mut self, now: Duration) {
        let Session::Guest(guest) = &self.session else {
            return;
        };
        let Some(roster) = self.roster.clone() else {
            return;
        };
        if self.ticket.role != Role::Host || guest.predicted().is_none() {
            return;
        }
        let waited = self.connected.is_some_and(|since| now >= since + RETAINED);
        if !(self.past_keyframes.is_empty() || guest.knows_epoch() || waited) {
            return;
        }
        let (ticket, options) = (self.ticket.clone(), self.options);
        self.transform(|session| match session {
            Session::Guest(guest) => match guest.into_host(ticket.epoch, options, now) {
                Ok(mut host) => {
                    let seats = Seats::resume(&mut host, &roster, &ticket, now);
                    Session::Host(Box::new(host), seats)
                }
                Err(guest) => Session::Guest(guest),
            },
            session @ Session::Host(..) => session,
        });
        if let Session::Host(_, seats) = &self.session {
            let topics: Vec<&str> = seats.topics().collect();
            self.link.subscribe(&topics);
            if core::mem::take(&mut self.reads_keyframes) {
                self.link.unsubscribe(&[&self.names.keyframe]);
            }
            let past: Vec<&str> = self.past_keyframes.iter().map(String::as_str).collect();
            if !past.is_empty() {
                self.link.unsubscribe(&past);
            }
            self.past_keyframes.clear();
        }
    }

    /// Subscribes, on a new link, to what the role reads.
    fn subscribe(&mut self) {
        let topics: Vec<&str> = self
            .ticket
            .topics
            .subscribe
            .iter()
            .map(String::as_str)
            .collect();
        self.link.subscribe(&topics);
        self.past_keyframes.clear();
        match &self.session {
            Session::Host(_, seats) => {
                let topics: Vec<&str> = seats.topics().collect();
                self.link.subscribe(&topics);
            }
            Session::Guest(guest) => {
                if self.ticket.role == Role::Host && guest.predicted().is_none() {
                    let Epoch(present) = self.ticket.epoch;
                    self.past_keyframes = (present.saturating_sub(PAST_EPOCHS)..present)
                        .map(|past| Topic::Keyframe(self.ticket.match_id, Epoch(past)).to_string())
                        .collect();
                    let topics: Vec<&str> =
                        self.past_keyframes.iter().map(String::as_str).collect();
                    self.link.subscribe(&topics);
                }
            }
        }
    }

    /// Takes what arrived, moves the match on to `now` and sends what is due.
    pub fn update(&mut self, now: Duration) {
        let stalled = now.saturating_sub(self.now) > STALL;
        self.now = now;
        while let Some(event) = self.link.poll(now) {
            match event {
                Event::Connected => {
                    self.connected = Some(now);
                    match &mut self.session {
                        Session::Host(host, _) => host.reconnected(now),
                        Session::Guest(guest) => guest.reconnected(now),
                    }
                }
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
        if self.left {
            return;
        }
        self.take_over(now);
        let online = self.is_online();
        let Self {
            link,
            names,
            session,
            traffic,
            ..
        } = self;
        let publish = |outgoing, payload: &[u8]| {
            if online {
                let retain = outgoing == Outgoing::Keyframe;
                traffic.publish(link, names.of(outgoing), payload, Qos::AtMostOnce, retain);
            }
        };
        match session {
            Session::Host(host, seats) => {
                if online {
                    seats.expire(host, now);
                }
                host.update(now, publish);
            }
            Session::Guest(guest) => {
                if stalled {
                    guest.listen(now);
                }
                guest.update(now, publish);
                self.follow_keyframes();
            }
        }
    }

    fn is_online(&self) -> bool {
        self.connected.is_some() && self.closed.is_none()
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
        self.traffic.receive(payload);
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
            Session::Guest(guest) if self.past_keyframes.iter().any(|past| past == topic) => {
                let _ = guest.receive_past_keyframe(payload);
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
        match topic.parse() {
            Ok(Topic::Roster(_)) => {
                if let Ok(roster) = wire::decode::<Roster>(payload)
                    && roster.epoch >= self.epoch()
                {
                    self.take_roster(roster, now);
                }
            }
            Ok(Topic::News | Topic::Notice(_)) => {
                if let Ok(announcement) = wire::decode(payload) {
                    if self.announcements.len() == MAX_ANNOUNCEMENTS {
                        self.announcements.remove(0);
                    }
                    self.announcements.push(announcement);
                }
            }
            _ => {}
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
                guest.set_slot(own.filter(|_| self.ticket.role != Role::Spectator));
                guest.set_guests(
                    roster
                        .seats
                        .iter()
                        .filter(|it| it.player != roster.host)
                        .count(),
                );
                if roster.epoch > guest.epoch() {
                    guest.follow(roster.epoch, now);
                    self.read_epoch(roster.epoch);
                }
            }
        }
        self.roster = Some(roster);
    }

    /// Reads this epoch's topics in place of the last one's.
    fn read_epoch(&mut self, epoch: Epoch) {
        let past = core::mem::replace(&mut self.names, Names::new(&self.ticket, epoch));
        self.link.unsubscribe(&[&past.delta]);
        if core::mem::take(&mut self.reads_keyframes) {
            self.link.unsubscribe(&[&past.keyframe]);
        }
        self.link.subscribe(&[&self.names.delta]);
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
                    let (link, topic) = (&mut self.link, &self.names.input);
                    self.traffic
                        .publish(link, topic, payload, Qos::AtLeastOnce, false);
                }
            }
        }
    }

    /// Says good-bye to the match and the broker.
    pub fn leave(&mut self) {
        let farewell = match &self.session {
            Session::Host(..) => Some((&self.names.delta, Gone::Host.payload())),
            Session::Guest(_) if self.ticket.role == Role::Player => {
                wire::encode(&Uplink::<S::Controls>::Leave)
                    .ok()
                    .map(|payload| (&self.names.input, payload))
            }
            Session::Guest(_) => None,
        };
        if let Some((topic, payload)) = farewell
            && self.closed.is_none()
        {
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

    /// What it needs to play on, if anything.
    #[must_use]
    pub fn need(&self) -> Option<Need> {
        if self.left {
            return None;
        }
        let roster = self.roster.as_ref();
        let elected = roster.is_some_and(|roster| roster.host == self.ticket.player);
        let replaced = match &self.session {
            Session::Host(host, _) => roster.is_some_and(|roster| roster.epoch > host.epoch()),
            Session::Guest(_) => elected && self.ticket.role != Role::Host,
        };
        // Away for so long that the seat was given up: the relay says so.
        let unseated =
            roster.is_some() && self.ticket.role == Role::Player && self.slot().is_none();
        if self.closed.is_some() || replaced || unseated {
            return Some(Need::Ticket);
        }
        let Session::Guest(guest) = &self.session else {
            return None;
        };
        let slot = self.slot().filter(|_| self.ticket.role == Role::Player)?;
        if !self.is_online() {
            return None;
        }
        let seats = roster.into_iter().flat_map(|roster| &roster.seats);
        let before = seats
            .filter(|seat| seat.slot < slot && Some(seat.player) != roster.map(|it| it.host))
            .count();
        let mut turn = PRECEDENCE * before.min(4) as u32;
        if guest.predicted().is_none() {
            turn += IGNORANCE;
        }
        let vanished = guest.silence(self.now) >= SILENCE + turn
            || guest
                .gone_for(self.now)
                .is_some_and(|gone| gone >= REPRIEVE + turn);
        vanished.then_some(Need::Claim(guest.epoch()))
    }

    /// The epoch in force, as far as it knows.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        match &self.session {
            Session::Host(host, _) => host.epoch(),
            Session::Guest(guest) => guest.epoch(),
        }
    }

    /// Whether it knows everything up to the last delta; a host always does.
    #[must_use]
    pub fn is_live(&self) -> bool {
        match &self.session {
            Session::Host(..) => true,
            Session::Guest(guest) => guest.sync() == Sync::Live,
        }
    }

    /// Whether it is the authority now.
    #[must_use]
    pub const fn is_host(&self) -> bool {
        matches!(self.session, Session::Host(..))
    }

    /// For a host: the player that should take over from it, if there is one.
    #[must_use]
    pub fn successor(&self) -> Option<PlayerId> {
        match &self.session {
            Session::Host(host, seats) => seats.successor(host),
            Session::Guest(_) => None,
        }
    }

    /// How far it has come.
    #[must_use]
    pub fn status(&self) -> Status {
        if let Some(reason) = &self.closed {
            return Status::Closed {
                reason: reason.clone(),
            };
        }
        if self.connected.is_none() {
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

    /// The present and its tick: for a guest, and for a host that flies, as predicted.
    pub fn present(&self) -> Option<(Tick, &S)> {
        match &self.session {
            Session::Host(host, _) => Some(host.present()),
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
            Session::Host(host, _) => host.corrected(),
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

    /// What happened since this was last asked.
    pub fn take_notices(&mut self) -> Vec<Notice<S::Event>> {
        match &mut self.session {
            Session::Host(host, _) => host.drain_notices().collect(),
            Session::Guest(guest) => guest.drain_notices().collect(),
        }
    }

    /// What the relay announced, or told this player alone, since this was last asked.
    pub fn take_announcements(&mut self) -> Vec<Announcement> {
        core::mem::take(&mut self.announcements)
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

/// Different for each player, and for one player always the same.
pub(crate) fn entropy(ticket: &Ticket) -> u64 {
    let bytes = ticket.player.as_str().bytes();
    bytes.fold(0_u64, |mixed, byte| {
        mixed.wrapping_mul(31).wrapping_add(u64::from(byte))
    })
}
