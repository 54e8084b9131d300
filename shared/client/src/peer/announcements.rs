//! A queue of the relay's announcements.
//!
//! Non-goals: removing repeated announcements.

use protocol::Announcement;

/// The capacity of the queue; the oldest announcements are dropped.
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
