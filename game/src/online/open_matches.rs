//! The open matches, live from the lobby's topic while the title is shown.

use core::time::Duration;

use bevy::prelude::*;
use shared::lobby::Reply;
use shared::protocol::{LobbyTicket, OpenMatch, Topic};
use shared::transport::{Connect, Event, Link, Socket};
use shared::wire;

use super::Lobby;
use super::errand::in_words;
use crate::news::Announced;
use crate::screens::Screen;

/// Between two attempts to reach the lobby.
const RETRY: Duration = Duration::from_secs(4);

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<OpenMatches>()
        .add_systems(Update, watch.run_if(in_state(Screen::Title)))
        .add_systems(OnExit(Screen::Title), look_away);
}

/// What the list shows.
#[derive(Resource, Default)]
pub(crate) struct OpenMatches {
    /// The matches; `None` until the lobby was heard.
    pub(crate) list: Option<Vec<OpenMatch>>,
    /// Why the lobby cannot be heard, in words.
    pub(crate) trouble: Option<String>,
    watch: Watch,
}

#[derive(Default)]
enum Watch {
    #[default]
    Away,
    Asking(Reply<LobbyTicket>),
    Listening(Socket),
    Waiting(Duration),
}

fn watch(
    time: Res<Time<Real>>,
    lobby: Res<Lobby>,
    mut open: ResMut<OpenMatches>,
    mut announced: MessageWriter<Announced>,
) {
    let now = time.elapsed();
    let next = match &mut open.bypass_change_detection().watch {
        Watch::Away => Ok(Some(Watch::Asking(lobby.client.visit()))),
        Watch::Waiting(until) if now >= *until => Ok(Some(Watch::Away)),
        Watch::Waiting(_) => Ok(None),
        Watch::Asking(reply) => match reply.poll() {
            None => Ok(None),
            Some(Ok(ticket)) => listen(ticket).map(Some),
            Some(Err(error)) => Err(in_words(&error)),
        },
        Watch::Listening(socket) => {
            let mut heard = None;
            let outcome = hear(socket, now, &mut heard, &mut announced);
            if let Some(lobby) = heard {
                open.list = Some(lobby.matches.into_iter().collect());
                open.trouble = None;
            }
            outcome.map(|()| None)
        }
    };
    match next {
        Ok(None) => {}
        Ok(Some(next)) => open.bypass_change_detection().watch = next,
        Err(trouble) => {
            open.watch = Watch::Waiting(now + RETRY);
            open.list = None;
            open.trouble = Some(trouble);
        }
    }
}

fn listen(ticket: LobbyTicket) -> Result<Watch, String> {
    let mut socket = Socket::open(Connect {
        access: ticket.mqtt,
        will: None,
    })
    .map_err(|error| format!("Cannot watch the lobby: {error}."))?;
    let topics: Vec<&str> = ticket.topics.subscribe.iter().map(String::as_str).collect();
    socket.subscribe(&topics);
    Ok(Watch::Listening(socket))
}

fn hear(
    socket: &mut Socket,
    now: Duration,
    heard: &mut Option<wire::Lobby>,
    announced: &mut MessageWriter<Announced>,
) -> Result<(), String> {
    while let Some(event) = socket.poll(now) {
        match event {
            // What does not decode is of another version; all stays as it was.
            Event::Message { topic, payload } => match topic.parse() {
                Ok(Topic::Lobby) => *heard = wire::decode(&payload).ok().or(heard.take()),
                Ok(Topic::News | Topic::Notice(_)) => {
                    announced.write_batch(wire::decode(&payload).ok().map(Announced));
                }
                _ => {}
            },
            Event::Closed { reason } => return Err(format!("The lobby is gone: {reason}.")),
            _ => {}
        }
    }
    Ok(())
}

fn look_away(mut open: ResMut<OpenMatches>) {
    if let Watch::Listening(socket) = &mut open.watch {
        socket.close();
    }
    *open = OpenMatches::default();
}
