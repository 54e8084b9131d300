//! `relay bots`: players without a screen, for load and for tests.
//!
//! Unlike the arena's own bots, each is a real participant with a ticket and an MQTT connection,
//! and its hands are as restless as a person's. All are driven from one thread.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use arena::TICK_RATE;
use arena::{Arena, Hands};
use client::lobby::{Client, LobbyError};
use client::participant::{Farewell, Online, Participant, Status};
use client::peer::Traffic;
use link::{Conditions, TransportError};
use netcode::HostOptions;
use netcode::wire::{self, Keyframe};
use protocol::{Callsign, Code, InvalidId, JoinMatch, JoinRole};

/// How often a line of numbers is written.
const REPORT: Duration = Duration::from_secs(5);

/// What to play.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The relay's base URL.
    pub url: String,
    /// The match.
    pub code: Code,
    /// Players, each with a connection of its own.
    pub count: u8,
    /// The same seed gives the same hands and the same bad network.
    pub seed: u64,
    /// For how long; `None` is until stopped.
    pub duration: Option<Duration>,
    /// The network that each player's connection has on top of the real one.
    pub conditions: Conditions,
}

/// Why the bots stop.
#[derive(Debug, thiserror::Error)]
pub enum BotsError {
    /// The lobby says no.
    #[error(transparent)]
    Lobby(#[from] LobbyError),
    /// The broker cannot be reached.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// A number gave no callsign.
    #[error(transparent)]
    Callsign(#[from] InvalidId),
    /// Every connection ended.
    #[error("all bots are out of the match: {0}")]
    Closed(String),
    /// The numbers cannot be written.
    #[error("cannot write the report")]
    Report(#[from] io::Error),
}

struct Bot {
    callsign: Callsign,
    participant: Participant<Arena, Online>,
    hands: Hands,
    /// Traffic up to the last report.
    reported: Traffic,
}

/// Plays until `stop` or the end of the duration, writing numbers to `out`. Blocks.
///
/// # Errors
/// If a bot cannot join, or none is left.
pub fn run(settings: &Settings, stop: &AtomicBool, out: &mut impl Write) -> Result<(), BotsError> {
    let client = Client::new(&settings.url);
    let started = Instant::now();
    let mut bots = Vec::new();
    for number in 1..=settings.count {
        bots.push(Bot::join(&client, settings, number, started.elapsed())?);
    }
    writeln!(out, "{} bots play match {}", bots.len(), settings.code)?;

    let mut next_report = started.elapsed() + REPORT;
    let mut since = started.elapsed();
    let first = since;
    while !stop.load(Ordering::Relaxed) {
        let now = started.elapsed();
        if settings
            .duration
            .is_some_and(|duration| now >= first + duration)
        {
            break;
        }
        for bot in &mut bots {
            bot.update(now);
        }
        if let Some(reason) = all_closed(&bots) {
            return Err(BotsError::Closed(reason));
        }
        if now >= next_report {
            report(out, &mut bots, now - first, now - since)?;
            since = now;
            next_report = now + REPORT;
        }
        thread::sleep(Duration::from_secs(1) / TICK_RATE);
    }
    summary(out, &bots, started.elapsed().saturating_sub(first))?;
    let mut farewells = Vec::new();
    for bot in &mut bots {
        farewells.push(bot.participant.leave());
    }
    farewells.into_iter().for_each(Farewell::wait);
    Ok(())
}

fn all_closed(bots: &[Bot]) -> Option<String> {
    let mut last = None;
    for bot in bots {
        match bot.participant.status() {
            Status::Over { reason } => last = Some(reason),
            _ => return None,
        }
    }
    last
}

impl Bot {
    fn join(
        client: &Client,
        settings: &Settings,
        number: u8,
        now: Duration,
    ) -> Result<Self, BotsError> {
        let callsign: Callsign = format!("Bot-{number:02}").parse()?;
        let wish = JoinMatch {
            callsign,
            role: JoinRole::Player,
            rules: crate::rules(),
        };
        let ticket = client.join(settings.code, &wish).wait()?;
        let online = Online {
            client: client.clone(),
            conditions: settings.conditions,
            seed: settings.seed.wrapping_add(u64::from(number)),
        };
        Ok(Self {
            callsign,
            participant: Participant::join(ticket, online, HostOptions::default(), now)?,
            hands: Hands::new(settings.seed, number),
            reported: Traffic::default(),
        })
    }

    fn update(&mut self, now: Duration) {
        self.participant.update(now);
        let peer = self.participant.peer_mut();
        drop(peer.take_notices());
        peer.steer(self.hands.controls(now));
    }

    /// How long a keyframe of the present would be.
    fn keyframe_bytes(&self) -> Option<usize> {
        let (tick, state) = self.participant.peer().confirmed()?;
        let epoch = self.participant.peer().ticket().epoch;
        wire::encode(&Keyframe {
            epoch,
            seq: tick.0,
            tick,
            state,
        })
        .ok()
        .map(|bytes| bytes.len())
    }
}

/// One line: what all connections together carried in `span`.
fn report(
    out: &mut impl Write,
    bots: &mut [Bot],
    played: Duration,
    span: Duration,
) -> io::Result<()> {
    let playing = bots
        .iter()
        .filter(|bot| bot.participant.status() == Status::Playing)
        .count();
    let mut sum = Traffic::default();
    for bot in bots.iter_mut() {
        let traffic = bot.participant.peer().traffic();
        sum = added(sum, traffic.since(bot.reported));
        bot.reported = traffic;
    }
    let people = bots
        .iter()
        .find_map(|bot| bot.participant.peer().roster())
        .map_or(0, |roster| roster.seats.len());
    let count = bots.len().max(1) as f64;
    writeln!(
        out,
        "{:>5.0} s: {playing}/{} playing, {people} people in the match; per connection {}",
        played.as_secs_f64(),
        bots.len(),
        rates(sum, span.as_secs_f64() * count),
    )
}

/// A table of every connection over the whole time.
fn summary(out: &mut impl Write, bots: &[Bot], played: Duration) -> io::Result<()> {
    writeln!(
        out,
        "after {:.0} s, for each connection:",
        played.as_secs_f64()
    )?;
    for bot in bots {
        let health = bot.participant.peer().health();
        let round_trip = health
            .round_trip
            .map_or(0.0, |time| time.as_secs_f64() * 1e3);
        writeln!(
            out,
            "{:>12}: {}; round trip {round_trip:.1} ms, lead {} ticks, {} late, {} corrections, {} resyncs",
            bot.callsign.as_str(),
            rates(bot.participant.peer().traffic(), played.as_secs_f64()),
            health.lead,
            health.late_inputs,
            health.corrections,
            health.resyncs,
        )?;
    }
    if let Some(bytes) = bots.iter().find_map(Bot::keyframe_bytes) {
        writeln!(
            out,
            "a whole keyframe of {bytes} bytes to each, 20 times a second, would be in 20.0 msg/s {} B/s",
            20 * bytes,
        )?;
    }
    out.flush()
}

fn rates(traffic: Traffic, seconds: f64) -> String {
    let rate = |count: u64| count as f64 / seconds.max(f64::MIN_POSITIVE);
    format!(
        "in {:.1} msg/s {:.0} B/s, out {:.1} msg/s {:.0} B/s",
        rate(traffic.messages_in),
        rate(traffic.bytes_in),
        rate(traffic.messages_out),
        rate(traffic.bytes_out),
    )
}

fn added(a: Traffic, b: Traffic) -> Traffic {
    Traffic {
        messages_in: a.messages_in + b.messages_in,
        messages_out: a.messages_out + b.messages_out,
        bytes_in: a.bytes_in + b.bytes_in,
        bytes_out: a.bytes_out + b.bytes_out,
    }
}
