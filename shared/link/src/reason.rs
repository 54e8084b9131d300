//! Descriptions of MQTT 5 reason codes, as text for players.
//!
//! Non-goals: reason codes of acknowledgements; only those of CONNACK and DISCONNECT are covered.

/// The description of a reason code of CONNACK or DISCONNECT.
pub(super) const fn describe(code: u8) -> &'static str {
    match code {
        0x00 => "the broker closed the connection",
        0x81 | 0x82 | 0x90 | 0x94 | 0x99 => {
            "the broker received a malformed packet from this client"
        }
        0x84 => "the broker does not support MQTT 5",
        0x85 => "the broker refused this client's id; ask for a new ticket",
        0x86 => "the broker refused the ticket; ask for a new one",
        0x87 => "the ticket does not allow this, or has expired; ask for a new one",
        0x88 | 0x89 => "the broker is busy; try again in a moment",
        0x8a => "the broker has banned this client",
        0x8b => "the broker is shutting down",
        0x8d => "the broker received nothing from this client for too long",
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
    use super::describe;

    #[test]
    fn every_code_has_a_description() {
        for code in 0..=u8::MAX {
            assert!(!describe(code).is_empty());
        }
    }
}
