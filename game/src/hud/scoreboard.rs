//! The table of pilots: on demand, and in the results.

use core::time::Duration;

use bevy::prelude::*;
use bevy::time::common_conditions::on_real_timer;
use netcode::Slot;

use super::overlay::{self, Overlay, overlay_changed};
use crate::stage::Stage;
use crate::stage::standings::{self, HEAD, Standing};
use crate::state::{MutedPilots, Screen};
use crate::ui::button::{ButtonName, Press};
use crate::ui::text::set_text;
use crate::ui::theme;
use crate::view::palette;

/// More rows do not fit a phone in landscape.
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

/// A row of the table, and the slot that it shows now; pressing it mutes that pilot, or ends that.
#[derive(Component)]
struct Row {
    index: usize,
    slot: Option<Slot>,
}

/// In logical pixels: twelve rows fit a phone in landscape.
const ROW_HEIGHT: f32 = 24.0;

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
            .spawn((Scoreboard, overlay::container(*screen.get())))
            .with_children(|container| {
                container
                    .spawn(theme::panel(Val::Auto))
                    .with_children(|panel| {
                        spawn_table(panel);
                        let hint = "Press a name to mute it, or to hear it again.";
                        panel.spawn(theme::label(hint, theme::SMALL, theme::MUTED));
                    });
            });
    }
}

/// The table; a system updates its rows.
pub(crate) fn spawn_table(panel: &mut ChildSpawnerCommands) {
    panel.spawn(theme::label(HEAD, theme::SMALL, theme::MUTED));
    panel
        .spawn(Node {
            row_gap: px(0),
            ..theme::column()
        })
        .with_children(|table| {
            for index in 0..ROWS {
                table
                    .spawn((
                        Row { index, slot: None },
                        Button,
                        ButtonName(format!("pilot-{index}").into()),
                        Node {
                            height: px(ROW_HEIGHT),
                            align_items: AlignItems::Center,
                            ..default()
                        },
                        children![theme::label("", theme::SMALL, theme::TEXT)],
                    ))
                    .observe(mute);
            }
        });
}

fn mute(press: On<Press>, rows: Query<&Row>, stage: Res<Stage>, mut muted: ResMut<MutedPilots>) {
    if let Ok(Row {
        slot: Some(slot), ..
    }) = rows.get(press.entity)
        && Some(*slot) != stage.own_slot
    {
        muted.toggle(*slot, stage.callsign(*slot));
    }
}

fn fill(
    stage: Res<Stage>,
    muted: Res<MutedPilots>,
    mut rows: Query<(&mut Row, &mut Node, &Children)>,
    mut texts: Query<(&mut Text, &mut TextColor)>,
) {
    if rows.is_empty() {
        return;
    }
    let standings = visible(standings::standings(&stage), |standing| {
        Some(standing.slot) == stage.own_slot
    });
    for (mut row, mut node, children) in &mut rows {
        let standing = standings.get(row.index);
        row.slot = standing.map(|standing| standing.slot);
        let display = if standing.is_some() {
            Display::Flex
        } else {
            Display::None
        };
        if node.display != display {
            node.display = display;
        }
        if let Some(standing) = standing {
            let slot = standing.slot;
            let is_muted = muted.contains(slot, stage.callsign(slot));
            let mut new = standings::row(standing, &stage.name(slot));
            if Some(slot) == stage.own_slot {
                new.replace_range(2..4, " >");
            } else if is_muted {
                new.replace_range(2..4, " x");
            }
            let colour = match is_muted {
                true => theme::MUTED,
                false => palette::colour(slot),
            };
            for &child in children {
                if let Ok((mut text, mut tint)) = texts.get_mut(child) {
                    set_text(&mut text, &new);
                    tint.set_if_neq(TextColor(colour));
                }
            }
        }
    }
}

/// The first rows; the own one replaces the last if it is further down.
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
    use arena::MAX_SLOTS;

    use super::*;

    #[test]
    fn the_own_row_is_always_shown() {
        let standings = |own: u8| {
            let all = Slot::first(MAX_SLOTS).map(|slot| Standing {
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
