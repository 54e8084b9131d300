use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use arrayvec::ArrayString;
use client::lobby::LobbyError;
use headless::host;
use link::Conditions;
use netcode::HostOptions;
use protocol::{CreateMatch, Identity, JoinMatch, JoinRole, Problem, Ticket};
use relay::oidc::Issuer;

use crate::default_match::LastWill;
use crate::issuer::{AUDIENCE, Key, LocalIssuer};
use relay_testing::eventually;
use relay_testing::mqtt::{Client as Mqtt, Login, WAYS};
use relay_testing::server::{TestRelay, answer};

async fn identify(rig: &TestRelay, token: Option<&str>) -> Result<Identity, LobbyError> {
    answer(rig.client().identify(token)).await
}

async fn create(rig: &TestRelay, identity: Option<&Identity>) -> Result<Ticket, LobbyError> {
    let client = match identity {
        Some(identity) => rig.client().with_identity(identity),
        None => rig.client(),
    };
    let wish = CreateMatch {
        rules: headless::rules(),
        name: ArrayString::from("Test").unwrap(),
        callsign: Some("Eve".parse().unwrap()),
        max_players: 8,
        public: true,
    };
    answer(client.create(&wish)).await
}

async fn join(rig: &TestRelay, host: &Ticket, identity: &Identity, role: JoinRole) -> Ticket {
    let wish = JoinMatch {
        rules: headless::rules(),
        callsign: "Ada".parse().unwrap(),
        role,
    };
    let client = rig.client().with_identity(identity);
    answer(client.join(host.code, &wish)).await.unwrap()
}

