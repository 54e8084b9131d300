//! Editing of one line of text from key events.
//!
//! Non-goals: a cursor. Lines are short, and edited at their end.

use bevy::input::ButtonState;
use bevy::input::keyboard::{Key, KeyboardInput};

/// What a key did to a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Edit {
    /// Nothing.
    Ignored,
    /// The text has changed.
    Changed,
    /// The text is submitted.
    Entered,
    /// Editing is cancelled.
    Cancelled,
}

/// Applies a key event to `text`, which never gets longer than `limit` bytes; characters that
/// `allowed` refuses are ignored.
pub(crate) fn edit(
    text: &mut String,
    event: &KeyboardInput,
    limit: usize,
    allowed: impl Fn(char) -> bool,
) -> Edit {
    if event.state == ButtonState::Released {
        return Edit::Ignored;
    }
    match &event.logical_key {
        Key::Enter => Edit::Entered,
        Key::Escape => Edit::Cancelled,
        Key::Backspace => match text.pop() {
            Some(_) => Edit::Changed,
            None => Edit::Ignored,
        },
        _ => insert(
            text,
            event.text.as_deref().unwrap_or_default(),
            limit,
            allowed,
        ),
    }
}

fn insert(text: &mut String, typed: &str, limit: usize, allowed: impl Fn(char) -> bool) -> Edit {
    let mut edit = Edit::Ignored;
    for typed in typed
        .chars()
        .filter(|&typed| !typed.is_control() && allowed(typed))
    {
        if text.len() + typed.len_utf8() <= limit {
            text.push(typed);
            edit = Edit::Changed;
        }
    }
    edit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_accepts_allowed_characters_up_to_its_limit() {
        let mut line = String::from("ab");
        assert_eq!(
            insert(&mut line, "c\nd!", 4, char::is_alphanumeric),
            Edit::Changed
        );
        assert_eq!(line, "abcd");
        assert_eq!(
            insert(&mut line, "e", 4, char::is_alphanumeric),
            Edit::Ignored
        );
    }
}
