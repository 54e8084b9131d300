//! The encoding of MQTT packets, as far as the tests need it.

use super::{Received, Version};

/// Appends a string with its length.
pub(super) fn put_text(body: &mut Vec<u8>, text: &[u8]) {
    body.extend((text.len() as u16).to_be_bytes());
    body.extend(text);
}

/// A packet with this first byte.
pub(super) fn encode(header: u8, body: &[u8]) -> Vec<u8> {
    let mut packet = vec![header];
    let mut rest = body.len();
    loop {
        let byte = (rest % 128) as u8;
        rest /= 128;
        packet.push(if rest > 0 { byte | 0x80 } else { byte });
        if rest == 0 {
            break;
        }
    }
    packet.extend(body);
    packet
}

/// Takes the first whole packet out of `buffer`: its first byte and its body.
pub(super) fn take(buffer: &mut Vec<u8>) -> Option<(u8, Vec<u8>)> {
    let mut length = 0;
    let mut at = 1;
    loop {
        let byte = *buffer.get(at)?;
        length |= usize::from(byte & 0x7f) << (7 * (at - 1));
        at += 1;
        if byte & 0x80 == 0 {
            break;
        }
    }
    if buffer.len() < at + length {
        return None;
    }
    let packet = (buffer[0], buffer[at..at + length].to_vec());
    buffer.drain(..at + length);
    Some(packet)
}

/// A PUBLISH with this first byte.
pub(super) fn publish(header: u8, body: &[u8], version: Version) -> Received {
    let length = usize::from(body[0]) << 8 | usize::from(body[1]);
    let topic = String::from_utf8(body[2..2 + length].to_vec()).unwrap();
    let mut rest = &body[2 + length..];
    if header & 0b110 != 0 {
        rest = &rest[2..];
    }
    let mut properties = 0;
    if version == Version::V5 {
        properties = usize::from(rest[0]);
        assert!(properties < 128, "long properties");
        rest = &rest[1 + properties..];
    }
    Received {
        topic,
        payload: rest.to_vec(),
        retain: header & 1 != 0,
        properties,
    }
}
