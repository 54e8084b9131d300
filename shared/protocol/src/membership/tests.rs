//! Tests of the membership rules, with manual time.

use super::*;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// `now` seconds after the start of a relay that starts together with the match.
fn at(now: u64) -> Moment {
    after_restart(0, now)
}

/// At `now`, on a relay that started at `up`.
fn after_restart(up: u64, now: u64) -> Moment {
    Moment {
        now: seconds(now),
        up: seconds(up),
    }
}

fn player(entropy: u64) -> PlayerId {
    PlayerId::from_entropy(entropy)
}

fn rules() -> Rules {
    Rules {
        game: "dots".parse().unwrap(),
        version: 3,
    }
}

const HOST: u64 = 100;

/// A public match of `max_players`, whose host has slot 0.
fn new_match(max_players: u8) -> MatchState {
    let request = CreateMatch {
        name: ArrayString::from("Duel").unwrap(),
        callsign: Some("Ada".parse().unwrap()),
        max_players,
        public: true,
        rules: rules(),
    };
    let (id, code) = (MatchId::from_entropy(1), Code::from_entropy(1));
    MatchState::create(&request, id, code, player(HOST), at(0)).unwrap()
}

fn join(game: &mut MatchState, id: u64, now: u64) -> Result<Part, Refusal> {
    let request = JoinMatch {
        callsign: "Bob".parse().unwrap(),
        role: JoinRole::Player,
        rules: rules(),
    };
    game.join(&request, player(id), at(now))
}

/// A heartbeat of the host of `epoch` that lists these players.
fn heartbeat(game: &mut MatchState, (host, epoch): (u64, u32), players: &[u64], at: Moment) {
    let heartbeat = Heartbeat {
        players: players.iter().map(|id| player(*id)).collect(),
        tick: 0,
    };
    game.heartbeat(
        player(host),
        Epoch(epoch),
        &heartbeat,
        HostLiveness::Alive,
        at,
    )
    .unwrap();
}

fn caller(id: u64, role: Role, epoch: u32) -> Caller {
    Caller {
        player: player(id),
        role,
        epoch: Epoch(epoch),
    }
}

/// A player claims `epoch` for itself.
fn claim(
    game: &mut MatchState,
    id: u64,
    epoch: u32,
    liveness: HostLiveness,
    at: Moment,
) -> Result<Part, Refusal> {
    let claim = Claim {
        epoch: Epoch(epoch),
        successor: None,
    };
    game.claim(caller(id, Role::Player, 0), &claim, liveness, at)
}

/// The holder of a host's token of epoch `held` hands `epoch` over to `successor`.
fn hand_over(
    game: &mut MatchState,
    (id, held): (u64, u32),
    epoch: u32,
    successor: u64,
) -> Result<Part, Refusal> {
    let claim = Claim {
        epoch: Epoch(epoch),
        successor: Some(player(successor)),
    };
    let caller = caller(id, Role::Host, held);
    game.claim(caller, &claim, HostLiveness::Alive, at(1))
}

fn slots(game: &MatchState) -> Vec<usize> {
    game.seats.iter().map(|seat| seat.slot.index()).collect()
}

#[test]
fn joiners_get_the_lowest_free_slot_until_the_match_is_full() {
    let mut game = new_match(3);
    join(&mut game, 1, 0).unwrap();
    join(&mut game, 2, 0).unwrap();
    assert_eq!(slots(&game), [0, 1, 2]);
    assert_eq!(join(&mut game, 3, 0), Err(Refusal::MatchFull));

    heartbeat(&mut game, (HOST, 0), &[2], at(31));
    assert_eq!(slots(&game), [0, 2]);
    join(&mut game, 3, 31).unwrap();
    assert_eq!(slots(&game), [0, 1, 2]);
}

