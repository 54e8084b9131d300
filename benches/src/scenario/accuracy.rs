//! How far from the truth other ships are drawn.
//!
//! The truth is the host's arena at the tick in which an input that is given now takes effect: it is
//! where the others will be when a shot that is fired now leaves the gun. Beside it stands the
//! distance to where they are on the host at the same instant of real time, which favours drawing
//! the past.

use core::time::Duration;

use arena::MAX_SLOTS;
use arena::Position;
use arena::easing::{Easing, units, world_units};
use link::Conditions;
use netcode::HostOptions;
use netcode::{Slot, Tick};

use super::snapshots::{Snapshots, places};
use super::{Match, ScenarioError};

/// Restless pilots, of whom the first looks on.
const PILOTS: u8 = 8;

/// What comes before is not looked at.
const SETTLING: Duration = Duration::from_secs(10);

/// How long is looked at.
const LOOKING: Duration = Duration::from_secs(60);

type Places = [Option<Position>; MAX_SLOTS];

/// A picture, of both kinds.
struct Picture {
    /// The tick of the host when it was drawn.
    instant: Tick,
    /// The tick in which an input given then takes effect.
    effect: Tick,
    predicted: Places,
    interpolated: Places,
}

/// Errors in world units; a ship is 24 wide.
#[derive(Clone, Copy, Debug, Default)]
pub struct Errors {
    /// Half are smaller.
    pub median: f32,
    /// Nineteen of twenty are smaller.
    pub p95: f32,
}

/// What one network makes of the others' places.
#[derive(Clone, Copy, Debug)]
pub struct Accuracy {
    /// As the game draws them, at the tick of effect.
    pub predicted: Errors,
    /// By snapshot interpolation, at the tick of effect.
    pub interpolated: Errors,
    /// As the game draws them, at the same instant of real time.
    pub predicted_now: Errors,
    /// By snapshot interpolation, at the same instant of real time.
    pub interpolated_now: Errors,
    /// Of the onlooker's inputs, those that took effect in the tick for which they were stamped.
    pub in_time: f32,
}

/// Plays a match over this network.
///
/// # Errors
/// If there is no such match.
pub fn measure(seed: u64, conditions: Conditions) -> Result<Accuracy, ScenarioError> {
    let mut game = Match::new(seed, PILOTS, HostOptions::default(), conditions)?;
    let onlooker = client::connect(&game.tickets[0]);
    let mut snapshots = Snapshots::new(seed, conditions, &onlooker);
    let mut easing = Easing::default();
    // By tick.
    let mut truth: Vec<Places> = Vec::new();
    let mut pictures = Vec::new();
    let mut settled = None;
    let mut frames = 0_u32;

    while game.now < SETTLING + LOOKING {
        game.advance();
        if let Some((tick, arena)) = game.host.confirmed()
            && truth.len() <= tick.0 as usize
        {
            truth.resize(tick.0 as usize + 1, places(arena));
            snapshots.publish(tick, &places(arena));
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
        // Every fourth frame: 60 pictures a second.
        if game.now < SETTLING || !frames.is_multiple_of(4) {
            continue;
        }
        settled.get_or_insert(guest.health());
        let mut predicted = places(arena);
        for slot in Slot::first(MAX_SLOTS) {
            if let Some(place) = &mut predicted[slot.index()] {
                *place = place.moved(units(easing.offset(slot)));
            }
        }
        let instant = game.host.confirmed().map_or(Tick(0), |(tick, _)| tick);
        pictures.push(Picture {
            instant,
            effect,
            predicted,
            interpolated: snapshots.drawn(game.now),
        });
    }

    let own = game.guests[0].0.slot();
    let errors = |drawn: fn(&Picture) -> &Places, at: fn(&Picture) -> Tick| {
        let mut errors: Vec<f32> = pictures
            .iter()
            .filter_map(|picture| Some((picture, truth.get(at(picture).0 as usize)?)))
            .flat_map(|(picture, truth)| {
                Slot::first(MAX_SLOTS)
                    .filter(|slot| Some(*slot) != own)
                    .filter_map(|slot| {
                        let drawn = drawn(picture)[slot.index()]?;
                        let [x, y] = world_units(drawn.offset_to(truth[slot.index()]?));
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
    let before = settled.unwrap_or_default();
    let late = health.late_inputs - before.late_inputs;
    let inputs = health.acknowledged - before.acknowledged;
    Ok(Accuracy {
        predicted: errors(|it| &it.predicted, |it| it.effect),
        interpolated: errors(|it| &it.interpolated, |it| it.effect),
        predicted_now: errors(|it| &it.predicted, |it| it.instant),
        interpolated_now: errors(|it| &it.interpolated, |it| it.instant),
        in_time: 1.0 - late as f32 / inputs.max(1) as f32,
    })
}
