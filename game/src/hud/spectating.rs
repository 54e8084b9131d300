//! The pilot that is watched, and the buttons that switch to another.

use bevy::prelude::*;
use protocol::Role;

use crate::intents::SwitchWatched;
use crate::play::ActiveMatch;
use crate::stage::Stage;
use crate::state::Screen;
use crate::ui::button::{Press, Weight, sized_button};
use crate::ui::text::set_text;
use crate::ui::theme;

#[derive(Component)]
pub(super) struct WatchedText;

/// For a spectator, at the bottom of the window.
pub(super) fn spawn_bar(mut commands: Commands, active_match: Option<Res<ActiveMatch>>) {
    if active_match.is_none_or(|active_match| active_match.ticket().role != Role::Spectator) {
        return;
    }
    commands
        .spawn((
            DespawnOnExit(Screen::Match),
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
        spawn_button(row, "back", "<", SwitchWatched::Previous);
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
        spawn_button(row, "next", ">", SwitchWatched::Next);
    });
}

fn spawn_button(
    row: &mut ChildSpawnerCommands,
    name: &'static str,
    text: &str,
    switch: SwitchWatched,
) {
    row.spawn(sized_button(name, text, Weight::Plain, px(56), px(48)))
        .observe(move |_: On<Press>, mut commands: Commands| commands.trigger(switch));
}

pub(super) fn show(stage: Res<Stage>, mut texts: Query<&mut Text, With<WatchedText>>) {
    let line = match stage.watched {
        Some(slot) => format!("watching {}", stage.name(slot)),
        None => String::new(),
    };
    for mut text in &mut texts {
        set_text(&mut text, &line);
    }
}
