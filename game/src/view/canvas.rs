//! Immediate-mode vector drawing: every frame's shapes, glows and strokes as triangles of one mesh.
//!
//! Nothing here is an entity, so a frame spawns and despawns nothing. Coordinates are logical
//! pixels from the middle of the window, y up. Strokes are in [`stroke`](super::stroke).
//!
//! Non-goals: knowledge of the game.

use bevy::color::LinearRgba;
use bevy::math::{Rot2, Vec2};
use bevy::prelude::Resource;

use super::shade::{FALLOFF, FEATHER, Shade, light, premultiplied};

/// The frame's triangles.
#[derive(Resource, Default)]
pub(crate) struct Canvas {
    pub(super) positions: Vec<[f32; 3]>,
    pub(super) colours: Vec<[f32; 4]>,
    pub(super) indices: Vec<u32>,
}

impl Canvas {
    /// Starts an empty frame. One degenerate triangle stays: a mesh must not be empty.
    pub(super) fn clear(&mut self) {
        self.positions.clear();
        self.colours.clear();
        self.indices.clear();
        for _ in 0..3 {
            let corner = self.vertex(Vec2::ZERO, LinearRgba::NONE);
            self.indices.push(corner);
        }
    }

    /// Vertices so far.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.positions.len()
    }

    pub(super) fn vertex(&mut self, at: Vec2, colour: LinearRgba) -> u32 {
        let index = self.positions.len() as u32;
        self.positions.push([at.x, at.y, 0.0]);
        self.colours
            .push([colour.red, colour.green, colour.blue, colour.alpha]);
        index
    }

    pub(super) fn quad(&mut self, a: u32, b: u32, c: u32, d: u32) {
        self.indices.extend([a, b, c, a, c, d]);
    }

    /// Fills a convex polygon.
    pub(crate) fn fill(&mut self, corners: &[Vec2], colour: LinearRgba) {
        let colour = premultiplied(colour);
        let first = self.positions.len() as u32;
        for &corner in corners {
            self.vertex(corner, colour);
        }
        for next in 2..corners.len() as u32 {
            self.indices.extend([first, first + next - 1, first + next]);
        }
    }

    /// Fills a polygon that is star-shaped around `middle`.
    pub(crate) fn fill_around(&mut self, middle: Vec2, corners: &[Vec2], colour: LinearRgba) {
        let colour = premultiplied(colour);
        let hub = self.vertex(middle, colour);
        for &corner in corners {
            self.vertex(corner, colour);
        }
        let count = corners.len() as u32;
        for rim in 0..count {
            self.indices
                .extend([hub, hub + 1 + rim, hub + 1 + (rim + 1) % count]);
        }
    }

    /// An axis-aligned rectangle.
    pub(crate) fn rect(&mut self, low: Vec2, high: Vec2, colour: LinearRgba) {
        self.fill(
            &[
                low,
                Vec2::new(high.x, low.y),
                high,
                Vec2::new(low.x, high.y),
            ],
            colour,
        );
    }

    /// A filled circle with a soft edge.
    pub(crate) fn disc(&mut self, middle: Vec2, radius: f32, colour: LinearRgba) {
        let colour = premultiplied(colour);
        let spokes = spokes(radius);
        let hub = self.vertex(middle, colour);
        for spoke in 0..spokes {
            let out = direction(spoke, spokes);
            self.vertex(middle + out * (radius - FEATHER / 2.0).max(0.0), colour);
            self.vertex(middle + out * (radius + FEATHER / 2.0), LinearRgba::NONE);
        }
        for spoke in 0..spokes {
            let (here, next) = (hub + 1 + 2 * spoke, hub + 1 + 2 * ((spoke + 1) % spokes));
            self.indices.extend([hub, here, next]);
            self.quad(here, here + 1, next + 1, next);
        }
    }

    /// Light that fades out from `middle` to `radius`.
    pub(crate) fn glow(&mut self, middle: Vec2, radius: f32, colour: LinearRgba) {
        let spokes = spokes(radius).min(20);
        let rings = FALLOFF.len() as u32 - 1;
        let hub = self.vertex(middle, light(colour));
        for spoke in 0..spokes {
            let out = direction(spoke, spokes) * radius;
            for (reach, strength) in &FALLOFF[1..] {
                self.vertex(
                    middle + out * *reach,
                    light(colour.with_strength(*strength)),
                );
            }
        }
        for spoke in 0..spokes {
            let (here, next) = (
                hub + 1 + rings * spoke,
                hub + 1 + rings * ((spoke + 1) % spokes),
            );
            self.indices.extend([hub, here, next]);
            for ring in 0..rings - 1 {
                self.quad(here + ring, here + ring + 1, next + ring + 1, next + ring);
            }
        }
    }
}

/// Corners of a circle of this radius in logical pixels.
pub(super) fn spokes(radius: f32) -> u32 {
    (8.0 + radius * 0.6).min(48.0) as u32
}

fn direction(spoke: u32, spokes: u32) -> Vec2 {
    Rot2::turn_fraction(spoke as f32 / spokes as f32) * Vec2::X
}
