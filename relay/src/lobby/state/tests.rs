//! The lobby's rules, by manual time.

use super::*;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn player(entropy: u64) -> PlayerId {
    PlayerId::from_entropy(entropy)
}

const HOST: u64 = 100;

/// A state with one public match of `max_players`, whose host flies in slot 0.
fn one_match(max_players: u8) -> (State, MatchId, Code) {
    let mut state = State::default();
    let request = CreateMatch {
        name: ArrayString::from("Duel").unwrap(),
        callsign: Some("Ada".parse().unwrap()),
        max_players,
        public: true,
    };
    let (id, code) = (MatchId::from_entropy(1), Code::from_entropy(1));
    state
        .create(&request, id, code, player(HOST), seconds(0))
        .unwrap();
    state.take_events();
    (state, id, code)
}

fn join(state: &mut State, code: Code, who: u64, now: u64) -> Result<Part, LobbyError> {
    let request = JoinMatch {
        callsign: "Bob".parse().unwrap(),
        role: JoinRole::Player,
    };
    state.join(code, &request, player(who), seconds(now))
}

fn beat(state: &mut State, id: MatchId, players: &[u64], now: u64) {
    let heartbeat = Heartbeat {
        players: players.iter().map(|who| player(*who)).collect(),
        tick: 0,
    };
    state
        .heartbeat(id, player(HOST), Epoch(0), &heartbeat, seconds(now))
        .unwrap();
}

fn caller(who: u64, role: Role, epoch: u32) -> Caller {
    Caller {
        player: player(who),
        role,
        epoch: Epoch(epoch),
    }
}

/// Somebody with a player's token claims `epoch` for itself.
fn claim(
    state: &mut State,
    id: MatchId,
    who: u64,
    epoch: u32,
    pulse: Pulse,
    now: u64,
) -> Result<Part, LobbyError> {
    let claim = Claim {
        epoch: Epoch(epoch),
        successor: None,
    };
    let caller = caller(who, Role::Player, 0);
    state.claim(id, caller, &claim, pulse, seconds(now))
}

/// The holder of a host's token of `held` hands `epoch` over.
fn hand_over(
    state: &mut State,
    id: MatchId,
    (who, held): (u64, u32),
    epoch: u32,
    successor: u64,
) -> Result<Part, LobbyError> {
    let claim = Claim {
        epoch: Epoch(epoch),
        successor: Some(player(successor)),
    };
    let caller = caller(who, Role::Host, held);
    state.claim(id, caller, &claim, Pulse::Beating, seconds(1))
}

/// The slots of the newest roster told, if any.
fn told_slots(state: &mut State) -> Option<Vec<usize>> {
    state
        .take_events()
        .into_iter()
        .rev()
        .find_map(|event| match event {
            Event::Reseated(_, roster) => {
                Some(roster.seats.iter().map(|seat| seat.slot.index()).collect())
            }
            _ => None,
        })
}

#[test]
fn joiners_get_the_lowest_free_slot_until_the_match_is_full() {
    let (mut state, id, code) = one_match(3);
    join(&mut state, code, 1, 0).unwrap();
    join(&mut state, code, 2, 0).unwrap();
    assert_eq!(told_slots(&mut state), Some(vec![0, 1, 2]));
    assert_eq!(join(&mut state, code, 3, 0), Err(LobbyError::MatchFull));

    beat(&mut state, id, &[2], 31);
    assert_eq!(told_slots(&mut state), Some(vec![0, 2]));
    join(&mut state, code, 3, 31).unwrap();
    assert_eq!(told_slots(&mut state), Some(vec![0, 1, 2]));
}

#[test]
fn a_seat_is_kept_until_the_host_had_time_to_learn_of_its_player() {
    let (mut state, id, code) = one_match(4);
    join(&mut state, code, 1, 0).unwrap();
    told_slots(&mut state);
    beat(&mut state, id, &[], 29);
    assert_eq!(told_slots(&mut state), None);
    beat(&mut state, id, &[], 30);
    assert_eq!(told_slots(&mut state), Some(vec![0]));
    assert_eq!(
        state.renew(id, caller(1, Role::Player, 0), seconds(30)),
        Err(LobbyError::SeatLost)
    );
}

