//! Tests of movement, guns, damage and collisions.

use arena::{
    Arena, Buttons, Controls, Event, GRACE_TICKS, Heading, Life, MAX_ENERGY, MAX_HULL, Offset,
    Position, RESPAWN_TICKS, Rock, RockSize, SHIELD_TICKS, Ship, Velocity, world_units,
    world_units_per_second,
};
use netcode::Simulation;
use proptest::prelude::*;

use arena::scene::{FIRE, Scene, at, play, rock, ship, shot, slot, speed};

fn after(ship: Ship, ticks: u32) -> Ship {
    let mut arena = Scene::with_ships([ship]).arena();
    play(&mut arena, ticks);
    arena.ships()[0]
}

fn holding(buttons: Buttons) -> Ship {
    Ship {
        controls: Controls::new(buttons),
        ..ship(1000, 1000)
    }
}

#[test]
fn a_full_turn_takes_about_a_second() {
    let left = after(holding(Buttons::LEFT), 66);
    assert!(Heading(0).turn_to(left.heading).unsigned_abs() < 1000);
    let right = after(holding(Buttons::RIGHT), 10);
    assert!(Heading(0).turn_to(right.heading) < -9000);
    let both = after(holding(Buttons::LEFT | Buttons::RIGHT), 10);
    assert_eq!(both.heading, Heading(0));
}

#[test]
fn an_aiming_ship_turns_to_its_aim_and_stops_there() {
    let aimed = Ship {
        controls: Controls::aimed(Buttons::LEFT, Heading::from_byte(200)),
        ..ship(1000, 1000)
    };
    assert_eq!(after(aimed, 60).heading, Heading::from_byte(200));
}

#[test]
fn boost_has_a_higher_top_speed_than_thrust_while_energy_lasts() {
    let thrust = after(holding(Buttons::THRUST), 600);
    let top = thrust.velocity.x();
    assert!((world_units_per_second(350)..world_units_per_second(400)).contains(&top));
    let boost = after(holding(Buttons::BOOST), u32::from(MAX_ENERGY) / 2);
    assert!(boost.velocity.x() > top * 5 / 4);
    assert_eq!(boost.energy, 0);
    let spent = after(boost, 300);
    assert!((spent.velocity.x() - top).abs() < world_units_per_second(10));
    let rested = after(
        Ship {
            controls: Controls::IDLE,
            ..boost
        },
        u32::from(MAX_ENERGY),
    );
    assert_eq!(rested.energy, MAX_ENERGY);
    assert!(
        rested.velocity.x() < top / 4,
        "drag should slow an idle ship"
    );
}

#[test]
fn a_gun_fires_at_its_rate_and_shots_expire() {
    let mut arena = Scene::with_ships([holding(Buttons::FIRE)]).arena();
    let events = play(&mut arena, 110);
    assert_eq!(events.len(), 10);
    assert!(
        events
            .iter()
            .all(|event| matches!(event, Event::Fired { .. }))
    );
    arena.steer(slot(0), Controls::IDLE);
    play(&mut arena, 70);
    assert!(arena.shots().is_empty());
}

/// Two ships, of which the left one points to the right one and fires.
fn duel(shooter: Ship, target: Ship) -> Arena {
    let shooter = Ship {
        controls: FIRE,
        ..shooter
    };
    Scene::with_ships([shooter, target]).arena()
}

#[test]
fn three_hits_destroy_a_ship_and_count_as_one_kill() {
    let mut arena = duel(ship(1000, 1000), ship(1200, 1000));
    let events = play(&mut arena, 120);
    let hits = events
        .iter()
        .filter(|event| matches!(event, Event::Hit { by: Some(_), .. }));
    assert_eq!(hits.count(), usize::from(MAX_HULL) - 1);
    let killed = Event::Killed {
        victim: slot(1),
        by: Some(slot(0)),
        at: at(1200, 1000),
    };
    assert!(events.contains(&killed));
    assert_eq!((arena.ships()[0].kills, arena.ships()[1].kills), (1, 0));
    assert!(!arena.ships()[1].is_flying());
}

#[test]
fn a_destroyed_ship_reappears_undamaged_and_shielded() {
    let dead = Ship {
        life: Life::Dead {
            respawn_in: RESPAWN_TICKS,
        },
        hull: 0,
        ..ship(1000, 1000)
    };
    let mut arena = Scene::with_ships([dead, ship(1000, 1000)]).arena();
    assert_eq!(play(&mut arena, u32::from(RESPAWN_TICKS) - 1), []);
    let [Event::Spawned { at, .. }] = play(&mut arena, 1)[..] else {
        panic!("the ship should appear");
    };
    assert_eq!(arena.ships()[0].hull, MAX_HULL);
    assert!(arena.ships()[0].is_shielded());
    let distance = at.offset_to(arena.ships()[1].position).length();
    assert!(distance > world_units(400));
    play(&mut arena, u32::from(SHIELD_TICKS));
    assert!(!arena.ships()[0].is_shielded());
}

