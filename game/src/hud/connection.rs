//! How others join, and how the connection is.

use bevy::prelude::*;
use shared::peer::Status;
use shared::protocol::{Code, Role};

use super::write;
use crate::platform::Startup;
use crate::play::flight::Flight;
use crate::ui::theme;

/// After this many seconds without news, the player is told.
const SILENCE_SECONDS: f32 = 2.0;

#[derive(Component)]
pub(super) struct ConnectionText;

pub(super) fn spawn(parent: &mut ChildSpawnerCommands, code: Option<Code>) {
    if let Some(code) = code {
        parent.spawn(theme::label(
            format!("code {code}"),
            theme::BODY,
            theme::TEXT,
        ));
    }
    parent.spawn((
        ConnectionText,
        Text::default(),
        TextFont::from_font_size(theme::SMALL),
        TextColor(theme::MUTED),
        TextLayout::justify(Justify::Right),
    ));
}

pub(super) fn show(
    time: Res<Time<Real>>,
    startup: Res<Startup>,
    flight: Res<Flight>,
    mut texts: Query<(&mut Text, &mut TextColor), With<ConnectionText>>,
) {
    let silence = flight.silence(time.elapsed()).as_secs_f32();
    let lost = silence > SILENCE_SECONDS && flight.peer.status() == Status::Playing;
    let invitation = flight.invitation(&startup);
    let link = invitation
        .split_once("://")
        .map_or(&*invitation, |(_, rest)| rest);
    let line = if lost {
        format!("no news for {silence:.0} s")
    } else if flight.ticket().role == Role::Host {
        "you host this match".into()
    } else {
        let health = flight.peer.health();
        let round_trip = match health.round_trip {
            Some(time) => format!("{} ms", time.as_millis()),
            None => "-- ms".into(),
        };
        format!("{round_trip}  lead {}", health.lead)
    };
    for (mut text, mut colour) in &mut texts {
        write(&mut text, &format!("{link}\n{line}"));
        colour.set_if_neq(TextColor(if lost { theme::WARNING } else { theme::MUTED }));
    }
}
