//! Colours of the canvas: premultiplied, light, and changes that keep the hue.

use bevy::color::LinearRgba;

/// Width of the soft edge that stands in for anti-aliasing, in logical pixels.
pub(super) const FEATHER: f32 = 1.0;

/// How light fades: shares of its radius and of its strength. Eyes see dim light well, so it falls
/// fast at first.
pub(super) const FALLOFF: [(f32, f32); 5] = [
    (0.0, 1.0),
    (0.2, 0.36),
    (0.42, 0.1),
    (0.7, 0.02),
    (1.0, 0.0),
];

/// With its channels multiplied by its alpha.
pub(super) fn premultiplied(colour: LinearRgba) -> LinearRgba {
    let LinearRgba {
        red,
        green,
        blue,
        alpha,
    } = colour;
    LinearRgba::new(red * alpha, green * alpha, blue * alpha, alpha)
}

/// Premultiplied with alpha 0, which only adds to what is below.
pub(super) fn light(colour: LinearRgba) -> LinearRgba {
    LinearRgba {
        alpha: 0.0,
        ..premultiplied(colour)
    }
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
