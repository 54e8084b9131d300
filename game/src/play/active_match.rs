//! The match that this player takes part in: from the ticket until the player leaves or it ends.

use arena::Arena;
use bevy::prelude::*;
use client::participant::{Handover, Participant, Status};
use client::peer::Peer;
use link::Impaired;
use protocol::Ticket;

use super::match_backend::MatchBackend;
use super::notices::NoticeWriter;
use crate::controls::PilotInput;
use crate::intents::{LeaveMatch, SendChat};
use crate::messages::{AnnouncementReceived, MatchEnded, TicketGranted};
use crate::platform::{self, Entropy};
use crate::relay_api::{AnyLink, Relay, rules};
use crate::startup::StartupOptions;
use crate::state::{FrameSystems, Screen, Settings, StatusMessage};

/// In a match that is created here, bots fill up to this number of pilots.
const BOTS: u8 = 10;

pub(super) fn plugin(app: &mut App) {
    app.add_observer(start)
        .add_observer(send_chat)
        .add_observer(leave)
        .add_systems(
            Update,
            (advance, keep_ticket, prepare_handover, end)
                .chain()
                .run_if(resource_exists::<ActiveMatch>)
                .in_set(FrameSystems::Play),
        )
        .add_systems(
            Last,
            // The window plugins write `AppExit` in the same schedule.
            leave_on_exit
                .after(bevy::window::ExitSystems)
                .run_if(resource_exists::<ActiveMatch>),
        );
}

/// The match that this player takes part in.
#[derive(Resource)]
pub struct ActiveMatch {
    participant: Participant<Arena, MatchBackend>,
    backend: MatchBackend,
    /// The token of the ticket that is kept for a page that is loaded again.
    kept_token: Option<String>,
}

impl ActiveMatch {
    /// The newest ticket.
    #[must_use]
    pub fn ticket(&self) -> &Ticket {
        self.participant.ticket()
    }

    /// The session and its link.
    pub(crate) fn peer(&self) -> &Peer<Arena, Impaired<AnyLink>> {
        self.participant.peer()
    }

    /// Whether it connects, plays, or is over.
    #[must_use]
    pub fn status(&self) -> Status {
        self.participant.status()
    }

    /// The link that others join by.
    pub(crate) fn invitation(&self, startup: &StartupOptions) -> String {
        format!("{}/#{}", startup.relay, self.ticket().code)
    }
}

/// Connects with a ticket; the holder of a new match's ticket creates its first state.
fn start(
    granted: On<TicketGranted>,
    time: Res<Time<Real>>,
    relay: Res<Relay>,
    entropy: Res<Entropy>,
    startup: Res<StartupOptions>,
    mut status: ResMut<StatusMessage>,
    mut next: ResMut<NextState<Screen>>,
    mut commands: Commands,
) {
    let TicketGranted { ticket, created } = granted.event().clone();
    if ticket.rules != rules() {
        status.warn("That match is played by other rules than this version's: reload the page or update the game.");
        return;
    }
    let code = ticket.code;
    let backend = MatchBackend {
        relay: relay.clone(),
        conditions: startup.conditions,
        seed: entropy.draw(),
    };
    let (hosting, now) = (startup.hosting, time.elapsed());
    let participant = if created {
        let arena = Arena::new(entropy.draw(), BOTS);
        Participant::host(ticket, backend.clone(), arena, hosting, now)
    } else {
        Participant::join(ticket, backend.clone(), hosting, now)
    };
    match participant {
        Ok(participant) => {
            status.clear();
            platform::show_code(Some(code));
            commands.insert_resource(ActiveMatch {
                participant,
                backend,
                kept_token: None,
            });
            next.set(Screen::Match);
        }
        Err(error) => status.warn(format!("Cannot connect to the match: {error}.")),
    }
}

fn advance(
    time: Res<Time<Real>>,
    input: Res<PilotInput>,
    mut active_match: ResMut<ActiveMatch>,
    mut notices: NoticeWriter,
    mut announcements: MessageWriter<AnnouncementReceived>,
) {
    let participant = &mut active_match.participant;
    let peer = participant.peer_mut();
    if peer.slot().is_some() {
        peer.steer(input.controls());
    }
    participant.update(time.elapsed());
    let peer = participant.peer_mut();
    for notice in peer.take_notices() {
        notices.write(notice, peer.roster());
    }
    let received = peer.take_announcements();
    announcements.write_batch(received.into_iter().map(AnnouncementReceived));
}

fn send_chat(chat: On<SendChat>, active_match: Option<ResMut<ActiveMatch>>) {
    if let Some(mut active_match) = active_match {
        let peer = active_match.participant.peer_mut();
        peer.message(chat.0.clone());
    }
}

/// Keeps the newest ticket, so that a page that is loaded again takes its seat again.
fn keep_ticket(settings: Res<Settings>, mut active_match: ResMut<ActiveMatch>) {
    let token = &active_match.ticket().token;
    if active_match.kept_token.as_ref() != Some(token) {
        let token = token.clone();
        settings.set_ticket(Some(active_match.ticket()));
        active_match.kept_token = Some(token);
    }
}

/// Lets a host hand its match over at the moment when its page is hidden, and stops.
fn prepare_handover(active_match: Res<ActiveMatch>, mut last: Local<Option<Handover>>) {
    let handover = active_match.participant.handover();
    if *last == handover {
        return;
    }
    last.clone_from(&handover);
    let action = handover.map(|handover| -> Box<dyn Fn()> {
        let backend = active_match.backend.clone();
        // The roster shows the outcome.
        Box::new(move || drop(handover.send(&mut backend.clone())))
    });
    platform::when_hidden(action);
}

/// Removes a match that is over.
fn end(
    active_match: Res<ActiveMatch>,
    settings: Res<Settings>,
    mut commands: Commands,
    mut ended: MessageWriter<MatchEnded>,
) {
    if let Status::Over { reason } = active_match.status() {
        forget(&settings);
        let code = active_match.ticket().code;
        ended.write(MatchEnded {
            reason: format!(
                "You are out of match {code}: {reason}. Join another one, or host one."
            ),
        });
        commands.remove_resource::<ActiveMatch>();
    }
}

/// A host hands the match over or, without other pilots, ends it.
fn leave(
    _: On<LeaveMatch>,
    settings: Res<Settings>,
    mut next: ResMut<NextState<Screen>>,
    mut commands: Commands,
) {
    forget(&settings);
    platform::show_code(None);
    next.set(Screen::Title);
    commands.queue(|world: &mut World| {
        if let Some(mut active_match) = world.remove_resource::<ActiveMatch>() {
            // Nothing waits for the answer; the call is made all the same.
            drop(active_match.participant.leave());
        }
    });
}

/// Drops what was prepared for a page that is hidden or loaded again.
fn forget(settings: &Settings) {
    settings.set_ticket(None);
    platform::when_hidden(None);
}

/// Closing the window is leaving, not a lost connection.
fn leave_on_exit(mut exits: MessageReader<AppExit>, mut active_match: ResMut<ActiveMatch>) {
    if exits.read().next().is_some() {
        active_match.participant.leave().wait();
    }
}
