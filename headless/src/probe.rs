//! `relay probe`: how long a relay's broker takes, measured as a match would use it.
//!
//! It opens a match, takes both the host's and a player's ticket, and sends messages from the player
//! to the host on the input topic and back on the delta topic. Both ends are in this
//! process and on one clock, so that each direction is measured by itself. What a session adds
//! (pacing, stepping, prediction) is deliberately left out: the benches measure that.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use client::lobby::{Client, LobbyError, Reply};
use client::participant::{Backend, Online};
use link::{Conditions, Event, Impaired, Link, Qos, Socket, TransportError};
use netcode::wire::MAX_PAYLOAD;
use protocol::{
    Callsign, CreateMatch, Heartbeat, InvalidId, JoinMatch, JoinRole, MAX_MATCH_NAME, Ticket, Topic,
};

/// The shortest message: two times.
pub const MIN_BYTES: u16 = 16;

/// The longest message.
pub const MAX_BYTES: u16 = MAX_PAYLOAD as u16;

/// The most messages a second: AWS IoT Core carries a hundred of a connection, in and out.
pub const MAX_RATE: u8 = 50;

/// How often a link is looked at: what it holds back for the sake of bad conditions waits for that.
const GLANCE: Duration = Duration::from_millis(1);

/// How long the broker may take to let both ends in, and the last message to come back.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often the relay is told that the match lives.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// What to measure.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The relay's base URL.
    pub url: String,
    /// For how long messages are sent.
    pub duration: Duration,
    /// Messages a second, `1..=MAX_RATE`.
    pub rate: u8,
    /// The payload of each, `MIN_BYTES..=MAX_BYTES`.
    pub bytes: u16,
    /// The network that both ends have on top of the real one.
    pub conditions: Conditions,
}

/// Why nothing is measured.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// The lobby says no.
    #[error(transparent)]
    Lobby(#[from] LobbyError),
    /// The broker cannot be reached.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The match's name or the callsign.
    #[error(transparent)]
    Name(#[from] InvalidId),
    /// The broker ended a connection, or never let it in.
    #[error("the broker does not serve the {end}: {reason}")]
    Broker {
        /// Host or player.
        end: &'static str,
        /// Why, in words.
        reason: String,
    },
    /// The system has no random numbers.
    #[error("the system gives no random numbers")]
    Entropy(#[from] getrandom::Error),
    /// The numbers cannot be written.
    #[error("cannot write the report")]
    Report(#[from] io::Error),
}

/// What was measured; the times of each kind from the shortest to the longest.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Messages sent.
    pub sent: usize,
    /// From the player to the host.
    pub up: Vec<Duration>,
    /// From the host to the player.
    pub down: Vec<Duration>,
    /// There and back.
    pub round_trip: Vec<Duration>,
}

/// Measures until `stop` or the end of the duration, and writes a table to `out`. Blocks.
///
/// # Errors
/// If there is no match to measure with, or the broker serves it no longer.
pub fn run(
    settings: &Settings,
    stop: &AtomicBool,
    out: &mut impl Write,
) -> Result<Found, ProbeError> {
    let client = Client::new(&settings.url);
    let host = client
        .create(&CreateMatch {
            rules: crate::rules(),
            name: arrayvec::ArrayString::<MAX_MATCH_NAME>::from("Probe").unwrap_or_default(),
            callsign: None,
            max_players: 1,
            public: false,
        })
        .wait()?;
    let found = measure(settings, &client, &host, stop);
    // It would end by itself; failing to hurry it is no failure of the measurement.
    let _ = client.end(&host).wait();
    let found = found?;
    report(settings, &host, &found, out)?;
    Ok(found)
}

fn measure(
    settings: &Settings,
    client: &Client,
    host: &Ticket,
    stop: &AtomicBool,
) -> Result<Found, ProbeError> {
    let callsign: Callsign = "Probe".parse()?;
    let wish = JoinMatch {
        callsign,
        role: JoinRole::Player,
        rules: crate::rules(),
    };
    let player = client.join(host.code, &wish).wait()?;
    let input = Topic::Input(host.match_id, player.player).to_string();
    let delta = Topic::Delta(host.match_id, host.epoch).to_string();

    let mut online = Online {
        client: client.clone(),
        conditions: settings.conditions,
        seed: getrandom::u64()?,
    };
    let started = Instant::now();
    let mut far = End::open("host", &mut online, host, &input, started)?;
    online.seed = online.seed.wrapping_add(1);
    let mut near = End::open("player", &mut online, &player, &delta, started)?;
    far.settle()?;
    near.settle()?;

    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let echo = scope.spawn(|| {
            let outcome = far.echo(&delta, &done);
            // The player must not wait for a host that is gone.
            done.store(true, Ordering::Relaxed);
            outcome
        });
        let keep_alive = Alive {
            client,
            host,
            heartbeat: Heartbeat {
                players: vec![player.player],
                tick: 0,
            },
            last: None,
        };
        let found = near.send(settings, &input, keep_alive, &[stop, &done]);
        done.store(true, Ordering::Relaxed);
        match echo.join() {
            Ok(outcome) => outcome?,
            Err(panic) => std::panic::resume_unwind(panic),
        }
        found
    })
}

