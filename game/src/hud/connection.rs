//! How others join, and how the connection is.

use bevy::prelude::*;
use shared::participant::Status;
use shared::protocol::{Code, Role};

use super::write;
use crate::platform::Startup;
use crate::play::flight::Flight;
use crate::ui::theme;

#[derive(Component)]
pub(super) struct ConnectionText;

pub(super) fn spawn(parent: &mut ChildSpawnerCommands, code: Code) {
    parent.spawn(theme::label(
        format!("code {code}"),
        theme::BODY,
        theme::TEXT,
    ));
    parent.spawn((
        ConnectionText,
        Text::default(),
        TextFont::from_font_size(theme::SMALL),
        TextColor(theme::MUTED),
        TextLayout::justify(Justify::Right),
    ));
}

pub(super) fn show(
    startup: Res<Startup>,
    flight: Res<Flight>,
    mut texts: Query<(&mut Text, &mut TextColor), With<ConnectionText>>,
) {
    let invitation = flight.invitation(&startup);
    let link = invitation
        .split_once("://")
        .map_or(&*invitation, |(_, rest)| rest);
    let trouble = match flight.status() {
        Status::Reconnecting => Some("connection lost, trying again ..."),
        Status::Electing => Some("host lost, finding another ..."),
        _ => None,
    };
    let line = if let Some(trouble) = trouble {
        trouble.into()
    } else if flight.ticket().role == Role::Host {
        "you host this match".into()
    } else {
        let health = flight.peer().health();
        let round_trip = match health.round_trip {
            Some(time) => format!("{} ms", time.as_millis()),
            None => "-- ms".into(),
        };
        format!("{round_trip}  lead {}", health.lead)
    };
    for (mut text, mut colour) in &mut texts {
        write(&mut text, &format!("{link}\n{line}"));
        colour.set_if_neq(TextColor(if trouble.is_some() {
            theme::WARNING
        } else {
            theme::MUTED
        }));
    }
}
