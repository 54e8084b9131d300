//! A flight in a match: moves the participant on, feeds it the player's hands and fills the stage.
//!
//! It takes no part in how one gets a ticket (`online`), nor in what is shown meanwhile
//! (`screens`).

use core::time::Duration;

use bevy::prelude::*;
use shared::lobby;
use shared::participant::{Online, Participant, Status};
use shared::peer::{self, Peer};
use shared::protocol::{Claim, Role, Ticket};
use shared::sim::arena::{Arena, SIM_VERSION};
use shared::transport::{Impaired, Socket};
use shared::wire::Say;

use super::Happenings;
use crate::controls::Hands;
use crate::news::Announced;
use crate::platform::{self, Startup};
use crate::stage::{FrameSystems, Stage};

/// Bots make up for missing people to this number of pilots in a match that one hosts.
const BOTS: u8 = 10;

pub(super) fn plugin(app: &mut App) {
    app.add_message::<Landed>().add_systems(
        Update,
        (advance, fill_stage, prepare_to_vanish, land)
            .chain()
            .run_if(resource_exists::<Flight>)
            .in_set(FrameSystems::Drive),
    );
    app.add_systems(Last, say_good_bye.run_if(resource_exists::<Flight>));
}

/// The match that this player takes part in.
#[derive(Resource)]
pub(crate) struct Flight {
    participant: Participant<Arena, Online>,
    lobby: lobby::Client,
    /// The token that the page would need to come back after being loaded again.
    remembered: Option<String>,
}

/// The flight is over, and why, in words.
#[derive(Message, Clone, Debug)]
pub(crate) struct Landed(pub(crate) String);

impl Flight {
    /// Connects with a ticket, over the network and with the options that `startup` asks for; `now`
    /// is the app's real time.
    /// Whoever has just created the match begins it.
    ///
    /// # Errors
    /// In words, what keeps this program from taking part.
    pub(crate) fn start(
        ticket: Ticket,
        created: bool,
        lobby: lobby::Client,
        startup: &Startup,
        now: Duration,
    ) -> Result<Self, String> {
        if ticket.sim_version != SIM_VERSION {
            return Err("That match is played by other rules than this version's: reload the page or update the game.".into());
        }
        let online = Online {
            client: lobby.clone(),
            conditions: startup.conditions,
            seed: platform::entropy(),
        };
        let participant = if created {
            let arena = Arena::new(platform::entropy(), BOTS);
            Participant::host(ticket, online, arena, startup.hosting, now)
        } else {
            Participant::join(ticket, online, startup.hosting, now)
        };
        Ok(Self {
            participant: participant
                .map_err(|error| format!("Cannot connect to the match: {error}."))?,
            lobby,
            remembered: None,
        })
    }

    /// The ticket that it takes part by.
    pub(crate) fn ticket(&self) -> &Ticket {
        self.participant.ticket()
    }

    /// The match.
    pub(crate) fn peer(&self) -> &Peer<Arena, Impaired<Socket>> {
        self.participant.peer()
    }

    /// How things stand.
    pub(crate) fn status(&self) -> Status {
        self.participant.status()
    }

    /// The link that others join by.
    pub(crate) fn invitation(&self, startup: &Startup) -> String {
        format!("{}/#{}", startup.relay, self.ticket().code)
    }

    /// Says something.
    pub(crate) fn say(&mut self, say: Say) {
        self.participant.peer_mut().say(say);
    }

    /// Says good-bye; a host hands the match over or, without other pilots, ends it.
    pub(crate) fn leave(mut self) {
        platform::remember_ticket(None);
        platform::when_hidden(None);
        // The answer is of no use any more; the call goes out all the same.
        drop(self.participant.leave());
    }
}

fn advance(
    time: Res<Time<Real>>,
    hands: Res<Hands>,
    mut flight: ResMut<Flight>,
    mut happenings: Happenings,
    mut announced: MessageWriter<Announced>,
) {
    let now = time.elapsed();
    let participant = &mut flight.participant;
    let peer = participant.peer_mut();
    if peer.slot().is_some() {
        peer.steer(hands.controls());
    }
    participant.update(now);
    let peer = participant.peer_mut();
    for notice in peer.take_notices() {
        happenings.tell(notice);
    }
    announced.write_batch(peer.take_announcements().into_iter().map(Announced));
}

/// Closing the window is leaving, not a lost connection.
fn say_good_bye(mut exits: MessageReader<AppExit>, mut flight: ResMut<Flight>) {
    if exits.read().next().is_some() {
        flight.participant.leave().wait();
    }
}

pub(super) fn fill_stage(flight: Res<Flight>, mut stage: ResMut<Stage>) {
    let peer = flight.peer();
    if let Some((tick, arena)) = peer.present() {
        stage.arena.clone_from(arena);
        stage.tick = tick;
    }
    stage.fraction = peer.fraction();
    stage.corrected = peer.corrected().cloned();
    stage.own_slot = peer.slot();
    stage.looks_on =
        flight.ticket().role == Role::Spectator && peer.status() == peer::Status::Playing;
    stage.take_callsigns(peer.roster());
}

/// Keeps what a page needs that is hidden, and stands still, or is loaded again: a hidden host hands
/// its match over, a page that comes back takes its seat again.
fn prepare_to_vanish(mut flight: ResMut<Flight>, mut last: Local<Option<Claim>>) {
    let token = &flight.ticket().token;
    if flight.remembered.as_ref() != Some(token) {
        let token = token.clone();
        platform::remember_ticket(Some(flight.ticket()));
        flight.remembered = Some(token);
    }
    let handover = flight.participant.handover();
    if *last != handover {
        *last = handover;
        let action = handover.map(|claim| -> Box<dyn Fn()> {
            let (lobby, ticket) = (flight.lobby.clone(), flight.ticket().clone());
            // The roster tells how it ended.
            Box::new(move || drop(lobby.claim(&ticket, &claim)))
        });
        platform::when_hidden(action);
    }
}

/// Ends a flight that has nowhere to go.
fn land(flight: Res<Flight>, mut commands: Commands, mut landed: MessageWriter<Landed>) {
    if let Status::Over { reason } = flight.status() {
        platform::remember_ticket(None);
        platform::when_hidden(None);
        let code = flight.ticket().code;
        landed.write(Landed(format!(
            "You are out of match {code}: {reason}. Join another one, or host one."
        )));
        commands.remove_resource::<Flight>();
    }
}
