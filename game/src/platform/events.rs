//! Events from outside of Bevy's schedule, as Bevy messages.
//!
//! Callbacks and threads have no access to the world: they send into a queue, which is emptied at
//! the beginning of each frame.

use std::sync::mpsc::{self, Receiver, Sender};

use bevy::platform::cell::SyncCell;
use bevy::prelude::*;
use protocol::Code;

/// A file's bytes, or in words why it cannot be read and what to do.
pub type Opened = Result<Vec<u8>, String>;

/// A file was opened that the player chose, dropped or named.
#[derive(Message, Debug)]
pub struct FileOpened(pub Opened);

/// The page's address was changed to a match's, for example by following an invitation.
#[derive(Message, Clone, Copy, Debug)]
pub struct LinkFollowed(pub Code);

/// Someone has read a report, and may soon read the next one.
#[derive(Message, Clone, Copy, Debug)]
pub struct ReportRequested;

/// What happens outside of the window; each becomes the message of its name.
#[derive(Debug)]
pub enum PlatformEvent {
    /// See [`FileOpened`].
    FileOpened(Opened),
    /// See [`LinkFollowed`].
    LinkFollowed(Code),
    /// See [`ReportRequested`].
    ReportRequested,
}

/// The queue of events that are not messages yet.
#[derive(Resource)]
pub struct PlatformEvents {
    sender: Sender<PlatformEvent>,
    receiver: SyncCell<Receiver<PlatformEvent>>,
}

impl Default for PlatformEvents {
    fn default() -> Self {
        let (sender, receiver) = mpsc::channel();
        Self {
            sender,
            receiver: SyncCell::new(receiver),
        }
    }
}

impl PlatformEvents {
    /// The end of the queue that callbacks and threads send to.
    #[must_use]
    pub fn sender(&self) -> Sender<PlatformEvent> {
        self.sender.clone()
    }
}

/// The events of the platform become messages.
#[derive(SystemSet, Clone, PartialEq, Eq, Hash, Debug)]
pub struct PlatformSystems;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<PlatformEvents>()
        .add_message::<FileOpened>()
        .add_message::<LinkFollowed>()
        .add_message::<ReportRequested>()
        .add_systems(PreUpdate, publish.in_set(PlatformSystems));
}

fn publish(
    mut events: ResMut<PlatformEvents>,
    mut files: MessageWriter<FileOpened>,
    mut links: MessageWriter<LinkFollowed>,
    mut reports: MessageWriter<ReportRequested>,
) {
    for event in events.receiver.get().try_iter() {
        match event {
            PlatformEvent::FileOpened(file) => drop(files.write(FileOpened(file))),
            PlatformEvent::LinkFollowed(code) => drop(links.write(LinkFollowed(code))),
            PlatformEvent::ReportRequested => drop(reports.write(ReportRequested)),
        }
    }
}
