//! One line of text from an untrusted sender, which can be shown as it is.
//!
//! Non-goals: filtering words, and the width of the text on a screen.

use core::fmt;

use arrayvec::ArrayString;
use serde::{Deserialize, Serialize};

/// One line of text of at most `N` bytes: not empty, and without characters that break a line,
/// hide, or turn around what stands beside them.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "ArrayString<N>", into = "ArrayString<N>")]
pub struct Line<const N: usize>(ArrayString<N>);

/// The text is empty or holds characters that a line must not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text is empty or contains characters that a line must not contain")]
pub struct InvalidLine;

impl<const N: usize> Line<N> {
    /// Makes a line of any text: replaces the characters that a line must not contain by spaces, and
    /// cuts it off at the capacity. `None` if nothing is left.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let mut line = ArrayString::new();
        let mut gap = false;
        for character in text.chars() {
            if character.is_whitespace() || !fits(character) {
                gap = !line.is_empty();
                continue;
            }
            let room = character.len_utf8() + usize::from(gap);
            if line.remaining_capacity() < room {
                break;
            }
            if core::mem::take(&mut gap) {
                line.push(' ');
            }
            line.push(character);
        }
        (!line.is_empty()).then_some(Self(line))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a line may contain the character: control characters, line separators and the common
/// format characters (general category Cf), which are invisible or reorder text, are excluded.
fn fits(character: char) -> bool {
    !character.is_control()
        && !matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

impl<const N: usize> TryFrom<ArrayString<N>> for Line<N> {
    type Error = InvalidLine;

    fn try_from(text: ArrayString<N>) -> Result<Self, InvalidLine> {
        if !text.trim().is_empty() && text.chars().all(fits) {
            Ok(Self(text))
        } else {
            Err(InvalidLine)
        }
    }
}

impl<const N: usize> From<Line<N>> for ArrayString<N> {
    fn from(line: Line<N>) -> Self {
        line.0
    }
}

impl<const N: usize> fmt::Debug for Line<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, line: Option<&str>) {
        assert_eq!(Line::<12>::of(text).as_ref().map(Line::as_str), line);
    }

    #[test]
    fn excluded_characters_become_spaces_and_long_text_is_cut_off() {
        check("hello", Some("hello"));
        check("  a \n\t b\u{7} ", Some("a b"));
        check("evil\u{202e}live", Some("evil live"));
        check("\u{200b}\r\n", None);
        check("", None);
        check("twelve bytes, and more", Some("twelve bytes"));
        check("a word which ends", Some("a word which"));
        check("ünïcödé tööö", Some("ünïcödé"));
    }

    #[test]
    fn a_received_line_is_refused_rather_than_corrected() {
        let received = |text: &str| Line::<12>::try_from(ArrayString::from(text).unwrap());
        assert!(received("all right").is_ok());
        for text in ["", "   ", "two\nlines", "\u{1b}[31m", "\u{202e}"] {
            assert_eq!(received(text), Err(InvalidLine), "{text:?}");
        }
    }
}
