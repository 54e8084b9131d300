use protocol::{Claim, Epoch, JoinRole, PlayerId, Role, Ticket, Topic};
use relay::token::{Claims, MatchRole, Rule, Signer, unix_time};

use crate::cluster::Setup;
use crate::rig::Rig;
use relay_testing::mqtt::{Answer, Client, Login, Version, Will};
use relay_testing::server::answer;

const NOT_AUTHORIZED: Answer = Answer::Code(0x87);

/// Two matches with a host, a player and a spectator each.
struct Scene {
    rig: Rig,
    host: Ticket,
    player: Ticket,
    spectator: Ticket,
    other_host: Ticket,
    other_player: Ticket,
    other_spectator: Ticket,
}

impl Scene {
    async fn set() -> Self {
        let rig = Rig::start(Setup::SecretOverTcp).await;
        let (host, other_host) = (rig.relay.host().await, rig.relay.host().await);
        Self {
            player: rig.relay.join(&host, JoinRole::Player).await,
            spectator: rig.relay.join(&host, JoinRole::Spectator).await,
            other_player: rig.relay.join(&other_host, JoinRole::Player).await,
            other_spectator: rig.relay.join(&other_host, JoinRole::Spectator).await,
            host,
            other_host,
            rig,
        }
    }

    /// Connects to one of the nodes.
    async fn connect(&self, node: usize, login: &Login) -> Result<Client, Answer> {
        Client::over_tcp(self.rig.cluster.tcp(node), Version::V5, login).await
    }

    async fn client(&self, node: usize, ticket: &Ticket) -> Client {
        self.connect(node, &Login::of(ticket)).await.ok().unwrap()
    }

    /// Who reads everything of a match that a stranger might write, on this node.
    async fn witness(&self, node: usize, spectator: &Ticket, player: &Ticket) -> Client {
        let id = spectator.match_id;
        let mut client = self.client(node, spectator).await;
        for topic in [
            Topic::Delta(id, Epoch(0)),
            Topic::Delta(id, Epoch(1)),
            Topic::Keyframe(id, Epoch(0)),
            Topic::Input(id, player.player),
        ] {
            assert!(is_granted(client.subscribe(topic).await), "{topic}");
        }
        client
    }
}

