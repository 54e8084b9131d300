use client::lobby::LobbyError;
use netcode::wire;
use protocol::Roster;
use protocol::membership::HostLiveness;
use protocol::{Claim, Epoch, Heartbeat, PlayerId, Role, Ticket, Topic};
use relay::broker::Broker;
use relay::broker::embedded::Refusal;

use relay_testing::eventually;
use relay_testing::mqtt::{Answer, Client, Login, Version, WAYS, Will};
use relay_testing::server::{TestRelay, answer};

/// The code of a refused PUBLISH.
const NOT_AUTHORIZED: Answer = Answer::Code(0x87);

fn own(epoch: u32) -> Claim {
    Claim {
        epoch: Epoch(epoch),
        successor: None,
    }
}

fn hand_over(epoch: u32, successor: PlayerId) -> Claim {
    Claim {
        epoch: Epoch(epoch),
        successor: Some(successor),
    }
}

/// The relay's answer: the caller's new role, or the kind of problem.
fn outcome(answer: &Result<Ticket, LobbyError>) -> Result<(Role, Epoch), (u16, &str)> {
    match answer {
        Ok(ticket) => Ok((ticket.role, ticket.epoch)),
        Err(LobbyError::Refused(problem)) => Err((
            problem.status,
            problem.kind.strip_prefix("/problems/").unwrap(),
        )),
        Err(other) => panic!("{other}"),
    }
}

/// Connects with the ticket and its last will.
async fn connect(
    rig: &TestRelay,
    way: (Version, relay_testing::mqtt::Over),
    ticket: &Ticket,
) -> Client {
    let will = ticket.will.as_ref().map(|will| Will::new(&will.topic));
    let login = Login {
        will,
        ..Login::of(ticket)
    };
    Client::connect(rig, way, &login).await.ok().unwrap()
}

/// Connects the host and closes its connection, so that it counts as dead.
async fn lose(rig: &TestRelay, host: &Ticket) {
    drop(connect(rig, WAYS[1], host).await);
    eventually("the host is gone", || {
        rig.broker().liveness(host.match_id, host.epoch) == HostLiveness::Dead
    })
    .await;
}

