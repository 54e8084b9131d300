use std::time::{Duration, Instant, SystemTime};

use aws_sdk_sts::config::Credentials;
use relay::aws::broker::{AwsError, IotCore, policy, presign};

use link::{Connect, Event, Link, Qos, Socket, Will};
use protocol::{Epoch, Grants, JoinRole, PlayerId, Role, Ticket, Topic};
use tokio::runtime::Handle;

use crate::double::{Double, REGION};
use crate::rig::{Rig, with_rig};
use relay_testing::PATIENCE;

/// A client that sends whatever it is told to.
struct Client(Socket);

impl Client {
    /// Connects with the ticket, without a last will.
    fn of(ticket: &Ticket) -> Self {
        let connect = Connect {
            will: None,
            ..client::connect(ticket)
        };
        Self::open(connect).unwrap_or_else(|reason| panic!("{reason}"))
    }

    /// Connects; yields the reason if it is refused.
    fn open(connect: Connect) -> Result<Self, String> {
        let mut client = Self(Socket::open(connect).unwrap());
        match client.next() {
            Event::Connected => Ok(client),
            Event::Closed { reason } => Err(reason),
            other => panic!("{other:?}"),
        }
    }

    fn next(&mut self) -> Event {
        assert!(self.0.wait(PATIENCE), "the broker should answer");
        self.0.poll(Duration::ZERO).unwrap()
    }

    fn may_read(&mut self, topic: impl ToString) -> bool {
        let topic = topic.to_string();
        self.0.subscribe(&[&topic]);
        loop {
            match self.next() {
                Event::Subscribed { topic: of } => return of == topic,
                Event::Refused { topic: of } => return of != topic,
                Event::Closed { .. } => return false,
                // A retained message.
                _ => {}
            }
        }
    }

    fn publish(&mut self, topic: impl ToString, text: &str, retain: bool) {
        let topic = topic.to_string();
        self.0
            .publish(&topic, text.as_bytes(), Qos::AtMostOnce, retain);
    }

    fn publish_and_leave(mut self, topic: impl ToString, text: &str) {
        self.publish(topic, text, false);
        self.0.close();
    }

    /// The next message on `topic`.
    fn read(&mut self, topic: impl ToString) -> String {
        let topic = topic.to_string();
        loop {
            match self.next() {
                Event::Message { topic: on, payload } if on == topic => {
                    return String::from_utf8(payload).unwrap();
                }
                Event::Closed { reason } => panic!("{reason}"),
                _ => {}
            }
        }
    }

    fn ends(mut self) -> bool {
        let since = Instant::now();
        while since.elapsed() < PATIENCE {
            if let Event::Closed { .. } = self.next() {
                return true;
            }
        }
        false
    }
}

/// Two matches with a host, a player and a spectator each.
struct Scene {
    host: Ticket,
    player: Ticket,
    spectator: Ticket,
    other_host: Ticket,
    other_player: Ticket,
}

impl Scene {
    fn set(rig: &Rig) -> Self {
        let (host, other_host) = (rig.create(), rig.create());
        Self {
            player: rig.join(&host, JoinRole::Player),
            spectator: rig.join(&host, JoinRole::Spectator),
            other_player: rig.join(&other_host, JoinRole::Player),
            host,
            other_host,
        }
    }
}

fn check_reading(scene: &Scene) {
    let (ours, theirs) = (scene.host.match_id, scene.other_host.match_id);
    for ticket in [&scene.host, &scene.player, &scene.spectator] {
        for topic in [
            Topic::Roster(theirs),
            Topic::Delta(theirs, Epoch(0)),
            Topic::Keyframe(theirs, Epoch(0)),
            Topic::Input(theirs, scene.other_player.player),
            Topic::Notice(scene.other_player.player),
        ] {
            assert!(
                !Client::of(ticket).may_read(topic),
                "{:?} {topic}",
                ticket.role
            );
        }
        for filter in ["#", "lw/#", "lw/+/r", "$aws/#"] {
            assert!(!Client::of(ticket).may_read(filter), "{filter}");
        }
        let mut client = Client::of(ticket);
        for topic in [
            Topic::Roster(ours),
            Topic::Delta(ours, Epoch(0)),
            Topic::Keyframe(ours, Epoch(3)),
            Topic::Notice(ticket.player),
            Topic::News,
        ] {
            assert!(client.may_read(topic), "{:?} {topic}", ticket.role);
        }
    }
}

