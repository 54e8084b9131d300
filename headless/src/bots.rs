//! `relay bots`: players without a screen, for load tests.
//!
//! Unlike the bots of the arena, each is a participant with a ticket and an MQTT connection. Its
//! controls are random, and change as often as those of a person. All run on one thread.
//!
//! Non-goals: playing well.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use arena::{Arena, Hands, TICK_RATE};
use client::lobby::Client;
use client::participant::{Farewell, Online, Participant, Status};
use client::peer::Traffic;
use link::Conditions;
use netcode::HostOptions;
use netcode::wire::{self, Keyframe};
use protocol::{Callsign, Code, JoinMatch, JoinRole};

use crate::{Error, rules};

/// The interval of reports.
const REPORT: Duration = Duration::from_secs(5);

/// The settings of the bots.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The relay's base URL.
    pub url: String,
    /// The code of the match.
    pub code: Code,
    /// The number of players.
    pub count: u8,
    /// The seed of the controls and of the simulated network.
    pub seed: u64,
    /// How long to play; `None` is until stopped.
    pub duration: Option<Duration>,
    /// The simulated network conditions of each connection.
    pub conditions: Conditions,
}

/// A player.
struct Bot {
    callsign: Callsign,
    participant: Participant<Arena, Online>,
    hands: Hands,
    /// The traffic at the last report.
    reported: Traffic,
}

/// Plays until `stop` is set or the duration has passed, and writes reports to `out`. Blocks.
///
/// # Errors
/// If a bot cannot join, or the connections of all bots have ended.
pub fn run(settings: &Settings, stop: &AtomicBool, out: &mut impl Write) -> Result<(), Error> {
    let client = Client::new(&settings.url);
    let started = Instant::now();
    let mut bots = Vec::new();
    for number in 1..=settings.count {
        bots.push(Bot::join(&client, settings, number, started.elapsed())?);
    }
    writeln!(out, "{} bots play match {}", bots.len(), settings.code)?;

    let mut next_report = started.elapsed() + REPORT;
    let mut last_report = started.elapsed();
    let first = last_report;
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
            return Err(Error::Closed(reason));
        }
        if now >= next_report {
            report(out, &mut bots, now - first, now - last_report)?;
            last_report = now;
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

/// The reason if all connections have ended.
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
    ) -> Result<Self, Error> {
        let callsign: Callsign = format!("Bot-{number:02}").parse()?;
        let request = JoinMatch {
            callsign,
            role: JoinRole::Player,
            rules: rules(),
        };
        let ticket = client.join(settings.code, &request).wait()?;
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

    /// The length of a keyframe of the present state.
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

/// Writes one line with the average traffic of a connection in the last `span`.
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
    let mut total = Traffic::default();
    for bot in bots.iter_mut() {
        let traffic = bot.participant.peer().traffic();
        total = sum(total, traffic.since(bot.reported));
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
        rates(total, span.as_secs_f64() * count),
    )
}

/// Writes a table with the traffic and the measurements of each connection.
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
            "for comparison: a keyframe of {bytes} bytes 20 times a second is in 20.0 msg/s {} B/s",
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

fn sum(a: Traffic, b: Traffic) -> Traffic {
    Traffic {
        messages_in: a.messages_in + b.messages_in,
        messages_out: a.messages_out + b.messages_out,
        bytes_in: a.bytes_in + b.bytes_in,
        bytes_out: a.bytes_out + b.bytes_out,
    }
}
