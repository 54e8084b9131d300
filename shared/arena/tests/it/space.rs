//! Tests of positions and velocities on the torus.

use arena::{GRAIN, MAX_VELOCITY, Offset, Position, Velocity, world_units};
use netcode::wire;
use proptest::prelude::*;

use arena::scene::at;

#[test]
fn the_shortest_offset_may_cross_an_edge() {
    let way = at(4090, 10).offset_to(at(6, 4086));
    let twelve = world_units(12) as i32;
    assert_eq!((way.x, way.y), (twelve, -(world_units(20) as i32)));
    assert!(at(4090, 10).is_near(at(6, 4086), world_units(21)));
    assert!(!at(4090, 10).is_near(at(6, 4086), world_units(19)));
}

#[test]
fn moving_once_around_the_torus_returns_to_the_start() {
    let start = at(17, 4000);
    let velocity = Velocity::new(1 << 20, -(1 << 20));
    let end = (0..4096).fold(start, |place, _| place.drifted(velocity));
    assert_eq!(end, start);
}

proptest! {
    #[test]
    fn moving_by_the_offset_to_a_position_reaches_it(a in any::<[u32; 2]>(), b in any::<[u32; 2]>()) {
        let (a, b) = (Position::new(a[0], a[1]), Position::new(b[0], b[1]));
        let way = a.offset_to(b);
        prop_assert_eq!(a.moved(way), b);
        prop_assert_eq!(b.moved(way.reversed()), a);
        prop_assert_eq!(way.length(), a.offset_to(b).length());
        let reach = world_units(500);
        let inside = |axis| (-(reach as i32)..reach as i32).contains(&axis);
        prop_assert_eq!(a.is_near(b, reach), inside(way.x) && inside(way.y));
    }

    #[test]
    fn velocities_are_on_the_grid_within_the_limit_and_keep_their_direction(x in any::<i32>(), y in any::<i32>()) {
        let velocity = Velocity::new(x, y);
        for axis in [velocity.x(), velocity.y()] {
            prop_assert_eq!(axis % GRAIN as i32, 0);
            prop_assert!(axis.abs() <= MAX_VELOCITY);
        }
        let cross = i128::from(x) * i128::from(velocity.y()) - i128::from(y) * i128::from(velocity.x());
        let slack = i128::from(GRAIN) * (i128::from(x).abs() + i128::from(y).abs() + 1);
        prop_assert!(cross.abs() <= slack);
    }

    #[test]
    fn any_bytes_decode_to_positions_and_velocities_that_encode_again(bytes in any::<[u8; 10]>()) {
        let mut payload = vec![wire::VERSION];
        payload.extend(bytes);
        let (position, velocity): (Position, Velocity) = wire::decode(&payload).unwrap();
        prop_assert_eq!(position.x() % GRAIN, 0);
        let again = wire::encode(&(position, velocity)).unwrap();
        prop_assert_eq!(again.len(), payload.len());
        prop_assert_eq!(wire::decode::<(Position, Velocity)>(&again).unwrap(), (position, velocity));
    }

    #[test]
    fn the_length_of_an_offset_is_exact_to_one_unit(x in any::<i32>(), y in any::<i32>()) {
        let length = Offset { x, y }.length();
        let exact = f64::from(x).hypot(f64::from(y));
        prop_assert!((f64::from(length) - exact).abs() <= 1.0);
    }
}
