//! Buttons: how they look and that pressing one triggers [`Press`] on it.
//!
//! Each has a name that is stable across releases, for tests and accessibility tools.

use std::borrow::Cow;

use bevy::input::touch::{TouchInput, TouchPhase};
use bevy::prelude::*;
use bevy::ui::{ComputedNode, ComputedStackIndex, UiGlobalTransform};

use super::theme;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(
        PreUpdate,
        (show_interaction, click, tap).after(bevy::ui::UiSystems::Focus),
    );
}

/// The button was pressed, by a finger or by the mouse.
#[derive(EntityEvent)]
pub struct Press {
    /// The button.
    pub entity: Entity,
}

/// The name of a button for tests and accessibility tools.
#[derive(Component, Clone, PartialEq, Eq, Debug)]
pub struct ButtonName(pub Cow<'static, str>);

/// How prominent a button is.
#[derive(Component, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    /// The main action.
    Primary,
    /// Any other action.
    Plain,
}

/// A button as wide as its container; at least 48 logical pixels high, for thumbs.
pub(crate) fn button(
    name: impl Into<Cow<'static, str>>,
    text: impl Into<String>,
    weight: Weight,
) -> impl Bundle {
    sized_button(name, text, weight, Val::Auto, px(48))
}

/// A button of a given size.
pub(crate) fn sized_button(
    name: impl Into<Cow<'static, str>>,
    text: impl Into<String>,
    weight: Weight,
    width: Val,
    height: Val,
) -> impl Bundle {
    let text_colour = match weight {
        Weight::Primary => theme::FIELD,
        Weight::Plain => theme::TEXT,
    };
    (
        Button,
        ButtonName(name.into()),
        weight,
        Node {
            width,
            height,
            padding: UiRect::horizontal(px(theme::GAP)),
            border: UiRect::all(px(1)),
            border_radius: BorderRadius::all(px(theme::RADIUS)),
            justify_content: JustifyContent::Center,
            align_items: AlignItems::Center,
            flex_shrink: 0.0,
            ..default()
        },
        BackgroundColor(background_colour(weight, Interaction::None)),
        BorderColor::all(border_colour(weight, Interaction::None)),
        children![theme::label(text, theme::BODY, text_colour)],
    )
}

fn background_colour(weight: Weight, interaction: Interaction) -> Color {
    match (weight, interaction) {
        (Weight::Primary, Interaction::None) => theme::ACCENT,
        (Weight::Primary, _) => theme::ACCENT.mix(&Color::WHITE, 0.3),
        (Weight::Plain, Interaction::None) => Color::srgba(0.07, 0.11, 0.2, 0.9),
        (Weight::Plain, Interaction::Hovered) => Color::srgba(0.11, 0.18, 0.32, 0.95),
        (Weight::Plain, Interaction::Pressed) => Color::srgba(0.17, 0.28, 0.48, 1.0),
    }
}

fn border_colour(weight: Weight, interaction: Interaction) -> Color {
    match (weight, interaction) {
        (Weight::Plain, Interaction::None) => theme::LINE,
        _ => theme::ACCENT,
    }
}

fn show_interaction(
    mut buttons: Query<
        (
            &Interaction,
            &Weight,
            &mut BackgroundColor,
            &mut BorderColor,
        ),
        Changed<Interaction>,
    >,
) {
    for (&interaction, &weight, mut background, mut outline) in &mut buttons {
        background.0 = background_colour(weight, interaction);
        *outline = BorderColor::all(border_colour(weight, interaction));
    }
}

fn click(
    mouse: Res<ButtonInput<MouseButton>>,
    buttons: Query<(Entity, &Interaction), (With<ButtonName>, Changed<Interaction>)>,
    mut commands: Commands,
) {
    let pressed = |(_, interaction): &(Entity, &Interaction)| **interaction == Interaction::Pressed;
    if mouse.just_pressed(MouseButton::Left) {
        for (entity, _) in buttons.iter().filter(pressed) {
            commands.trigger(Press { entity });
        }
    }
}

/// Bevy's `Interaction` follows only one finger, and misses a tap within a single frame.
fn tap(
    mut touches: MessageReader<TouchInput>,
    buttons: Query<
        (
            Entity,
            &ComputedNode,
            &ComputedStackIndex,
            &UiGlobalTransform,
            &InheritedVisibility,
        ),
        With<ButtonName>,
    >,
    mut commands: Commands,
) {
    for touch in touches
        .read()
        .filter(|touch| touch.phase == TouchPhase::Started)
    {
        let touched = buttons
            .iter()
            .filter(|(_, node, _, transform, visible)| {
                let at = touch.position / node.inverse_scale_factor;
                visible.get() && node.contains_point(**transform, at)
            })
            .max_by_key(|(_, _, layer, ..)| layer.0);
        if let Some((entity, ..)) = touched {
            commands.trigger(Press { entity });
        }
    }
}

/// A visible button's name and its box in logical pixels from the window's upper left corner.
pub(crate) fn bounds(
    name: &ButtonName,
    node: &ComputedNode,
    transform: &UiGlobalTransform,
) -> (String, Rect) {
    let scale = node.inverse_scale_factor;
    let middle = transform.translation * scale;
    (
        name.0.to_string(),
        Rect::from_center_size(middle, node.size() * scale),
    )
}
