//! A flight in a match: moves the peer on, feeds it the player's hands, fills the stage, and tells
//! the relay that the match lives.
//!
//! It takes no part in how one gets a ticket (`online`), nor in what is shown meanwhile
//! (`screens`).

use core::time::Duration;

use bevy::prelude::*;
use shared::lobby::{self, Reply};
use shared::peer::{self, Peer, Status};
use shared::protocol::{Heartbeat, Role, Ticket};
use shared::session::{Notice, Pace};
use shared::sim::arena::{Arena, SIM_VERSION};
use shared::sim::{MAX_SLOTS, Tick};
use shared::transport::{Conditions, Impaired, Socket};
use shared::wire::Say;

use crate::controls::Hands;
use crate::platform::{self, Startup};
use crate::stage::{FrameSystems, Happened, Said, Settled, Stage};

/// Bots make up for missing people to this number of pilots in a match that one hosts.
const BOTS: u8 = 10;

/// How often a host tells the relay that the match lives.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// How often the ticket is renewed, so that its token never ends while one plays.
const RENEWAL: Duration = Duration::from_secs(60);

/// Without a word from the host for this long, the match is as good as over.
const PATIENCE: Duration = Duration::from_secs(15);

pub(super) fn plugin(app: &mut App) {
    app.add_message::<Landed>().add_systems(
        Update,
        (advance, fill_stage, report_life, land)
            .chain()
            .run_if(resource_exists::<Flight>)
            .in_set(FrameSystems::Drive),
    );
    app.add_systems(Last, say_good_bye.run_if(resource_exists::<Flight>));
}

/// The match that this player takes part in.
#[derive(Resource)]
pub(crate) struct Flight {
    pub(crate) peer: Peer<Arena, Impaired<Socket>>,
    /// The newest ticket: its token authorises calls.
    ticket: Ticket,
    lobby: lobby::Client,
    heartbeat: Chore<()>,
    renewal: Chore<Ticket>,
    /// The last confirmed tick and when it came.
    heard: (Option<Tick>, Duration),
}

/// A call that is made again and again.
struct Chore<T> {
    last: Duration,
    reply: Option<Reply<T>>,
}

impl<T> Chore<T> {
    const fn new(now: Duration) -> Self {
        Self {
            last: now,
            reply: None,
        }
    }

    fn is_due(&self, now: Duration, interval: Duration) -> bool {
        now >= self.last + interval
    }

    fn start(&mut self, now: Duration, reply: Reply<T>) {
        self.last = now;
        self.reply = Some(reply);
    }
}

/// The flight is over, and why, in words.
#[derive(Message, Clone, Debug)]
pub(crate) struct Landed(pub(crate) String);

impl Flight {
    /// Connects with a ticket, over a network under `conditions`; `now` is the app's real time.
    ///
    /// # Errors
    /// In words, what keeps this program from taking part.
    pub(crate) fn start(
        ticket: Ticket,
        lobby: lobby::Client,
        conditions: Conditions,
        now: Duration,
    ) -> Result<Self, String> {
        if ticket.sim_version != SIM_VERSION {
            return Err("That match is played by other rules than this version's: reload the page or update the game.".into());
        }
        let socket = Socket::open(peer::connect(&ticket))
            .map_err(|error| format!("Cannot connect to the match: {error}."))?;
        let link = Impaired::new(socket, conditions, platform::entropy());
        let peer = match ticket.role {
            Role::Host => {
                let arena = Arena::new(platform::entropy(), BOTS);
                Peer::host(ticket.clone(), link, arena, Pace::default(), now)
            }
            Role::Player | Role::Spectator => Peer::guest(ticket.clone(), link, now),
        };
        Ok(Self {
            peer,
            ticket,
            lobby,
            heartbeat: Chore::new(now),
            renewal: Chore::new(now),
            heard: (None, now),
        })
    }

    /// The ticket that it takes part by.
    pub(crate) fn ticket(&self) -> &Ticket {
        &self.ticket
    }

    /// The link that others join by.
    pub(crate) fn invitation(&self, startup: &Startup) -> String {
        format!("{}/#{}", startup.relay, self.ticket.code)
    }

