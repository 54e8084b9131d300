//! The rules of a match, by manual time.

use super::*;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// So many seconds after the start of a relay that starts with the match.
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

/// A public match of `max_players`, whose host flies in slot 0.
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

fn join(game: &mut MatchState, who: u64, now: u64) -> Result<Part, Refusal> {
    let request = JoinMatch {
        callsign: "Bob".parse().unwrap(),
        role: JoinRole::Player,
        rules: rules(),
    };
    game.join(&request, player(who), at(now))
}

/// The host of `epoch` says that these play.
fn beat(game: &mut MatchState, (host, epoch): (u64, u32), players: &[u64], at: Moment) {
    let heartbeat = Heartbeat {
        players: players.iter().map(|who| player(*who)).collect(),
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

fn caller(who: u64, role: Role, epoch: u32) -> Caller {
    Caller {
        player: player(who),
        role,
        epoch: Epoch(epoch),
    }
}

/// Somebody with a player's token claims `epoch` for itself.
fn claim(
    game: &mut MatchState,
    who: u64,
    epoch: u32,
    liveness: HostLiveness,
    at: Moment,
) -> Result<Part, Refusal> {
    let claim = Claim {
        epoch: Epoch(epoch),
        successor: None,
    };
    game.claim(caller(who, Role::Player, 0), &claim, liveness, at)
}

/// The holder of a host's token of `held` hands `epoch` over.
fn hand_over(
    game: &mut MatchState,
    (who, held): (u64, u32),
    epoch: u32,
    successor: u64,
) -> Result<Part, Refusal> {
    let claim = Claim {
        epoch: Epoch(epoch),
        successor: Some(player(successor)),
    };
    let caller = caller(who, Role::Host, held);
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

    beat(&mut game, (HOST, 0), &[2], at(31));
    assert_eq!(slots(&game), [0, 2]);
    join(&mut game, 3, 31).unwrap();
    assert_eq!(slots(&game), [0, 1, 2]);
}

#[test]
fn a_seat_is_kept_until_the_host_had_time_to_learn_of_its_player() {
    let mut game = new_match(4);
    join(&mut game, 1, 0).unwrap();
    beat(&mut game, (HOST, 0), &[], at(29));
    assert_eq!(slots(&game), [0, 1]);
    beat(&mut game, (HOST, 0), &[], at(30));
    assert_eq!(slots(&game), [0]);
    assert_eq!(
        game.renew(caller(1, Role::Player, 0), at(30)),
        Err(Refusal::SeatLost)
    );
}

#[test]
fn the_first_claim_of_an_epoch_wins_and_everybody_is_told() {
    let mut game = new_match(4);
    for who in [1, 2] {
        join(&mut game, who, 0).unwrap();
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
fn others_are_told_what_concerns_them() {
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
fn a_host_that_lives_or_has_just_been_named_is_not_replaced() {
    let mut game = new_match(4);
    for who in [1, 2] {
        join(&mut game, who, 0).unwrap();
    }
    let mut check = |who, epoch, liveness, now, expected: Result<(), Refusal>| {
        let outcome = claim(&mut game, who, epoch, liveness, at(now)).map(drop);
        assert_eq!(outcome, expected, "{who} claims {epoch} at {now}");
    };
    check(1, 0, HostLiveness::Awaited, 2, Err(Refusal::HostAlive));
    check(1, 0, HostLiveness::Alive, 20, Err(Refusal::HostAlive));
    check(1, 0, HostLiveness::Awaited, 20, Ok(()));
    check(2, 1, HostLiveness::Awaited, 22, Err(Refusal::HostAlive));
    // It came and is gone.
    check(2, 1, HostLiveness::Dead, 22, Ok(()));
    check(1, 2, HostLiveness::Awaited, 25, Ok(()));
}

#[test]
fn only_those_with_a_seat_take_over() {
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
fn the_host_hands_over_to_another_player_even_while_it_lives() {
    let mut game = new_match(4);
    join(&mut game, 1, 0).unwrap();
    for (who, successor, expected) in [
        ((1, 0), 1, Refusal::NotTheHost),
        ((HOST, 1), 1, Refusal::NotTheHost),
        ((HOST, 0), HOST, Refusal::NoSuccessor),
        ((HOST, 0), 7, Refusal::NoSuccessor),
    ] {
        let outcome = hand_over(&mut game, who, 0, successor);
        assert_eq!(outcome, Err(expected), "{who:?} to {successor}");
    }
    let old = hand_over(&mut game, (HOST, 0), 0, 1).unwrap();
    assert_eq!((old.role, old.epoch), (Role::Player, Epoch(1)));
    assert_eq!(
        hand_over(&mut game, (HOST, 0), 1, 1),
        Err(Refusal::NotTheHost)
    );
}

#[test]
fn a_ticket_is_renewed_for_what_its_holder_is_now() {
    let mut game = new_match(4);
    for who in [1, 2] {
        join(&mut game, who, 0).unwrap();
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
fn a_new_host_has_time_to_learn_who_plays_and_to_be_heard_of() {
    let mut game = new_match(4);
    for who in [1, 2] {
        join(&mut game, who, 0).unwrap();
    }
    beat(&mut game, (HOST, 0), &[1, 2], at(29));
    claim(&mut game, 1, 0, HostLiveness::Dead, at(50)).unwrap();
    assert!(!game.is_over(at(89)));
    beat(&mut game, (1, 1), &[], at(79));
    assert_eq!(slots(&game), [0, 1, 2]);
    beat(&mut game, (1, 1), &[], at(80));
    assert_eq!(slots(&game), [1]);
}

#[test]
fn a_match_ends_with_its_host_s_silence() {
    let mut game = new_match(4);
    beat(&mut game, (HOST, 0), &[], at(20));
    assert!(!game.is_over(at(59)));
    assert_eq!(open_matches([&game].into_iter(), at(59)).len(), 1);
    assert!(game.is_over(at(60)));
    assert_eq!(open_matches([&game].into_iter(), at(60)), []);
}

#[test]
fn where_no_broker_sees_it_each_call_of_a_host_counts_for_three_seconds() {
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
fn not_every_sign_of_life_is_written_down() {
    let mut game = new_match(4);
    let mut noted = Vec::new();
    for now in (5..=30).step_by(5) {
        let before = game.clone();
        beat(&mut game, (HOST, 0), &[], at(now));
        if game != before {
            noted.push(now);
        }
    }
    assert_eq!(noted, [10, 20, 30]);
}

#[test]
fn nobody_is_blamed_for_silence_while_the_relay_was_down() {
    let mut game = new_match(4);
    for who in [1, 2] {
        join(&mut game, who, 0).unwrap();
    }
    let restarted = |now| after_restart(1_000, now);
    assert!(game.is_over(at(1_000)));
    assert!(!game.is_over(restarted(1_039)));
    assert!(game.is_over(restarted(1_040)));

    // The host is awaited again.
    assert_eq!(
        claim(&mut game, 1, 0, HostLiveness::Awaited, restarted(1_002)),
        Err(Refusal::HostAlive)
    );
    // Who comes back after the host did is not unknown to it.
    beat(&mut game, (HOST, 0), &[], restarted(1_029));
    assert_eq!(slots(&game), [0, 1, 2]);
    assert!(!game.is_over(restarted(1_068)));
    beat(&mut game, (HOST, 0), &[], restarted(1_030));
    assert_eq!(slots(&game), [0]);

    let mut orphaned = new_match(4);
    join(&mut orphaned, 1, 0).unwrap();
    claim(&mut orphaned, 1, 0, HostLiveness::Awaited, restarted(1_003)).unwrap();
}

#[test]
fn a_match_is_listed_again_when_its_host_is_back_after_a_restart() {
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
    beat(&mut heard, (HOST, 0), &[1], restarted);
    for after in [renewed, heard] {
        let events = effects(Some(&game), Some(&after), restarted);
        assert_eq!(events, [Effect::PublishOpenMatches]);
        assert!(after.row(restarted).is_some());
    }
}

#[test]
fn only_the_host_of_the_epoch_speaks_for_the_match() {
    let mut game = new_match(4);
    join(&mut game, 1, 0).unwrap();
    let heartbeat = Heartbeat {
        players: Vec::new(),
        tick: 0,
    };
    for (who, epoch) in [(1, 0), (HOST, 1)] {
        assert_eq!(
            game.heartbeat(
                player(who),
                Epoch(epoch),
                &heartbeat,
                HostLiveness::Alive,
                at(1)
            ),
            Err(Refusal::NotTheHost)
        );
        assert_eq!(
            game.check_host(player(who), Epoch(epoch)),
            Err(Refusal::NotTheHost)
        );
    }
    game.check_host(player(HOST), Epoch(0)).unwrap();
}
