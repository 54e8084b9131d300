//! Whom a spectator watches, and the way to the others.

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

pub(super) fn spawn(mut commands: Commands, flight: Option<Res<Flight>>) {
    if flight.is_none_or(|flight| flight.ticket().role != Role::Spectator) {
        return;
    }
    commands
        .spawn((
            DespawnOnExit(Screen::Flight),
            Node {
                align_items: AlignItems::FlexEnd,
                column_gap: px(theme::GAP),
                padding: UiRect::all(px(theme::SPACE)),
                ..theme::overlay()
            },
        ))
        .with_children(|bar| {
            for (name, text, turn) in [("back", "<", Turn::Back), ("next", ">", Turn::Next)] {
                if name == "next" {
                    bar.spawn((
                        Node {
                            width: px(190),
                            height: px(48),
                            justify_content: JustifyContent::Center,
                            align_items: AlignItems::Center,
                            ..default()
                        },
                        children![(WatchedText, theme::label("", theme::BODY, theme::TEXT))],
                    ));
                }
                bar.spawn(sized_button(name, text, Weight::Plain, px(56), px(48)))
                    .observe(move |_: On<Press>, mut commands: Commands| commands.trigger(turn));
            }
        });
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
