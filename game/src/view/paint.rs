//! Immediate-mode vector drawing: every frame's strokes, shapes and glows as triangles of one mesh.
//!
//! Nothing here is an entity, so a frame spawns and despawns nothing. Coordinates are logical
//! pixels from the middle of the window, y up. It deliberately knows nothing of the game.

use bevy::color::LinearRgba;
use bevy::math::{Rot2, Vec2};
use bevy::prelude::Resource;
use std::f32::consts::TAU;

/// Width of the soft edge that stands in for anti-aliasing, in logical pixels.
const FEATHER: f32 = 1.0;

/// The sharpest corner's stroke reaches this many half widths out.
const MITRE_LIMIT: f32 = 2.0;

/// How light fades: share of its reach and of its strength. Eyes see dim light well, so it falls
/// fast at first.
const FALLOFF: [(f32, f32); 5] = [
    (0.0, 1.0),
    (0.2, 0.36),
    (0.42, 0.1),
    (0.7, 0.02),
    (1.0, 0.0),
];

/// The frame's triangles.
#[derive(Resource, Default)]
pub(crate) struct Paint {
    pub(super) positions: Vec<[f32; 3]>,
    pub(super) colours: Vec<[f32; 4]>,
    pub(super) indices: Vec<u32>,
}

/// How a cross-section of a stroke looks: distance from the line and colour, from side to side.
type Profile<const N: usize> = [(f32, LinearRgba); N];

impl Paint {
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
    fn len(&self) -> usize {
        self.positions.len()
    }

    fn vertex(&mut self, at: Vec2, colour: LinearRgba) -> u32 {
        let index = self.positions.len() as u32;
        self.positions.push([at.x, at.y, 0.0]);
        self.colours
            .push([colour.red, colour.green, colour.blue, colour.alpha]);
        index
    }

    fn quad(&mut self, a: u32, b: u32, c: u32, d: u32) {
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

    /// A circle's line.
    pub(crate) fn ring(&mut self, middle: Vec2, radius: f32, width: f32, colour: LinearRgba) {
        self.arc(middle, radius, width, (0.0, 1.0), colour);
    }

    /// A part of a circle's line, `span` in turns, counter-clockwise from the right.
    pub(crate) fn arc(
        &mut self,
        middle: Vec2,
        radius: f32,
        width: f32,
        (from, to): (f32, f32),
        colour: LinearRgba,
    ) {
        let steps = ((spokes(radius) as f32 * (to - from).abs()).ceil() as u32).max(2);
        let profile = solid(width, colour);
        let mut last = None;
        for step in 0..=steps {
            let turn = from + (to - from) * step as f32 / steps as f32;
            let out = Vec2::from_angle(turn * TAU);
            let section = self.section(middle + out * radius, out, &profile);
            if let Some(last) = last {
                self.bridge::<4>(last, section);
            }
            last = Some(section);
        }
    }

    /// A line through `points` with a soft edge; `closed` joins the last to the first.
    pub(crate) fn stroke(&mut self, points: &[Vec2], closed: bool, width: f32, colour: LinearRgba) {
        self.sweep(points, closed, MITRE_LIMIT, &solid(width, colour));
    }

    /// The light around a line, fading out `reach` to each side.
    pub(crate) fn halo(&mut self, points: &[Vec2], closed: bool, reach: f32, colour: LinearRgba) {
        let mut profile = [(0.0, LinearRgba::NONE); 2 * FALLOFF.len() - 1];
        let middle = FALLOFF.len() - 1;
        for (index, (share, strength)) in FALLOFF.iter().enumerate() {
            let ink = light(colour.with_strength(*strength));
            profile[middle + index] = (share * reach, ink);
            profile[middle - index] = (-share * reach, ink);
        }
        self.sweep(points, closed, 1.0, &profile);
    }

    /// A neon tube: a thin bright line in its own light.
    pub(crate) fn neon(&mut self, points: &[Vec2], closed: bool, width: f32, colour: LinearRgba) {
        self.halo(points, closed, width * 6.0, colour.with_strength(0.3));
        self.stroke(points, closed, width, colour);
        self.stroke(points, closed, width * 0.4, colour.towards_white(0.6));
    }

    fn sweep<const N: usize>(
        &mut self,
        points: &[Vec2],
        closed: bool,
        limit: f32,
        profile: &Profile<N>,
    ) {
        let count = points.len();
        if count < 2 {
            return;
        }
        let mut first = None;
        let mut last = None;
        for (index, &point) in points.iter().enumerate() {
            let before = match index {
                0 if closed => points[count - 1],
                0 => point,
                _ => points[index - 1],
            };
            let after = match index + 1 {
                next if next < count => points[next],
                _ if closed => points[0],
                _ => point,
            };
            let section = self.section(point, mitre(point - before, after - point, limit), profile);
            if let Some(last) = last {
                self.bridge::<N>(last, section);
            }
            first = first.or(Some(section));
            last = Some(section);
        }
        if let (true, Some(first), Some(last)) = (closed, first, last) {
            self.bridge::<N>(last, first);
        }
    }

    /// The vertices of a stroke's cross-section; `across` is one half width long.
    fn section<const N: usize>(&mut self, at: Vec2, across: Vec2, profile: &Profile<N>) -> u32 {
        let first = self.positions.len() as u32;
        for &(distance, colour) in profile {
            self.vertex(at + across * distance, colour);
        }
        first
    }

    fn bridge<const N: usize>(&mut self, from: u32, to: u32) {
        for lane in 0..N as u32 - 1 {
            self.quad(from + lane, from + lane + 1, to + lane + 1, to + lane);
        }
    }
}

/// Across the corner between two segments, longer the sharper it is, up to a limit.
fn mitre(arriving: Vec2, leaving: Vec2, limit: f32) -> Vec2 {
    let (arriving, leaving) = (arriving.normalize_or_zero(), leaving.normalize_or_zero());
    let along = (arriving + leaving).normalize_or(leaving.perp());
    let across = along.perp();
    let reach = across.dot(
        if leaving == Vec2::ZERO {
            arriving
        } else {
            leaving
        }
        .perp(),
    );
    across / reach.max(1.0 / limit)
}

fn solid(width: f32, colour: LinearRgba) -> Profile<4> {
    let colour = premultiplied(colour);
    // A line thinner than its soft edge fades instead of getting thinner still.
    let half = (width / 2.0 - FEATHER / 2.0).max(0.0);
    [
        (-half - FEATHER, LinearRgba::NONE),
        (-half, colour),
        (half, colour),
        (half + FEATHER, LinearRgba::NONE),
    ]
}

fn premultiplied(colour: LinearRgba) -> LinearRgba {
    let LinearRgba {
        red,
        green,
        blue,
        alpha,
    } = colour;
    LinearRgba::new(red * alpha, green * alpha, blue * alpha, alpha)
}

/// Alpha 0 only adds to what is there.
fn light(colour: LinearRgba) -> LinearRgba {
    LinearRgba {
        alpha: 0.0,
        ..premultiplied(colour)
    }
}

fn spokes(radius: f32) -> u32 {
    (8.0 + radius * 0.6).min(48.0) as u32
}

fn direction(spoke: u32, spokes: u32) -> Vec2 {
    Rot2::turn_fraction(spoke as f32 / spokes as f32) * Vec2::X
}

/// Changes of a colour that keep its hue.
pub(crate) trait Shade {
    /// The colour with its alpha multiplied.
    #[must_use]
    fn with_strength(self, factor: f32) -> Self;
    /// The colour moved towards white by a share of the way.
    #[must_use]
    fn towards_white(self, share: f32) -> Self;
}

impl Shade for LinearRgba {
    fn with_strength(self, factor: f32) -> Self {
        Self {
            alpha: self.alpha * factor,
            ..self
        }
    }

