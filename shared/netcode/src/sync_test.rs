//! A test of a simulation's determinism, like the `SyncTestSession` of [GGRS].
//!
//! Non-goals: comparing targets or compilers. For that, run the same seeded play on each and compare
//! the checksums.
//!
//! [GGRS]: https://docs.rs/ggrs/latest/ggrs/struct.SyncTestSession.html

use rng::Rng;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::max_state;
use crate::simulation::assert_limits;
use crate::wire::{DecodeError, Payload, decode_within};
use crate::{Simulation, Slot, StateTooLarge, Tick};

/// How often a player decides something: once in so many ticks, on average.
const DECISION_INTERVAL: u32 = 16;

/// How many of a seated player's decisions are to leave: one in so many, on average.
const LEAVE_SHARE: u32 = 8;

/// What a [`sync_test()`] plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyncTestOptions {
    /// The seed of the random decisions; equal seeds give equal play.
    pub seed: u64,
    /// The number of ticks to play.
    pub ticks: u32,
    /// The number of ticks between two restored copies, at least 1. Each copy is compared with the
    /// original until the next one replaces it.
    pub interval: u32,
}

impl Default for SyncTestOptions {
    /// 2,000 ticks with a copy every 50.
    fn default() -> Self {
        Self {
            seed: 1,
            ticks: 2_000,
            interval: 50,
        }
    }
}

/// A simulation and its restored copy differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("tick {tick}, with a copy restored at tick {restored}: {difference}")]
pub struct SyncTestError {
    /// The first tick whose states differ.
    pub tick: Tick,
    /// The tick at which the copy was restored.
    pub restored: Tick,
    /// What differs.
    pub difference: Difference,
}

