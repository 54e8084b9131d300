//! The title: the callsign, the ways into a match, and the open matches or the keypad.

mod columns;
mod keypad;
mod main_column;
mod matches;
mod side_column;
mod status_box;
mod text_input;

use bevy::prelude::*;

use self::columns::{Columns, MainColumn};
use self::keypad::CodeEntry;
use self::side_column::{SideColumn, SideContent};
use crate::messages::MatchEnded;
use crate::platform;
use crate::state::{KeyboardFocus, PilotName, Screen, StatusMessage};

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<CodeEntry>()
        .init_resource::<SideContent>()
        .add_plugins((status_box::plugin, matches::plugin))
        .add_observer(keypad::submit)
        .add_observer(side_column::close_keypad)
        .add_systems(OnEnter(Screen::Title), spawn)
        .add_systems(OnExit(Screen::Title), release_keyboard)
        .add_systems(
            Update,
            (
                text_input::edit,
                main_column::show_callsign.run_if(
                    resource_changed::<PilotName>.or_eager(resource_changed::<KeyboardFocus>),
                ),
                side_column::fill.run_if(resource_changed::<SideContent>),
                keypad::show_entry,
                columns::arrange,
            )
                .chain()
                .run_if(in_state(Screen::Title)),
        )
        .add_systems(Update, return_to_title);
}

/// Shows the title with the reason why the match has ended.
fn return_to_title(
    mut ended: MessageReader<MatchEnded>,
    mut status: ResMut<StatusMessage>,
    mut next: ResMut<NextState<Screen>>,
) {
    for MatchEnded { reason } in ended.read() {
        status.warn(reason.clone());
        platform::show_code(None);
        next.set(Screen::Title);
    }
}

fn spawn(
    pilot: Res<PilotName>,
    mut commands: Commands,
    mut side: ResMut<SideContent>,
    mut entry: ResMut<CodeEntry>,
) {
    *side = SideContent::Matches;
    entry.text.clear();
    commands
        .spawn((DespawnOnExit(Screen::Title), Columns, columns::node()))
        .with_children(|screen| {
            screen
                .spawn((MainColumn, columns::panel()))
                .with_children(|column| main_column::spawn(column, pilot.text()));
            screen
                .spawn((SideColumn, columns::panel()))
                .entry::<Node>()
                .and_modify(|mut column| column.min_height = px(columns::HEIGHT));
            status_box::spawn(screen);
        });
}

fn release_keyboard(mut focus: ResMut<KeyboardFocus>) {
    *focus = KeyboardFocus::Game;
}
