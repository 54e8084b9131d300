//! `relay probe`: measures the latency of a relay's broker on the topics of a match.
//!
//! It creates a match, joins it as a player, and sends messages from the player to the host on the
//! input topic and back on the delta topic. Both ends are in this process and share a clock, so that
//! each direction is measured separately.
//!
//! Non-goals: the latency that a session adds (pacing, stepping, prediction); the benches measure it.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use client::lobby::{Client, Reply};
use client::participant::{Backend, Online};
use link::{Conditions, Event, Impaired, Link, Qos, Socket, TransportError};
use netcode::wire::MAX_PAYLOAD;
use protocol::timing::HEARTBEAT;
use protocol::{
    Callsign, CreateMatch, Heartbeat, JoinMatch, JoinRole, MAX_MATCH_NAME, Ticket, Topic,
};

use crate::{Error, rules};

/// The shortest message, in bytes: two timestamps.
pub const MIN_BYTES: u16 = 16;

/// The longest message, in bytes.
pub const MAX_BYTES: u16 = MAX_PAYLOAD as u16;

/// The most messages per second: AWS IoT Core allows 100 per connection, in both directions.
pub const MAX_RATE: u8 = 50;

/// The interval in which a link is polled, which limits the precision of simulated delays.
const POLL_INTERVAL: Duration = Duration::from_millis(1);

/// The longest wait for the connections to be accepted, and for the last message to return.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The settings of a measurement.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The relay's base URL.
    pub url: String,
    /// How long messages are sent.
    pub duration: Duration,
    /// Messages per second, `1..=MAX_RATE`.
    pub rate: u8,
    /// The size of each payload, `MIN_BYTES..=MAX_BYTES`.
    pub bytes: u16,
    /// The simulated network conditions of both ends.
    pub conditions: Conditions,
}

/// The results of a measurement; the times of each kind are sorted.
#[derive(Clone, Debug, Default)]
pub struct Measurements {
    /// The number of sent messages.
    pub sent: usize,
    /// The times from the player to the host.
    pub up: Vec<Duration>,
    /// The times from the host to the player.
    pub down: Vec<Duration>,
    /// The times of the round trips.
    pub round_trip: Vec<Duration>,
}

/// Measures until `stop` is set or the duration has passed, and writes a table to `out`. Blocks.
///
/// # Errors
/// If no match can be created, or the broker ends a connection.
pub fn run(
    settings: &Settings,
    stop: &AtomicBool,
    out: &mut impl Write,
) -> Result<Measurements, Error> {
    let client = Client::new(&settings.url);
    let host = client
        .create(&CreateMatch {
            rules: rules(),
            name: arrayvec::ArrayString::<MAX_MATCH_NAME>::from("Probe").unwrap_or_default(),
            callsign: None,
            max_players: 1,
            public: false,
        })
        .wait()?;
    let measured = measure(settings, &client, &host, stop);
    // The match would also end by a timeout, so a failure here does not matter.
    let _ = client.end(&host).wait();
    let measured = measured?;
    report(settings, &host, &measured, out)?;
    Ok(measured)
}

fn measure(
    settings: &Settings,
    client: &Client,
    host: &Ticket,
    stop: &AtomicBool,
) -> Result<Measurements, Error> {
    let callsign: Callsign = "Probe".parse()?;
    let request = JoinMatch {
        callsign,
        role: JoinRole::Player,
        rules: rules(),
    };
    let player = client.join(host.code, &request).wait()?;
    let input = Topic::Input(host.match_id, player.player).to_string();
    let delta = Topic::Delta(host.match_id, host.epoch).to_string();

    let mut online = Online {
        client: client.clone(),
        conditions: settings.conditions,
        seed: getrandom::u64()?,
    };
    let started = Instant::now();
    let mut host_end = End::open("host", &mut online, host, &input, started)?;
    online.seed = online.seed.wrapping_add(1);
    let mut player_end = End::open("player", &mut online, &player, &delta, started)?;
    host_end.wait_for_subscription()?;
    player_end.wait_for_subscription()?;

    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let echo = scope.spawn(|| {
            let outcome = host_end.echo(&delta, &done);
            // Stops the player too if the host has failed.
            done.store(true, Ordering::Relaxed);
            outcome
        });
        let heartbeats = Heartbeats {
            client,
            host,
            heartbeat: Heartbeat {
                players: vec![player.player],
                tick: 0,
            },
            last: None,
        };
        let measured = player_end.send(settings, &input, heartbeats, &[stop, &done]);
        done.store(true, Ordering::Relaxed);
        match echo.join() {
            Ok(outcome) => outcome?,
            Err(panic) => std::panic::resume_unwind(panic),
        }
        measured
    })
}

/// One of the two connections.
struct End {
    name: &'static str,
    link: Impaired<Socket>,
    subscription: String,
    started: Instant,
}

impl End {
    fn open(
        name: &'static str,
        online: &mut Online,
        ticket: &Ticket,
        subscription: &str,
        started: Instant,
    ) -> Result<Self, TransportError> {
        let mut link = online.open(ticket)?;
        link.subscribe(&[subscription]);
        Ok(Self {
            name,
            link,
            subscription: subscription.into(),
            started,
        })
    }

