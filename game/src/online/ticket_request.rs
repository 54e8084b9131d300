//! Ticket requests: the calls to the relay that turn a [`MatchIntent`] into a ticket.
//!
//! There is one request at a time; a new one replaces it.

use bevy::prelude::*;
use client::lobby::{LobbyError, Reply};
use protocol::{Callsign, Code, CreateMatch, Identity, JoinMatch, JoinRole, OpenMatch, Ticket};

use super::error_text::error_text;
use crate::intents::{CancelRequest, MatchIntent};
use crate::messages::TicketGranted;
use crate::relay_api::{Relay, rules};
use crate::startup::StartupOptions;
use crate::state::{FrameSystems, PilotName, Settings, StatusMessage};

/// Seats for people in a match that is created here.
const SEATS: u8 = 16;

/// The HTTP status of an answer that refuses a token.
const UNAUTHORIZED: u16 = 401;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<TicketRequest>()
        .init_resource::<KnownIdentity>()
        .add_observer(start_request)
        .add_observer(cancel_request)
        .add_systems(Update, poll_request.before(FrameSystems::Play));
}

/// The identity that the relay has confirmed since the game was started.
#[derive(Resource, Default)]
struct KnownIdentity(Option<Identity>);

/// The call that is pending.
#[derive(Resource, Default)]
enum TicketRequest {
    #[default]
    Idle,
    /// For the player's identity, before the calls of the intent.
    Identify(Callsign, MatchIntent, Reply<Identity>),
    /// For a match to join.
    Choose(Callsign, Identity, Reply<Vec<OpenMatch>>),
    /// For the ticket of a new match.
    Create(Reply<Ticket>),
    /// For a ticket of an existing match.
    Join(Reply<Ticket>),
    /// For the seat that this page had before it was loaded again; if it is gone, for a new one.
    Rejoin(Callsign, Identity, Code, Reply<Ticket>),
}

/// What an answer leads to.
enum Step {
    /// The next call.
    Continue(TicketRequest),
    Granted(Box<TicketGranted>),
    /// In words, why, and what to do.
    Failed(String),
}

fn start_request(
    intent: On<MatchIntent>,
    relay: Res<Relay>,
    known: Res<KnownIdentity>,
    startup: Res<StartupOptions>,
    settings: Res<Settings>,
    pilot: Res<PilotName>,
    mut request: ResMut<TicketRequest>,
    mut status: ResMut<StatusMessage>,
) {
    let callsign = match pilot.callsign() {
        Ok(callsign) => callsign,
        Err(error) => {
            status.warn(format!("Choose another callsign: {error}."));
            return;
        }
    };
    settings.set_callsign(callsign);
    status.inform("Asking the relay ...");
    *request = match &known.0 {
        Some(identity) => first_call(&relay, &settings, identity, callsign, *intent),
        None => {
            let stored = settings.identity();
            let token = startup.id_token.as_deref().or(stored.as_deref());
            TicketRequest::Identify(callsign, *intent, relay.identify(token))
        }
    };
}

fn cancel_request(_: On<CancelRequest>, mut request: ResMut<TicketRequest>) {
    *request = TicketRequest::Idle;
}

/// The call that an intent begins with, once the identity is known.
fn first_call(
    relay: &Relay,
    settings: &Settings,
    identity: &Identity,
    callsign: Callsign,
    intent: MatchIntent,
) -> TicketRequest {
    match intent {
        MatchIntent::QuickPlay => {
            TicketRequest::Choose(callsign, identity.clone(), relay.matches())
        }
        MatchIntent::Host => create(relay, identity, callsign),
        MatchIntent::Join(code) => match settings.ticket() {
            Some(ticket) if ticket.code == code => TicketRequest::Rejoin(
                callsign,
                identity.clone(),
                code,
                relay.renew(&ticket, rules()),
            ),
            _ => join(relay, identity, callsign, code, JoinRole::Player),
        },
        MatchIntent::Watch(code) => join(relay, identity, callsign, code, JoinRole::Spectator),
    }
}

fn create(relay: &Relay, identity: &Identity, callsign: Callsign) -> TicketRequest {
    let mut name = arrayvec::ArrayString::new();
    // A callsign is so short that the name always fits.
    let _ = std::fmt::Write::write_fmt(&mut name, format_args!("{callsign}'s match"));
    let request = CreateMatch {
        rules: rules(),
        name,
        callsign: Some(callsign),
        max_players: SEATS,
        public: true,
    };
    TicketRequest::Create(relay.create(identity, &request))
}

