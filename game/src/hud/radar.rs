//! The radar: the whole arena around the own ship.

use arena::{ARENA_SIZE, Position, RockSize};
use bevy::color::LinearRgba;
use bevy::prelude::*;

use crate::stage::Stage;
use crate::ui::theme;
use crate::view::camera::{CameraView, world_units};
use crate::view::canvas::Canvas;
use crate::view::palette;
use crate::view::shade::Shade;

/// The side of the square, in logical pixels.
const SIZE: f32 = 116.0;

const GROUND: LinearRgba = LinearRgba::new(0.006, 0.012, 0.03, 0.82);
const ROCK: LinearRgba = LinearRgba::new(0.25, 0.3, 0.4, 0.55);
const SALVAGE: LinearRgba = LinearRgba::new(1.0, 0.62, 0.12, 0.8);

/// Reserves the radar's place in the layout; the picture is drawn below it.
pub(super) fn spawn(parent: &mut ChildSpawnerCommands) {
    parent.spawn((
        Node {
            width: px(SIZE),
            height: px(SIZE),
            border: UiRect::all(px(1)),
            border_radius: BorderRadius::all(px(theme::RADIUS)),
            flex_shrink: 0.0,
            ..default()
        },
        BorderColor::all(theme::LINE),
    ));
}

pub(super) fn draw(stage: Res<Stage>, camera: Res<CameraView>, mut canvas: ResMut<Canvas>) {
    let half = SIZE / 2.0;
    let middle = camera.window / 2.0 - Vec2::splat(theme::GAP + half);
    let scale = (SIZE - 6.0) / ARENA_SIZE as f32;
    let place = |position: Position| middle + world_units(camera.focus.offset_to(position)) * scale;
    canvas.rect(middle - half + 1.0, middle + half - 1.0, GROUND);
    let view = (camera.window / camera.scale / 2.0 * scale).min(Vec2::splat(half - 2.0));
    let corners = [
        view,
        Vec2::new(-view.x, view.y),
        -view,
        Vec2::new(view.x, -view.y),
    ];
    canvas.stroke(
        &corners.map(|corner| middle + corner),
        true,
        1.0,
        ROCK.with_strength(0.6),
    );
    for rock in stage.arena.rocks() {
        let radius = match rock.size {
            RockSize::Small => 0.7,
            RockSize::Medium => 1.1,
            RockSize::Large => 1.7,
        };
        dot(&mut canvas, place(rock.position), radius, ROCK);
    }
    for piece in stage.arena.salvage() {
        dot(&mut canvas, place(piece.position), 1.0, SALVAGE);
    }
    for (slot, ship) in stage.ships().filter(|(_, ship)| ship.is_flying()) {
        let at = place(ship.position);
        if stage.own_slot == Some(slot) {
            canvas.disc(at, 2.6, LinearRgba::WHITE);
            canvas.ring(at, 4.6, 1.2, palette::linear_colour(slot));
        } else {
            canvas.disc(at, 2.3, palette::linear_colour(slot));
        }
    }
}

fn dot(canvas: &mut Canvas, at: Vec2, radius: f32, colour: LinearRgba) {
    let half = Vec2::splat(radius);
    canvas.rect(at - half, at + half, colour);
}
