//! The table of pilots, while asked for; the results show the same one.

use core::time::Duration;

use bevy::prelude::*;
use bevy::time::common_conditions::on_real_timer;

use super::overlay::{self, Overlay, overlay_changed};
use super::write;
use crate::screens::Screen;
use crate::stage::Stage;
use crate::standings::{HEAD, Standing, row, standings};
use crate::ui::theme;
use crate::view::palette;

/// More rows would not fit a phone in landscape.
const ROWS: usize = 12;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(
        Update,
        (
            follow.run_if(overlay_changed),
            fill.run_if(on_real_timer(Duration::from_millis(250)).or_eager(any_row_added)),
        )
            .chain(),
    );
}

#[derive(Component)]
struct Scoreboard;

#[derive(Component)]
struct Row(usize);

fn any_row_added(rows: Query<(), Added<Row>>) -> bool {
    !rows.is_empty()
}

fn follow(
    open: Res<Overlay>,
    screen: Res<State<Screen>>,
    boards: Query<Entity, With<Scoreboard>>,
    mut commands: Commands,
) {
    for board in &boards {
        commands.entity(board).despawn();
    }
    if *open == Overlay::Scoreboard {
        commands
            .spawn((Scoreboard, overlay::ground(*screen.get())))
            .with_children(|ground| {
                ground
                    .spawn(theme::panel(Val::Auto))
                    .with_children(spawn_table);
            });
    }
}

/// The table; its rows are kept up to date.
pub(crate) fn spawn_table(panel: &mut ChildSpawnerCommands) {
    panel.spawn(theme::label(HEAD, theme::SMALL, theme::MUTED));
    panel
        .spawn(Node {
            row_gap: px(3),
            ..theme::column()
        })
        .with_children(|table| {
            for index in 0..ROWS {
                table.spawn((Row(index), theme::label("", theme::SMALL, theme::TEXT)));
            }
        });
}

fn fill(stage: Res<Stage>, mut rows: Query<(&Row, &mut Text, &mut TextColor, &mut Node)>) {
    if rows.is_empty() {
        return;
    }
    let standings = visible(standings(&stage), |standing| {
        Some(standing.slot) == stage.own_slot
    });
    for (&Row(index), mut text, mut colour, mut node) in &mut rows {
        let standing = standings.get(index);
        let display = if standing.is_some() {
            Display::Flex
        } else {
            Display::None
        };
        if node.display != display {
            node.display = display;
        }
        if let Some(standing) = standing {
            let mut new = row(standing, &stage.name(standing.slot));
            if Some(standing.slot) == stage.own_slot {
                new.replace_range(2..4, " >");
            }
            write(&mut text, &new);
            colour.set_if_neq(TextColor(palette::colour(standing.slot)));
        }
    }
}

/// The best, and in any case oneself.
fn visible(mut standings: Vec<Standing>, own: impl Fn(&Standing) -> bool) -> Vec<Standing> {
    if let Some(index) = standings.iter().position(own)
        && index >= ROWS
    {
        standings.swap(ROWS - 1, index);
    }
    standings.truncate(ROWS);
    standings
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::sim::Slot;

    #[test]
    fn one_sees_oneself_however_low_one_stands() {
        let standings = |own: u8| {
            let all = Slot::all().map(|slot| Standing {
                place: 1,
                slot,
                score: 0,
                kills: 0,
            });
            visible(all.collect(), move |standing| {
                standing.slot.index() == usize::from(own)
            })
        };
        for own in [0, 11, 31] {
            let shown = standings(own);
            assert_eq!(shown.len(), ROWS);
            assert!(
                shown
                    .iter()
                    .any(|standing| standing.slot.index() == usize::from(own))
            );
        }
    }
}
