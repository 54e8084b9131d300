//! The open matches of this game, live from the lobby's topic while the title is shown.

use core::time::Duration;

use bevy::prelude::*;
use client::lobby::Reply;
use link::{Event, Link};
use netcode::wire;
use protocol::{LobbyTicket, OpenMatch, Topic};

use super::error_text::error_text;
use crate::messages::AnnouncementReceived;
use crate::relay_api::{AnyLink, Relay, rules};
use crate::state::Screen;

/// Between two attempts to reach the lobby.
const RETRY: Duration = Duration::from_secs(4);

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<OpenMatchList>()
        .add_systems(Update, watch_lobby.run_if(in_state(Screen::Title)))
        .add_systems(OnExit(Screen::Title), disconnect);
}

/// The open matches as far as they are known.
#[derive(Resource, Default)]
pub struct OpenMatchList {
    /// The matches; `None` until the lobby's list has arrived.
    pub list: Option<Vec<OpenMatch>>,
    /// In words, why there is no list.
    pub trouble: Option<String>,
    connection: Connection,
}

/// The connection to the lobby's topic.
#[derive(Default)]
enum Connection {
    #[default]
    None,
    RequestingTicket(Reply<LobbyTicket>),
    Listening(AnyLink),
    /// Until this time, in the app's real time.
    Pausing(Duration),
}

fn watch_lobby(
    time: Res<Time<Real>>,
    relay: Res<Relay>,
    mut open: ResMut<OpenMatchList>,
    mut announcements: MessageWriter<AnnouncementReceived>,
) {
    let now = time.elapsed();
    let next = match &mut open.bypass_change_detection().connection {
        Connection::None => Ok(Some(Connection::RequestingTicket(relay.visit()))),
        Connection::Pausing(until) if now >= *until => Ok(Some(Connection::None)),
        Connection::Pausing(_) => Ok(None),
        Connection::RequestingTicket(reply) => match reply.poll() {
            None => Ok(None),
            Some(Ok(ticket)) => listen(&relay, &ticket).map(Some),
            Some(Err(error)) => Err(error_text(&error)),
        },
        Connection::Listening(link) => {
            let mut latest = None;
            let outcome = receive(link, now, &mut latest, &mut announcements);
            if let Some(lobby) = latest {
                let own = |open: &OpenMatch| open.rules == rules();
                open.list = Some(lobby.matches.into_iter().filter(own).collect());
                open.trouble = None;
            }
            outcome.map(|()| None)
        }
    };
    match next {
        Ok(None) => {}
        Ok(Some(next)) => open.bypass_change_detection().connection = next,
        Err(trouble) => {
            open.connection = Connection::Pausing(now + RETRY);
            open.list = None;
            open.trouble = Some(trouble);
        }
    }
}

fn listen(relay: &Relay, ticket: &LobbyTicket) -> Result<Connection, String> {
    let mut link = relay
        .connect(client::access(&ticket.mqtt))
        .map_err(|error| format!("Cannot watch the lobby: {error}."))?;
    let topics: Vec<&str> = ticket.topics.subscribe.iter().map(String::as_str).collect();
    link.subscribe(&topics);
    Ok(Connection::Listening(link))
}

fn receive(
    link: &mut AnyLink,
    now: Duration,
    latest: &mut Option<protocol::OpenMatches>,
    announcements: &mut MessageWriter<AnnouncementReceived>,
) -> Result<(), String> {
    while let Some(event) = link.poll(now) {
        match event {
            // What does not decode is of another version: it is ignored.
            Event::Message { topic, payload } => match topic.parse() {
                Ok(Topic::Lobby) => *latest = wire::decode(&payload).ok().or(latest.take()),
                Ok(Topic::News | Topic::Notice(_)) => {
                    let announcement = wire::decode(&payload).ok();
                    announcements.write_batch(announcement.map(AnnouncementReceived));
                }
                _ => {}
            },
            Event::Closed { reason } => return Err(format!("The lobby is gone: {reason}.")),
            _ => {}
        }
    }
    Ok(())
}

fn disconnect(mut open: ResMut<OpenMatchList>) {
    if let Connection::Listening(link) = &mut open.connection {
        link.close();
    }
    *open = OpenMatchList::default();
}
