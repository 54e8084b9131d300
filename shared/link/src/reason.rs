//! MQTT 5 reason codes in words that a player understands.
//!
//! It deliberately covers only why a connection ends or is refused, not acknowledgements.

/// What a reason code of CONNACK or DISCONNECT means.
pub(super) const fn in_words(code: u8) -> &'static str {
    match code {
        0x00 => "the broker closed the connection",
        0x81 | 0x82 | 0x90 | 0x94 | 0x99 => "the broker did not understand this client",
        0x84 => "the broker does not speak MQTT 5",
        0x85 => "the broker refused this client's id; ask for a new ticket",
        0x86 => "the broker refused the ticket; ask for a new one",
        0x87 => "the ticket does not allow this, or has expired; ask for a new one",
        0x88 | 0x89 => "the broker is busy; try again in a moment",
        0x8a => "the broker has banned this client",
        0x8b => "the broker is shutting down",
        0x8d => "the broker heard nothing from this client for too long",
        0x8e => "another client connected with the same ticket",
        0x93 | 0x96 | 0x97 | 0x9f => "this client sent more than the broker allows",
        0x95 => "a message was larger than the broker allows",
        0x98 => "this client was removed from the match",
        0x9c | 0x9d => "the broker has moved; ask for a new ticket",
        0xa0 => "the ticket has expired; ask for a new one",
        _ => "the broker refused the connection",
    }
}

#[cfg(test)]
mod tests {
    use super::in_words;

    #[test]
    fn every_code_has_words() {
        for code in 0..=u8::MAX {
            assert!(!in_words(code).is_empty());
        }
    }
}
