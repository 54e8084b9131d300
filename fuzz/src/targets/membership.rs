//! The rules of a match's membership: after any requests in any order, the state is consistent.

use core::time::Duration;
use std::collections::HashSet;

use arrayvec::ArrayString;
use protocol::membership::{Caller, HostLiveness, MatchState, Moment, effects, open_matches};
use protocol::{
    Callsign, Claim, Code, CreateMatch, Epoch, Heartbeat, JoinMatch, JoinRole, MatchId, PlayerId,
    Role, Rules,
};

use crate::bytes::Bytes;

/// Players that requests come from, beside those that join.
const PLAYERS: u8 = 8;

/// Runs the bytes as a sequence of requests to one match.
pub fn run(data: &[u8]) {
    let mut bytes = Bytes(data);
    let mut requests = Requests {
        joined: 0,
        at: Moment {
            now: Duration::from_secs(1_000),
            up: Duration::from_secs(u64::from(bytes.u8()) * 8),
        },
    };
    let create = CreateMatch {
        name: text(&mut bytes),
        callsign: (bytes.u8() % 2 == 0).then(|| callsign(0)),
        max_players: bytes.u8(),
        public: bytes.u8() % 2 == 0,
        rules: rules(0),
    };
    let id = MatchId::from_entropy(1);
    let host = PlayerId::from_entropy(0);
    let Ok(mut state) = MatchState::create(&create, id, Code::from_entropy(1), host, requests.at)
    else {
        return;
    };
    check(&state, create.max_players);
    while !bytes.is_empty() {
        let before = state.clone();
        requests.apply(&mut state, &mut bytes);
        check(&state, create.max_players);
        assert!(state.roster().epoch.0 - before.roster().epoch.0 <= 1);
        let _effects = effects(Some(&before), Some(&state), requests.at);
        let _rows = open_matches([&before, &state].map(Clone::clone).iter(), requests.at);
    }
    let _effects = effects(Some(&state), None, requests.at);
}

/// Makes requests from bytes.
struct Requests {
    /// Players that have asked to join: the relay lets nobody join twice.
    joined: u8,
    at: Moment,
}

impl Requests {
    /// Applies one request. As in the relay, the state after a refused request is discarded.
    fn apply(&mut self, state: &mut MatchState, bytes: &mut Bytes<'_>) {
        let request = bytes.u8();
        self.at.now += Duration::from_millis(u64::from(bytes.u8()) * 100);
        let before = state.clone();
        let caller = caller(bytes);
        let result = match request % 5 {
            0 => {
                let join = JoinMatch {
                    callsign: callsign(self.joined),
                    role: if request < 200 {
                        JoinRole::Player
                    } else {
                        JoinRole::Spectator
                    },
                    rules: rules(u32::from(request / 250)),
                };
                let player = PlayerId::from_entropy(1 + u64::from(self.joined));
                if self.joined == u8::MAX || state.has(player) {
                    return;
                }
                self.joined += 1;
                state.join(&join, player, self.at).map(drop)
            }
            1 => state.renew(caller, self.at).map(drop),
            2 | 3 => {
                let successor = bytes.u8();
                let claim = Claim {
                    epoch: epoch(state, bytes.u8()),
                    successor: (successor < 64).then(|| player(successor)),
                };
                state
                    .claim(caller, &claim, liveness(bytes.u8()), self.at)
                    .map(drop)
            }
            _ => {
                let known = bytes.u8();
                let heartbeat = Heartbeat {
                    players: (0..PLAYERS)
                        .filter(|bit| known >> bit & 1 == 1)
                        .map(player)
                        .collect(),
                    tick: 0,
                };
                let epoch = epoch(state, bytes.u8());
                state.heartbeat(
                    caller.player,
                    epoch,
                    &heartbeat,
                    liveness(bytes.u8()),
                    self.at,
                )
            }
        };
        if result.is_err() {
            *state = before;
        }
    }
}

/// What holds for every state.
fn check(state: &MatchState, max_players: u8) {
    let roster = state.roster();
    assert!(roster.seats.len() <= usize::from(max_players));
    assert!(roster.seats.is_sorted_by(|a, b| a.slot < b.slot));
    let seated: HashSet<_> = roster.seats.iter().map(|seat| seat.player).collect();
    assert_eq!(seated.len(), roster.seats.len(), "one player, one seat");
    let all_exist = |slot: netcode::Slot| slot.index() < usize::from(max_players);
    assert!(roster.seats.iter().all(|seat| all_exist(seat.slot)));
    assert_eq!(state.people(), roster.seats.len());
    assert!(state.has(roster.host));
    assert_eq!(state.host().player, roster.host);
    assert!(state.check_host(roster.host, roster.epoch).is_ok());
    netcode::wire::encode(&roster).expect("every roster fits into a payload");
}

fn caller(bytes: &mut Bytes<'_>) -> Caller {
    let byte = bytes.u8();
    Caller {
        player: player(byte),
        role: match byte / 64 {
            0 | 1 => Role::Player,
            2 => Role::Host,
            _ => Role::Spectator,
        },
        epoch: Epoch(u32::from(bytes.u8() % 4)),
    }
}

/// Player 0 is the first host, the others are those who join.
fn player(number: u8) -> PlayerId {
    PlayerId::from_entropy(u64::from(number % PLAYERS))
}

/// Mostly the one in force.
fn epoch(state: &MatchState, byte: u8) -> Epoch {
    let Epoch(current) = state.roster().epoch;
    Epoch(match byte {
        0..=191 => current,
        192..=223 => current.saturating_sub(1),
        _ => u32::from(byte),
    })
}

fn liveness(byte: u8) -> HostLiveness {
    match byte % 4 {
        0 => HostLiveness::Dead,
        1 => HostLiveness::Alive,
        2 => HostLiveness::Awaited,
        _ => HostLiveness::Unobserved,
    }
}

fn rules(version: u32) -> Rules {
    let game = "fuzz".parse().expect("it is an id");
    Rules { game, version }
}

fn callsign(number: u8) -> Callsign {
    format!("P{number}").parse().expect("it is a callsign")
}

/// Printable text of up to 8 bytes.
fn text<const N: usize>(bytes: &mut Bytes<'_>) -> ArrayString<N> {
    let mut text = ArrayString::new();
    for _ in 0..bytes.u8() % 9 {
        let letter = char::from(b' ' + bytes.u8() % 95);
        if text.try_push(letter).is_err() {
            break;
        }
    }
    text
}