#[test]
fn a_seat_is_kept_until_the_host_has_had_time_to_know_the_player() {
    let mut game = new_match(4);
    join(&mut game, 1, 0).unwrap();
    heartbeat(&mut game, (HOST, 0), &[], at(29));
    assert_eq!(slots(&game), [0, 1]);
    heartbeat(&mut game, (HOST, 0), &[], at(30));
    assert_eq!(slots(&game), [0]);
    assert_eq!(
        game.renew(caller(1, Role::Player, 0), at(30)),
        Err(Refusal::SeatLost)
    );
}

#[test]
fn the_first_claim_of_an_epoch_succeeds_and_is_published() {
    let mut game = new_match(4);
    for id in [1, 2] {
        join(&mut game, id, 0).unwrap();
    }
    let before = game.clone();
    let part = claim(&mut game, 1, 0, HostLiveness::Dead, at(10)).unwrap();
    assert_eq!(
        (part.player, part.role, part.epoch),
        (player(1), Role::Host, Epoch(1))
    );
    let events = effects(Some(&before), Some(&game), at(10));
    let [
        Effect::PublishRoster(_, roster),
        Effect::MoveEpoch(moved, epoch, old),
    ] = events.as_slice()
    else {
        panic!("{events:?}");
    };
    assert_eq!((roster.epoch, roster.host), (Epoch(1), player(1)));
    assert_eq!(roster.seats.len(), 3);
    assert_eq!((*moved, *epoch, *old), (game.id, Epoch(1), player(HOST)));

    for liveness in [
        HostLiveness::Awaited,
        HostLiveness::Alive,
        HostLiveness::Dead,
    ] {
        assert_eq!(
            claim(&mut game, 2, 0, liveness, at(10)),
            Err(Refusal::EpochMoved)
        );
    }
}

#[test]
fn effects_follow_from_the_change_of_state() {
    let mut game = new_match(4);
    let opened = effects(None, Some(&game), at(0));
    let [
        Effect::Open(id, Epoch(0)),
        Effect::PublishRoster(_, roster),
        Effect::PublishOpenMatches,
    ] = opened.as_slice()
    else {
        panic!("{opened:?}");
    };
    assert_eq!((*id, roster.seats.len()), (game.id, 1));

    let before = game.clone();
    join(&mut game, 1, 0).unwrap();
    let joined = effects(Some(&before), Some(&game), at(0));
    assert!(
        matches!(
            joined.as_slice(),
            [Effect::PublishRoster(..), Effect::PublishOpenMatches]
        ),
        "{joined:?}"
    );
    let before = game.clone();
    game.renew(caller(1, Role::Player, 0), at(20)).unwrap();
    assert_ne!(before, game);
    assert_eq!(effects(Some(&before), Some(&game), at(20)), []);
    assert_eq!(
        effects(Some(&game), None, at(20)),
        [
            Effect::Close(game.id, Epoch(0), vec![player(HOST), player(1)]),
            Effect::PublishOpenMatches
        ]
    );
}

#[test]
fn a_host_that_is_alive_or_new_is_not_replaced() {
    let mut game = new_match(4);
    for id in [1, 2] {
        join(&mut game, id, 0).unwrap();
    }
    let mut check = |id, epoch, liveness, now, expected: Result<(), Refusal>| {
        let outcome = claim(&mut game, id, epoch, liveness, at(now)).map(drop);
        assert_eq!(outcome, expected, "{id} claims {epoch} at {now}");
    };
    check(1, 0, HostLiveness::Awaited, 2, Err(Refusal::HostAlive));
    check(1, 0, HostLiveness::Alive, 20, Err(Refusal::HostAlive));
    check(1, 0, HostLiveness::Awaited, 20, Ok(()));
    check(2, 1, HostLiveness::Awaited, 22, Err(Refusal::HostAlive));
    // It was connected and is disconnected.
    check(2, 1, HostLiveness::Dead, 22, Ok(()));
    check(1, 2, HostLiveness::Awaited, 25, Ok(()));
}

