//! The MQTT codec of the browser's link.

/// Runs the bytes as a script of what the broker sends and the client calls.
pub fn run(data: &[u8]) {
    link::fuzzing::codec(data);
}
