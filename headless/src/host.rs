//! `relay host`: hosts a match without playing in it.
//!
//! It uses the same session as a player's client that hosts: it creates a match in the lobby and
//! connects over MQTT. When it stops, a player's client continues the match.
//!
//! Non-goals: more than one match per call.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use arena::{Arena, MAX_SLOTS, TICK_RATE};
use arrayvec::ArrayString;
use client::lobby::Client;
use client::participant::{Backend, Online, Participant, Status};
use link::{Conditions, Impaired, Socket};
use netcode::HostOptions;
use protocol::{CreateMatch, Role, Ticket};

use crate::{Error, rules};

/// The settings of a host.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The relay's base URL.
    pub url: String,
    /// The name in the list of open matches, 1 to [`MAX_MATCH_NAME`](protocol::MAX_MATCH_NAME) bytes.
    pub name: String,
    /// The number of pilots up to which the arena's bots fill free seats.
    pub bots: u8,
    /// The token of an identity, or an ID token of the relay's issuer; without it, the host has no
    /// identity.
    pub identity: Option<String>,
    /// The options of the host's session.
    pub options: HostOptions,
    /// The simulated network conditions of the host's connection.
    pub conditions: Conditions,
}

/// Hosts a match until `stop` is set; calls `opened` with the ticket once the match is open. Blocks.
///
/// # Errors
/// If the match cannot be opened, the connection ends for good, or another host replaces this one.
pub fn run(
    settings: &Settings,
    stop: &AtomicBool,
    opened: impl FnOnce(&Ticket),
) -> Result<(), Error> {
    let request = request(&settings.name)?;
    let mut client = Client::new(&settings.url);
    if let Some(token) = &settings.identity {
        let identity = client.identify(Some(token)).wait()?;
        client = client.with_identity(&identity);
    }
    let ticket = client.create(&request).wait()?;
    opened(&ticket);
    let online = Online {
        client,
        conditions: settings.conditions,
        seed: getrandom::u64()?,
    };
    host(ticket, online, settings.bots, settings.options, stop)
}

/// The request for a public match of this name with all of the arena's seats.
///
/// # Errors
/// If the name is too long.
pub fn request(name: &str) -> Result<CreateMatch, Error> {
    Ok(CreateMatch {
        name: ArrayString::from(name).map_err(|_| Error::Name)?,
        callsign: None,
        max_players: MAX_SLOTS as u8,
        public: true,
        rules: rules(),
    })
}

/// Hosts the match of a host's ticket until `stop` is set, then hands it over to a player or ends
/// it. Blocks.
///
/// # Errors
/// If the connection ends for good, or another host replaces this one.
pub fn host<B>(
    ticket: Ticket,
    backend: B,
    bots: u8,
    options: HostOptions,
    stop: &AtomicBool,
) -> Result<(), Error>
where
    B: Backend<Link = Impaired<Socket>>,
{
    let started = Instant::now();
    let arena = Arena::new(getrandom::u64()?, bots);
    let mut host = Participant::host(ticket, backend, arena, options, Duration::ZERO)?;

    while !stop.load(Ordering::Relaxed) {
        host.update(started.elapsed());
        drop(host.peer_mut().take_notices());
        if let Status::Over { reason } = host.status() {
            return Err(Error::Closed(reason));
        }
        if host.ticket().role != Role::Host {
            host.leave().wait();
            return Err(Error::Replaced);
        }
        let peer = host.peer();
        peer.link().wait(until_next_tick(peer.fraction()));
    }
    host.leave().wait();
    Ok(())
}

/// The remaining time of a tick of which `fraction` has elapsed.
fn until_next_tick(fraction: f32) -> Duration {
    Duration::from_secs_f32((1.0 - fraction).clamp(0.0, 1.0) / TICK_RATE as f32)
}
