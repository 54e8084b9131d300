//! Strokes on the canvas: lines, arcs and the light around them.

use std::f32::consts::TAU;

use bevy::color::LinearRgba;
use bevy::math::Vec2;

use super::canvas::{Canvas, spokes};
use super::shade::{FALLOFF, FEATHER, Shade, light, premultiplied};

/// The sharpest corner's stroke reaches this many half widths out.
const MITRE_LIMIT: f32 = 2.0;

/// How a cross-section of a stroke looks: distance from the line and colour, from side to side.
type Profile<const N: usize> = [(f32, LinearRgba); N];

impl Canvas {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_index_names_a_vertex() {
        let mut canvas = Canvas::default();
        canvas.clear();
        let square = [Vec2::ZERO, Vec2::X, Vec2::ONE, Vec2::Y].map(|corner| corner * 40.0);
        canvas.neon(&square, true, 2.0, LinearRgba::RED);
        canvas.stroke(&square, false, 2.0, LinearRgba::RED);
        canvas.fill(&square, LinearRgba::RED);
        canvas.fill_around(Vec2::splat(20.0), &square, LinearRgba::RED);
        canvas.disc(Vec2::ZERO, 9.0, LinearRgba::RED);
        canvas.glow(Vec2::ZERO, 9.0, LinearRgba::RED);
        canvas.ring(Vec2::ZERO, 9.0, 1.0, LinearRgba::RED);
        canvas.stroke(&[Vec2::ZERO], true, 2.0, LinearRgba::RED);
        let vertices = canvas.len() as u32;
        assert!(canvas.indices.iter().all(|&index| index < vertices));
        assert_eq!(canvas.positions.len(), canvas.colours.len());
        assert_eq!(canvas.indices.len() % 3, 0);
        assert!(
            canvas
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
