//! Drives play and fills the stage: a flight in a match, a recorded match, or the backdrop of the
//! title.

mod backdrop;
pub(crate) mod flight;
pub(crate) mod playback;
pub(crate) mod watching;

use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use shared::session::Notice;
use shared::sim::arena::Event as Happening;

use crate::stage::{Happened, Said, Settled, Stage};

pub(crate) fn plugin(app: &mut App) {
    app.add_plugins((
        backdrop::plugin,
        flight::plugin,
        playback::plugin,
        watching::plugin,
    ));
}

/// Tells what happens in play, and what is said by those whom the player wants to hear.
#[derive(SystemParam)]
struct Happenings<'w> {
    stage: Res<'w, Stage>,
    happened: MessageWriter<'w, Happened>,
    settled: MessageWriter<'w, Settled>,
    said: MessageWriter<'w, Said>,
}

impl Happenings<'_> {
    fn tell(&mut self, notice: Notice<Happening>) {
        match notice {
            Notice::Predicted(event) => drop(self.happened.write(Happened(event))),
            Notice::Confirmed { event, .. } => drop(self.settled.write(Settled(event))),
            Notice::Said { slot, .. } if self.stage.is_muted(slot) => {}
            Notice::Said { slot, say } => drop(self.said.write(Said { slot, say })),
        }
    }
}
