//! What is going on, or what went wrong and what to do: shown on the title.

use bevy::prelude::Resource;

/// The text, or nothing.
#[derive(Resource, Default, Clone, PartialEq, Eq, Debug)]
pub struct StatusMessage {
    text: String,
    warning: bool,
}

impl StatusMessage {
    /// The text; empty if there is nothing to show.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether something went wrong.
    #[must_use]
    pub const fn is_warning(&self) -> bool {
        self.warning
    }

    /// Shows what is going on.
    pub(crate) fn inform(&mut self, text: impl Into<String>) {
        *self = Self {
            text: text.into(),
            warning: false,
        };
    }

    /// Shows what went wrong and what to do.
    pub(crate) fn warn(&mut self, text: impl Into<String>) {
        *self = Self {
            text: text.into(),
            warning: true,
        };
    }

    /// Shows nothing.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}