/// How a simulation and its restored copy differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Difference {
    /// The state cannot be encoded.
    #[error(transparent)]
    TooLarge(#[from] StateTooLarge),
    /// The encoded state cannot be decoded.
    #[error("the encoded state cannot be decoded: {0}")]
    Decode(#[from] DecodeError),
    /// The step that led to this tick emitted another number of events.
    #[error("the copy emitted {copy} events instead of {original}")]
    Events {
        /// By the original.
        original: usize,
        /// By the copy.
        copy: usize,
    },
    /// The checksums differ.
    #[error("the copy's checksum is {copy:08x} instead of {original:08x}")]
    Checksum {
        /// Of the original.
        original: u32,
        /// Of the copy.
        copy: u32,
    },
    /// The checksums are equal, and the encoded states differ: the checksum does not cover the whole
    /// state.
    #[error("the encoded states differ from byte {0} on, although the checksums are equal")]
    Encoding(usize),
}

/// Plays a simulation with random decisions, and compares it with restored copies of itself.
///
/// In each tick, players join, leave and change their controls at random; `controls` makes controls
/// from 64 uniformly random bits. At regular intervals the state is encoded and decoded into a copy,
/// as if a guest had joined by a keyframe. From then on the copy takes the same decisions, and after
/// each step the checksums and the encoded states are compared.
///
/// This finds state that is not serialised, steps that depend on anything but the state (a clock, a
/// global, the order of a hash map), serialisation that loses something, and checksums that do not
/// cover the state.
///
/// # Errors
/// At the first difference.
///
/// # Examples
///
/// A counter that is skipped by serialisation is found in the tick in which it first has an effect:
///
/// ```
/// use netcode::{Difference, Simulation, Slot, SyncTestOptions, Tick, sync_test};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, Default, Serialize, Deserialize)]
/// struct Pulse {
///     seated: Option<bool>,
///     pulses: u32,
///     #[serde(skip)]
///     steps: u32,
/// }
///
/// impl Simulation for Pulse {
///     const TICK_RATE: u32 = 60;
///     const SEATS: usize = 1;
///     const RULES_VERSION: u32 = 1;
///     type Controls = bool;
///     type Message = ();
///     type Event = ();
///
///     fn join(&mut self, _: Slot) {
///         self.seated = Some(false);
///     }
///     fn leave(&mut self, _: Slot) {
///         self.seated = None;
///     }
///     fn steer(&mut self, _: Slot, controls: bool) {
///         self.seated = self.seated.map(|_| controls);
///     }
///     fn controls(&self, _: Slot) -> Option<bool> {
///         self.seated
///     }
///     fn step(&mut self, _: impl FnMut(())) {
///         self.steps += 1;
///         self.pulses += u32::from(self.steps % 64 == 0);
///     }
///     fn checksum(&self) -> u32 {
///         self.pulses * 4 + self.seated.map_or(0, |pressed| 1 + u32::from(pressed))
///     }
/// }
///
/// let error = sync_test(&Pulse::default(), SyncTestOptions::default(), |random| random & 1 == 0)
///     .unwrap_err();
/// // The copy of tick 50 begins to count at 0, the original at 50.
/// assert_eq!((error.tick, error.restored), (Tick(64), Tick(50)));
/// assert!(matches!(error.difference, Difference::Checksum { .. }));
/// ```
pub fn sync_test<S>(
    initial: &S,
    options: SyncTestOptions,
    mut controls: impl FnMut(u64) -> S::Controls,
) -> Result<(), SyncTestError>
where
    S: Simulation + Serialize + DeserializeOwned,
{
    assert_limits::<S>();
    let mut rng = Rng::new(options.seed);
    let mut comparison = Comparison::<S>::new();
    let mut original = initial.clone();
    let mut copy = initial.clone();
    let interval = options.interval.max(1);
    for tick in (0..options.ticks).map(Tick) {
        let restored = tick - tick.0 % interval;
        let error = |tick| {
            move |difference| SyncTestError {
                tick,
                restored,
                difference,
            }
        };
        if tick == restored {
            copy = comparison.restore(&original).map_err(error(tick))?;
            comparison.check(&original, &copy).map_err(error(tick))?;
        }
        for slot in S::slots() {
            if rng.below(DECISION_INTERVAL) == 0 {
                let decision = Decision::random(&original, slot, &mut rng, &mut controls);
                decision.apply(&mut original, slot);
                decision.apply(&mut copy, slot);
            }
        }
        let events = (step(&mut original), step(&mut copy));
        let tick = tick + 1;
        if events.0 != events.1 {
            let (original, copy) = events;
            return Err(Difference::Events { original, copy }).map_err(error(tick));
        }
        comparison.check(&original, &copy).map_err(error(tick))?;
    }
    Ok(())
}

/// Steps a simulation and returns the number of events.
fn step<S: Simulation>(state: &mut S) -> usize {
    let mut events = 0;
    state.step(|_| events += 1);
    events
}

/// What a player decides.
enum Decision<C> {
    Join,
    Leave,
    Steer(C),
}

impl<C: Copy> Decision<C> {
    fn random<S: Simulation<Controls = C>>(
        state: &S,
        slot: Slot,
        rng: &mut Rng,
        controls: &mut impl FnMut(u64) -> C,
    ) -> Self {
        if state.controls(slot).is_none() {
            Self::Join
        } else if rng.below(LEAVE_SHARE) == 0 {
            Self::Leave
        } else {
            Self::Steer(controls(rng.next()))
        }
    }

    fn apply<S: Simulation<Controls = C>>(&self, state: &mut S, slot: Slot) {
        match self {
            Self::Join => state.join(slot),
            Self::Leave => state.leave(slot),
            Self::Steer(controls) => state.steer(slot, *controls),
        }
    }
}

/// The buffers for the encoded states.
struct Comparison<S> {
    original: Payload,
    copy: Payload,
    simulation: core::marker::PhantomData<S>,
}

impl<S: Simulation + Serialize + DeserializeOwned> Comparison<S> {
    fn new() -> Self {
        Self {
            original: Payload::with_limit(max_state::<S>()),
            copy: Payload::with_limit(max_state::<S>()),
            simulation: core::marker::PhantomData,
        }
    }

    /// The copy that a guest would hold.
    fn restore(&mut self, state: &S) -> Result<S, Difference> {
        let encoded = encode(&mut self.original, state)?;
        Ok(decode_within(encoded, max_state::<S>())?)
    }

    fn check(&mut self, original: &S, copy: &S) -> Result<(), Difference> {
        let checksums = (original.checksum(), copy.checksum());
        if checksums.0 != checksums.1 {
            let (original, copy) = checksums;
            return Err(Difference::Checksum { original, copy });
        }
        let original = encode(&mut self.original, original)?;
        let copy = encode(&mut self.copy, copy)?;
        if original != copy {
            let mut pairs = original.iter().zip(copy);
            let equal = pairs.position(|(original, copy)| original != copy);
            let shorter = original.len().min(copy.len());
            // Without the byte of the encoding's version.
            return Err(Difference::Encoding(equal.unwrap_or(shorter) - 1));
        }
        Ok(())
    }
}

fn encode<'a, S: Simulation + Serialize>(
    payload: &'a mut Payload,
    state: &S,
) -> Result<&'a [u8], StateTooLarge> {
    let limit = max_state::<S>();
    payload.encode(state).map_err(|_| StateTooLarge { limit })
}
