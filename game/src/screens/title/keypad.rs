//! The keypad to enter a match's code, by touch or by keyboard.

use bevy::prelude::*;
use protocol::Code;

use crate::intents::MatchIntent;
use crate::state::StatusMessage;
use crate::ui::button::{Press, Weight, sized_button};
use crate::ui::text::set_text;
use crate::ui::theme;

/// Letters in a code.
pub(super) const LENGTH: usize = 5;

const COLUMNS: usize = 5;
const KEY_SIZE: Vec2 = Vec2::new(46.0, 40.0);

/// The letters that are entered so far.
#[derive(Resource, Default, Debug)]
pub(super) struct CodeEntry {
    pub(super) text: String,
}

impl CodeEntry {
    /// Adds a letter of either case; letters that no code holds, and a sixth one, are ignored.
    pub(super) fn push(&mut self, letter: char) {
        let letter = letter.to_ascii_uppercase();
        if self.text.len() < LENGTH && allowed(letter) {
            self.text.push(letter);
        }
    }

    /// The code, once it is complete.
    pub(super) fn code(&self) -> Option<Code> {
        self.text.parse().ok()
    }

    /// For the display, with dots for missing letters.
    fn shown(&self) -> String {
        let padded = format!("{:.<LENGTH$}", self.text);
        padded
            .chars()
            .map(String::from)
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// Whether a code may hold the letter, in either case.
pub(super) fn allowed(letter: char) -> bool {
    Code::ALPHABET.contains(letter.to_ascii_uppercase())
}

/// The code is submitted.
#[derive(Event)]
pub(super) struct CodeSubmitted;

/// The keypad is to be closed.
#[derive(Event)]
pub(super) struct KeypadClosed;

/// The display.
#[derive(Component)]
pub(super) struct EntryText;

pub(super) fn spawn(parent: &mut ChildSpawnerCommands) {
    parent.spawn(theme::label("ENTER THE CODE", theme::SMALL, theme::MUTED));
    parent.spawn((EntryText, theme::label("", theme::LARGE, theme::TEXT)));
    let letters: Vec<char> = Code::ALPHABET.chars().collect();
    for letters in letters.chunks(COLUMNS) {
        parent.spawn(theme::row()).with_children(|row| {
            for &letter in letters {
                let name = format!("key-{letter}");
                row.spawn(sized_button(
                    name,
                    letter,
                    Weight::Plain,
                    px(KEY_SIZE.x),
                    px(KEY_SIZE.y),
                ))
                .observe(move |_: On<Press>, mut entry: ResMut<CodeEntry>| entry.push(letter));
            }
            if letters.len() < COLUMNS {
                row.spawn(sized_button(
                    "key-delete",
                    "DEL",
                    Weight::Plain,
                    px(KEY_SIZE.x),
                    px(KEY_SIZE.y),
                ))
                .observe(|_: On<Press>, mut entry: ResMut<CodeEntry>| {
                    entry.text.pop();
                });
                let width = px(2.0 * KEY_SIZE.x + theme::GAP);
                let height = px(KEY_SIZE.y);
                row.spawn(sized_button(
                    "key-back",
                    "BACK",
                    Weight::Plain,
                    width,
                    height,
                ))
                .observe(|_: On<Press>, mut commands: Commands| commands.trigger(KeypadClosed));
            }
        });
    }
    parent
        .spawn(sized_button(
            "key-join",
            "JOIN",
            Weight::Primary,
            Val::Auto,
            px(44),
        ))
        .observe(|_: On<Press>, mut commands: Commands| commands.trigger(CodeSubmitted));
}

/// Joins the match, if the code is complete.
pub(super) fn submit(
    _: On<CodeSubmitted>,
    entry: Res<CodeEntry>,
    mut status: ResMut<StatusMessage>,
    mut commands: Commands,
) {
    match entry.code() {
        Some(code) => commands.trigger(MatchIntent::Join(code)),
        None => status.warn(format!(
            "A code has {LENGTH} letters: ask for it, or read it off the host's screen."
        )),
    }
}

/// Updates the display.
pub(super) fn show_entry(entry: Res<CodeEntry>, mut display: Query<&mut Text, With<EntryText>>) {
    for mut text in &mut display {
        set_text(&mut text, &entry.shown());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_valid_letters_make_a_code() {
        let mut entry = CodeEntry::default();
        for letter in "b1caDf".chars() {
            entry.push(letter);
        }
        assert_eq!((entry.text.as_str(), entry.code()), ("BCDF", None));
        assert_eq!(entry.shown(), "B C D F .");
        entry.push('x');
        entry.push('x');
        assert_eq!(
            entry.code().map(|code| code.to_string()),
            Some("BCDFX".into())
        );
    }
}
