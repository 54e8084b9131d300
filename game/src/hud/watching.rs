//! Whom somebody who looks on watches, and the way to the others.

use bevy::prelude::*;
use shared::protocol::Role;

use super::write;
use crate::play::flight::Flight;
use crate::play::watching::Turn;
use crate::screens::Screen;
use crate::stage::Stage;
use crate::ui::button::{Press, Weight, sized_button};
use crate::ui::theme;

#[derive(Component)]
pub(super) struct WatchedText;

/// For a spectator, at the foot of the window.
pub(super) fn spawn_bar(mut commands: Commands, flight: Option<Res<Flight>>) {
    if flight.is_none_or(|flight| flight.ticket().role != Role::Spectator) {
        return;
    }
    commands
        .spawn((
            DespawnOnExit(Screen::Flight),
            Node {
                align_items: AlignItems::FlexEnd,
                padding: UiRect::all(px(theme::SPACE)),
                ..theme::overlay()
            },
        ))
        .with_children(spawn);
}

/// The pilot's name between two buttons.
pub(crate) fn spawn(parent: &mut ChildSpawnerCommands) {
    parent.spawn(theme::row()).with_children(|row| {
        spawn_button(row, "back", "<", Turn::Back);
        row.spawn((
            Node {
                width: px(190),
                height: px(48),
                justify_content: JustifyContent::Center,
                align_items: AlignItems::Center,
                ..default()
            },
            children![(WatchedText, theme::label("", theme::BODY, theme::TEXT))],
        ));
        spawn_button(row, "next", ">", Turn::Next);
    });
}

fn spawn_button(row: &mut ChildSpawnerCommands, name: &'static str, text: &str, turn: Turn) {
    row.spawn(sized_button(name, text, Weight::Plain, px(56), px(48)))
        .observe(move |_: On<Press>, mut commands: Commands| commands.trigger(turn));
}

pub(super) fn show(stage: Res<Stage>, mut texts: Query<&mut Text, With<WatchedText>>) {
    let line = match stage.watched {
        Some(slot) => format!("watching {}", stage.name(slot)),
        None => String::new(),
    };
    for mut text in &mut texts {
        write(&mut text, &line);
    }
}
