//! Listens to a whole match: what every participant publishes, in every epoch.
//!
//! It needs no more than a spectator's ticket, because that may read all of the match. It
//! deliberately publishes nothing and keeps nothing: its owner takes the entries.

use core::time::Duration;

use crate::format::{Entry, Source};
use link::{Event, Link};
use netcode::wire::{self, Gone, MAX_PAYLOAD};
use protocol::Roster;
use protocol::{Epoch, MatchId, PlayerId, Ticket, Topic};

/// A silent reader of all of a match's topics.
///
/// It reads the topics of the epochs before and after the one in force as well: late messages of
/// the old host and the first ones of the new host are part of the log. With 32 seats these are
/// 39 subscriptions, of which AWS IoT Core allows 50.
pub struct Recorder<L: Link> {
    match_id: MatchId,
    link: L,
    started: Duration,
    /// The epoch in force; the topics of its neighbours are subscribed to as well.
    epoch: Epoch,
    players: Vec<PlayerId>,
    connected: bool,
    closed: Option<String>,
    /// The relay says that there is no match any more.
    roster_removed: bool,
    /// The last that was heard of the host in force is its good-bye or its last will.
    host_gone: bool,
}

impl<L: Link> Recorder<L> {
    /// Listens to the match of `ticket` over `link`; `now` is the start of the recording.
    #[must_use]
    pub fn new(ticket: &Ticket, link: L, now: Duration) -> Self {
        let mut recorder = Self {
            match_id: ticket.match_id,
            link,
            started: now,
            epoch: ticket.epoch,
            players: Vec::new(),
            connected: false,
            closed: None,
            roster_removed: false,
            host_gone: false,
        };
        let mut topics = vec![Topic::Roster(recorder.match_id)];
        for epoch in neighbours(ticket.epoch) {
            topics.extend(recorder.log_of(epoch));
        }
        recorder.subscribe(&topics);
        recorder
    }

    /// Takes what arrived and hands it to `take`, in the order of arrival.
    pub fn update(&mut self, now: Duration, mut take: impl FnMut(Entry)) {
        while let Some(event) = self.link.poll(now) {
            match event {
                Event::Connected => self.connected = true,
                Event::Subscribed { .. } => {}
                Event::Refused { topic } => {
                    self.close(format!("the broker refused to let us read {topic}"));
                }
                Event::Message { topic, payload } => {
                    let source = topic.parse().ok().as_ref().and_then(Source::of);
                    // What is longer is no message to anybody.
                    if let Some(source) = source.filter(|_| payload.len() <= MAX_PAYLOAD) {
                        if source == Source::Roster {
                            self.follow(&payload);
                        } else if source == Source::Delta(self.epoch) {
                            self.host_gone = payload == Gone::Host.payload();
                        }
                        take(Entry {
                            at: now.saturating_sub(self.started),
                            source,
                            payload,
                        });
                    }
                }
                Event::Closed { reason } => {
                    self.closed.get_or_insert(reason);
                }
            }
        }
    }

    /// Subscribes to what a new roster makes worth reading.
    fn follow(&mut self, payload: &[u8]) {
        if payload.is_empty() {
            self.roster_removed = true;
        }
        let Ok(roster) = wire::decode::<Roster>(payload) else {
            return;
        };
        if roster.epoch > self.epoch {
            let topics = |recorder: &Self, epoch: Epoch, other: Epoch| -> Vec<Topic> {
                neighbours(epoch)
                    .filter(|epoch| !neighbours(other).any(|kept| kept == *epoch))
                    .flat_map(|epoch| recorder.log_of(epoch))
                    .collect()
            };
            let old = topics(self, self.epoch, roster.epoch);
            let new = topics(self, roster.epoch, self.epoch);
            self.epoch = roster.epoch;
            self.host_gone = false;
            self.unsubscribe(&old);
            self.subscribe(&new);
        }
        let seated: Vec<PlayerId> = roster.seats.iter().map(|seat| seat.player).collect();
        let input = |player: &&PlayerId| Topic::Input(self.match_id, **player);
        let left: Vec<Topic> = self
            .players
            .iter()
            .filter(|player| !seated.contains(player))
            .map(|player| input(&player))
            .collect();
        let came: Vec<Topic> = seated
            .iter()
            .filter(|player| !self.players.contains(player))
            .map(|player| input(&player))
            .collect();
        self.players = seated;
        self.unsubscribe(&left);
        self.subscribe(&came);
    }

    const fn log_of(&self, epoch: Epoch) -> [Topic; 2] {
        [
            Topic::Delta(self.match_id, epoch),
            Topic::Keyframe(self.match_id, epoch),
        ]
    }

    fn subscribe(&mut self, topics: &[Topic]) {
        let names: Vec<String> = topics.iter().map(Topic::to_string).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        if !names.is_empty() {
            self.link.subscribe(&names);
        }
    }

    fn unsubscribe(&mut self, topics: &[Topic]) {
        let names: Vec<String> = topics.iter().map(Topic::to_string).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        if !names.is_empty() {
            self.link.unsubscribe(&names);
        }
    }

    /// Stops listening.
    pub fn close(&mut self, reason: String) {
        self.link.close();
        self.closed.get_or_insert(reason);
    }

    /// Whether the broker has accepted the connection.
    #[must_use]
    pub const fn is_connected(&self) -> bool {
        self.connected
    }

    /// Why there is nothing more to hear, if so.
    #[must_use]
    pub fn closed(&self) -> Option<&str> {
        self.closed.as_deref()
    }

    /// Whether the match is over: the relay says so, or has ended the connection after the host
    /// had gone.
    #[must_use]
    pub const fn match_ended(&self) -> bool {
        self.roster_removed || self.host_gone && self.closed.is_some()
    }

    /// The link, to wait on where a platform can.
    pub const fn link(&self) -> &L {
        &self.link
    }
}

/// The epoch, the one before and the one after it.
fn neighbours(epoch: Epoch) -> impl Iterator<Item = Epoch> {
    (epoch.0.saturating_sub(1)..=epoch.next().0).map(Epoch)
}
