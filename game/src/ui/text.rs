//! Texts that change.

use core::time::Duration;

use bevy::prelude::*;

/// How often numbers are updated that change all the time.
pub(crate) const REFRESH: Duration = Duration::from_millis(100);

/// Replaces a text only if it differs, so that the layout is not computed in vain.
pub(crate) fn set_text(text: &mut Mut<Text>, new: &str) {
    if text.0 != new {
        text.0 = new.into();
    }
}
