//! Receives all messages of a match: those of every participant, in every epoch.
//!
//! A spectator's ticket is enough, because it allows reading all topics of the match.
//!
//! Non-goals: publishing, and storing the entries.

use core::time::Duration;

use crate::format::{Entry, Source};
use link::{Event, Link};
use netcode::wire::{self, Gone, MAX_PAYLOAD};
use protocol::Roster;
use protocol::{Epoch, MatchId, PlayerId, Ticket, Topic};

/// A subscriber of all topics of a match.
///
/// It also reads the topics of the epochs before and after the present one: late messages of the old
/// host and the first ones of the new host are part of the log. With 32 seats these are 39
/// subscriptions; AWS IoT Core allows 50.
pub struct Recorder<L: Link> {
    match_id: MatchId,
    link: L,
    started: Duration,
    /// The present epoch; the topics of the adjacent epochs are subscribed to as well.
    epoch: Epoch,
    players: Vec<PlayerId>,
    connected: bool,
    closed: Option<String>,
    /// The relay has published an empty roster: the match has ended.
    roster_removed: bool,
    /// The newest message of the present host is its last will, published by itself or the broker.
    host_gone: bool,
}

impl<L: Link> Recorder<L> {
    /// Subscribes to the match of `ticket` over `link`; `now` is the start of the recording.
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
        for epoch in with_adjacent(ticket.epoch) {
            topics.extend(recorder.log_topics(epoch));
        }
        recorder.subscribe(&topics);
        recorder
    }

    /// Calls `receive` with each entry that has arrived, in the order of arrival.
    pub fn update(&mut self, now: Duration, mut receive: impl FnMut(Entry)) {
        while let Some(event) = self.link.poll(now) {
            match event {
                Event::Connected => self.connected = true,
                Event::Subscribed { .. } => {}
                Event::Refused { topic } => {
                    self.close(format!("the broker refused the subscription to {topic}"));
                }
                Event::Message { topic, payload } => {
                    let source = topic.parse().ok().as_ref().and_then(Source::of);
                    // No message of a match is longer.
                    if let Some(source) = source.filter(|_| payload.len() <= MAX_PAYLOAD) {
                        if source == Source::Roster {
                            self.apply_roster(&payload);
                        } else if source == Source::Delta(self.epoch) {
                            self.host_gone = payload == Gone::Host.payload();
                        }
                        receive(Entry {
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

    /// Subscribes to the topics of a new roster, and unsubscribes from those of the old one.
    fn apply_roster(&mut self, payload: &[u8]) {
        if payload.is_empty() {
            self.roster_removed = true;
        }
        let Ok(roster) = wire::decode::<Roster>(payload) else {
            return;
        };
        if roster.epoch > self.epoch {
            let topics = |recorder: &Self, epoch: Epoch, other: Epoch| -> Vec<Topic> {
                with_adjacent(epoch)
                    .filter(|epoch| !with_adjacent(other).any(|kept| kept == *epoch))
                    .flat_map(|epoch| recorder.log_topics(epoch))
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
        let joined: Vec<Topic> = seated
            .iter()
            .filter(|player| !self.players.contains(player))
            .map(|player| input(&player))
            .collect();
        self.players = seated;
        self.unsubscribe(&left);
        self.subscribe(&joined);
    }

    const fn log_topics(&self, epoch: Epoch) -> [Topic; 2] {
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

    /// Closes the link.
    pub fn close(&mut self, reason: String) {
        self.link.close();
        self.closed.get_or_insert(reason);
    }

    /// Whether the broker has accepted the connection.
    #[must_use]
    pub const fn is_connected(&self) -> bool {
        self.connected
    }

    /// Why the link is closed, if it is.
    #[must_use]
    pub fn closed(&self) -> Option<&str> {
        self.closed.as_deref()
    }

    /// Whether the match is over: the relay has published its end, or has closed the connection after
    /// the host had left.
    #[must_use]
    pub const fn match_ended(&self) -> bool {
        self.roster_removed || self.host_gone && self.closed.is_some()
    }

    /// The link, to wait for messages on platforms where that is possible.
    pub const fn link(&self) -> &L {
        &self.link
    }
}

/// The epoch with those before and after it.
fn with_adjacent(epoch: Epoch) -> impl Iterator<Item = Epoch> {
    (epoch.0.saturating_sub(1)..=epoch.next().0).map(Epoch)
}