    /// Says something.
    pub(crate) fn say(&mut self, say: Say) {
        self.peer.say(say);
    }

    /// How long nothing new has been heard of the match.
    pub(crate) fn silence(&self, now: Duration) -> Duration {
        now.saturating_sub(self.heard.1)
    }

    /// Says good-bye; a host ends the match.
    pub(crate) fn leave(mut self) {
        self.peer.leave();
        if self.ticket.role == Role::Host {
            // The answer is of no use any more; the call goes out all the same.
            drop(self.lobby.end(&self.ticket));
        }
    }
}

fn advance(
    time: Res<Time<Real>>,
    hands: Res<Hands>,
    mut flight: ResMut<Flight>,
    mut happened: MessageWriter<Happened>,
    mut settled: MessageWriter<Settled>,
    mut said: MessageWriter<Said>,
) {
    let now = time.elapsed();
    let peer = &mut flight.peer;
    if peer.slot().is_some() {
        peer.steer(hands.controls());
    }
    peer.update(now);
    for notice in peer.take_notices() {
        match notice {
            Notice::Predicted(event) => drop(happened.write(Happened(event))),
            Notice::Confirmed { event, .. } => drop(settled.write(Settled(event))),
            Notice::Said { slot, say } => drop(said.write(Said { slot, say })),
            Notice::HostGone => {}
        }
    }
    let confirmed = peer.confirmed().map(|(tick, _)| tick);
    if confirmed != flight.heard.0 {
        flight.heard = (confirmed, now);
    }
}

/// Closing the window is leaving, not a lost connection.
fn say_good_bye(mut exits: MessageReader<AppExit>, mut flight: ResMut<Flight>) {
    if exits.read().next().is_some() {
        flight.peer.leave();
    }
}

fn fill_stage(flight: Res<Flight>, mut stage: ResMut<Stage>) {
    let peer = &flight.peer;
    if let Some((tick, arena)) = peer.present() {
        stage.arena.clone_from(arena);
        stage.tick = tick;
    }
    stage.fraction = peer.fraction();
    stage.corrected = peer.corrected().cloned();
    stage.own_slot = peer.slot();
    stage.callsigns = [None; MAX_SLOTS];
    for seat in peer.roster().iter().flat_map(|roster| &roster.seats) {
        stage.callsigns[seat.slot.index()] = Some(seat.callsign);
    }
}

fn report_life(time: Res<Time<Real>>, mut flight: ResMut<Flight>) {
    let now = time.elapsed();
    let flight = &mut *flight;
    if flight.ticket.role == Role::Host && flight.heartbeat.is_due(now, HEARTBEAT) {
        let heartbeat = Heartbeat {
            players: flight.peer.seated_players(),
            tick: flight.peer.present().map_or(0, |(tick, _)| tick.0),
        };
        let reply = flight.lobby.heartbeat(&flight.ticket, &heartbeat);
        flight.heartbeat.start(now, reply);
    }
    if flight.renewal.is_due(now, RENEWAL) {
        let reply = flight.lobby.renew(&flight.ticket);
        flight.renewal.start(now, reply);
    }
    if let Some(Ok(ticket)) = flight.renewal.reply.as_mut().and_then(Reply::poll) {
        flight.ticket = ticket;
    }
}

/// Ends a flight that has nowhere to go.
fn land(
    time: Res<Time<Real>>,
    flight: Res<Flight>,
    mut commands: Commands,
    mut landed: MessageWriter<Landed>,
) {
    let reason = match flight.peer.status() {
        Status::Closed { reason } => match flight.ticket.role {
            Role::Host => format!("The connection is lost: {reason}. Host another match."),
            Role::Player | Role::Spectator => {
                let code = flight.ticket.code;
                format!("The connection is lost: {reason}. Join again by the code {code}.")
            }
        },
        _ if flight.peer.host_gone() => {
            "The host has left, and the match is over. Join another one, or host one.".into()
        }
        _ if flight.silence(time.elapsed()) > PATIENCE => {
            "The host of the match does not answer. Try again later, or join another match.".into()
        }
        _ => return,
    };
    landed.write(Landed(reason));
    commands.remove_resource::<Flight>();
}
