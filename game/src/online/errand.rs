//! Errands: what the player wants from the lobby, and the calls that get a ticket for it.
//!
//! One errand at a time; a new one replaces the last.

use bevy::prelude::*;
use shared::lobby::{LobbyError, Reply};
use shared::protocol::{
    Callsign, Code, CreateMatch, Identity, JoinMatch, JoinRole, OpenMatch, Ticket,
};

use super::Lobby;
use crate::platform::{self, Startup};
use crate::play::flight::Flight;
use crate::screens::Screen;
use crate::screens::title::callsign::Pilot;
use crate::screens::title::notice::Notice;

/// Seats for people in a match that one hosts.
const SEATS: u8 = 16;

/// The status of a problem with a token.
const UNAUTHORIZED: u16 = 401;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Errand>()
        .add_observer(set_out)
        .add_systems(Update, proceed);
}

/// The player wants into a match.
#[derive(Event, Clone, Copy, Debug)]
pub(crate) enum Wish {
    /// Any match with people, else a new one.
    QuickPlay,
    /// A new match.
    Host,
    /// This match.
    Join(Code),
    /// This match, without a ship.
    Watch(Code),
}

/// The call under way.
#[derive(Resource, Default)]
pub(crate) enum Errand {
    #[default]
    Idle,
    /// Says who it is that wishes something, or asks.
    Identify(Callsign, Wish, Reply<Identity>),
    /// Looks for a match to join.
    Choose(Callsign, Reply<Vec<OpenMatch>>),
    /// Gets a ticket for a new match.
    Create(Reply<Ticket>),
    /// Gets a ticket.
    Join(Reply<Ticket>),
    /// Takes the seat again that this page had before it was loaded again, or else a new one.
    Return(Callsign, Code, Reply<Ticket>),
}

fn set_out(
    wish: On<Wish>,
    lobby: Res<Lobby>,
    startup: Res<Startup>,
    pilot: Res<Pilot>,
    mut errand: ResMut<Errand>,
    mut notice: ResMut<Notice>,
) {
    let callsign = match pilot.callsign() {
        Ok(callsign) => callsign,
        Err(error) => {
            notice.warn(format!("Choose another callsign: {error}."));
            return;
        }
    };
    notice.inform("Asking the relay ...");
    *errand = if lobby.identified {
        begin(&lobby, callsign, *wish)
    } else {
        let remembered = platform::remembered_identity();
        let token = startup.id_token.as_deref().or(remembered.as_deref());
        Errand::Identify(callsign, *wish, lobby.client.identify(token))
    };
}

fn begin(lobby: &Lobby, callsign: Callsign, wish: Wish) -> Errand {
    match wish {
        Wish::QuickPlay => Errand::Choose(callsign, lobby.client.matches()),
        Wish::Host => host(lobby, callsign),
        Wish::Join(code) => match platform::remembered_ticket() {
            Some(ticket) if ticket.code == code => {
                Errand::Return(callsign, code, lobby.client.renew(&ticket))
            }
            _ => join(lobby, callsign, code, JoinRole::Player),
        },
        Wish::Watch(code) => join(lobby, callsign, code, JoinRole::Spectator),
    }
}

fn host(lobby: &Lobby, callsign: Callsign) -> Errand {
    let mut name = arrayvec::ArrayString::new();
    // A callsign is so short that the name always fits.
    let _ = std::fmt::Write::write_fmt(&mut name, format_args!("{callsign}'s match"));
    Errand::Create(lobby.client.create(&CreateMatch {
        name,
        callsign: Some(callsign),
        max_players: SEATS,
        public: true,
    }))
}

fn join(lobby: &Lobby, callsign: Callsign, code: Code, role: JoinRole) -> Errand {
    let wish = JoinMatch { callsign, role };
    Errand::Join(lobby.client.join(code, &wish))
}

