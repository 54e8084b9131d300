//! Measures the error of the positions at which other ships are drawn.
//!
//! The reference is the host's state at the tick in which an input given now takes effect, because a
//! shot that is fired now hits ships at those positions. A second reference is the host's state at the
//! same instant of real time, which favours drawing past states.
//!
//! Non-goals: traffic: see [`super::economy`].

use core::time::Duration;

use arena::MAX_SLOTS;
use arena::easing::{Easing, units, world_units};
use link::Conditions;
use netcode::HostOptions;
use netcode::{Slot, Tick};

use super::snapshots::{Positions, Snapshots, positions};
use super::{Match, ScenarioError};

/// The number of guests; the first one's view is measured.
const PILOTS: u8 = 8;

/// The time before the measurement.
const WARM_UP: Duration = Duration::from_secs(10);

/// The duration of the measurement.
const MEASURED: Duration = Duration::from_secs(60);

/// The drawn positions in a frame, by both methods.
struct DrawnFrame {
    /// The host's tick when the frame was drawn.
    instant: Tick,
    /// The tick in which an input given then takes effect.
    effect: Tick,
    predicted: Positions,
    interpolated: Positions,
}

/// Errors in world units; a ship is 24 wide.
#[derive(Clone, Copy, Debug, Default)]
pub struct Errors {
    /// The median.
    pub median: f32,
    /// The 95th percentile.
    pub p95: f32,
}

/// The errors on one network.
#[derive(Clone, Copy, Debug)]
pub struct Accuracy {
    /// With prediction, at the tick of effect.
    pub predicted: Errors,
    /// With snapshot interpolation, at the tick of effect.
    pub interpolated: Errors,
    /// With prediction, at the same instant of real time.
    pub predicted_now: Errors,
    /// With snapshot interpolation, at the same instant of real time.
    pub interpolated_now: Errors,
    /// The fraction of the first guest's inputs that took effect in the tick of their stamp.
    pub in_time: f32,
}

/// Plays a match over this network.
///
/// # Errors
/// If the scenario cannot start.
pub fn measure(seed: u64, conditions: Conditions) -> Result<Accuracy, ScenarioError> {
    let mut game = Match::new(seed, PILOTS, HostOptions::default(), conditions)?;
    let connect = client::connect(&game.tickets[0]);
    let mut snapshots = Snapshots::new(seed, conditions, &connect);
    let mut easing = Easing::default();
    // The host's positions by tick.
    let mut reference: Vec<Positions> = Vec::new();
    let mut drawn_frames = Vec::new();
    let mut health_before = None;
    let mut frames = 0_u32;

    while game.now < WARM_UP + MEASURED {
        game.advance();
        if let Some((tick, arena)) = game.host.confirmed()
            && reference.len() <= tick.0 as usize
        {
            reference.resize(tick.0 as usize + 1, positions(arena));
            snapshots.publish(tick, &positions(arena));
        }
        snapshots.advance(game.now);
        frames += 1;
        let Some((guest, _)) = game.guests.first() else {
            continue;
        };
        let Some((effect, arena)) = guest.present() else {
            continue;
        };
        easing.advance(super::FRAME, effect, arena, guest.corrected());
        // Every fourth frame, 60 per second.
        if game.now < WARM_UP || !frames.is_multiple_of(4) {
            continue;
        }
        health_before.get_or_insert(guest.health());
        let mut predicted = positions(arena);
        for slot in Slot::first(MAX_SLOTS) {
            if let Some(position) = &mut predicted[slot.index()] {
                *position = position.moved(units(easing.offset(slot)));
            }
        }
        let instant = game.host.confirmed().map_or(Tick(0), |(tick, _)| tick);
        drawn_frames.push(DrawnFrame {
            instant,
            effect,
            predicted,
            interpolated: snapshots.drawn(game.now),
        });
    }

    let own = game.guests[0].0.slot();
    let errors = |drawn: fn(&DrawnFrame) -> &Positions, at: fn(&DrawnFrame) -> Tick| {
        let mut errors: Vec<f32> = drawn_frames
            .iter()
            .filter_map(|frame| Some((frame, reference.get(at(frame).0 as usize)?)))
            .flat_map(|(frame, reference)| {
                Slot::first(MAX_SLOTS)
                    .filter(|slot| Some(*slot) != own)
                    .filter_map(|slot| {
                        let drawn = drawn(frame)[slot.index()]?;
                        let [x, y] = world_units(drawn.offset_to(reference[slot.index()]?));
                        Some(x.hypot(y))
                    })
            })
            .collect();
        errors.sort_by(f32::total_cmp);
        let at = |part: usize| errors.get(errors.len() * part / 100).copied();
        Errors {
            median: at(50).unwrap_or(f32::NAN),
            p95: at(95).unwrap_or(f32::NAN),
        }
    };
    let health = game.guests[0].0.health();
    let before = health_before.unwrap_or_default();
    let late = health.late_inputs - before.late_inputs;
    let inputs = health.acknowledged - before.acknowledged;
    Ok(Accuracy {
        predicted: errors(|frame| &frame.predicted, |frame| frame.effect),
        interpolated: errors(|frame| &frame.interpolated, |frame| frame.effect),
        predicted_now: errors(|frame| &frame.predicted, |frame| frame.instant),
        interpolated_now: errors(|frame| &frame.interpolated, |frame| frame.instant),
        in_time: 1.0 - late as f32 / inputs.max(1) as f32,
    })
}
