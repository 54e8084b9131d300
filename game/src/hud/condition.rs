//! The own hull and energy.

use arena::TICK_RATE;
use arena::{Life, MAX_ENERGY, MAX_HULL};
use bevy::prelude::*;

use crate::stage::Stage;
use crate::ui::text::set_text;
use crate::ui::theme;

const WIDTH: f32 = 112.0;
const HULL: Color = Color::srgb(0.0, 0.72, 0.52);
const ENERGY: Color = Color::srgb(0.34, 0.71, 0.91);

/// A bar that is filled in proportion.
#[derive(Component, Clone, Copy)]
pub(super) enum Gauge {
    Hull,
    Energy,
}

/// Counts the seconds until the own ship returns.
#[derive(Component)]
pub(super) struct ReturnText;

pub(super) fn spawn(parent: &mut ChildSpawnerCommands) {
    for (gauge, height) in [(Gauge::Hull, 7.0), (Gauge::Energy, 5.0)] {
        parent
            .spawn((
                Node {
                    width: px(WIDTH),
                    height: px(height),
                    margin: UiRect::top(px(-4)),
                    border_radius: BorderRadius::all(px(3)),
                    ..default()
                },
                BackgroundColor(theme::LINE.with_alpha(0.5)),
            ))
            .with_child((
                gauge,
                Node {
                    width: percent(100),
                    height: percent(100),
                    border_radius: BorderRadius::all(px(3)),
                    ..default()
                },
                BackgroundColor(Color::NONE),
            ));
    }
    parent.spawn((ReturnText, theme::label("", theme::BODY, theme::WARNING)));
}

pub(super) fn show(
    stage: Res<Stage>,
    mut gauges: Query<(&Gauge, &mut Node, &mut BackgroundColor)>,
    mut text: Query<&mut Text, With<ReturnText>>,
) {
    let own = stage.own_ship().map(|(_, ship)| ship);
    let flying = own.filter(|ship| ship.is_flying());
    for (gauge, mut node, mut colour) in &mut gauges {
        let (part, full) = match (gauge, flying) {
            (Gauge::Hull, Some(ship)) => (f32::from(ship.hull) / f32::from(MAX_HULL), HULL),
            (Gauge::Energy, Some(ship)) => (f32::from(ship.energy) / f32::from(MAX_ENERGY), ENERGY),
            (_, None) => (0.0, HULL),
        };
        let low = part < 0.4;
        colour.set_if_neq(BackgroundColor(if low { theme::WARNING } else { full }));
        let width = percent((part * 50.0).round() * 2.0);
        if node.width != width {
            node.width = width;
        }
    }
    let new = match own.map(|ship| ship.life) {
        Some(Life::Dead { respawn_in }) => {
            let seconds = u32::from(respawn_in).div_ceil(TICK_RATE);
            format!("destroyed   back in {seconds}")
        }
        _ => String::new(),
    };
    for mut text in &mut text {
        set_text(&mut text, &new);
    }
}