/// Runs `test` while the host publishes deltas without pause.
async fn while_beating<T>(host: &mut Client, delta: Topic, test: impl Future<Output = T>) -> T {
    let beat = async {
        loop {
            assert_eq!(
                host.publish(delta, b"beat", 0, false).await,
                Answer::Code(0)
            );
        }
    };
    tokio::select! {
        outcome = test => outcome,
        () = beat => unreachable!("it publishes for ever"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_simultaneous_claims_succeeds() {
    let rig = TestRelay::start().await;
    let host = rig.host().await;
    let guests = [
        rig.player(&host).await,
        rig.player(&host).await,
        rig.player(&host).await,
    ];
    let mut reader = connect(&rig, WAYS[1], &rig.spectator(&host).await).await;
    reader.subscribe(Topic::Roster(host.match_id)).await;
    let mut current = host;
    // Many epochs, so that some claims are simultaneous.
    for epoch in 0..10 {
        lose(&rig, &current).await;
        let mut heirs = guests.iter().filter(|guest| guest.player != current.player);
        let (first, second) = (heirs.next().unwrap(), heirs.next().unwrap());
        let answers: [_; 2] =
            tokio::join!(rig.claim(first, own(epoch)), rig.claim(second, own(epoch))).into();
        let mut outcomes = answers.each_ref().map(outcome);
        outcomes.sort_by_key(Result::is_err);
        let expected = [
            Ok((Role::Host, Epoch(epoch + 1))),
            Err((409, "epoch-moved")),
        ];
        assert_eq!(outcomes, expected);
        let winner = answers.into_iter().find_map(Result::ok).unwrap();
        let roster = loop {
            let news = reader.receive().await.unwrap();
            let roster: Roster = wire::decode(&news.payload).unwrap();
            if roster.epoch == Epoch(epoch + 1) {
                break roster;
            }
        };
        assert_eq!(roster.host, winner.player);
        current = winner;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_host_cannot_be_replaced_and_a_dead_one_is_replaced_at_once() {
    for way in WAYS {
        for kicked in [false, true] {
            let rig = TestRelay::start().await;
            let host = rig.host().await;
            let guest = rig.player(&host).await;
            let delta = Topic::Delta(host.match_id, Epoch(0));
            let mut reader = connect(&rig, WAYS[1], &guest).await;
            reader.subscribe(delta).await;

            // A new host has time to connect.
            let broker = rig.broker();
            assert_eq!(
                broker.liveness(host.match_id, Epoch(0)),
                HostLiveness::Awaited
            );
            let mut authority = connect(&rig, way, &host).await;
            let refused = while_beating(&mut authority, delta, rig.claim(&guest, own(0))).await;
            assert_eq!(outcome(&refused), Err((409, "host-alive")), "{way:?}");

            if kicked {
                broker.kick(host.player);
            } else {
                drop(authority);
                reader.receive_until(b"gone").await;
            }
            let won = rig.claim(&guest, own(0)).await;
            assert_eq!(outcome(&won), Ok((Role::Host, Epoch(1))), "{way:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_publishes_nothing_is_replaced_and_disconnected() {
    let rig = TestRelay::start().await;
    let host = rig.host().await;
    let guest = rig.player(&host).await;
    let mut silent = connect(&rig, WAYS[1], &host).await;
    let won = loop {
        let answer = rig.claim(&guest, own(0)).await;
        if outcome(&answer) != Err((409, "host-alive")) {
            break answer;
        }
        assert_eq!(silent.ping().await, Answer::Code(0));
    };
    assert_eq!(outcome(&won), Ok((Role::Host, Epoch(1))));
    silent.closed().await;
    // It was fenced: the match has not ended.
    assert_eq!(rig.renew(&won.unwrap()).await.role, Role::Host);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_host_is_fenced_and_reconnects_as_a_player() {
    let rig = TestRelay::start().await;
    let host = rig.playing_host().await;
    let guest = rig.player(&host).await;
    let id = host.match_id;
    let topics = |epoch| {
        [
            Topic::Delta(id, Epoch(epoch)),
            Topic::Keyframe(id, Epoch(epoch)),
        ]
    };
    let mut old = connect(&rig, WAYS[1], &host).await;
    for topic in topics(0) {
        assert_eq!(old.publish(topic, b"old", 1, false).await, Answer::Code(0));
    }
    let ticket = rig.claim(&host, hand_over(0, guest.player)).await.unwrap();
    assert_eq!((ticket.role, ticket.epoch), (Role::Player, Epoch(1)));

    assert_eq!(
        old.publish(topics(0)[0], b"late", 1, false).await,
        Answer::Closed
    );
    for way in WAYS {
        let refused = match way.0 {
            Version::V311 => Answer::Code(5),
            Version::V5 => NOT_AUTHORIZED,
        };
        let answer = Client::connect(&rig, way, &Login::of(&host)).await.err();
        assert_eq!(answer, Some(refused), "{way:?}");
    }
    let fenced = Refusal::ALL
        .iter()
        .position(|kind| *kind == Refusal::Fenced);
    assert_eq!(rig.broker().counters().refused[fenced.unwrap()], 4);

    // Its token still renews its ticket, but has no rights of a host.
    assert_eq!(rig.renew(&host).await.role, Role::Player);
    let beat = Heartbeat {
        players: Vec::new(),
        tick: 0,
    };
    let client = rig.client();
    let refused = answer(client.heartbeat(&host, &beat)).await.unwrap_err();
    assert!(refused.to_string().starts_with("Not the host"), "{refused}");
    let refused = answer(client.end(&host)).await.unwrap_err();
    assert!(refused.to_string().starts_with("Not the host"), "{refused}");

    let crowned = rig.renew(&guest).await;
    assert_eq!((crowned.role, crowned.epoch), (Role::Host, Epoch(1)));
    answer(client.heartbeat(&crowned, &beat)).await.unwrap();
    let mut returned = connect(&rig, WAYS[1], &ticket).await;
    returned.subscribe(topics(1)[0]).await;
    let mut new = connect(&rig, WAYS[1], &crowned).await;
    for topic in topics(0) {
        assert_eq!(new.publish(topic, b"no", 1, false).await, NOT_AUTHORIZED);
    }
    for topic in topics(1).into_iter().rev() {
        let retain = matches!(topic, Topic::Keyframe(..));
        assert_eq!(new.publish(topic, b"new", 1, retain).await, Answer::Code(0));
    }
    returned.receive_until(b"new").await;
    let input = Topic::Input(id, host.player);
    assert_eq!(
        returned.publish(input, b"steer", 1, false).await,
        Answer::Code(0)
    );

    // Once its successor is gone, the old host may claim, even with its old token.
    drop(new);
    returned.receive_until(b"gone").await;
    let won = rig.claim(&host, own(1)).await;
    assert_eq!(outcome(&won), Ok((Role::Host, Epoch(2))));
}

#[tokio::test(flavor = "multi_thread")]
async fn fencing_keeps_the_new_connection_of_the_same_player() {
    let rig = TestRelay::start().await;
    let host = rig.playing_host().await;
    let guest = rig.player(&host).await;
    for way in WAYS {
        let rig_host = rig.renew(&host).await;
        assert_eq!(rig_host.role, Role::Host);
        let epoch = rig_host.epoch;
        let mut old = connect(&rig, way, &rig_host).await;
        rig.claim(&rig_host, hand_over(epoch.0, guest.player))
            .await
            .unwrap();
        // The new connection coexists with the closing old one.
        let mut new = connect(&rig, way, &rig.renew(&host).await).await;
        old.closed().await;
        rig.broker().fence(host.match_id, epoch.next(), host.player);
        assert_eq!(new.ping().await, Answer::Code(0), "{way:?}");
        // The new one is registered: it can be ended.
        rig.broker().kick(host.player);
        new.closed().await;

        let back = rig.renew(&guest).await;
        rig.claim(&back, hand_over(epoch.next().0, host.player))
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reconnecting_player_replaces_its_old_connection() {
    let rig = TestRelay::start().await;
    let host = rig.host().await;
    let guest = rig.player(&host).await;
    let input = Topic::Input(host.match_id, guest.player);
    for way in WAYS {
        let mut old = connect(&rig, way, &guest).await;
        let mut new = connect(&rig, way, &rig.renew(&guest).await).await;
        old.closed().await;
        assert_eq!(
            new.publish(input, b"back", 1, false).await,
            Answer::Code(0),
            "{way:?}"
        );
        rig.broker().kick(guest.player);
        new.closed().await;
    }
    // A host that has reconnected is alive, although its first connection ended.
    let delta = Topic::Delta(host.match_id, Epoch(0));
    let mut old = connect(&rig, WAYS[1], &host).await;
    let mut new = connect(&rig, WAYS[1], &rig.renew(&host).await).await;
    old.closed().await;
    let refused = while_beating(&mut new, delta, rig.claim(&guest, own(0))).await;
    assert_eq!(outcome(&refused), Err((409, "host-alive")));
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_claims_are_explained() {
    let rig = TestRelay::start().await;
    let host = rig.host().await;
    let guest = rig.player(&host).await;
    let spectator = rig.spectator(&host).await;
    let stranger = rig.player(&rig.host().await).await;
    lose(&rig, &host).await;
    let outsider = Ticket {
        match_id: host.match_id,
        ..stranger.clone()
    };
    for (what, ticket, claim, expected) in [
        ("spectator", &spectator, own(0), (403, "no-seat")),
        ("outsider", &outsider, own(0), (403, "another-match")),
        ("future", &guest, own(1), (409, "epoch-moved")),
        ("host", &host, own(0), (409, "already-host")),
        (
            "guest names a successor",
            &guest,
            hand_over(0, guest.player),
            (403, "not-the-host"),
        ),
        (
            "to a stranger",
            &host,
            hand_over(0, stranger.player),
            (409, "no-successor"),
        ),
        (
            "to a spectator",
            &host,
            hand_over(0, spectator.player),
            (409, "no-successor"),
        ),
    ] {
        let answer = rig.claim(ticket, claim).await;
        assert_eq!(outcome(&answer), Err(expected), "{what}");
    }
    // A host without a seat becomes a spectator when it hands over.
    let left = rig.claim(&host, hand_over(0, guest.player)).await;
    assert_eq!(outcome(&left), Ok((Role::Spectator, Epoch(1))));
    let stale = rig.claim(&guest, own(0)).await;
    assert_eq!(outcome(&stale), Err((409, "epoch-moved")));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_last_two_epochs_have_a_retained_keyframe() {
    let rig = TestRelay::start().await;
    let mut host = rig.playing_host().await;
    let mut other = rig.player(&host).await;
    let id = host.match_id;
    let topics = [0, 1, 2].map(|epoch| Topic::Keyframe(id, Epoch(epoch)));
    let mut reader = connect(&rig, WAYS[1], &rig.spectator(&host).await).await;
    for (epoch, topic) in (0..).zip(topics) {
        let mut authority = connect(&rig, WAYS[1], &host).await;
        authority
            .publish(topic, &[b'0' + epoch as u8], 1, true)
            .await;
        if epoch < 2 {
            let claim = hand_over(epoch, other.player);
            let old = rig.claim(&host, claim).await.unwrap();
            host = rig.renew(&other).await;
            other = old;
        }
    }
    // The roster is published after the clearing.
    rig.player(&host).await;
    reader.subscribe(Topic::Roster(id)).await;
    let seats = |payload: &[u8]| wire::decode::<Roster>(payload).unwrap().seats.len();
    while seats(&reader.receive().await.unwrap().payload) < 3 {}
    for topic in topics {
        reader.subscribe(topic).await;
    }
    let mut kept = Vec::new();
    while kept.len() < 2 {
        kept.push(reader.receive().await.unwrap().payload);
    }
    assert_eq!(kept, [b"1", b"2"]);
}