#[test]
fn a_shield_deflects_shots_until_its_ship_fires() {
    let shielded = Ship {
        life: Life::Flying { shield: 200 },
        ..ship(1200, 1000)
    };
    let mut arena = duel(ship(1000, 1000), shielded);
    let events = play(&mut arena, 60);
    assert!(
        events
            .iter()
            .any(|event| matches!(event, Event::Deflected { .. }))
    );
    assert_eq!(arena.ships()[1].hull, MAX_HULL);
    arena.steer(slot(1), Controls::aimed(Buttons::FIRE, Heading(16384)));
    play(&mut arena, 30);
    assert!(arena.ships()[1].hull < MAX_HULL);
}

#[test]
fn hits_have_no_effect_shortly_after_a_hit() {
    let mut arena = Scene::with_ships([ship(3000, 3000), ship(1000, 1000)])
        .with_shot(shot(980, 1000, 0, speed(600, 0)))
        .with_shot(shot(960, 1000, 0, speed(600, 0)))
        .arena();
    let events = play(&mut arena, u32::from(GRACE_TICKS) - 1);
    assert!(matches!(
        events[..],
        [Event::Hit { .. }, Event::Deflected { .. }]
    ));
    assert_eq!(arena.ships()[1].hull, MAX_HULL - 1);
    assert!(arena.ships()[1].is_protected());
    play(&mut arena, 5);
    assert!(!arena.ships()[1].is_protected());
}

#[test]
fn a_ship_is_not_hit_by_its_own_shots() {
    let mut arena = Scene::with_ships([ship(1000, 1000)])
        .with_shot(shot(980, 1000, 0, speed(600, 0)))
        .arena();
    assert_eq!(play(&mut arena, 10), []);
}

#[test]
fn a_rock_that_hits_a_ship_damages_it_repels_it_and_breaks() {
    let flying = Ship {
        velocity: speed(300, 0),
        ..ship(1000, 1000)
    };
    let mut arena = Scene::with_ships([flying])
        .with_rock(rock(1080, 1000, RockSize::Medium))
        .arena();
    let events = play(&mut arena, 20);
    assert!(matches!(
        events[..],
        [
            Event::Hit { by: None, .. },
            Event::RockSplit {
                size: RockSize::Medium,
                by: None,
                ..
            },
            ..
        ]
    ));
    assert!(arena.ships()[0].velocity.x() < 0);
    assert_eq!(arena.ships()[0].hull, MAX_HULL - 1);
    let small = |rock: &Rock| rock.size == RockSize::Small;
    assert_eq!(arena.rocks().iter().filter(|rock| small(rock)).count(), 2);
}

#[test]
fn colliding_ships_bounce_without_damage() {
    let one = Ship {
        velocity: speed(200, 0),
        ..ship(1000, 1000)
    };
    let two = Ship {
        velocity: speed(-200, 0),
        ..ship(1060, 1000)
    };
    let mut arena = Scene::with_ships([one, two]).arena();
    let events = play(&mut arena, 12);
    assert!(matches!(events[..], [Event::Bumped { .. }]));
    assert!(arena.ships()[0].velocity.x() < 0);
    assert!(arena.ships()[1].velocity.x() > 0);
    assert_eq!(arena.ships()[0].hull, MAX_HULL);
}

proptest! {
    #[test]
    fn a_fast_shot_does_not_pass_through_its_target(
        x in any::<u32>(),
        y in any::<u32>(),
        direction in any::<u16>(),
        target_direction in any::<u16>(),
        lead in 0..20_u32,
    ) {
        // Both reach the same place, wherever it is, after the same fraction of a tick.
        let meeting = Position::new(x, y);
        let start = |velocity: Velocity| {
            let back = velocity.offset().reversed();
            let ticks = 5 * 20 + lead as i32;
            meeting.moved(Offset {
                x: (i64::from(back.x) * i64::from(ticks) / 20) as i32,
                y: (i64::from(back.y) * i64::from(ticks) / 20) as i32,
            })
        };
        let velocity = |direction, speed: u32| {
            let push = Heading(direction).offset(world_units_per_second(speed));
            Velocity::ZERO.plus(push)
        };
        let mut bullet = shot(0, 0, 0, velocity(direction, 900));
        bullet.position = start(bullet.velocity);
        let mut target = rock(0, 0, RockSize::Small);
        target.velocity = velocity(target_direction, 500);
        target.position = start(target.velocity);
        let mut arena = Scene::default().with_rock(target).with_shot(bullet).arena();
        let events = play(&mut arena, 8);
        prop_assert!(matches!(events[..], [Event::RockSplit { .. }]), "{events:?}");
    }
}
