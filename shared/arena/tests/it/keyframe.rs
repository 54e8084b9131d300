//! Tests of the encoding: every state fits one payload, and decoded states never panic.

use arena::MAX_SLOTS;
use arena::drill::drill;
use arena::{
    Arena, Buttons, Controls, Heading, Life, MAX_ROCKS, MAX_SALVAGE, MAX_SHOTS, Phase, Pilot,
    Position, Rock, RockSize, Round, Salvage, Ship, Shot, Velocity,
};
use arrayvec::ArrayVec;
use netcode::wire::{self, Keyframe, MAX_PAYLOAD};
use netcode::{Simulation, Slot};
use proptest::prelude::*;

use arena::scene::{Scene, keyframe, slot};

/// The state with the longest encoding: every number is large and every collection is full.
fn fullest() -> Scene {
    let position = Position::new(u32::MAX, u32::MAX);
    let velocity = Velocity::new(i32::MIN, i32::MAX);
    let ship = Ship {
        pilot: Pilot::Person,
        life: Life::Flying { shield: u8::MAX },
        position,
        velocity,
        heading: Heading(u16::MAX),
        controls: Controls::aimed(Buttons::from_bits(u8::MAX), Heading(u16::MAX)),
        hull: u8::MAX,
        energy: u8::MAX,
        cooldown: u8::MAX,
        grace: u8::MAX,
        score: u16::MAX,
        kills: u16::MAX,
    };
    let rock = Rock {
        position,
        velocity,
        size: RockSize::Large,
        seed: u8::MAX,
    };
    let shot = Shot {
        position,
        velocity,
        owner: slot(31),
        remaining: u8::MAX,
    };
    let salvage = Salvage {
        position,
        velocity,
        value: u8::MAX,
        remaining: u16::MAX,
    };
    Scene {
        rng: u64::MAX,
        round: Round {
            number: u16::MAX,
            phase: Phase::Results,
            remaining: u16::MAX,
        },
        bots: u8::MAX,
        ships: [ship; 32],
        rocks: ArrayVec::from_iter([rock; MAX_ROCKS]),
        shots: ArrayVec::from_iter([shot; MAX_SHOTS]),
        salvage: ArrayVec::from_iter([salvage; MAX_SALVAGE]),
    }
}

fn restored(payload: &[u8]) -> Option<Arena> {
    let keyframe = wire::decode::<Keyframe<Arena>>(payload).ok()?;
    Some(keyframe.state)
}

/// An arena in the middle of a match.
fn busy(seed: u64) -> Arena {
    let mut arena = Arena::new(seed, 12);
    for index in 0..4 {
        arena.join(slot(index));
    }
    for tick in 0..400_u32 {
        let buttons = Buttons::from_bits(tick as u8) | Buttons::FIRE;
        arena.steer(slot((tick % 4) as u8), Controls::new(buttons));
        arena.step(|_| ());
    }
    arena
}

#[test]
fn the_largest_state_fits_a_payload_and_is_restored_from_it() {
    let payload = keyframe(&fullest());
    assert!(payload.len() <= MAX_PAYLOAD, "{} bytes", payload.len());
    let mut arena = restored(&payload).unwrap();
    assert_eq!(keyframe(&arena), payload);
    for _ in 0..500 {
        arena.step(|_| ());
        assert!(keyframe(&arena).len() <= MAX_PAYLOAD);
    }
}

#[test]
fn a_restored_arena_plays_on_like_the_original() {
    let mut original = busy(5);
    let mut copy = restored(&keyframe(&original)).unwrap();
    assert_eq!(copy, original);
    for _ in 0..600 {
        original.step(|_| ());
        copy.step(|_| ());
        assert_eq!(copy.checksum(), original.checksum());
    }
}

#[test]
fn the_drill_depends_on_seed_and_ticks_only() {
    assert_eq!(drill(2, 300), drill(2, 300));
    assert_ne!(drill(2, 300), drill(3, 300));
    assert_ne!(drill(2, 300), drill(2, 301));
}

#[test]
fn collections_beyond_their_capacity_are_refused() {
    let valid = keyframe(&Scene::default());
    // The lengths of rocks, shots and salvage are the last three bytes of an empty scene.
    for (back, most) in [(3, MAX_ROCKS), (2, MAX_SHOTS), (1, MAX_SALVAGE)] {
        for claimed in [most as u8 + 1, 250] {
            let mut payload = valid.clone();
            let length = payload.len();
            payload[length - back] = claimed;
            payload.extend([0; 3000]);
            payload.truncate(MAX_PAYLOAD);
            assert!(restored(&payload).is_none());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_mutated_keyframe_is_refused_or_can_be_stepped(
        seed in 0..4_u64,
        full in any::<bool>(),
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..24),
    ) {
        let mut payload = if full { keyframe(&fullest()) } else { keyframe(&busy(seed)) };
        for (index, byte) in changes {
            let index = 1 + index.index(payload.len() - 1);
            payload[index] = byte;
        }
        if let Some(mut arena) = restored(&payload) {
            for slot in Slot::first(MAX_SLOTS) {
                arena.join(slot);
                arena.leave(slot);
            }
            for _ in 0..200 {
                arena.step(|_| ());
            }
            let _ = arena.checksum();
        }
    }

    #[test]
    fn an_arbitrary_state_can_be_stepped(
        rng in any::<u64>(),
        noise in proptest::collection::vec(any::<[u8; 28]>(), 32),
    ) {
        let mut scene = fullest();
        scene.rng = rng;
        scene.round.remaining = 5;
        for (index, noise) in noise.iter().enumerate() {
            let word = |at: usize| u32::from_le_bytes([noise[at], noise[at + 1], noise[at + 2], noise[at + 3]]);
            // Crowded into a corner, so that everything touches.
            let position = Position::new(word(0) >> 6, word(4) >> 6);
            let velocity = Velocity::new(word(8) as i32 >> 6, word(12) as i32 >> 6);
            let ship = &mut scene.ships[index];
            ship.position = position;
            ship.velocity = velocity;
            ship.pilot = if noise[16] & 1 == 0 { Pilot::Bot } else { Pilot::Person };
            ship.life = Life::Flying { shield: 0 };
            ship.grace = 0;
            ship.hull = noise[17] % 4;
            ship.controls = Controls::from((noise[18], noise[19]));
            scene.rocks[index].position = Position::new(word(20) >> 6, word(4) >> 6);
            scene.salvage[index].position = position;
            scene.shots[index].position = Position::new(word(0) >> 6, word(24) >> 6);
        }
        let mut arena = scene.arena();
        for _ in 0..120 {
            arena.step(|_| ());
        }
    }
}