#[test]
fn only_players_with_a_seat_may_claim() {
    let mut game = new_match(4);
    join(&mut game, 1, 0).unwrap();
    let own = Claim {
        epoch: Epoch(0),
        successor: None,
    };
    let mut check = |caller, expected| {
        let outcome = game.claim(caller, &own, HostLiveness::Dead, at(1));
        assert_eq!(outcome, Err(expected), "{caller:?}");
    };
    check(caller(HOST, Role::Host, 0), Refusal::AlreadyHost);
    check(caller(7, Role::Spectator, 0), Refusal::NoSeat);
    check(caller(7, Role::Player, 0), Refusal::SeatLost);
    claim(&mut game, 1, 0, HostLiveness::Dead, at(1)).unwrap();
}

#[test]
fn a_host_that_is_alive_may_hand_over_to_another_player() {
    let mut game = new_match(4);
    join(&mut game, 1, 0).unwrap();
    for (caller, successor, expected) in [
        ((1, 0), 1, Refusal::NotTheHost),
        ((HOST, 1), 1, Refusal::NotTheHost),
        ((HOST, 0), HOST, Refusal::NoSuccessor),
        ((HOST, 0), 7, Refusal::NoSuccessor),
    ] {
        let outcome = hand_over(&mut game, caller, 0, successor);
        assert_eq!(outcome, Err(expected), "{caller:?} to {successor}");
    }
    let old = hand_over(&mut game, (HOST, 0), 0, 1).unwrap();
    assert_eq!((old.role, old.epoch), (Role::Player, Epoch(1)));
    assert_eq!(
        hand_over(&mut game, (HOST, 0), 1, 1),
        Err(Refusal::NotTheHost)
    );
}

#[test]
fn a_renewed_ticket_has_the_present_role() {
    let mut game = new_match(4);
    for id in [1, 2] {
        join(&mut game, id, 0).unwrap();
    }
    hand_over(&mut game, (HOST, 0), 0, 1).unwrap();
    let mut check = |caller, expected: Result<Role, Refusal>| {
        let part = game.renew(caller, at(1));
        assert_eq!(part.map(|part| part.role), expected, "{caller:?}");
        assert!(part.is_err() || part.is_ok_and(|part| part.epoch == Epoch(1)));
    };
    check(caller(1, Role::Player, 0), Ok(Role::Host));
    check(caller(1, Role::Host, 1), Ok(Role::Host));
    check(caller(2, Role::Player, 0), Ok(Role::Player));
    check(caller(HOST, Role::Host, 0), Ok(Role::Player));
    check(caller(7, Role::Host, 0), Ok(Role::Spectator));
    check(caller(7, Role::Spectator, 0), Ok(Role::Spectator));
    check(caller(7, Role::Player, 0), Err(Refusal::SeatLost));
}

#[test]
fn a_new_host_frees_no_seats_at_first_and_its_silence_counts_from_its_claim() {
    let mut game = new_match(4);
    for id in [1, 2] {
        join(&mut game, id, 0).unwrap();
    }
    heartbeat(&mut game, (HOST, 0), &[1, 2], at(29));
    claim(&mut game, 1, 0, HostLiveness::Dead, at(50)).unwrap();
    assert!(!game.is_over(at(89)));
    heartbeat(&mut game, (1, 1), &[], at(79));
    assert_eq!(slots(&game), [0, 1, 2]);
    heartbeat(&mut game, (1, 1), &[], at(80));
    assert_eq!(slots(&game), [1]);
}

#[test]
fn a_match_ends_when_its_host_is_silent_for_too_long() {
    let mut game = new_match(4);
    heartbeat(&mut game, (HOST, 0), &[], at(20));
    assert!(!game.is_over(at(59)));
    assert_eq!(open_matches([&game].into_iter(), at(59)).len(), 1);
    assert!(game.is_over(at(60)));
    assert_eq!(open_matches([&game].into_iter(), at(60)), []);
}

