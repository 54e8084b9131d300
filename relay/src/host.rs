//! `relay host`: a match whose authority is this program and not a player's client.
//!
//! It is a participant like any other: it asks the lobby for a host's ticket, connects over MQTT
//! and runs the session that a hosting client runs. It does not fly.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use arrayvec::ArrayString;
use shared::lobby::{Client, LobbyError, Reply};
use shared::peer::{self, Peer, Status};
use shared::protocol::{CreateMatch, Heartbeat, MAX_MATCH_NAME, Ticket};
use shared::session::Pace;
use shared::sim::arena::Arena;
use shared::sim::{MAX_SLOTS, TICK_RATE};
use shared::transport::{Conditions, Impaired, Socket, TransportError};

use crate::renewal::Renewal;

/// How often the relay hears that the host lives.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// The match to host.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The relay's base URL.
    pub url: String,
    /// What the list of open matches calls the match, 1 to [`MAX_MATCH_NAME`] bytes.
    pub name: String,
    /// Pilots that the arena's own bots make up if there are fewer people.
    pub bots: u8,
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
    let client = Client::new(&settings.url);
    let request = CreateMatch {
        name,
        callsign: None,
        max_players: MAX_SLOTS as u8,
        public: true,
    };
    let ticket = client.create(&request).wait()?;
    opened(&ticket);

    let started = Instant::now();
    let socket = Socket::open(peer::connect(&ticket))?;
    let link = Impaired::new(socket, settings.conditions, getrandom::u64()?);
    let arena = Arena::new(getrandom::u64()?, settings.bots);
    let mut peer = Peer::host(ticket.clone(), link, arena, Pace::default(), Duration::ZERO);
    let mut renewal = Renewal::new(client.clone(), ticket);
    let mut next_heartbeat = Duration::ZERO;
    let mut heartbeat: Option<Reply<()>> = None;

    while !stop.load(Ordering::Relaxed) {
        let now = started.elapsed();
        peer.update(now);
        drop(peer.take_notices());
        if let Status::Closed { reason } = peer.status() {
            return Err(HostError::Closed(reason));
        }
        renewal.update()?;
        if let Some(answer) = heartbeat.as_mut().and_then(Reply::poll) {
            heartbeat = None;
            match answer {
                // Out of reach for a moment; the relay is patient for several heartbeats.
                Ok(()) | Err(LobbyError::Unreachable { .. }) => {}
                Err(refused) => return Err(refused.into()),
            }
        }
        if now >= next_heartbeat && heartbeat.is_none() {
            next_heartbeat = now + HEARTBEAT;
            let alive = Heartbeat {
                players: peer.seated_players(),
                tick: peer.present().map_or(0, |(tick, _)| tick.0),
            };
            heartbeat = Some(client.heartbeat(renewal.ticket(), &alive));
        }
        peer.link().wait(until_next_tick(peer.fraction()));
    }
    peer.leave();
    drop(peer);
    // Whether or not the relay still hears it, this match is over.
    let _ = client.end(renewal.ticket()).wait();
    Ok(())
}

/// The rest of a tick of which this much has passed.
fn until_next_tick(fraction: f32) -> Duration {
    Duration::from_secs_f32((1.0 - fraction).clamp(0.0, 1.0) / TICK_RATE as f32)
}