fn is_granted(answer: Answer) -> bool {
    matches!(answer, Answer::Code(0 | 1))
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_holder_s_match_can_be_read() {
    let scene = Scene::set().await;
    let (ours, theirs) = (scene.host.match_id, scene.other_host.match_id);
    for (node, ticket) in [&scene.host, &scene.player, &scene.spectator]
        .into_iter()
        .enumerate()
    {
        let mut client = scene.client(node, ticket).await;
        for filter in [
            Topic::Roster(theirs).to_string(),
            Topic::Delta(theirs, Epoch(0)).to_string(),
            Topic::Keyframe(theirs, Epoch(0)).to_string(),
            Topic::Input(theirs, scene.other_player.player).to_string(),
            Topic::Notice(scene.other_player.player).to_string(),
            "#".into(),
            "+/+/+".into(),
            "lw/#".into(),
            "lw/+/r".into(),
            format!("lw/{theirs}/#"),
            "$SYS/#".into(),
            "$share/a/#".into(),
            format!("$share/a/lw/{theirs}/r"),
        ] {
            let answer = client.subscribe(&filter).await;
            assert_eq!(answer, NOT_AUTHORIZED, "{:?} {filter}", ticket.role);
        }
        for topic in [
            Topic::Roster(ours),
            Topic::Delta(ours, Epoch(0)),
            Topic::Keyframe(ours, Epoch(3)),
            Topic::Notice(ticket.player),
            Topic::News,
        ] {
            let answer = client.subscribe(topic).await;
            assert!(is_granted(answer), "{:?} {topic}: {answer:?}", ticket.role);
        }
    }

    let visitor = answer(scene.rig.relay.client().visit()).await.unwrap();
    let mut visitor = scene
        .connect(0, &Login::to(&visitor.mqtt))
        .await
        .ok()
        .unwrap();
    assert_eq!(visitor.subscribe(Topic::Roster(ours)).await, NOT_AUTHORIZED);
    assert!(is_granted(visitor.subscribe(Topic::Lobby).await));
    scene.rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn forbidden_publishes_are_refused_and_not_delivered_on_any_node() {
    let scene = Scene::set().await;
    let (ours, theirs) = (scene.host.match_id, scene.other_host.match_id);
    let input = Topic::Input(ours, scene.player.player);
    let delta = Topic::Delta(theirs, Epoch(0));
    let mut our_witness = scene.witness(0, &scene.spectator, &scene.player).await;
    let mut their_witness = scene
        .witness(1, &scene.other_spectator, &scene.other_player)
        .await;
    for (ticket, topic) in [
        (&scene.host, delta),
        (&scene.host, Topic::Keyframe(theirs, Epoch(0))),
        (&scene.host, input),
        (&scene.host, Topic::Delta(ours, Epoch(1))),
        (&scene.host, Topic::Roster(ours)),
        (&scene.host, Topic::Lobby),
        (&scene.player, delta),
        (&scene.player, Topic::Delta(ours, Epoch(0))),
        (
            &scene.player,
            Topic::Input(theirs, scene.other_player.player),
        ),
        (&scene.player, Topic::News),
        (&scene.other_player, delta),
        (&scene.other_player, input),
    ] {
        for (node, retain) in [(0, false), (1, false), (2, true)] {
            let mut client = scene.client(node, ticket).await;
            let answer = client.publish(topic, b"forged", 1, retain).await;
            assert_eq!(answer, NOT_AUTHORIZED, "{:?} {topic}", ticket.role);
        }
    }
    let late = scene
        .rig
        .relay
        .join(&scene.other_host, JoinRole::Spectator)
        .await;
    let mut late = scene.witness(2, &late, &scene.other_player).await;

    // What is forbidden never arrives: what is allowed arrives first.
    let mut host = scene.client(2, &scene.other_host).await;
    assert_eq!(
        host.publish(delta, b"true", 1, false).await,
        Answer::Code(0)
    );
    let mut player = scene.client(2, &scene.player).await;
    assert_eq!(
        player.publish(input, b"true", 1, false).await,
        Answer::Code(0)
    );
    for (witness, topic) in [
        (&mut our_witness, input),
        (&mut their_witness, delta),
        (&mut late, delta),
    ] {
        let received = witness.receive().await.unwrap();
        assert_eq!(received.payload, b"true");
        assert_eq!(received.topic, topic.to_string());
    }
    scene.rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn retained_messages_are_read_on_all_nodes() {
    let scene = Scene::set().await;
    let keyframe = Topic::Keyframe(scene.host.match_id, Epoch(0));
    let mut host = scene.client(0, &scene.host).await;
    for payload in [b"first", b"newer"] {
        assert_eq!(
            host.publish(keyframe, payload, 1, true).await,
            Answer::Code(0)
        );
    }
    for node in 0..3 {
        let mut reader = scene.client(node, &scene.spectator).await;
        assert!(is_granted(reader.subscribe(keyframe).await));
        let received = reader.receive().await.unwrap();
        assert_eq!(
            (&received.payload[..], received.retain),
            (&b"newer"[..], true)
        );
    }
    scene.rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_last_will_must_be_the_holder_s_to_publish() {
    let scene = Scene::set().await;
    let (ours, theirs) = (scene.host.match_id, scene.other_host.match_id);
    let input = Topic::Input(ours, scene.player.player);
    for (ticket, topic) in [
        (&scene.host, Topic::Delta(theirs, Epoch(0))),
        (&scene.host, Topic::Delta(ours, Epoch(1))),
        (&scene.player, Topic::Delta(ours, Epoch(0))),
        (
            &scene.player,
            Topic::Input(theirs, scene.other_player.player),
        ),
        (&scene.spectator, Topic::Delta(ours, Epoch(0))),
        (&scene.spectator, input),
    ] {
        let login = Login::of(ticket).with_will(Will::new(topic));
        let refused = scene.connect(1, &login).await.err();
        assert_eq!(refused, Some(NOT_AUTHORIZED), "{:?} {topic}", ticket.role);
    }
    let mut witness = scene.witness(0, &scene.spectator, &scene.player).await;
    let login = Login::of(&scene.player).with_will(Will::new(input));
    drop(scene.connect(1, &login).await.ok().unwrap());
    assert_eq!(witness.receive().await.unwrap().topic, input.to_string());
    scene.rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_holder_of_a_valid_token_connects() {
    let scene = Scene::set().await;
    let own = Login::of(&scene.player);
    let player = scene.player.player;
    let seat = MatchRole {
        match_id: scene.player.match_id,
        role: Role::Player,
        epoch: Epoch(0),
    };
    // The nodes' clock may differ a minute from the relay's.
    let claims = |exp: u64| Claims::new(player, Some(seat), exp);
    let (past, future) = (unix_time() - 120, unix_time() + 600);
    let token = |signer: &Signer, claims: &Claims| signer.sign(claims).unwrap();
    let relay = scene.rig.signer();
    let stranger = Signer::new(&[7; 32]);
    let genuine = token(&relay, &claims(future));
    let mut greedy = claims(future);
    greedy.acl.insert(
        0,
        Rule {
            permission: "allow".into(),
            action: "all".into(),
            topic: "#".into(),
        },
    );
    let (_, signature) = genuine.rsplit_once('.').unwrap();
    let forged = token(&stranger, &greedy);
    let (forged_message, _) = forged.rsplit_once('.').unwrap();
    let with = |password: &str| Login {
        password: Some(password.into()),
        ..own.clone()
    };
    for (what, login) in [
        ("expired", with(&token(&relay, &claims(past)))),
        ("another's key", with(&token(&stranger, &claims(future)))),
        (
            "more rights",
            with(&format!("{forged_message}.{signature}")),
        ),
        ("no signature", with(&format!("{forged_message}."))),
        ("nonsense", with("nonsense")),
        (
            "nothing",
            Login {
                username: None,
                password: None,
                ..own.clone()
            },
        ),
        (
            "another's name",
            Login {
                client_id: scene.other_player.player.to_string(),
                ..own.clone()
            },
        ),
        (
            "the host's name",
            Login {
                client_id: scene.host.player.to_string(),
                ..own.clone()
            },
        ),
        (
            "a new name",
            Login {
                client_id: PlayerId::from_entropy(1).to_string(),
                ..own.clone()
            },
        ),
    ] {
        assert!(scene.connect(1, &login).await.is_err(), "{what}");
    }
    for node in 0..3 {
        assert!(scene.connect(node, &with(&genuine)).await.is_ok());
    }
    scene.rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_host_keeps_rights_only_to_its_own_epoch() {
    let scene = Scene::set().await;
    let id = scene.host.match_id;
    let hand_over = Claim {
        epoch: Epoch(0),
        successor: Some(scene.player.player),
    };
    let mut old = scene.client(0, &scene.host).await;
    let demoted = scene.rig.relay.claim(&scene.host, hand_over).await.unwrap();
    let new = scene.rig.relay.renew(&scene.player).await;
    assert_eq!((new.role, new.epoch), (Role::Host, Epoch(1)));
    assert_eq!(demoted.epoch, Epoch(1));
    assert!(
        !demoted
            .topics
            .subscribe
            .contains(&Topic::Delta(id, Epoch(0)).to_string())
    );

    let mut reader = scene.client(1, &scene.spectator).await;
    for topic in [Topic::Delta(id, Epoch(1)), Topic::Keyframe(id, Epoch(1))] {
        assert!(is_granted(reader.subscribe(topic).await));
        assert_eq!(old.publish(topic, b"late", 1, false).await, NOT_AUTHORIZED);
    }
    let delta = Topic::Delta(id, Epoch(0));
    assert_eq!(
        old.publish(delta, b"unread", 1, false).await,
        Answer::Code(0)
    );
    let mut host = scene.client(2, &new).await;
    let delta = Topic::Delta(id, Epoch(1));
    assert_eq!(
        host.publish(delta, b"true", 1, false).await,
        Answer::Code(0)
    );
    assert_eq!(reader.receive().await.unwrap().payload, b"true");
    scene.rig.stop().await;
}
