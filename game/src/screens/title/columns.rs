//! The two columns of the title, and how they fit into the window.

use bevy::prelude::*;
use bevy::window::PrimaryWindow;

use super::side_column::SideContent;
use crate::ui::theme;

/// The width of a column, in logical pixels: one fits the narrowest phone, two fit it sideways.
const WIDTH: f32 = 300.0;

/// The height of both columns, so that neither moves when the other changes, in logical pixels.
pub(super) const HEIGHT: f32 = 335.0;

/// In a lower window, the columns do not fit below each other, in logical pixels.
const LOW: f32 = 700.0;

/// Holds both columns.
#[derive(Component)]
pub(super) struct Columns;

/// The callsign and the ways into a match.
#[derive(Component)]
pub(super) struct MainColumn;

/// The layout of [`Columns`].
pub(super) fn node() -> Node {
    Node {
        flex_wrap: FlexWrap::Wrap,
        // What is in the columns stays in place when their height changes.
        align_items: AlignItems::FlexStart,
        column_gap: px(theme::SPACE),
        row_gap: px(theme::SPACE),
        padding: UiRect::all(px(theme::GAP)),
        ..theme::overlay()
    }
}

/// The box of a column.
pub(super) fn panel() -> impl Bundle {
    theme::panel(px(WIDTH))
}

/// Fits the columns into the window: side by side, or one below the other; where that is too high,
/// the keypad alone.
pub(super) fn arrange(
    window: Single<&Window, With<PrimaryWindow>>,
    side: Res<SideContent>,
    mut columns: Single<&mut Node, (With<Columns>, Without<MainColumn>)>,
    mut main: Single<&mut Node, (With<MainColumn>, Without<Columns>)>,
) {
    let narrow = window.width() < 2.0 * WIDTH + 3.0 * theme::GAP;
    let low = window.height() < LOW;
    let content = if narrow && low {
        AlignContent::FlexStart
    } else {
        AlignContent::Center
    };
    let alone = narrow && low && *side == SideContent::Keypad;
    let display = if alone { Display::None } else { Display::Flex };
    if columns.align_content != content {
        columns.align_content = content;
    }
    if main.display != display {
        main.display = display;
    }
}