/// Checks that forbidden messages do not arrive before later allowed ones.
fn check_publishing(rig: &Rig, scene: &Scene) {
    let (ours, theirs) = (scene.host.match_id, scene.other_host.match_id);
    let input = Topic::Input(ours, scene.player.player);
    let delta = Topic::Delta(theirs, Epoch(0));
    let mut our_witness = Client::of(&rig.join(&scene.host, JoinRole::Spectator));
    let mut their_witness = Client::of(&rig.join(&scene.other_host, JoinRole::Spectator));
    assert!(our_witness.may_read(input) && their_witness.may_read(delta));

    for (ticket, topic) in [
        (&scene.host, delta),
        (&scene.player, delta),
        (&scene.spectator, delta),
        (&scene.other_player, delta),
        (&scene.host, input),
        (&scene.other_player, input),
        (&scene.spectator, input),
        (&scene.host, Topic::Delta(ours, Epoch(1))),
        (&scene.host, Topic::Roster(ours)),
        (&scene.player, Topic::Delta(ours, Epoch(0))),
        (&scene.player, Topic::Lobby),
    ] {
        let mut client = Client::of(ticket);
        client.publish(topic, "forged", false);
        assert!(client.ends(), "{:?} {topic}", ticket.role);
    }
    Client::of(&scene.other_host).publish_and_leave(delta, "true");
    assert_eq!(their_witness.read(delta), "true");
    Client::of(&scene.player).publish_and_leave(input, "true");
    assert_eq!(our_witness.read(input), "true");
}

fn check_retaining(scene: &Scene) {
    let ours = scene.host.match_id;
    let keyframe = Topic::Keyframe(ours, Epoch(0));
    let mut host = Client::of(&scene.host);
    host.publish(keyframe, "kept", true);
    let mut reader = Client::of(&scene.spectator);
    reader.0.subscribe(&[&keyframe.to_string()]);
    assert_eq!(reader.read(keyframe), "kept");

    let input = Topic::Input(ours, scene.player.player);
    for (ticket, topic) in [
        (&scene.player, input),
        (&scene.host, Topic::Delta(ours, Epoch(0))),
    ] {
        let mut client = Client::of(ticket);
        client.publish(topic, "kept", true);
        assert!(client.ends(), "{:?} {topic}", ticket.role);
    }
}

fn check_wills(scene: &Scene) {
    let (ours, theirs) = (scene.host.match_id, scene.other_host.match_id);
    for (ticket, topic) in [
        (&scene.host, Topic::Delta(theirs, Epoch(0))),
        (&scene.player, Topic::Delta(ours, Epoch(0))),
        (
            &scene.player,
            Topic::Input(theirs, scene.other_player.player),
        ),
        (&scene.spectator, Topic::Delta(ours, Epoch(0))),
    ] {
        let outcome = Client::open(Connect {
            will: Some(Will {
                topic: topic.to_string(),
                payload: b"gone".to_vec(),
            }),
            ..client::access(&ticket.mqtt)
        });
        assert!(outcome.is_err(), "{:?} {topic}", ticket.role);
    }
}