#[track_caller]
fn check_problem<T: std::fmt::Debug>(answer: Result<T, LobbyError>, status: u16, kind: &str) {
    let Err(LobbyError::Refused(Problem {
        kind: name,
        status: code,
        ..
    })) = answer
    else {
        panic!("{answer:?}");
    };
    assert_eq!((code, name), (status, format!("/problems/{kind}")));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identity_is_the_same_player_in_every_match() {
    let rig = TestRelay::start().await;
    let ada = identify(&rig, None).await.unwrap();
    assert!(ada.may_host);
    let again = identify(&rig, Some(&ada.token)).await.unwrap();
    assert_eq!(again.player, ada.player);
    assert_ne!(identify(&rig, None).await.unwrap().player, ada.player);

    let host = create(&rig, Some(&ada)).await.unwrap();
    assert_eq!(host.player, ada.player);
    // Two windows are two players, in one match or in two.
    let second = join(&rig, &host, &ada, JoinRole::Player).await;
    assert_ne!(second.player, ada.player);
    let third = create(&rig, Some(&ada)).await.unwrap();
    assert_ne!(third.player, ada.player);

    rig.end(&host).await;
    let back = join(&rig, &third, &again, JoinRole::Player).await;
    assert_eq!(back.player, ada.player);
    let watching = join(&rig, &third, &again, JoinRole::Spectator).await;
    assert_ne!(watching.player, ada.player);
}

#[tokio::test(flavor = "multi_thread")]
async fn identities_and_tickets_are_not_interchangeable() {
    let rig = TestRelay::start().await;
    let ada = identify(&rig, None).await.unwrap();
    let host = create(&rig, Some(&ada)).await.unwrap();

    let mut forged = host.clone();
    forged.token.clone_from(&ada.token);
    check_problem(
        answer(rig.client().renew(&forged, headless::rules())).await,
        401,
        "invalid-token",
    );
    let mut login = Login::of(&host);
    login.password = Some(ada.token.clone());
    for way in WAYS {
        assert!(Mqtt::connect(&rig, way, &login).await.is_err());
    }

    let mut changed = ada.token.clone();
    changed.insert(changed.len() - 10, 'x');
    for token in [host.token.as_str(), changed.as_str(), "x.y.z"] {
        check_problem(identify(&rig, Some(token)).await, 401, "invalid-identity");
        let bad = Identity {
            token: token.into(),
            ..ada.clone()
        };
        check_problem(create(&rig, Some(&bad)).await, 401, "invalid-identity");
    }
}

async fn rig_with(issuer: &LocalIssuer, guests_may_host: bool) -> TestRelay {
    let issuer = Issuer::new(&issuer.url, AUDIENCE).unwrap();
    TestRelay::start_with(|options| {
        options.issuer = Some(Arc::new(issuer));
        options.guests_may_host = guests_may_host;
        options.default_match = Some(Arc::new(LastWill { bots: 1 }));
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn only_accounts_may_open_matches_and_guests_may_join() {
    let key = Key::ec("one");
    let issuer = LocalIssuer::start(&[&key]);
    let rig = rig_with(&issuer, false).await;
    let guest = identify(&rig, None).await.unwrap();
    assert!(!guest.may_host);
    check_problem(create(&rig, None).await, 401, "sign-in");
    check_problem(create(&rig, Some(&guest)).await, 403, "may-not-host");

    let ada = identify(&rig, Some(&key.sign(&issuer.claims("ada"))))
        .await
        .unwrap();
    assert!(ada.may_host);
    let host = create(&rig, Some(&ada)).await.unwrap();
    assert_eq!(host.player, ada.player);
    let player = join(&rig, &host, &guest, JoinRole::Player).await;
    assert_eq!(player.player, guest.player);
    rig.player(&host).await;

    // An account is always the same player; its expiry is not extended.
    let later = identify(&rig, Some(&key.sign(&issuer.claims("ada"))))
        .await
        .unwrap();
    assert_eq!(later.player, ada.player);
    let other = identify(&rig, Some(&key.sign(&issuer.claims("bob"))))
        .await
        .unwrap();
    assert_ne!(other.player, ada.player);
    let renewed = identify(&rig, Some(&ada.token)).await.unwrap();
    assert_eq!(renewed, ada);
    assert!(!ada.player.as_str().contains("ada"));

    let stranger = Key::ec("stranger");
    let forged = stranger.sign(&issuer.claims("ada"));
    check_problem(identify(&rig, Some(&forged)).await, 401, "invalid-id-token");
    // The default match may be opened.
    let client = rig.client();
    eventually("the house match is open", || {
        let matches = client.matches().wait().unwrap();
        matches.iter().any(|open| open.name.as_str() == "House")
    })
    .await;
    rig.server.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_may_open_matches_if_configured() {
    let key = Key::ec("one");
    let issuer = LocalIssuer::start(&[&key]);
    issuer.site.lock().unwrap().down = true;
    let rig = rig_with(&issuer, true).await;
    create(&rig, None).await.unwrap();
    let guest = identify(&rig, None).await.unwrap();
    assert!(guest.may_host);
    let token = key.sign(&issuer.claims("ada"));
    check_problem(
        identify(&rig, Some(&token)).await,
        503,
        "issuer-unreachable",
    );
    rig.server.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_headless_host_sends_its_id_token() {
    let key = Key::ec("one");
    let issuer = LocalIssuer::start(&[&key]);
    let rig = rig_with(&issuer, false).await;
    let mut settings = host::Settings {
        url: rig.server.url(),
        name: "Test".into(),
        bots: 2,
        identity: None,
        options: HostOptions::default(),
        conditions: Conditions::PERFECT,
    };
    let token = key.sign(&issuer.claims("ada"));
    tokio::task::spawn_blocking(move || {
        let stop = AtomicBool::new(true);
        let refused = host::run(&settings, &stop, |_| ()).unwrap_err();
        assert!(refused.to_string().contains("/api/identity"), "{refused}");
        settings.identity = Some(token);
        host::run(&settings, &stop, |_| ()).unwrap();
    })
    .await
    .unwrap();
    rig.server.shut_down().await;
}
