//! Drawing: the predicted present, smooth between ticks and after corrections.
//!
//! A guest has two states. The *confirmed* one is the host's, some time ago. The *predicted* one is
//! that state, stepped ahead to the tick at which an input sent now reaches the host: draw this one.
//! The local player's controls show in it at once; the other players are assumed to hold theirs.
//!
//! ```
//! # mod dots { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/guide.rs")); }
//! # use dots::*;
//! use std::time::Duration;
//! use netcode::{Guest, Slot};
//!
//! /// Where to draw a dot.
//! fn place(guest: &Guest<Dots>, slot: Slot, now: Duration, place_of: fn(&Dots, Slot) -> f32) -> Option<f32> {
//!     let (_, present) = guest.predicted()?;
//!     // The present is the state at the beginning of a tick, of which a fraction has passed.
//!     let mut next = present.clone();
//!     netcode::Simulation::step(&mut next, |_| {});
//!     let (from, to) = (place_of(present, slot), place_of(&next, slot));
//!     Some(from + (to - from) * guest.fraction(now))
//! }
//! # let guest = Guest::<Dots>::new(netcode::Epoch(1), 0, Duration::ZERO);
//! # let slot = Slot::new(0).unwrap();
//! # assert_eq!(place(&guest, slot, Duration::ZERO, |_, _| 0.0), None);
//! ```
//!
//! [`fraction`](crate::Guest::fraction) is the elapsed part of the tick. Instead of a step ahead, you
//! can keep the state of the tick before and draw one tick late.
//!
//! # Corrections
//!
//! When a delta brings a decision of another player, the prediction is computed again, and the
//! picture may jump. [`corrected`](crate::Guest::corrected) then returns the state that had been
//! predicted for the tick of the last frame, until the next update. Keep the difference of each
//! position, add it to what you draw, and let it decay over a tenth of a second or so:
//!
//! ```
//! /// The distance between where something is drawn and where it is.
//! #[derive(Default)]
//! struct Offset(f32);
//!
//! impl Offset {
//!     /// To be called when a frame corrected the place from `before` to `after`.
//!     fn correct(&mut self, before: f32, after: f32) {
//!         self.0 += before - after;
//!     }
//!
//!     /// To be called in each frame; halves the offset each 50 ms.
//!     fn decay(&mut self, seconds: f32) {
//!         self.0 *= 0.5_f32.powf(seconds / 0.05);
//!     }
//! }
//!
//! let mut offset = Offset::default();
//! offset.correct(10.0, 12.0);
//! assert_eq!(12.0 + offset.0, 10.0);
//! offset.decay(0.05);
//! assert_eq!(12.0 + offset.0, 11.0);
//! ```
//!
//! A host has [`present`](crate::Host::present), [`fraction`](crate::Host::fraction) and
//! [`corrected`](crate::Host::corrected) as well: if it is fair, its local player's present is ahead of
//! the state by as much as the inputs of the median guest take to arrive.