    fn towards_white(self, share: f32) -> Self {
        let lift = |channel: f32| channel + (1.0 - channel) * share;
        Self::new(
            lift(self.red),
            lift(self.green),
            lift(self.blue),
            self.alpha,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_index_names_a_vertex() {
        let mut paint = Paint::default();
        paint.clear();
        let square = [Vec2::ZERO, Vec2::X, Vec2::ONE, Vec2::Y].map(|corner| corner * 40.0);
        paint.neon(&square, true, 2.0, LinearRgba::RED);
        paint.stroke(&square, false, 2.0, LinearRgba::RED);
        paint.fill(&square, LinearRgba::RED);
        paint.fill_around(Vec2::splat(20.0), &square, LinearRgba::RED);
        paint.disc(Vec2::ZERO, 9.0, LinearRgba::RED);
        paint.glow(Vec2::ZERO, 9.0, LinearRgba::RED);
        paint.ring(Vec2::ZERO, 9.0, 1.0, LinearRgba::RED);
        paint.stroke(&[Vec2::ZERO], true, 2.0, LinearRgba::RED);
        let vertices = paint.len() as u32;
        assert!(paint.indices.iter().all(|&index| index < vertices));
        assert_eq!(paint.positions.len(), paint.colours.len());
        assert_eq!(paint.indices.len() % 3, 0);
        assert!(
            paint
                .positions
                .iter()
                .flatten()
                .all(|value| value.is_finite())
        );
    }

    #[test]
    fn a_corner_is_as_wide_as_its_sides() {
        let straight = mitre(Vec2::X, Vec2::X, MITRE_LIMIT);
        assert!((straight - Vec2::Y).length() < 1e-6);
        let right_angle = mitre(Vec2::X, Vec2::Y, MITRE_LIMIT);
        assert!((right_angle.length() - 2_f32.sqrt()).abs() < 1e-5);
        let hairpin = mitre(Vec2::X, Vec2::new(-1.0, 0.01).normalize(), MITRE_LIMIT);
        assert!(hairpin.length() <= MITRE_LIMIT + 1e-5);
        assert!(mitre(Vec2::ZERO, Vec2::X, MITRE_LIMIT).is_finite());
        assert!(mitre(Vec2::X, Vec2::NEG_X, MITRE_LIMIT).is_finite());
    }
}
