use protocol::{Epoch, Role, Ticket, Topic};
use relay::token::{Claims, Seat, Signer, unix_time};

use relay_testing::mqtt::{Answer, Client, Login, Version, WAYS, Will};
use relay_testing::server::TestRelay;

const FORBIDDEN: &[u8] = b"forbidden";

/// A match with a host, two players and a spectator, and a stranger's match.
struct Scene {
    rig: TestRelay,
    host: Ticket,
    player: Ticket,
    other: Ticket,
    spectator: Ticket,
    stranger: Ticket,
    strange_player: Ticket,
    strange_spectator: Ticket,
    mute: Ticket,
}

impl Scene {
    async fn set() -> Self {
        let rig = TestRelay::start().await;
        let host = rig.host().await;
        let player = rig.player(&host).await;
        let other = rig.player(&host).await;
        let spectator = rig.spectator(&host).await;
        let stranger = rig.host().await;
        let strange_player = rig.player(&stranger).await;
        let strange_spectator = rig.spectator(&stranger).await;
        let mute = rig.spectator(&stranger).await;
        Self {
            rig,
            host,
            player,
            other,
            spectator,
            stranger,
            strange_player,
            strange_spectator,
            mute,
        }
    }

    /// Topics that the player may not publish to.
    fn forbidden_topics(&self) -> Vec<String> {
        let (here, there) = (self.host.match_id, self.stranger.match_id);
        let ours = [
            Topic::Delta(here, Epoch(0)),
            Topic::Delta(here, Epoch(1)),
            Topic::Keyframe(here, Epoch(0)),
            Topic::Input(here, self.other.player),
            Topic::Input(here, self.host.player),
            Topic::Roster(here),
            Topic::Input(there, self.strange_player.player),
            Topic::Input(there, self.player.player),
            Topic::Delta(there, Epoch(0)),
            Topic::Notice(self.player.player),
            Topic::Notice(self.other.player),
            Topic::News,
            Topic::Lobby,
        ];
        let mut topics: Vec<String> = ours.iter().map(Topic::to_string).collect();
        topics.extend([
            "$SYS/broker/load".into(),
            "elsewhere".into(),
            format!("lw/{here}/i/{}/x", self.player.player),
            format!("/{}", Topic::Input(here, self.player.player)),
        ]);
        topics
    }

    /// Filters that the player may not subscribe to.
    fn forbidden_filters(&self) -> Vec<String> {
        let (here, there) = (self.host.match_id, self.stranger.match_id);
        vec![
            "#".into(),
            "+".into(),
            "+/+".into(),
            "lw/#".into(),
            "lw/+/+/d".into(),
            format!("lw/{here}/#"),
            format!("lw/{here}/+/d"),
            format!("lw/{here}/i/+"),
            "$SYS/#".into(),
            "$SYS/broker/uptime".into(),
            format!("$share/g/{}", Topic::Delta(here, Epoch(0))),
            "$share/g/#".into(),
            Topic::Delta(there, Epoch(0)).to_string(),
            Topic::Keyframe(there, Epoch(0)).to_string(),
            Topic::Roster(there).to_string(),
            Topic::Input(there, self.strange_player.player).to_string(),
            Topic::Notice(self.other.player).to_string(),
            format!("lw/{here}/07/d"),
            "elsewhere".into(),
        ]
    }

    /// Somebody who reads all that may be read with this spectator's ticket.
    async fn observer(&self, spectator: &Ticket, players: &[&Ticket]) -> Client {
        let id = spectator.match_id;
        let mut observer = Client::connect(&self.rig, WAYS[1], &Login::of(spectator))
            .await
            .ok()
            .unwrap();
        let mut topics = vec![
            Topic::Roster(id),
            Topic::Delta(id, Epoch(0)),
            Topic::Delta(id, Epoch(1)),
            Topic::Keyframe(id, Epoch(0)),
            Topic::News,
            Topic::Lobby,
        ];
        topics.extend(players.iter().map(|ticket| Topic::Input(id, ticket.player)));
        for topic in topics {
            assert_eq!(observer.subscribe(topic).await, Answer::Code(1), "{topic}");
        }
        observer
    }

