//! The time limits that client and relay share, with compile-time assertions between those that depend
//! on each other.
//!
//! Non-goals: limits of a single program, such as the timeout of its calls.

use core::time::Duration;

/// How often a host calls the lobby's heartbeat.
pub const HEARTBEAT: Duration = Duration::from_secs(2);

/// If only heartbeats show that a host is alive, each one counts for this long.
pub const HEARTBEAT_GRACE: Duration = Duration::from_secs(3);

/// If the broker observes the host's connection, the host is alive if it has published within this
/// time.
pub const HOST_LIVENESS: Duration = Duration::from_secs(1);

/// The time in which a new host must connect before another player may claim the match; after a
/// restart of the relay, every host.
pub const HOST_ARRIVAL_GRACE: Duration = Duration::from_secs(3);

/// A match ends when its host has been silent, and has not been replaced, for this long.
pub const HOST_TIMEOUT: Duration = Duration::from_secs(40);

/// The time of a host's last message is stored at most this often, because each write waits for a
/// disk.
pub const HOST_LIFE_STORED: Duration = Duration::from_secs(10);

/// The time for which a seat is reserved for a player that the host does not know yet.
pub const SEAT_GRACE: Duration = Duration::from_secs(30);

/// A guest considers its host vanished when it has received nothing from it for this long.
pub const HOST_SILENCE: Duration = Duration::from_millis(1_500);

/// A guest considers its host vanished this long after its last will: a host that only reconnected
/// publishes again within this time.
pub const LAST_WILL_GRACE: Duration = Duration::from_millis(300);

/// The delay between the claims of players in successive seats, so that they do not all call the
/// relay at once.
pub const CLAIM_STAGGER: Duration = Duration::from_millis(100);

/// The additional delay before the claim of a player without a state: others can continue from their
/// state.
pub const CLAIM_WITHOUT_STATE: Duration = Duration::from_secs(4);

/// The pause before the first reconnect or repeated claim. Brokers accept about one connection per
/// second and client.
pub const FIRST_RECONNECT_PAUSE: Duration = Duration::from_millis(500);

/// The longest pause between two attempts to reconnect.
pub const LONGEST_RECONNECT_PAUSE: Duration = Duration::from_millis(2_500);

/// How often a client renews its ticket.
pub const RENEWAL: Duration = Duration::from_secs(5 * 60);

/// How long a ticket's token is valid.
pub const TOKEN_LIFETIME: Duration = Duration::from_secs(60 * 60);

const fn shorter(a: Duration, b: Duration) -> bool {
    a.as_nanos() < b.as_nanos()
}

const _: () = {
    assert!(
        shorter(HEARTBEAT, HEARTBEAT_GRACE),
        "a host that sends its heartbeats in time would be considered dead"
    );
    assert!(
        shorter(LONGEST_RECONNECT_PAUSE, HOST_ARRIVAL_GRACE),
        "a host that reconnects after a restart of the relay would be replaced"
    );
    assert!(
        shorter(netcode::Pace::NORMAL.heartbeat, HOST_LIVENESS),
        "a host without changes would be considered dead by the broker"
    );
    assert!(
        shorter(netcode::Pace::NORMAL.heartbeat, HOST_SILENCE),
        "a host without changes would be considered vanished by its guests"
    );
    assert!(
        shorter(HOST_LIVENESS, HOST_SILENCE),
        "a claim after the host's silence would be refused"
    );
    assert!(
        shorter(HOST_LIFE_STORED, HOST_TIMEOUT) && shorter(HEARTBEAT, HOST_LIFE_STORED),
        "a match with a live host would end"
    );
    assert!(
        shorter(netcode::SEAT_GRACE, SEAT_GRACE),
        "the relay would free a seat that the host still keeps"
    );
    assert!(
        shorter(RENEWAL, TOKEN_LIFETIME),
        "a token would expire before it is renewed"
    );
};
