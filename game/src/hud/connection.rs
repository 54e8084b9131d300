//! The invitation, and the state of the connection.

use bevy::prelude::*;
use client::participant::Status;
use protocol::{Code, Role};

use crate::play::ActiveMatch;
use crate::startup::StartupOptions;
use crate::ui::text::set_text;
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
    startup: Res<StartupOptions>,
    active_match: Res<ActiveMatch>,
    mut texts: Query<(&mut Text, &mut TextColor), With<ConnectionText>>,
) {
    let invitation = active_match.invitation(&startup);
    let link = invitation
        .split_once("://")
        .map_or(&*invitation, |(_, rest)| rest);
    let trouble = match active_match.status() {
        Status::Reconnecting => Some("connection lost, trying again ..."),
        Status::Electing => Some("host lost, finding another ..."),
        _ => None,
    };
    let line = if let Some(trouble) = trouble {
        trouble.into()
    } else if active_match.ticket().role == Role::Host {
        "you host this match".into()
    } else {
        let health = active_match.peer().health();
        let round_trip = match health.round_trip {
            Some(time) => format!("{} ms", time.as_millis()),
            None => "-- ms".into(),
        };
        format!("{round_trip}  lead {}", health.lead)
    };
    for (mut text, mut colour) in &mut texts {
        set_text(&mut text, &format!("{link}\n{line}"));
        colour.set_if_neq(TextColor(if trouble.is_some() {
            theme::WARNING
        } else {
            theme::MUTED
        }));
    }
}
