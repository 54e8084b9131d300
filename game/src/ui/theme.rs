//! Colours, type sizes and the plain building blocks of panels and labels.

use bevy::prelude::*;

/// The background of everything.
pub(crate) const FIELD: Color = Color::srgb(0.016, 0.024, 0.055);
/// Panels over the field.
pub(crate) const PANEL: Color = Color::srgba(0.03, 0.047, 0.098, 0.93);
/// Hairlines around panels.
pub(crate) const LINE: Color = Color::srgb(0.13, 0.2, 0.34);
/// Text.
pub(crate) const TEXT: Color = Color::srgb(0.88, 0.93, 1.0);
/// Less important text.
pub(crate) const MUTED: Color = Color::srgb(0.55, 0.64, 0.78);
/// Main actions.
pub(crate) const ACCENT: Color = Color::srgb(0.34, 0.71, 0.91);
/// Errors and urgent numbers.
pub(crate) const WARNING: Color = Color::srgb(0.9, 0.62, 0.0);

/// Explanations and rows of numbers.
pub(crate) const SMALL: f32 = 13.0;
/// Buttons and rows.
pub(crate) const BODY: f32 = 15.0;
/// Numbers that are read during a fight.
pub(crate) const LARGE: f32 = 24.0;
/// The name of the game, and of a round's winner.
pub(crate) const TITLE: f32 = 44.0;

/// The distance between related things, in logical pixels.
pub(crate) const GAP: f32 = 8.0;
/// The distance between groups, in logical pixels.
pub(crate) const SPACE: f32 = 16.0;
/// Corners of panels and buttons, in logical pixels.
pub(crate) const RADIUS: f32 = 8.0;

/// A line of text.
pub(crate) fn label(text: impl Into<String>, size: f32, colour: Color) -> impl Bundle {
    (
        Text::new(text),
        TextFont::from_font_size(size),
        TextColor(colour),
        TextLayout::no_wrap(),
    )
}

/// Text that wraps at the width of its parent.
pub(crate) fn paragraph(text: impl Into<String>, size: f32, colour: Color) -> impl Bundle {
    (
        Text::new(text),
        TextFont::from_font_size(size),
        TextColor(colour),
    )
}

/// A framed box that holds a column.
pub(crate) fn panel(width: Val) -> impl Bundle {
    (
        Node {
            width,
            flex_direction: FlexDirection::Column,
            row_gap: px(GAP),
            padding: UiRect::all(px(SPACE)),
            border: UiRect::all(px(1)),
            border_radius: BorderRadius::all(px(RADIUS)),
            ..default()
        },
        BackgroundColor(PANEL),
        BorderColor::all(LINE),
    )
}

/// Things side by side.
pub(crate) fn row() -> Node {
    Node {
        column_gap: px(GAP),
        align_items: AlignItems::Center,
        ..default()
    }
}

/// Things below each other.
pub(crate) fn column() -> Node {
    Node {
        flex_direction: FlexDirection::Column,
        row_gap: px(GAP),
        ..default()
    }
}

/// Covers the window and puts its content into the middle.
pub(crate) fn overlay() -> Node {
    Node {
        position_type: PositionType::Absolute,
        width: percent(100),
        height: percent(100),
        justify_content: JustifyContent::Center,
        align_items: AlignItems::Center,
        ..default()
    }
}
