//! The own salvage and place.

use bevy::prelude::*;

use crate::stage::Stage;
use crate::stage::standings::standings;
use crate::ui::text::set_text;
use crate::ui::theme;

#[derive(Component)]
pub(super) enum ScoreText {
    Salvage,
    Place,
}

pub(super) fn spawn(parent: &mut ChildSpawnerCommands) {
    let column = Node {
        row_gap: px(0),
        ..theme::column()
    };
    let row = Node {
        align_items: AlignItems::Baseline,
        ..theme::row()
    };
    parent.spawn(column).with_children(|column| {
        column.spawn(row).with_children(|row| {
            row.spawn((
                ScoreText::Salvage,
                theme::label("", theme::LARGE, theme::TEXT),
            ));
            row.spawn(theme::label("salvage", theme::SMALL, theme::MUTED));
        });
        column.spawn((
            ScoreText::Place,
            theme::label("", theme::SMALL, theme::MUTED),
        ));
    });
}

pub(super) fn show(stage: Res<Stage>, mut texts: Query<(&ScoreText, &mut Text)>) {
    let standings = standings(&stage);
    let own = standings
        .iter()
        .find(|standing| Some(standing.slot) == stage.own_slot);
    for (kind, mut text) in &mut texts {
        let new = match (kind, own) {
            (ScoreText::Salvage, Some(own)) => own.score.to_string(),
            (ScoreText::Place, Some(own)) => {
                format!("{} of {}", ordinal(own.place), standings.len())
            }
            (_, None) => String::new(),
        };
        set_text(&mut text, &new);
    }
}

fn ordinal(place: usize) -> String {
    let suffix = match (place % 10, place % 100) {
        (1, tens) if tens != 11 => "st",
        (2, tens) if tens != 12 => "nd",
        (3, tens) if tens != 13 => "rd",
        _ => "th",
    };
    format!("{place}{suffix}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_have_their_ordinal_suffix() {
        let said: Vec<_> = [1, 2, 3, 4, 11, 12, 13, 21, 32].map(ordinal).into();
        assert_eq!(
            said,
            [
                "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "32nd"
            ]
        );
    }
}
