//! A slider: a part of a whole that is shown, and set with the mouse or a finger.

use bevy::input::touch::{TouchInput, TouchPhase};
use bevy::prelude::*;
use bevy::ui::{ComputedNode, UiGlobalTransform};
use bevy::window::PrimaryWindow;

use super::button::ButtonName;
use super::theme;

/// Of the line, in logical pixels.
const THICKNESS: f32 = 6.0;

/// Of the knob, in logical pixels; its middle stays this far from the slider's ends.
const RADIUS: f32 = 8.0;

/// High enough for a thumb, in logical pixels.
const HEIGHT: f32 = 40.0;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(
        PreUpdate,
        (follow_mouse, follow_finger).after(bevy::ui::UiSystems::Focus),
    )
    .add_systems(PostUpdate, show.before(bevy::ui::UiSystems::Layout));
}

/// A slider's state.
#[derive(Component, Default)]
pub(crate) struct Slider {
    part: f32,
    holder: Option<Holder>,
    moved: bool,
}

/// What drags a slider.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Holder {
    Mouse,
    Finger(u64),
}

impl Slider {
    /// Whether the mouse or a finger is on it.
    pub(crate) const fn is_held(&self) -> bool {
        self.holder.is_some()
    }

    /// The part that the player has moved it to since the last call, `0..=1`.
    pub(crate) fn take_move(&mut self) -> Option<f32> {
        std::mem::take(&mut self.moved).then_some(self.part)
    }

    /// Shows a part, `0..=1`.
    pub(crate) const fn set(&mut self, part: f32) {
        self.part = part.clamp(0.0, 1.0);
    }

    fn grab(&mut self, holder: Holder, part: f32) {
        self.holder = Some(holder);
        self.part = part;
        self.moved = true;
    }

    fn drag(&mut self, holder: Holder, part: f32) {
        if self.holder == Some(holder) && self.part != part {
            self.part = part;
            self.moved = true;
        }
    }

    fn release(&mut self, holder: Holder) {
        self.holder.take_if(|held_by| *held_by == holder);
    }
}

/// The part up to which the line is bright.
#[derive(Component)]
struct Filled;

#[derive(Component)]
struct Knob;

/// A slider that fills the rest of a row.
pub(crate) fn slider(name: &'static str) -> impl Bundle {
    let line = Node {
        width: percent(100),
        height: px(THICKNESS),
        border_radius: BorderRadius::all(px(THICKNESS / 2.0)),
        ..default()
    };
    (
        Slider::default(),
        ButtonName(name.into()),
        Node {
            height: px(HEIGHT),
            flex_grow: 1.0,
            align_items: AlignItems::Center,
            padding: UiRect::horizontal(px(RADIUS)),
            ..default()
        },
        children![(
            line.clone(),
            BackgroundColor(theme::LINE),
            children![
                (
                    Filled,
                    Node {
                        width: percent(0),
                        ..line
                    },
                    BackgroundColor(theme::ACCENT),
                ),
                (
                    Knob,
                    Node {
                        position_type: PositionType::Absolute,
                        width: px(2.0 * RADIUS),
                        height: px(2.0 * RADIUS),
                        top: px(THICKNESS / 2.0 - RADIUS),
                        margin: UiRect::left(px(-RADIUS)),
                        border_radius: BorderRadius::all(px(RADIUS)),
                        ..default()
                    },
                    BackgroundColor(theme::TEXT),
                ),
            ],
        )],
    )
}

/// The part of a slider `width` wide that a pointer is at, `x` from its left end, both in logical
/// pixels.
fn part_at(x: f32, width: f32) -> f32 {
    let line = (width - 2.0 * RADIUS).max(1.0);
    ((x - RADIUS) / line).clamp(0.0, 1.0)
}