#[test]
fn the_first_claim_of_an_epoch_wins_and_everybody_is_told() {
    let (mut state, id, code) = one_match(4);
    for who in [1, 2] {
        join(&mut state, code, who, 0).unwrap();
    }
    state.take_events();
    let part = claim(&mut state, id, 1, 0, Pulse::Stopped, 10).unwrap();
    assert_eq!(
        (part.player, part.role, part.epoch),
        (player(1), Role::Host, Epoch(1))
    );
    let events = state.take_events();
    let [Event::Reseated(_, roster), Event::Moved(moved, epoch)] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert_eq!((roster.epoch, roster.host), (Epoch(1), player(1)));
    assert_eq!(roster.seats.len(), 3);
    assert_eq!((*moved, *epoch), (id, Epoch(1)));

    for pulse in [Pulse::Awaited, Pulse::Beating, Pulse::Stopped] {
        assert_eq!(
            claim(&mut state, id, 2, 0, pulse, 10),
            Err(LobbyError::EpochMoved)
        );
    }
    assert_eq!(state.take_events(), []);
}

#[test]
fn a_host_that_lives_or_has_just_been_named_is_not_replaced() {
    let (mut state, id, code) = one_match(4);
    for who in [1, 2] {
        join(&mut state, code, who, 0).unwrap();
    }
    let mut check = |who, epoch, pulse, now, expected: Result<(), LobbyError>| {
        let outcome = claim(&mut state, id, who, epoch, pulse, now).map(drop);
        assert_eq!(outcome, expected, "{who} claims {epoch} at {now}");
    };
    check(1, 0, Pulse::Awaited, 2, Err(LobbyError::HostAlive));
    check(1, 0, Pulse::Beating, 20, Err(LobbyError::HostAlive));
    check(1, 0, Pulse::Awaited, 20, Ok(()));
    check(2, 1, Pulse::Awaited, 22, Err(LobbyError::HostAlive));
    // It came and is gone.
    check(2, 1, Pulse::Stopped, 22, Ok(()));
    check(1, 2, Pulse::Awaited, 25, Ok(()));
}

#[test]
fn only_those_with_a_seat_take_over() {
    let (mut state, id, code) = one_match(4);
    join(&mut state, code, 1, 0).unwrap();
    let own = Claim {
        epoch: Epoch(0),
        successor: None,
    };
    let mut check = |caller, expected| {
        let outcome = state.claim(id, caller, &own, Pulse::Stopped, seconds(1));
        assert_eq!(outcome, Err(expected), "{caller:?}");
    };
    check(caller(HOST, Role::Host, 0), LobbyError::AlreadyHost);
    check(caller(7, Role::Spectator, 0), LobbyError::NoSeat);
    check(caller(7, Role::Player, 0), LobbyError::SeatLost);
    let nowhere = MatchId::from_entropy(9);
    assert_eq!(
        claim(&mut state, nowhere, 1, 0, Pulse::Stopped, 1),
        Err(LobbyError::NoSuchMatch)
    );
    claim(&mut state, id, 1, 0, Pulse::Stopped, 1).unwrap();
}

#[test]
fn the_host_hands_over_to_another_player_even_while_it_lives() {
    let (mut state, id, code) = one_match(4);
    join(&mut state, code, 1, 0).unwrap();
    for (who, successor, expected) in [
        ((1, 0), 1, LobbyError::NotTheHost),
        ((HOST, 1), 1, LobbyError::NotTheHost),
        ((HOST, 0), HOST, LobbyError::NoSuccessor),
        ((HOST, 0), 7, LobbyError::NoSuccessor),
    ] {
        let outcome = hand_over(&mut state, id, who, 0, successor);
        assert_eq!(outcome, Err(expected), "{who:?} to {successor}");
    }
    let old = hand_over(&mut state, id, (HOST, 0), 0, 1).unwrap();
    assert_eq!((old.role, old.epoch), (Role::Player, Epoch(1)));
    assert_eq!(
        hand_over(&mut state, id, (HOST, 0), 1, 1),
        Err(LobbyError::NotTheHost)
    );
}

