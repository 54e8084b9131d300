//! `relay host`: a match whose authority is this program and not a player's client.
//!
//! It is a participant like any other: it asks the lobby for a host's ticket, connects over MQTT
//! and runs the session that a hosting client runs. It does not fly. When it ends, a player's
//! client goes on with the match.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use arena::Arena;
use arena::{MAX_SLOTS, TICK_RATE};
use arrayvec::ArrayString;
use client::lobby::{Client, LobbyError};
use client::participant::{Online, Participant, Status};
use link::{Conditions, TransportError};
use netcode::HostOptions;
use protocol::{CreateMatch, MAX_MATCH_NAME, Role, Ticket};

/// The match to host.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The relay's base URL.
    pub url: String,
    /// What the list of open matches calls the match, 1 to [`MAX_MATCH_NAME`] bytes.
    pub name: String,
    /// Pilots that the arena's own bots make up if there are fewer people.
    pub bots: u8,
    /// Who hosts: the token of an identity, or an ID token of the relay's issuer. Without it,
    /// somebody whom the relay does not know.
    pub identity: Option<String>,
    /// How it runs the match.
    pub options: HostOptions,
    /// The network that the host's connection has on top of the real one.
    pub conditions: Conditions,
}

/// Why a match is not hosted, or no longer.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The name does not fit.
    #[error("the match's name is longer than {MAX_MATCH_NAME} bytes: choose a shorter one")]
    Name,
    /// The lobby says no.
    #[error(transparent)]
    Lobby(#[from] LobbyError),
    /// The broker cannot be reached.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The connection ended.
    #[error("the match is over: {0}")]
    Closed(String),
    /// A player's client took over.
    #[error("this program was silent for too long, and a player's client hosts the match now")]
    Replaced,
    /// The system has no random numbers.
    #[error("the system gives no random numbers")]
    Entropy(#[from] getrandom::Error),
}

/// Hosts a match until `stop`, telling `opened` how to join it. Blocks.
///
/// # Errors
/// If the match cannot be opened or kept.
pub fn run(
    settings: &Settings,
    stop: &AtomicBool,
    opened: impl FnOnce(&Ticket),
) -> Result<(), HostError> {
    let name = ArrayString::from(&settings.name).map_err(|_| HostError::Name)?;
    let mut client = Client::new(&settings.url);
    if let Some(token) = &settings.identity {
        let identity = client.identify(Some(token)).wait()?;
        client = client.with_identity(&identity);
    }
    let request = CreateMatch {
        name,
        callsign: None,
        max_players: MAX_SLOTS as u8,
        public: true,
        rules: crate::rules(),
    };
    let ticket = client.create(&request).wait()?;
    opened(&ticket);

    let started = Instant::now();
    let online = Online {
        client,
        conditions: settings.conditions,
        seed: getrandom::u64()?,
    };
    let arena = Arena::new(getrandom::u64()?, settings.bots);
    let mut host = Participant::host(ticket, online, arena, settings.options, Duration::ZERO)?;

    while !stop.load(Ordering::Relaxed) {
        host.update(started.elapsed());
        drop(host.peer_mut().take_notices());
        if let Status::Over { reason } = host.status() {
            return Err(HostError::Closed(reason));
        }
        if host.ticket().role != Role::Host {
            host.leave().wait();
            return Err(HostError::Replaced);
        }
        let peer = host.peer();
        peer.link().wait(until_next_tick(peer.fraction()));
    }
    host.leave().wait();
    Ok(())
}

/// The rest of a tick of which this much has passed.
fn until_next_tick(fraction: f32) -> Duration {
    Duration::from_secs_f32((1.0 - fraction).clamp(0.0, 1.0) / TICK_RATE as f32)
}
