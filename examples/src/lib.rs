//! Dots, a game of 60 lines on [`netcode`]: each player moves a dot on a grid.
//!
//! The example `bevy_dots` plays it over a relay:
//!
//! ```text
//! cargo run -p relay -- serve
//! cargo run -p examples --example bevy_dots
//! cargo run -p examples --example bevy_dots -- --join CODE
//! ```
//!
//! Non-goals: an aim, bots, and drawing, which is the example's.

use netcode::{Simulation, Slot};
use serde::{Deserialize, Serialize};

/// The game's id for the relay, which keeps the matches of different games apart.
pub const GAME: &str = "dots";

/// Cells that a dot moves in each tick.
const SPEED: u8 = 2;

/// The arrow key that a player holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Controls {
    /// None: the dot stays where it is.
    #[default]
    Stay,
    /// Towards smaller `x`.
    Left,
    /// Towards larger `x`.
    Right,
    /// Towards larger `y`.
    Up,
    /// Towards smaller `y`.
    Down,
}

/// A player's dot. All values are valid, so a dot needs no checks when it is received.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dot {
    /// The column, which wraps around.
    pub x: u8,
    /// The row, which wraps around.
    pub y: u8,
    controls: Controls,
}

/// The state of a match: a dot for each player, on a grid of 256 × 256 cells that wraps around.
///
/// ```
/// use examples::{Controls, Dots};
/// use netcode::{Simulation, Slot};
///
/// let (mut dots, slot) = (Dots::default(), Slot::new(1).unwrap());
/// dots.join(slot);
/// let start = dots.dot(slot).unwrap();
/// dots.steer(slot, Controls::Right);
/// dots.step(|()| ());
/// assert!(dots.dot(slot).unwrap().x > start.x);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dots([Option<Dot>; Dots::SEATS]);

impl Dots {
    /// The dot of the player in this seat.
    #[must_use]
    pub fn dot(&self, slot: Slot) -> Option<Dot> {
        *self.0.get(slot.index())?
    }
}

impl Simulation for Dots {
    const TICK_RATE: u32 = 30;
    const SEATS: usize = 4;
    const RULES_VERSION: u32 = 1;

    type Controls = Controls;
    type Message = ();
    type Event = ();

    fn join(&mut self, slot: Slot) {
        self.0[slot.index()] = Some(Dot {
            x: 32 + 64 * slot.index() as u8,
            y: 128,
            controls: Controls::Stay,
        });
    }

    fn leave(&mut self, slot: Slot) {
        self.0[slot.index()] = None;
    }

    fn steer(&mut self, slot: Slot, controls: Controls) {
        if let Some(dot) = &mut self.0[slot.index()] {
            dot.controls = controls;
        }
    }

    fn controls(&self, slot: Slot) -> Option<Controls> {
        self.dot(slot).map(|dot| dot.controls)
    }

    fn step(&mut self, _emit: impl FnMut(())) {
        for dot in self.0.iter_mut().flatten() {
            match dot.controls {
                Controls::Stay => {}
                Controls::Left => dot.x = dot.x.wrapping_sub(SPEED),
                Controls::Right => dot.x = dot.x.wrapping_add(SPEED),
                Controls::Up => dot.y = dot.y.wrapping_add(SPEED),
                Controls::Down => dot.y = dot.y.wrapping_sub(SPEED),
            }
        }
    }

    /// FNV-1a over the whole state.
    fn checksum(&self) -> u32 {
        let bytes = self.0.iter().flat_map(|dot| match dot {
            Some(dot) => [1, dot.x, dot.y, dot.controls as u8],
            None => [0; 4],
        });
        bytes.fold(0x811c_9dc5, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        })
    }
}