fn join(
    relay: &Relay,
    identity: &Identity,
    callsign: Callsign,
    code: Code,
    role: JoinRole,
) -> TicketRequest {
    let request = JoinMatch {
        rules: rules(),
        callsign,
        role,
    };
    TicketRequest::Join(relay.join(identity, code, &request))
}

fn poll_request(
    relay: Res<Relay>,
    settings: Res<Settings>,
    mut known: ResMut<KnownIdentity>,
    mut startup: ResMut<StartupOptions>,
    mut request: ResMut<TicketRequest>,
    mut status: ResMut<StatusMessage>,
    mut commands: Commands,
) {
    let step = match &mut *request {
        TicketRequest::Idle => return,
        TicketRequest::Identify(callsign, intent, reply) => {
            let Some(answer) = reply.poll() else { return };
            match answer {
                Ok(identity) => {
                    settings.set_identity(Some(&identity.token));
                    let next = first_call(&relay, &settings, &identity, *callsign, *intent);
                    known.0 = Some(identity);
                    Step::Continue(next)
                }
                Err(error) if is_refused_token(&error) && startup.id_token.is_none() => {
                    // It has expired, or is another relay's: continue with a new identity.
                    settings.set_identity(None);
                    let reply = relay.identify(None);
                    Step::Continue(TicketRequest::Identify(*callsign, *intent, reply))
                }
                Err(error) => {
                    // It would be refused again; without it the player is a guest.
                    startup.id_token = None;
                    Step::Failed(error_text(&error))
                }
            }
        }
        TicketRequest::Choose(callsign, identity, reply) => {
            let Some(answer) = reply.poll() else { return };
            match answer {
                Ok(matches) => Step::Continue(match most_populated(&matches) {
                    Some(open) => join(&relay, identity, *callsign, open.code, JoinRole::Player),
                    None => create(&relay, identity, *callsign),
                }),
                Err(error) => Step::Failed(error_text(&error)),
            }
        }
        TicketRequest::Create(reply) => {
            let Some(answer) = reply.poll() else { return };
            granted(answer, true, &mut known)
        }
        TicketRequest::Join(reply) => {
            let Some(answer) = reply.poll() else { return };
            granted(answer, false, &mut known)
        }
        TicketRequest::Rejoin(callsign, identity, code, reply) => {
            let Some(answer) = reply.poll() else { return };
            if answer.is_ok() {
                granted(answer, false, &mut known)
            } else {
                settings.set_ticket(None);
                Step::Continue(join(&relay, identity, *callsign, *code, JoinRole::Player))
            }
        }
    };
    match step {
        Step::Continue(next) => *request = next,
        Step::Granted(granted) => {
            *request = TicketRequest::Idle;
            commands.trigger(*granted);
        }
        Step::Failed(reason) => {
            *request = TicketRequest::Idle;
            status.warn(reason);
        }
    }
}

fn granted(answer: Result<Ticket, LobbyError>, created: bool, known: &mut KnownIdentity) -> Step {
    match answer {
        Ok(ticket) => Step::Granted(Box::new(TicketGranted { ticket, created })),
        Err(error) => {
            if is_refused_token(&error) {
                // The next intent asks for an identity again.
                known.0 = None;
            }
            Step::Failed(error_text(&error))
        }
    }
}

fn is_refused_token(error: &LobbyError) -> bool {
    matches!(error, LobbyError::Refused(problem) if problem.status == UNAUTHORIZED)
}

/// The match of this game with the most people that has a free seat.
fn most_populated(matches: &[OpenMatch]) -> Option<&OpenMatch> {
    matches
        .iter()
        .filter(|open| open.rules == rules() && open.players < open.max_players)
        .max_by_key(|open| open.players)
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::MatchId;

    fn open(entropy: u64, players: u8, max_players: u8) -> OpenMatch {
        OpenMatch {
            id: MatchId::from_entropy(entropy),
            code: Code::from_entropy(entropy),
            name: arrayvec::ArrayString::new(),
            players,
            max_players,
            rules: rules(),
        }
    }

    #[test]
    fn quick_play_prefers_company_but_needs_a_seat() {
        assert_eq!(most_populated(&[]), None);
        assert_eq!(most_populated(&[open(1, 4, 4)]), None);
        let matches = [open(1, 0, 8), open(2, 3, 8), open(3, 8, 8)];
        assert_eq!(most_populated(&matches), Some(&matches[1]));

        let mut older = open(1, 3, 8);
        older.rules.version = 0;
        assert_eq!(most_populated(&[older]), None);
    }
}
