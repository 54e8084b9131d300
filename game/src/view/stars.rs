//! The star field: three layers that move slower the farther away they are.

use bevy::color::LinearRgba;
use bevy::prelude::*;
use rng::Rng;

use super::camera::CameraView;
use super::canvas::Canvas;
use super::random::unit;
use super::shade::Shade;

/// A layer repeats after this many logical pixels.
const TILE: f32 = 720.0;

struct Layer {
    /// How much of the camera's movement it follows.
    parallax: f32,
    stars: u32,
    size: f32,
    brightness: f32,
}

const LAYERS: [Layer; 3] = [
    Layer {
        parallax: 0.06,
        stars: 70,
        size: 0.7,
        brightness: 0.25,
    },
    Layer {
        parallax: 0.16,
        stars: 40,
        size: 1.0,
        brightness: 0.4,
    },
    Layer {
        parallax: 0.34,
        stars: 18,
        size: 1.5,
        brightness: 0.65,
    },
];

/// A faint cloud: place in its tile, reach in tiles, colour.
struct Cloud {
    home: Vec2,
    reach: f32,
    colour: LinearRgba,
}

/// Clouds repeat after this many logical pixels, and follow the camera as little as far stars.
const CLOUD_TILE: f32 = 1900.0;
const CLOUD_PARALLAX: f32 = 0.04;

const CLOUDS: [Cloud; 4] = [
    Cloud {
        home: Vec2::new(0.1, 0.2),
        reach: 0.34,
        colour: LinearRgba::rgb(0.006, 0.013, 0.034),
    },
    Cloud {
        home: Vec2::new(0.55, 0.75),
        reach: 0.3,
        colour: LinearRgba::rgb(0.016, 0.007, 0.03),
    },
    Cloud {
        home: Vec2::new(0.8, 0.3),
        reach: 0.26,
        colour: LinearRgba::rgb(0.003, 0.016, 0.022),
    },
    Cloud {
        home: Vec2::new(0.35, 0.5),
        reach: 0.2,
        colour: LinearRgba::rgb(0.01, 0.008, 0.026),
    },
];

const COOL: LinearRgba = LinearRgba::rgb(0.55, 0.72, 1.0);
const WARM: LinearRgba = LinearRgba::rgb(1.0, 0.8, 0.6);

pub(super) fn draw(camera: Res<CameraView>, mut canvas: ResMut<Canvas>) {
    let shift = camera.travelled * (CLOUD_PARALLAX * camera.scale);
    for cloud in CLOUDS {
        let radius = cloud.reach * CLOUD_TILE;
        let home = cloud.home * CLOUD_TILE - shift;
        // A cloud outside of the window reaches into it: a wider window finds it.
        let around = camera.window + 2.0 * radius;
        for_each_copy(home, around, CLOUD_TILE, |place| {
            canvas.glow(place, radius, cloud.colour);
        });
    }
    for (index, layer) in LAYERS.iter().enumerate() {
        let shift = camera.travelled * (layer.parallax * camera.scale);
        for star in 0..layer.stars {
            let [x, y, tint, dim] = random(star * 3 + index as u32);
            let home = Vec2::new(x, y) * TILE - shift;
            let colour = COOL.mix(&WARM, tint * tint);
            let strength = layer.brightness * (0.4 + 0.6 * dim);
            for_each_copy(home, camera.window, TILE, |place| {
                let half = Vec2::splat(layer.size);
                canvas.rect(place - half, place + half, colour.with_strength(strength));
            });
        }
    }
}

/// Every place in the window where a thing of a repeating tile is.
fn for_each_copy(home: Vec2, window: Vec2, tile: f32, mut each: impl FnMut(Vec2)) {
    let half = window / 2.0;
    let first = |home: f32, half: f32| -half + (home + half).rem_euclid(tile);
    let (left, low) = (first(home.x, half.x), first(home.y, half.y));
    let mut y = low;
    while y < half.y {
        let mut x = left;
        while x < half.x {
            each(Vec2::new(x, y));
            x += tile;
        }
        y += tile;
    }
}

/// Four random numbers in `0.0..1.0`, the same for each call with a star.
fn random(star: u32) -> [f32; 4] {
    let mut rng = Rng::new(star.into());
    std::array::from_fn(|_| unit(&mut rng))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_repeats_all_over_the_window() {
        let mut copies = Vec::new();
        let window = Vec2::new(1500.0, 800.0);
        for_each_copy(Vec2::new(-5000.0, 123.0), window, TILE, |place| {
            copies.push(place);
        });
        assert!(copies.len() >= 2, "{copies:?}");
        for place in copies {
            assert!(place.x.abs() <= 750.0 && place.y.abs() <= 400.0, "{place}");
            let off = (place.x + 5000.0).rem_euclid(TILE);
            assert!(!(0.1..TILE - 0.1).contains(&off), "{place}");
        }
    }
}
