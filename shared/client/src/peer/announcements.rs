//! Announcements of the relay that wait to be shown.

use protocol::Announcement;

/// The most announcements that wait; the oldest are dropped.
const CAPACITY: usize = 8;

/// The announcements received since they were last taken, oldest first.
#[derive(Default)]
pub(super) struct Announcements(Vec<Announcement>);

impl Announcements {
    pub(super) fn push(&mut self, announcement: Announcement) {
        if self.0.len() == CAPACITY {
            self.0.remove(0);
        }
        self.0.push(announcement);
    }

    pub(super) fn take(&mut self) -> Vec<Announcement> {
        core::mem::take(&mut self.0)
    }
}