fn proceed(
    time: Res<Time<Real>>,
    mut lobby: ResMut<Lobby>,
    mut startup: ResMut<Startup>,
    mut errand: ResMut<Errand>,
    mut notice: ResMut<Notice>,
    mut commands: Commands,
    mut next: ResMut<NextState<Screen>>,
) {
    let outcome = match &mut *errand {
        Errand::Idle => return,
        Errand::Identify(callsign, wish, reply) => match reply.poll() {
            None => return,
            Some(Ok(identity)) => {
                platform::remember_identity(Some(&identity.token));
                lobby.client = lobby.client.clone().with_identity(&identity);
                lobby.identified = true;
                *errand = begin(&lobby, *callsign, *wish);
                return;
            }
            Some(Err(error)) if is_refused_token(&error) && startup.id_token.is_none() => {
                // Of a relay with another key, or over: somebody new, then.
                platform::remember_identity(None);
                *errand = Errand::Identify(*callsign, *wish, lobby.client.identify(None));
                return;
            }
            Some(Err(error)) => {
                // It would be refused again; without it one is a guest.
                startup.id_token = None;
                Err(in_words(&error))
            }
        },
        Errand::Choose(callsign, reply) => match reply.poll() {
            None => return,
            Some(Ok(matches)) => {
                let callsign = *callsign;
                *errand = match liveliest(&matches) {
                    Some(open) => join(&lobby, callsign, open.code, JoinRole::Player),
                    None => host(&lobby, callsign),
                };
                return;
            }
            Some(Err(error)) => Err(in_words(&error)),
        },
        Errand::Create(reply) | Errand::Join(reply) => {
            let Some(answer) = reply.poll() else { return };
            if answer.as_ref().is_err_and(is_refused_token) {
                // What the relay knew is over: the next wish asks it again.
                lobby.identified = false;
            }
            let created = matches!(*errand, Errand::Create(_));
            answer
                .map(|ticket| (ticket, created))
                .map_err(|error| in_words(&error))
        }
        Errand::Return(callsign, code, reply) => match reply.poll() {
            None => return,
            Some(Ok(ticket)) => Ok((ticket, false)),
            Some(Err(_)) => {
                platform::remember_ticket(None);
                *errand = join(&lobby, *callsign, *code, JoinRole::Player);
                return;
            }
        },
    };
    let outcome = outcome.and_then(|(ticket, created)| {
        let client = lobby.client.clone();
        Flight::start(ticket, created, client, &startup, time.elapsed())
    });
    *errand = Errand::Idle;
    match outcome {
        Ok(flight) => {
            notice.clear();
            platform::show_code(Some(flight.ticket().code));
            commands.insert_resource(flight);
            next.set(Screen::Flight);
        }
        Err(reason) => notice.warn(reason),
    }
}

/// Whether the relay does not take the token that it was shown.
fn is_refused_token(error: &LobbyError) -> bool {
    matches!(error, LobbyError::Refused(problem) if problem.status == UNAUTHORIZED)
}

/// The match with the most people that has a free seat.
fn liveliest(matches: &[OpenMatch]) -> Option<&OpenMatch> {
    matches
        .iter()
        .filter(|open| open.players < open.max_players)
        .max_by_key(|open| open.players)
}

/// A failed call in words, and what to do about it.
pub(super) fn in_words(error: &LobbyError) -> String {
    match error {
        LobbyError::Unreachable { .. } => {
            "Cannot reach the relay. Check your connection and that the relay runs, then try again.".into()
        }
        LobbyError::Refused(problem) => {
            let mut words = problem.detail.trim_end_matches('.').to_owned();
            if let Some(first) = words.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            words.push('.');
            words
        }
        LobbyError::Unexpected { .. } => {
            "The relay gave an unexpected answer. Reload the page or update the game, then try again.".into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::protocol::MatchId;

    fn open(entropy: u64, players: u8, max_players: u8) -> OpenMatch {
        OpenMatch {
            id: MatchId::from_entropy(entropy),
            code: Code::from_entropy(entropy),
            name: arrayvec::ArrayString::new(),
            players,
            max_players,
        }
    }

    #[test]
    fn quick_play_prefers_company_but_needs_a_seat() {
        assert_eq!(liveliest(&[]), None);
        assert_eq!(liveliest(&[open(1, 4, 4)]), None);
        let matches = [open(1, 0, 8), open(2, 3, 8), open(3, 8, 8)];
        assert_eq!(liveliest(&matches), Some(&matches[1]));
    }
}