fn check_names(scene: &Scene) {
    for (ticket, stolen) in [
        (&scene.player, scene.other_player.player),
        (&scene.player, scene.host.player),
        (&scene.spectator, PlayerId::from_entropy(1)),
    ] {
        let outcome = Client::open(Connect {
            client_id: stolen.to_string(),
            ..client::access(&ticket.mqtt)
        });
        assert!(outcome.is_err(), "{stolen}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_allows_only_its_match_and_role() {
    with_rig(|rig| {
        let scene = Scene::set(rig);
        check_reading(&scene);
        check_publishing(rig, &scene);
        check_retaining(&scene);
        check_wills(&scene);
        check_names(&scene);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_reads_the_lobby_and_nothing_else() {
    with_rig(|rig| {
        let host = rig.create();
        let visitor = rig.client().visit().wait().unwrap();
        let connect = || client::access(&visitor.mqtt);
        assert!(
            !Client::open(connect())
                .unwrap()
                .may_read(Topic::Roster(host.match_id))
        );
        let mut client = Client::open(connect()).unwrap();
        client.0.subscribe(&[&Topic::Lobby.to_string()]);
        loop {
            if let Event::Message { payload, .. } = client.next() {
                let lobby: protocol::OpenMatches = netcode::wire::decode(&payload).unwrap();
                if lobby.matches.iter().any(|row| row.id == host.match_id) {
                    break;
                }
            }
        }
    })
    .await;
}

/// A player's access with this URL.
fn with_url(ticket: &Ticket, ws: String) -> Connect {
    Connect {
        ws,
        ..client::access(&ticket.mqtt)
    }
}

/// Changes the last character of what follows `name=` in the query.
fn tampered(url: &str, name: &str) -> String {
    let start = url.find(&format!("{name}=")).unwrap() + name.len() + 1;
    let end = url[start..].find('&').map_or(url.len(), |at| start + at);
    let last = if url[..end].ends_with('1') { '2' } else { '1' };
    format!("{}{last}{}", &url[..end - 1], &url[end..])
}

fn check_tampering(rig: &Rig) {
    let host = rig.create();
    let player = rig.join(&host, JoinRole::Player);
    let url = &player.mqtt.ws;
    for name in [
        "X-Amz-Signature",
        "X-Amz-Security-Token",
        "X-Amz-Credential",
        "X-Amz-Date",
        "X-Amz-Expires",
    ] {
        let reason = Client::open(with_url(&player, tampered(url, name)))
            .err()
            .unwrap_or_else(|| panic!("{name}"));
        assert!(!reason.contains("X-Amz"), "no secret is told: {reason}");
    }
    // Halves of two tickets.
    let other = rig.join(&host, JoinRole::Player);
    let (signed, _) = url.split_once("&X-Amz-Security-Token").unwrap();
    let (_, token) = other.mqtt.ws.split_once("&X-Amz-Security-Token").unwrap();
    let spliced = format!("{signed}&X-Amz-Security-Token{token}");
    assert!(Client::open(with_url(&player, spliced)).is_err());
    assert!(Client::open(with_url(&player, url.clone())).is_ok());
}

/// The player's URL, signed that long ago.
async fn url_of_age(double: &Double, ticket: &Ticket, age: u64) -> String {
    let grants = Grants::of_match(Role::Player, ticket.match_id, ticket.player, Epoch(0));
    let resources = double.role().iot_resources(REGION).unwrap();
    let answer = aws_sdk_sts::Client::new(&double.config().await)
        .assume_role()
        .role_arn(double.role().arn())
        .role_session_name("test")
        .policy(policy::of(&grants, ticket.player, &resources))
        .send()
        .await
        .unwrap();
    let keys = answer.credentials().unwrap();
    let credentials = Credentials::new(
        keys.access_key_id(),
        keys.secret_access_key(),
        Some(keys.session_token().into()),
        None,
        "test",
    );
    let (address, _) = ticket.mqtt.ws.split_once("/mqtt").unwrap();
    let endpoint = address.parse().unwrap();
    let time = SystemTime::now() - Duration::from_secs(age);
    presign::websocket_url(&endpoint, REGION, credentials, time).unwrap()
}

fn check_expiry(rig: &Rig) {
    let player = rig.join(&rig.create(), JoinRole::Player);
    let open = |age| {
        let url = Handle::current().block_on(url_of_age(&rig.double, &player, age));
        Client::open(with_url(&player, url))
    };
    assert!(open(0).is_ok());
    assert!(open(400).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn expired_and_changed_urls_are_refused() {
    with_rig(|rig| {
        check_tampering(rig);
        check_expiry(rig);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_without_its_role_names_what_is_missing() {
    let double = tokio::task::spawn_blocking(Double::start).await.unwrap();
    let config = double.config().await;
    let absent = "arn:aws:iam::000000000000:role/absent".parse().unwrap();
    let error = IotCore::connect(&config, absent, None).await.err().unwrap();
    assert!(matches!(error, AwsError::NoRole { .. }), "{error}");
    assert!(error.to_string().contains("role/absent"), "{error}");

    let nowhere = config.into_builder().region(None).build();
    let error = IotCore::connect(&nowhere, double.role(), None)
        .await
        .err()
        .unwrap();
    assert!(error.to_string().contains("AWS_REGION"), "{error}");
}