/// One of the two connections.
struct End {
    name: &'static str,
    link: Impaired<Socket>,
    reads: String,
    started: Instant,
}

impl End {
    fn open(
        name: &'static str,
        online: &mut Online,
        ticket: &Ticket,
        reads: &str,
        started: Instant,
    ) -> Result<Self, TransportError> {
        let mut link = online.open(ticket)?;
        link.subscribe(&[reads]);
        Ok(Self {
            name,
            link,
            reads: reads.into(),
            started,
        })
    }

    /// What has happened by `now`, which is also when what is sent next is sent.
    fn poll(&mut self, now: Duration) -> Result<Option<Event>, ProbeError> {
        match self.link.poll(now) {
            Some(Event::Closed { reason }) => Err(self.failure(&reason)),
            Some(Event::Refused { topic }) => {
                Err(self.failure(&format!("it may not read {topic}")))
            }
            event => Ok(event),
        }
    }

    /// The next message, if one has come by `now`.
    fn receive(&mut self, now: Duration) -> Result<Option<Message>, ProbeError> {
        Ok(match self.poll(now)? {
            Some(Event::Message { topic, payload }) if topic == self.reads => {
                Message::decode(&payload)
            }
            _ => None,
        })
    }

    fn failure(&self, reason: &str) -> ProbeError {
        ProbeError::Broker {
            end: self.name,
            reason: reason.into(),
        }
    }

    /// Waits until what it reads is subscribed to.
    fn settle(&mut self) -> Result<(), ProbeError> {
        let deadline = self.started.elapsed() + PATIENCE;
        while self.started.elapsed() < deadline {
            match self.poll(self.started.elapsed())? {
                Some(Event::Subscribed { .. }) => return Ok(()),
                Some(_) => {}
                None => {
                    self.link.wait(GLANCE);
                }
            }
        }
        Err(self.failure("it does not answer"))
    }

    /// Sends back what comes, with the time at which it came.
    fn echo(&mut self, answers: &str, done: &AtomicBool) -> Result<(), ProbeError> {
        while !done.load(Ordering::Relaxed) {
            let now = self.started.elapsed();
            match self.receive(now)? {
                Some(mut message) => {
                    message.echoed = now;
                    let payload = message.encode();
                    self.link.publish(answers, &payload, Qos::AtMostOnce, false);
                }
                None => {
                    self.link.wait(GLANCE);
                }
            }
        }
        self.link.close();
        Ok(())
    }

