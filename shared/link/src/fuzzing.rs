//! Drives the browser's MQTT codec with arbitrary bytes, for the fuzz targets.
//!
//! Non-goals: a stable interface; the feature `fuzzing` is not part of the crate's API.

use core::time::Duration;

use crate::codec::Codec;
use crate::{Connect, Event, Qos};

/// Topics of subscriptions and messages.
const TOPICS: [&str; 3] = ["a/bc", "a/d", "e"];

/// Runs the bytes as a script of one connection.
///
/// Each step is the byte of an operation and its operands: `0..=3` receive the next bytes (length,
/// bytes), `4` let time pass (milliseconds, 2 bytes), `5` and `6` subscribe and publish (one byte),
/// `7` close, fail, unsubscribe or count a dropped message (one byte).
///
/// # Panics
/// If an invariant of the codec does not hold.
pub fn codec(script: &[u8]) {
    let mut codec = Codec::new(Connect {
        client_id: "fuzz".into(),
        ..Connect::default()
    });
    codec.open();
    let mut bytes = script.iter().copied();
    let mut now = Duration::ZERO;
    let mut is_closed = false;
    while let Some(operation) = bytes.next() {
        let operand = bytes.next().unwrap_or_default();
        let topics = &TOPICS[..usize::from(operand % 4)];
        match operation % 8 {
            4 => {
                let high = bytes.next().unwrap_or_default();
                now += Duration::from_millis(u16::from_le_bytes([operand, high]).into());
                codec.tick(now);
            }
            5 => codec.subscribe(topics),
            6 => {
                let qos = if operand & 1 == 0 {
                    Qos::AtMostOnce
                } else {
                    Qos::AtLeastOnce
                };
                codec.publish(TOPICS[0], &[operand; 3], qos, operand & 2 != 0);
            }
            7 => match operand % 4 {
                0 => codec.close(),
                1 => codec.fail("lost".into()),
                2 => codec.unsubscribe(topics),
                _ => codec.count_dropped(),
            },
            _ => {
                let received: Vec<u8> = bytes.by_ref().take(operand.into()).collect();
                codec.receive(&received);
            }
        }
        codec.take_output(|output| assert!(!output.is_empty()));
        while let Some(event) = codec.take_event() {
            assert!(!is_closed, "an event after the end: {event:?}");
            is_closed = matches!(event, Event::Closed { .. });
        }
        assert_eq!(codec.is_closed(), is_closed, "the end is reported at once");
    }
    assert!(codec.dropped() <= script.len() as u64);
}
