//! The side column: the open matches, or the keypad.

use bevy::prelude::*;

use super::keypad::{self, KeypadClosed};
use super::matches;
use crate::state::KeyboardFocus;

/// The column.
#[derive(Component)]
pub(super) struct SideColumn;

/// What the column shows.
#[derive(Resource, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum SideContent {
    #[default]
    Matches,
    Keypad,
}

pub(super) fn fill(
    side: Res<SideContent>,
    column: Single<Entity, With<SideColumn>>,
    mut commands: Commands,
) {
    commands
        .entity(*column)
        .despawn_related::<Children>()
        .with_children(|column| match *side {
            SideContent::Matches => matches::spawn(column),
            SideContent::Keypad => keypad::spawn(column),
        });
}

pub(super) fn close_keypad(
    _: On<KeypadClosed>,
    mut side: ResMut<SideContent>,
    mut focus: ResMut<KeyboardFocus>,
) {
    (*side, *focus) = (SideContent::Matches, KeyboardFocus::Game);
}