    /// Sends messages at their times and notes what comes back.
    fn send(
        &mut self,
        settings: &Settings,
        topic: &str,
        mut keep_alive: Alive<'_>,
        stops: &[&AtomicBool],
    ) -> Result<Found, ProbeError> {
        let interval = Duration::from_secs(1) / u32::from(settings.rate.clamp(1, MAX_RATE));
        let begun = self.started.elapsed();
        let mut found = Found::default();
        let mut last = begun;
        loop {
            let now = self.started.elapsed();
            // Before anything is sent: a network that is pretended counts from the last poll.
            let received = self.receive(now)?;
            let stopped = stops.iter().any(|stop| stop.load(Ordering::Relaxed));
            let sending = !stopped && now < begun + settings.duration;
            if sending && now >= begun + interval * found.sent as u32 {
                let message = Message::new(now, settings.bytes);
                let payload = message.encode();
                self.link.publish(topic, &payload, Qos::AtMostOnce, false);
                found.sent += 1;
                last = now;
            }
            if !sending
                && (stopped || found.round_trip.len() >= found.sent || now >= last + PATIENCE)
            {
                break;
            }
            keep_alive.beat(now);
            match received {
                Some(message) => {
                    found.up.push(message.echoed.saturating_sub(message.sent));
                    found.down.push(now.saturating_sub(message.echoed));
                    found.round_trip.push(now.saturating_sub(message.sent));
                }
                None => {
                    self.link.wait(GLANCE);
                }
            }
        }
        for times in [&mut found.up, &mut found.down, &mut found.round_trip] {
            times.sort_unstable();
        }
        self.link.close();
        Ok(found)
    }
}

/// Tells the relay that the match lives.
struct Alive<'a> {
    client: &'a Client,
    host: &'a Ticket,
    heartbeat: Heartbeat,
    last: Option<(Duration, Reply<()>)>,
}

impl Alive<'_> {
    fn beat(&mut self, now: Duration) {
        if self
            .last
            .as_ref()
            .is_none_or(|(last, _)| now >= *last + HEARTBEAT)
        {
            let reply = self.client.heartbeat(self.host, &self.heartbeat);
            self.last = Some((now, reply));
        }
    }
}

/// A message: when it was sent and when it was sent back, then padding.
struct Message {
    sent: Duration,
    echoed: Duration,
    bytes: usize,
}

impl Message {
    fn new(sent: Duration, bytes: u16) -> Self {
        Self {
            sent,
            echoed: Duration::ZERO,
            bytes: usize::from(bytes.clamp(MIN_BYTES, MAX_BYTES)),
        }
    }

    fn encode(&self) -> Vec<u8> {
        let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let mut payload = Vec::with_capacity(self.bytes);
        payload.extend(nanos(self.sent).to_le_bytes());
        payload.extend(nanos(self.echoed).to_le_bytes());
        payload.resize(self.bytes, 0);
        payload
    }

    /// `None` if it is not one of ours.
    fn decode(payload: &[u8]) -> Option<Self> {
        let (sent, rest) = payload.split_first_chunk()?;
        let (echoed, _) = rest.split_first_chunk()?;
        Some(Self {
            sent: Duration::from_nanos(u64::from_le_bytes(*sent)),
            echoed: Duration::from_nanos(u64::from_le_bytes(*echoed)),
            bytes: payload.len(),
        })
    }
}

fn report(
    settings: &Settings,
    host: &Ticket,
    found: &Found,
    out: &mut impl Write,
) -> io::Result<()> {
    let broker = host.mqtt.tcp.as_deref().unwrap_or("over WebSocket");
    writeln!(
        out,
        "broker {broker}: {} messages of {} bytes, {} a second; {} lost\n",
        found.sent,
        settings.bytes,
        settings.rate,
        found.sent - found.round_trip.len().min(found.sent),
    )?;
    writeln!(
        out,
        "{:>16}  {:>8}  {:>8}  {:>8}  {:>8}  {:>8}  ms",
        "", "min", "median", "p95", "p99", "max"
    )?;
    for (name, times) in [
        ("player to host", &found.up),
        ("host to player", &found.down),
        ("round trip", &found.round_trip),
    ] {
        let at = |part: usize| {
            let index = (times.len() * part / 100).min(times.len().saturating_sub(1));
            times.get(index).map_or_else(
                || "-".into(),
                |time| format!("{:.2}", time.as_secs_f64() * 1e3),
            )
        };
        writeln!(
            out,
            "{name:>16}  {:>8}  {:>8}  {:>8}  {:>8}  {:>8}",
            at(0),
            at(50),
            at(95),
            at(99),
            at(100),
        )?;
    }
    out.flush()
}
