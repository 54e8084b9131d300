use protocol::{Epoch, Topic};
use relay_testing::mqtt::{Answer, Client, Login, Version, WAYS};

use super::Scene;

#[tokio::test(flavor = "multi_thread")]
async fn a_participant_reads_its_match() {
    let scene = Scene::set().await;
    let delta = Topic::Delta(scene.host.match_id, Epoch(0));
    for way in WAYS {
        let mut host = scene.connect(way, &scene.host).await;
        let mut player = scene.connect(way, &scene.player).await;
        for topic in &scene.player.topics.subscribe {
            assert_eq!(
                player.subscribe(topic).await,
                Answer::Code(1),
                "{way:?} {topic}"
            );
        }
        for qos in [0, 1] {
            assert_eq!(
                host.publish(delta, b"news", qos, false).await,
                Answer::Code(0)
            );
            let received = player.receive_until(b"news").await.pop().unwrap();
            assert_eq!(received.topic, delta.to_string());
            assert_eq!(received.properties, 0, "nothing is added to a message");
        }
        host.disconnect().await;
        player.disconnect().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_exact_topics_of_the_holder_s_match_can_be_subscribed_to() {
    let scene = Scene::set().await;
    for way in WAYS {
        let mut player = scene.connect(way, &scene.player).await;
        for filter in scene.forbidden_filters() {
            match player.subscribe(&filter).await {
                Answer::Code(code) => {
                    assert!(code >= 0x80, "{way:?} {filter}: {code:#x}");
                    if way.0 == Version::V311 {
                        assert_eq!(code, 0x80, "{filter}");
                    }
                }
                Answer::Closed => panic!("{way:?} {filter} closed the connection"),
            }
        }
    }
    // Refused subscriptions deliver nothing.
    let mut player = scene.connect(WAYS[1], &scene.player).await;
    player.subscribe("#").await;
    player.subscribe(Topic::Roster(scene.host.match_id)).await;
    let mut host = scene.connect(WAYS[1], &scene.host).await;
    host.publish(
        Topic::Delta(scene.host.match_id, Epoch(0)),
        b"unread",
        1,
        false,
    )
    .await;
    assert_eq!(player.ping().await, Answer::Code(0));
    scene.relay.player(&scene.host).await;
    let rosters = [
        player.receive().await.unwrap(),
        player.receive().await.unwrap(),
    ];
    assert!(
        rosters
            .iter()
            .all(|received| received.topic.ends_with("/r")),
        "{rosters:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn subscriptions_are_limited() {
    let scene = Scene::set().await;
    let mut player = scene.connect(WAYS[1], &scene.player).await;
    for epoch in 0..50 {
        let topic = Topic::Delta(scene.host.match_id, Epoch(epoch));
        assert_eq!(player.subscribe(topic).await, Answer::Code(1));
    }
    let one_more = Topic::Delta(scene.host.match_id, Epoch(50));
    assert_eq!(player.subscribe(one_more).await, Answer::Code(0x97));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_reads_the_lobby_and_nothing_else() {
    let scene = Scene::set().await;
    let reply = scene.relay.client().visit();
    let visitor = tokio::task::spawn_blocking(|| reply.wait())
        .await
        .unwrap()
        .unwrap();
    let login = Login::to(&visitor.mqtt);
    for way in WAYS {
        let mut client = Client::connect(&scene.relay, way, &login)
            .await
            .ok()
            .unwrap();
        for topic in &visitor.topics.subscribe {
            assert_eq!(client.subscribe(topic).await, Answer::Code(1), "{topic}");
        }
        let lobby = client.receive().await.unwrap();
        assert!(lobby.retain && lobby.topic == "lw/lobby");
        let Answer::Code(code) = client.subscribe(Topic::Roster(scene.host.match_id)).await else {
            panic!("a refused subscription should not end the connection");
        };
        assert!(code >= 0x80);
    }
}
