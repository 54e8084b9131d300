use protocol::{Epoch, Topic};
use relay_testing::mqtt::{Answer, Version, WAYS};

use super::Scene;

const FORBIDDEN: &[u8] = b"forbidden";

#[tokio::test(flavor = "multi_thread")]
async fn forbidden_publishes_are_refused_and_not_delivered() {
    let scene = Scene::set().await;
    let players = [&scene.player, &scene.other, &scene.host];
    let mut here = scene.observer(&scene.spectator, &players).await;
    let strangers = [&scene.strange_player, &scene.player];
    let mut there = scene.observer(&scene.strange_spectator, &strangers).await;
    let mut noticed = scene.connect(WAYS[1], &scene.other).await;
    noticed.subscribe(Topic::Notice(scene.other.player)).await;

    for way in WAYS {
        for topic in scene.forbidden_topics() {
            for qos in [0, 1] {
                for retain in [false, true] {
                    let mut player = scene.connect(way, &scene.player).await;
                    let answer = player.publish(&topic, FORBIDDEN, qos, retain).await;
                    let expected = match (way.0, qos) {
                        (Version::V311, _) => Answer::Closed,
                        (Version::V5, 0) => Answer::Code(0),
                        (Version::V5, _) => Answer::Code(0x87),
                    };
                    assert_eq!(answer, expected, "{way:?} QoS {qos} {topic}");
                }
            }
        }
        for qos in [0, 1] {
            let own = Topic::Input(scene.host.match_id, scene.player.player);
            let mut player = scene.connect(way, &scene.player).await;
            let retained = player.publish(own, FORBIDDEN, qos, true).await;
            assert_eq!(retained, Answer::Closed, "{way:?} retained input");

            let mut player = scene.connect(way, &scene.player).await;
            let long = player.publish(own, &[0; 4097], qos, false).await;
            assert_eq!(long, Answer::Closed, "{way:?} long payload");

            let delta = Topic::Delta(scene.host.match_id, Epoch(0));
            let mut host = scene.connect(way, &scene.host).await;
            let retained = host.publish(delta, FORBIDDEN, qos, true).await;
            assert_eq!(retained, Answer::Closed, "{way:?} retained delta");

            let mut spectator = scene.connect(way, &scene.mute).await;
            let input = Topic::Input(scene.stranger.match_id, scene.strange_player.player);
            let answer = spectator.publish(input, FORBIDDEN, qos, false).await;
            assert_ne!(
                (answer, qos),
                (Answer::Code(0), 1),
                "{way:?} spectator's input"
            );
        }
    }
    // QoS 0 and 1 have separate queues; both must have been emptied.
    for (ticket, observer) in [(&scene.host, &mut here), (&scene.stranger, &mut there)] {
        let mut host = scene.connect(WAYS[1], ticket).await;
        let delta = Topic::Delta(ticket.match_id, Epoch(0));
        for qos in [0, 1] {
            let last = format!("last {qos}");
            host.publish(delta, last.as_bytes(), qos, false).await;
            let all = observer.receive_until(last.as_bytes()).await;
            assert!(
                all.iter().all(|received| received.payload != FORBIDDEN),
                "{all:?}"
            );
        }
    }
    assert_eq!(noticed.ping().await, Answer::Code(0));
    scene.relay.broker().kick(scene.other.player);
    assert_eq!(noticed.receive().await, None);
    // No forbidden message was retained.
    let mut late = scene.observer(&scene.spectator, &players).await;
    let mut host = scene.connect(WAYS[1], &scene.host).await;
    host.publish(
        Topic::Delta(scene.host.match_id, Epoch(0)),
        b"end",
        0,
        false,
    )
    .await;
    let all = late.receive_until(b"end").await;
    assert!(
        all.iter().all(|received| received.payload != FORBIDDEN),
        "{all:?}"
    );
}