    async fn connect(&self, way: (Version, relay_testing::mqtt::Over), ticket: &Ticket) -> Client {
        Client::connect(&self.rig, way, &Login::of(ticket))
            .await
            .ok()
            .unwrap()
    }
}

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
async fn forbidden_publishes_are_refused_and_reach_nobody() {
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
    // QoS 0 and 1 have a lane each, so that both must have been emptied.
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
    scene.rig.broker().kick(scene.other.player);
    assert_eq!(noticed.receive().await, None);
    // Nothing forbidden was retained either.
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

#[tokio::test(flavor = "multi_thread")]
async fn only_exact_topics_of_the_own_match_can_be_subscribed_to() {
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
    // What was refused is not delivered.
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
    scene.rig.player(&scene.host).await;
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
async fn only_the_holder_of_a_token_connects() {
    let scene = Scene::set().await;
    let good = Login::of(&scene.player);
    let seat = Seat {
        match_id: scene.host.match_id,
        role: Role::Host,
        epoch: Epoch(0),
    };
    let claims = |exp| Claims::new(scene.player.player, Some(seat), exp);
    let token = |signer: &Signer, exp| Some(signer.sign(&claims(exp)).unwrap());
    let soon = unix_time() + 60;

    let logins = [
        (
            "another client id",
            Login {
                client_id: scene.other.mqtt.client_id.clone(),
                ..good.clone()
            },
        ),
        (
            "no client id",
            Login {
                client_id: String::new(),
                ..good.clone()
            },
        ),
        (
            "another user",
            Login {
                username: Some(scene.other.player.to_string()),
                ..good.clone()
            },
        ),
        (
            "no token",
            Login {
                username: None,
                password: None,
                ..good.clone()
            },
        ),
        (
            "an empty token",
            Login {
                password: Some(String::new()),
                ..good.clone()
            },
        ),
        (
            "no token of ours",
            Login {
                password: Some("a.b.c".into()),
                ..good.clone()
            },
        ),
        (
            "a forged token",
            Login {
                password: token(&Signer::new(&[7; 32]), soon),
                ..good.clone()
            },
        ),
        (
            "an expired token",
            Login {
                password: token(&scene.rig.signer(), unix_time()),
                ..good.clone()
            },
        ),
        (
            "a token without signature",
            Login {
                password: Some(unsigned(&claims(soon))),
                ..good.clone()
            },
        ),
    ];
    for way in WAYS {
        for (what, login) in &logins {
            let answer = Client::connect(&scene.rig, way, login).await.err();
            let codes = match way.0 {
                Version::V311 => [4, 5],
                Version::V5 => [0x86, 0x87],
            };
            assert!(
                codes.iter().any(|code| answer == Some(Answer::Code(*code))),
                "{way:?} {what}: {answer:?}"
            );
        }
        assert!(Client::connect(&scene.rig, way, &good).await.is_ok());
    }
}

/// A token that claims to need no signature.
fn unsigned(claims: &Claims) -> String {
    let encode = |json: &[u8]| {
        const ALPHABET: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let mut text = String::new();
        for chunk in json.chunks(3) {
            let word = chunk
                .iter()
                .fold(0_u32, |word, byte| word << 8 | u32::from(*byte))
                << (8 * (3 - chunk.len()));
            for place in 0..=chunk.len() {
                text.push(char::from(
                    ALPHABET[(word >> (18 - 6 * place) & 63) as usize],
                ));
            }
        }
        text
    };
    let claims = serde_json::to_vec(claims).unwrap();
    format!(
        "{}.{}.",
        encode(br#"{"alg":"none","typ":"JWT"}"#),
        encode(&claims)
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_last_will_must_be_the_holder_s_to_publish() {
    let scene = Scene::set().await;
    let own = Topic::Input(scene.host.match_id, scene.player.player);
    let mut wills: Vec<Will> = scene
        .forbidden_topics()
        .into_iter()
        .map(Will::new)
        .collect();
    wills.push(Will {
        retain: true,
        ..Will::new(own)
    });
    wills.push(Will {
        payload: vec![0; 65],
        ..Will::new(own)
    });
    for way in WAYS {
        for will in &wills {
            for qos in [0, 1] {
                let login = Login::of(&scene.player).with_will(Will {
                    qos,
                    ..will.clone()
                });
                let answer = Client::connect(&scene.rig, way, &login).await.err();
                let refused = match way.0 {
                    Version::V311 => Answer::Code(5),
                    Version::V5 => Answer::Code(0x87),
                };
                assert_eq!(answer, Some(refused), "{way:?} {will:?}");
            }
        }
        let good = Login::of(&scene.player).with_will(Will::new(own));
        assert!(Client::connect(&scene.rig, way, &good).await.is_ok());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_reads_the_lobby_and_nothing_else() {
    let scene = Scene::set().await;
    let reply = scene.rig.client().visit();
    let visitor = tokio::task::spawn_blocking(|| reply.wait())
        .await
        .unwrap()
        .unwrap();
    let login = Login::to(&visitor.mqtt);
    for way in WAYS {
        let mut client = Client::connect(&scene.rig, way, &login).await.ok().unwrap();
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