/// The part under a pointer, in logical pixels from the window's upper left corner.
fn part_under(pointer: Vec2, node: &ComputedNode, transform: &UiGlobalTransform) -> f32 {
    let scale = node.inverse_scale_factor;
    let (width, middle) = (node.size().x * scale, transform.translation.x * scale);
    part_at(pointer.x - (middle - width / 2.0), width)
}

fn follow_mouse(
    mouse: Res<ButtonInput<MouseButton>>,
    window: Single<&Window, With<PrimaryWindow>>,
    mut sliders: Query<(&mut Slider, &ComputedNode, &UiGlobalTransform)>,
) {
    for (mut slider, node, transform) in &mut sliders {
        if !mouse.pressed(MouseButton::Left) {
            slider.release(Holder::Mouse);
        }
        let Some(pointer) = window.cursor_position() else {
            continue;
        };
        let part = part_under(pointer, node, transform);
        let inside = node.contains_point(*transform, pointer / node.inverse_scale_factor);
        if mouse.just_pressed(MouseButton::Left) && inside {
            slider.grab(Holder::Mouse, part);
        }
        slider.drag(Holder::Mouse, part);
    }
}

fn follow_finger(
    mut touches: MessageReader<TouchInput>,
    mut sliders: Query<(&mut Slider, &ComputedNode, &UiGlobalTransform)>,
) {
    for touch in touches.read() {
        let finger = Holder::Finger(touch.id);
        for (mut slider, node, transform) in &mut sliders {
            let part = part_under(touch.position, node, transform);
            let at = touch.position / node.inverse_scale_factor;
            match touch.phase {
                TouchPhase::Started if node.contains_point(*transform, at) => {
                    slider.grab(finger, part);
                }
                TouchPhase::Started => {}
                TouchPhase::Moved => slider.drag(finger, part),
                TouchPhase::Ended | TouchPhase::Canceled => slider.release(finger),
            }
        }
    }
}

fn show(
    sliders: Query<(&Slider, &Children)>,
    lines: Query<&Children, Without<Slider>>,
    mut filled: Query<&mut Node, (With<Filled>, Without<Knob>)>,
    mut knobs: Query<&mut Node, (With<Knob>, Without<Filled>)>,
) {
    for (slider, children) in &sliders {
        // In steps too small to be seen, so that not every frame is laid out anew.
        let part = percent((slider.part * 2000.0).round() / 20.0);
        for &child in children.iter().flat_map(|line| lines.get(line)).flatten() {
            if let Ok(mut node) = filled.get_mut(child)
                && node.width != part
            {
                node.width = part;
            }
            if let Ok(mut node) = knobs.get_mut(child)
                && node.left != part
            {
                node.left = part;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_the_line_are_none_and_all() {
        let width = 216.0;
        assert_eq!(part_at(RADIUS, width), 0.0);
        assert_eq!(part_at(width / 2.0, width), 0.5);
        assert_eq!(part_at(width - RADIUS, width), 1.0);
        assert_eq!(part_at(-50.0, width), 0.0);
        assert_eq!(part_at(width + 50.0, width), 1.0);
        assert!((0.0..=1.0).contains(&part_at(3.0, 0.0)));
    }

    #[test]
    fn only_its_holder_moves_it() {
        let mut slider = Slider::default();
        slider.drag(Holder::Mouse, 0.9);
        assert_eq!(slider.take_move(), None);
        slider.grab(Holder::Finger(1), 0.2);
        slider.drag(Holder::Finger(2), 0.7);
        slider.release(Holder::Mouse);
        assert!(slider.is_held());
        assert_eq!(slider.take_move(), Some(0.2));
        slider.drag(Holder::Finger(1), 0.2);
        assert_eq!(slider.take_move(), None);
    }

    #[test]
    fn a_tap_within_a_frame_counts() {
        let mut slider = Slider::default();
        slider.grab(Holder::Finger(1), 0.4);
        slider.release(Holder::Finger(1));
        assert!(!slider.is_held());
        assert_eq!(slider.take_move(), Some(0.4));
    }
}