#[test]
fn without_observation_a_heartbeat_counts_for_three_seconds() {
    let mut game = new_match(4);
    join(&mut game, 1, 0).unwrap();
    let refused = Err(Refusal::HostAlive);
    let try_at = |game: &MatchState, now| {
        claim(&mut game.clone(), 1, 0, HostLiveness::Unobserved, at(now)).map(drop)
    };
    assert_eq!(try_at(&game, 2), refused);
    assert_eq!(try_at(&game, 3), Ok(()));
    for now in [2, 4, 6] {
        let heartbeat = Heartbeat {
            players: vec![player(1)],
            tick: 0,
        };
        game.heartbeat(
            player(HOST),
            Epoch(0),
            &heartbeat,
            HostLiveness::Unobserved,
            at(now),
        )
        .unwrap();
        assert_eq!(try_at(&game, now + 2), refused);
    }
    assert_eq!(try_at(&game, 9), Ok(()));
}

#[test]
fn the_time_of_the_last_sign_of_life_is_stored_every_ten_seconds() {
    let mut game = new_match(4);
    let mut stored = Vec::new();
    for now in (5..=30).step_by(5) {
        let before = game.clone();
        heartbeat(&mut game, (HOST, 0), &[], at(now));
        if game != before {
            stored.push(now);
        }
    }
    assert_eq!(stored, [10, 20, 30]);
}

#[test]
fn silence_while_the_relay_was_down_does_not_count() {
    let mut game = new_match(4);
    for id in [1, 2] {
        join(&mut game, id, 0).unwrap();
    }
    let restarted = |now| after_restart(1_000, now);
    assert!(game.is_over(at(1_000)));
    assert!(!game.is_over(restarted(1_039)));
    assert!(game.is_over(restarted(1_040)));

    // The host has the arrival grace again.
    assert_eq!(
        claim(&mut game, 1, 0, HostLiveness::Awaited, restarted(1_002)),
        Err(Refusal::HostAlive)
    );
    // Seats are kept for the grace period after the restart.
    heartbeat(&mut game, (HOST, 0), &[], restarted(1_029));
    assert_eq!(slots(&game), [0, 1, 2]);
    assert!(!game.is_over(restarted(1_068)));
    heartbeat(&mut game, (HOST, 0), &[], restarted(1_030));
    assert_eq!(slots(&game), [0]);

    let mut hostless = new_match(4);
    join(&mut hostless, 1, 0).unwrap();
    claim(&mut hostless, 1, 0, HostLiveness::Awaited, restarted(1_003)).unwrap();
}

#[test]
fn after_a_restart_a_match_is_listed_once_its_host_is_alive() {
    let mut game = new_match(4);
    assert!(game.row(at(1)).is_some());
    let restarted = after_restart(10, 12);
    join(&mut game, 1, 2).unwrap();
    game.renew(caller(1, Role::Player, 0), restarted).unwrap();
    assert_eq!(game.row(restarted), None);

    let mut renewed = game.clone();
    let back = caller(HOST, Role::Host, 0);
    renewed.renew(back, restarted).unwrap();
    let mut heard = game.clone();
    heartbeat(&mut heard, (HOST, 0), &[1], restarted);
    for after in [renewed, heard] {
        let events = effects(Some(&game), Some(&after), restarted);
        assert_eq!(events, [Effect::PublishOpenMatches]);
        assert!(after.row(restarted).is_some());
    }
}

#[test]
fn only_the_host_of_the_epoch_may_send_heartbeats() {
    let mut game = new_match(4);
    join(&mut game, 1, 0).unwrap();
    let heartbeat = Heartbeat {
        players: Vec::new(),
        tick: 0,
    };
    for (id, epoch) in [(1, 0), (HOST, 1)] {
        assert_eq!(
            game.heartbeat(
                player(id),
                Epoch(epoch),
                &heartbeat,
                HostLiveness::Alive,
                at(1)
            ),
            Err(Refusal::NotTheHost)
        );
        assert_eq!(
            game.check_host(player(id), Epoch(epoch)),
            Err(Refusal::NotTheHost)
        );
    }
    game.check_host(player(HOST), Epoch(0)).unwrap();
}
