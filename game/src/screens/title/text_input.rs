//! Typing the callsign, and the code of a match.

use bevy::input::keyboard::KeyboardInput;
use bevy::prelude::*;

use super::keypad::{self, CodeEntry, CodeSubmitted, KeypadClosed};
use crate::state::{KeyboardFocus, PilotName};
use crate::ui::line::{self, Edit};

pub(super) fn edit(
    mut keys: MessageReader<KeyboardInput>,
    mut focus: ResMut<KeyboardFocus>,
    mut pilot: ResMut<PilotName>,
    mut entry: ResMut<CodeEntry>,
    mut commands: Commands,
) {
    for key in keys.read() {
        match *focus {
            KeyboardFocus::Callsign => {
                let mut text = pilot.text().to_owned();
                match line::edit(&mut text, key, PilotName::LIMIT, PilotName::allows) {
                    Edit::Changed => pilot.set_text(text),
                    Edit::Entered | Edit::Cancelled => *focus = KeyboardFocus::Game,
                    Edit::Ignored => {}
                }
            }
            KeyboardFocus::Code => {
                match line::edit(&mut entry.text, key, keypad::LENGTH, keypad::allowed) {
                    Edit::Changed => entry.text.make_ascii_uppercase(),
                    Edit::Entered => commands.trigger(CodeSubmitted),
                    Edit::Cancelled => commands.trigger(KeypadClosed),
                    Edit::Ignored => {}
                }
            }
            KeyboardFocus::Game | KeyboardFocus::Chat => {}
        }
    }
}