    /// The next event. `now` is also the send time of following messages.
    fn poll(&mut self, now: Duration) -> Result<Option<Event>, Error> {
        match self.link.poll(now) {
            Some(Event::Closed { reason }) => Err(self.failure(&reason)),
            Some(Event::Refused { topic }) => {
                Err(self.failure(&format!("the subscription to {topic} was refused")))
            }
            event => Ok(event),
        }
    }

    /// The next message, if one has arrived.
    fn receive(&mut self, now: Duration) -> Result<Option<Message>, Error> {
        Ok(match self.poll(now)? {
            Some(Event::Message { topic, payload }) if topic == self.subscription => {
                Message::decode(&payload)
            }
            _ => None,
        })
    }

    fn failure(&self, reason: &str) -> Error {
        Error::Broker {
            end: self.name,
            reason: reason.into(),
        }
    }

    /// Waits until the subscription is confirmed.
    fn wait_for_subscription(&mut self) -> Result<(), Error> {
        let deadline = self.started.elapsed() + TIMEOUT;
        while self.started.elapsed() < deadline {
            match self.poll(self.started.elapsed())? {
                Some(Event::Subscribed { .. }) => return Ok(()),
                Some(_) => {}
                None => {
                    self.link.wait(POLL_INTERVAL);
                }
            }
        }
        Err(self.failure("it does not answer"))
    }

    /// Sends each message back with the time of its arrival.
    fn echo(&mut self, topic: &str, done: &AtomicBool) -> Result<(), Error> {
        while !done.load(Ordering::Relaxed) {
            let now = self.started.elapsed();
            match self.receive(now)? {
                Some(mut message) => {
                    message.echoed = now;
                    let payload = message.encode();
                    self.link.publish(topic, &payload, Qos::AtMostOnce, false);
                }
                None => {
                    self.link.wait(POLL_INTERVAL);
                }
            }
        }
        self.link.close();
        Ok(())
    }

    /// Sends messages at the rate of the settings and measures those that return.
    fn send(
        &mut self,
        settings: &Settings,
        topic: &str,
        mut heartbeats: Heartbeats<'_>,
        stops: &[&AtomicBool],
    ) -> Result<Measurements, Error> {
        let interval = Duration::from_secs(1) / u32::from(settings.rate.clamp(1, MAX_RATE));
        let start = self.started.elapsed();
        let mut measured = Measurements::default();
        let mut last_sent = start;
        loop {
            let now = self.started.elapsed();
            // Polled before sending: simulated delays count from the last poll.
            let received = self.receive(now)?;
            let stopped = stops.iter().any(|stop| stop.load(Ordering::Relaxed));
            let sending = !stopped && now < start + settings.duration;
            if sending && now >= start + interval * measured.sent as u32 {
                let message = Message::new(now, settings.bytes);
                let payload = message.encode();
                self.link.publish(topic, &payload, Qos::AtMostOnce, false);
                measured.sent += 1;
                last_sent = now;
            }
            if !sending
                && (stopped
                    || measured.round_trip.len() >= measured.sent
                    || now >= last_sent + TIMEOUT)
            {
                break;
            }
            heartbeats.send(now);
            match received {
                Some(message) => {
                    measured
                        .up
                        .push(message.echoed.saturating_sub(message.sent));
                    measured.down.push(now.saturating_sub(message.echoed));
                    measured.round_trip.push(now.saturating_sub(message.sent));
                }
                None => {
                    self.link.wait(POLL_INTERVAL);
                }
            }
        }
        for times in [
            &mut measured.up,
            &mut measured.down,
            &mut measured.round_trip,
        ] {
            times.sort_unstable();
        }
        self.link.close();
        Ok(measured)
    }
}

/// Sends the host's heartbeats to the relay.
struct Heartbeats<'a> {
    client: &'a Client,
    host: &'a Ticket,
    heartbeat: Heartbeat,
    last: Option<(Duration, Reply<()>)>,
}

impl Heartbeats<'_> {
    fn send(&mut self, now: Duration) {
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

/// A message: the times at which it was sent and echoed, then padding.
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

    /// `None` if the payload is too short.
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
    measured: &Measurements,
    out: &mut impl Write,
) -> io::Result<()> {
    let broker = host.mqtt.tcp.as_deref().unwrap_or("over WebSocket");
    writeln!(
        out,
        "broker {broker}: {} messages of {} bytes, {} per second; {} lost\n",
        measured.sent,
        settings.bytes,
        settings.rate,
        measured.sent - measured.round_trip.len().min(measured.sent),
    )?;
    writeln!(
        out,
        "{:>16}  {:>8}  {:>8}  {:>8}  {:>8}  {:>8}  ms",
        "", "min", "median", "p95", "p99", "max"
    )?;
    for (name, times) in [
        ("player to host", &measured.up),
        ("host to player", &measured.down),
        ("round trip", &measured.round_trip),
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
