//! The main column: the callsign, and the ways into a match.

use bevy::prelude::*;

use super::side_column::SideContent;
use crate::intents::MatchIntent;
use crate::platform::{self, Entropy};
use crate::state::{KeyboardFocus, PilotName, StatusMessage};
use crate::ui::button::{Press, Weight, button, sized_button};
use crate::ui::theme;

#[derive(Component)]
pub(super) struct CallsignText;

/// The column, with the callsign as it is now.
pub(super) fn spawn(column: &mut ChildSpawnerCommands, callsign: &str) {
    column.spawn(theme::label("LAST WILL", theme::TITLE, theme::ACCENT));
    column.spawn(theme::label(
        "Dogfights in an asteroid field",
        theme::SMALL,
        theme::MUTED,
    ));
    column.spawn(theme::row()).with_children(|row| {
        row.spawn(sized_button(
            "callsign",
            callsign,
            Weight::Plain,
            px(164),
            px(48),
        ))
        .insert(CallsignText)
        .observe(|_: On<Press>, mut focus: ResMut<KeyboardFocus>| {
            *focus = match *focus {
                KeyboardFocus::Callsign => KeyboardFocus::Game,
                _ => KeyboardFocus::Callsign,
            };
        });
        row.spawn(sized_button(
            "reroll",
            "RE-ROLL",
            Weight::Plain,
            px(94),
            px(48),
        ))
        .observe(
            |_: On<Press>, mut pilot: ResMut<PilotName>, entropy: Res<Entropy>| {
                pilot.reroll(*entropy);
            },
        );
    });
    column
        .spawn(button("quick-play", "QUICK PLAY", Weight::Primary))
        .observe(|_: On<Press>, mut commands: Commands| commands.trigger(MatchIntent::QuickPlay));
    column
        .spawn(button("host", "HOST A MATCH", Weight::Plain))
        .observe(|_: On<Press>, mut commands: Commands| commands.trigger(MatchIntent::Host));
    column.spawn(theme::row()).with_children(|row| {
        row.spawn(sized_button(
            "join",
            "JOIN BY CODE",
            Weight::Plain,
            px(164),
            px(48),
        ))
        .observe(
            |_: On<Press>, mut side: ResMut<SideContent>, mut focus: ResMut<KeyboardFocus>| {
                (*side, *focus) = match *side {
                    SideContent::Matches => (SideContent::Keypad, KeyboardFocus::Code),
                    SideContent::Keypad => (SideContent::Matches, KeyboardFocus::Game),
                };
            },
        );
        row.spawn(sized_button(
            "replay",
            "REPLAY",
            Weight::Plain,
            px(94),
            px(48),
        ))
        .observe(|_: On<Press>, mut status: ResMut<StatusMessage>| {
            if let Err(advice) = platform::choose_file() {
                status.inform(advice);
            }
        });
    });
}

/// Shows the callsign as it is typed.
pub(super) fn show_callsign(
    pilot: Res<PilotName>,
    focus: Res<KeyboardFocus>,
    field: Single<&Children, With<CallsignText>>,
    mut texts: Query<&mut Text>,
) {
    let cursor = if *focus == KeyboardFocus::Callsign {
        "_"
    } else {
        ""
    };
    for &child in *field {
        if let Ok(mut text) = texts.get_mut(child) {
            text.0 = format!("{}{cursor}", pilot.text());
        }
    }
}