#[test]
fn a_ticket_is_renewed_for_what_its_holder_is_now() {
    let (mut state, id, code) = one_match(4);
    for who in [1, 2] {
        join(&mut state, code, who, 0).unwrap();
    }
    hand_over(&mut state, id, (HOST, 0), 0, 1).unwrap();
    let mut check = |caller, expected: Result<Role, LobbyError>| {
        let part = state.renew(id, caller, seconds(1));
        assert_eq!(part.map(|part| part.role), expected, "{caller:?}");
        assert!(part.is_err() || part.is_ok_and(|part| part.epoch == Epoch(1)));
    };
    check(caller(1, Role::Player, 0), Ok(Role::Host));
    check(caller(1, Role::Host, 1), Ok(Role::Host));
    check(caller(2, Role::Player, 0), Ok(Role::Player));
    check(caller(HOST, Role::Host, 0), Ok(Role::Player));
    check(caller(7, Role::Host, 0), Ok(Role::Spectator));
    check(caller(7, Role::Spectator, 0), Ok(Role::Spectator));
    check(caller(7, Role::Player, 0), Err(LobbyError::SeatLost));
}

#[test]
fn a_new_host_has_time_to_learn_who_plays_and_to_be_heard_of() {
    let (mut state, id, code) = one_match(4);
    for who in [1, 2] {
        join(&mut state, code, who, 0).unwrap();
    }
    beat(&mut state, id, &[1, 2], 29);
    claim(&mut state, id, 1, 0, Pulse::Stopped, 50).unwrap();
    state.expire(seconds(79));
    let mut check = |now, slots: &[usize]| {
        let nobody = Heartbeat {
            players: Vec::new(),
            tick: 0,
        };
        state
            .heartbeat(id, player(1), Epoch(1), &nobody, seconds(now))
            .unwrap();
        let seats: Vec<usize> = state.matches[&id]
            .seats
            .iter()
            .map(|seat| seat.slot.index())
            .collect();
        assert_eq!(seats, slots, "at {now} s");
    };
    check(79, &[0, 1, 2]);
    check(80, &[1]);
    state.expire(seconds(110));
    assert_eq!(state.census(), (0, 0));
}

#[test]
fn a_match_ends_with_its_host_s_silence_and_frees_its_code() {
    let (mut state, id, code) = one_match(4);
    beat(&mut state, id, &[], 20);
    state.expire(seconds(49));
    assert_eq!(state.census(), (1, 1));
    state.expire(seconds(50));
    assert_eq!(
        state.take_events(),
        [Event::Closed(id, Epoch(0)), Event::Relisted]
    );
    assert_eq!(join(&mut state, code, 1, 50), Err(LobbyError::NoSuchMatch));
    assert!(state.open_matches().is_empty());
}

#[test]
fn only_the_host_of_the_epoch_speaks_for_the_match() {
    let (mut state, id, code) = one_match(4);
    join(&mut state, code, 1, 0).unwrap();
    let heartbeat = Heartbeat {
        players: Vec::new(),
        tick: 0,
    };
    for (who, epoch) in [(1, 0), (HOST, 1)] {
        assert_eq!(
            state.heartbeat(id, player(who), Epoch(epoch), &heartbeat, seconds(1)),
            Err(LobbyError::NotTheHost)
        );
        assert_eq!(
            state.end(id, player(who), Epoch(epoch)),
            Err(LobbyError::NotTheHost)
        );
    }
    state.end(id, player(HOST), Epoch(0)).unwrap();
    assert_eq!(state.census(), (0, 0));
}
