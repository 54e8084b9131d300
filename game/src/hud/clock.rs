//! The round's clock.

use arena::TICK_RATE;
use bevy::prelude::*;

use crate::stage::Stage;
use crate::ui::text::set_text;
use crate::ui::theme;

#[derive(Component)]
pub(super) enum ClockText {
    Time,
    Round,
}

/// The last seconds are shown in another colour.
const HURRY_SECONDS: u32 = 15;

pub(super) fn spawn(parent: &mut ChildSpawnerCommands) {
    parent
        .spawn(Node {
            row_gap: px(0),
            align_items: AlignItems::Center,
            ..theme::column()
        })
        .with_children(|column| {
            column.spawn((ClockText::Time, theme::label("", theme::LARGE, theme::TEXT)));
            column.spawn((
                ClockText::Round,
                theme::label("", theme::SMALL, theme::MUTED),
            ));
        });
}

pub(super) fn show(stage: Res<Stage>, mut texts: Query<(&ClockText, &mut Text, &mut TextColor)>) {
    let round = stage.arena.round();
    let seconds = u32::from(round.remaining).div_ceil(TICK_RATE);
    for (kind, mut text, mut colour) in &mut texts {
        match kind {
            ClockText::Time => {
                set_text(&mut text, &format!("{}:{:02}", seconds / 60, seconds % 60));
                let hurry = seconds <= HURRY_SECONDS;
                colour.set_if_neq(TextColor(if hurry { theme::WARNING } else { theme::TEXT }));
            }
            ClockText::Round => set_text(&mut text, &format!("round {}", round.number)),
        }
    }
}
