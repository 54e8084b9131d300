use netcode::wire;
use protocol::{Announcement, Roster};
use protocol::{Epoch, Role, Ticket, Topic};
use relay::token::{Claims, MatchRole, unix_time};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use relay_testing::mqtt::{Answer, Client, Login, Version, WAYS, Will};
use relay_testing::server::TestRelay;
use relay_testing::{PATIENCE, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn a_last_will_is_published_on_a_crash_and_not_on_disconnect() {
    let rig = TestRelay::start().await;
    let host = rig.host().await;
    let player = rig.player(&host).await;
    let input = Topic::Input(host.match_id, player.player);
    let mut reader = Client::connect(&rig, WAYS[1], &Login::of(&host))
        .await
        .ok()
        .unwrap();
    reader.subscribe(input).await;
    let login = Login::of(&player).with_will(Will::new(input));
    for way in WAYS {
        let client = Client::connect(&rig, way, &login).await.ok().unwrap();
        client.disconnect().await;
        let mut client = Client::connect(&rig, way, &login).await.ok().unwrap();
        client.publish(input, b"alive", 0, false).await;
        assert_eq!(reader.receive().await.unwrap().payload, b"alive", "{way:?}");
        drop(client);
        let will = reader.receive().await.unwrap();
        assert_eq!(
            (will.topic, will.payload),
            (input.to_string(), b"gone".to_vec()),
            "{way:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_connection_replaces_the_first() {
    let rig = TestRelay::start().await;
    let host = rig.host().await;
    let delta = Topic::Delta(host.match_id, Epoch(0));
    for way in WAYS {
        let player = rig.player(&host).await;
        let mut first = Client::connect(&rig, way, &Login::of(&player))
            .await
            .ok()
            .unwrap();
        first.subscribe(delta).await;
        let mut second = Client::connect(&rig, way, &Login::of(&player))
            .await
            .ok()
            .unwrap();
        first.closed().await;
        assert_eq!(second.subscribe(delta).await, Answer::Code(1));
        let mut authority = Client::connect(&rig, way, &Login::of(&host))
            .await
            .ok()
            .unwrap();
        authority.publish(delta, b"on", 0, false).await;
        second.receive_until(b"on").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kick_ends_even_a_connection_that_does_not_read() {
    let rig = TestRelay::start().await;
    let host = rig.host().await;
    let spectator = rig.spectator(&host).await;
    let delta = Topic::Delta(host.match_id, Epoch(0));
    let mut stalled = Client::with_small_buffer(rig.mqtt_address(), &Login::of(&spectator)).await;
    stalled.subscribe(delta).await;
    let mut authority = Client::connect(&rig, WAYS[1], &Login::of(&host))
        .await
        .ok()
        .unwrap();
    for _ in 0..3000 {
        authority.publish_unconfirmed(delta, &[0; 4096]).await;
    }
    assert_eq!(authority.ping().await, Answer::Code(0));
    assert_eq!(rig.broker().counters().connections, 2);
    rig.broker().kick(spectator.player);
    eventually("the stalled connection is gone", || {
        rig.broker().counters().connections == 1
    })
    .await;
    assert_eq!(authority.ping().await, Answer::Code(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_ends_when_its_token_expires_unless_it_is_renewed() {
    let rig = TestRelay::start().await;
    let host = rig.host().await;
    let mut reader = Client::connect(&rig, WAYS[1], &Login::of(&host))
        .await
        .ok()
        .unwrap();
    let login = |ticket: &Ticket, exp| {
        let seat = MatchRole {
            match_id: host.match_id,
            role: Role::Player,
            epoch: Epoch(0),
        };
        let claims = Claims::new(ticket.player, Some(seat), exp);
        let will = Will::new(Topic::Input(host.match_id, ticket.player));
        Login {
            password: Some(rig.signer().sign(&claims).unwrap()),
            ..Login::of(ticket).with_will(will)
        }
    };
    let exp = unix_time() + 4;
    let renewed = rig.player(&host).await;
    // It would end before the others, which are waited for.
    let mut lasting = Client::connect(&rig, WAYS[1], &login(&renewed, exp - 1))
        .await
        .ok()
        .unwrap();
    rig.renew(&renewed).await;

    let mut ending = Vec::new();
    for way in WAYS {
        let player = rig.player(&host).await;
        reader
            .subscribe(Topic::Input(host.match_id, player.player))
            .await;
        ending.push(
            Client::connect(&rig, way, &login(&player, exp))
                .await
                .ok()
                .unwrap(),
        );
    }
    for client in &mut ending {
        client.closed().await;
        reader.receive_until(b"gone").await;
    }
    assert!(unix_time() >= exp);
    assert_eq!(lasting.ping().await, Answer::Code(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_match_ends_its_connections_and_clears_its_topics() {
    let rig = TestRelay::start().await;
    let host = rig.host().await;
    let player = rig.player(&host).await;
    let keyframe = Topic::Keyframe(host.match_id, Epoch(0));
    let mut authority = Client::connect(&rig, WAYS[1], &Login::of(&host))
        .await
        .ok()
        .unwrap();
    assert_eq!(
        authority.publish(keyframe, b"arena", 1, true).await,
        Answer::Code(0)
    );
    let mut late = Client::connect(&rig, WAYS[1], &Login::of(&player))
        .await
        .ok()
        .unwrap();
    late.subscribe(keyframe).await;
    let retained = late.receive().await.unwrap();
    assert!(retained.retain && retained.payload == b"arena");

    rig.end(&host).await;
    authority.closed().await;
    late.closed().await;
    for (way, ticket) in [(WAYS[0], &player), (WAYS[1], &host)] {
        let answer = Client::connect(&rig, way, &Login::of(ticket)).await.err();
        let refused = if way.0 == Version::V5 { 0x87 } else { 5 };
        assert_eq!(answer, Some(Answer::Code(refused)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_roster_follows_the_seats() {
    let rig = TestRelay::start().await;
    let host = rig.host().await;
    let mut authority = Client::connect(&rig, WAYS[1], &Login::of(&host))
        .await
        .ok()
        .unwrap();
    authority.subscribe(Topic::Roster(host.match_id)).await;
    let roster = |payload: Vec<u8>| wire::decode::<Roster>(&payload).unwrap();
    let first = authority.receive().await.unwrap();
    assert!(roster(first.payload).seats.is_empty());

    let player = rig.player(&host).await;
    let second = roster(authority.receive().await.unwrap().payload);
    assert_eq!((second.host, second.epoch), (host.player, Epoch(0)));
    assert_eq!(second.seats.len(), 1);
    assert_eq!(second.seats[0].player, player.player);
    assert_eq!(second.seats[0].slot.index(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_is_announced_and_closes_every_connection() {
    let rig = TestRelay::start().await;
    let host = rig.host().await;
    let player = rig.player(&host).await;
    let mut over_tcp = Client::connect(&rig, WAYS[1], &Login::of(&host))
        .await
        .ok()
        .unwrap();
    let mut over_web = Client::connect(&rig, WAYS[3], &Login::of(&player))
        .await
        .ok()
        .unwrap();
    for client in [&mut over_tcp, &mut over_web] {
        client.subscribe(Topic::News).await;
    }
    rig.server.shut_down().await;
    for client in [&mut over_tcp, &mut over_web] {
        let told = client.receive().await.unwrap();
        let told: Announcement = wire::decode(&told.payload).unwrap();
        assert!(told.headline.as_str().contains("relay"), "{told:?}");
        client.closed().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn publishes_beyond_the_rate_are_discarded() {
    let rig = TestRelay::start_with(|options| options.messages_per_second = 1).await;
    let host = rig.host().await;
    let mut authority = Client::connect(&rig, WAYS[1], &Login::of(&host))
        .await
        .ok()
        .unwrap();
    let delta = Topic::Delta(host.match_id, Epoch(0));
    let mut refused = 0;
    for _ in 0..20 {
        match authority.publish(delta, b"news", 1, false).await {
            Answer::Code(0) => {}
            Answer::Code(0x97) => refused += 1,
            other => panic!("{other:?}"),
        }
    }
    assert!(refused > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_socket_blocks_no_other_and_is_closed() {
    let rig = TestRelay::start().await;
    let host = rig.host().await;
    let mut silent = Vec::new();
    for address in [rig.mqtt_address(), rig.server.http_address()] {
        silent.push(TcpStream::connect(address).await.unwrap());
    }
    for way in WAYS {
        assert!(
            Client::connect(&rig, way, &Login::of(&host)).await.is_ok(),
            "{way:?}"
        );
    }
    for mut socket in silent {
        let read = tokio::time::timeout(PATIENCE, socket.read_to_end(&mut Vec::new())).await;
        assert!(read.is_ok(), "the relay should hang up");
    }
}
