use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use arrayvec::ArrayString;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use client::lobby::LobbyError;
use headless::host;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use link::Conditions;
use netcode::HostOptions;
use protocol::{CreateMatch, Identity, JoinMatch, JoinRole, Problem, Ticket};
use relay::oidc::{Issuer, OidcError};
use relay::token::unix_time;
use serde_json::{Value, json};

use crate::issuer::{AUDIENCE, Key, LocalIssuer};
use relay_testing::eventually;
use relay_testing::mqtt::{Client as Mqtt, Login, WAYS};
use relay_testing::server::{TestRelay, answer};

fn verify(issuer: &LocalIssuer, token: &str) -> Result<String, OidcError> {
    Issuer::new(&issuer.url, AUDIENCE)
        .unwrap()
        .verify(token, Instant::now())
}

#[track_caller]
fn check_refused(issuer: &LocalIssuer, token: &str) {
    let error = verify(issuer, token).unwrap_err();
    assert!(matches!(error, OidcError::Refused(_)), "{error:?}");
}

#[test]
fn an_id_token_of_either_algorithm_proves_its_subject() {
    let keys = [Key::ec("one"), Key::rsa("two")];
    let issuer = LocalIssuer::start(&[&keys[0], &keys[1]]);
    for key in &keys {
        let token = key.sign(&issuer.claims("ada"));
        assert_eq!(verify(&issuer, &token).unwrap(), "ada");
    }
}

#[test]
fn a_token_that_is_over_not_yet_valid_or_for_others_is_refused() {
    let key = Key::ec("one");
    let issuer = LocalIssuer::start(&[&key]);
    let now = unix_time();
    for (claim, value) in [
        ("exp", json!(now - 120)),
        ("nbf", json!(now + 120)),
        ("aud", json!("another")),
        ("aud", json!(["another", "more"])),
        ("iss", json!("http://127.0.0.1:1")),
        ("exp", Value::Null),
        ("aud", Value::Null),
        ("iss", Value::Null),
    ] {
        let mut claims = issuer.claims("ada");
        claims[claim] = value;
        claims
            .as_object_mut()
            .unwrap()
            .retain(|_, value| !value.is_null());
        check_refused(&issuer, &key.sign(&claims));
    }
    // Clocks differ.
    let mut claims = issuer.claims("ada");
    claims["exp"] = json!(now - 20);
    assert!(verify(&issuer, &key.sign(&claims)).is_ok());
}

#[test]
fn a_forged_token_is_refused_whatever_algorithm_it_names() {
    let key = Key::rsa("one");
    let issuer = LocalIssuer::start(&[&key]);
    let claims = issuer.claims("ada");
    let good = key.sign(&claims);
    assert!(verify(&issuer, &good).is_ok());

    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let none = part(&json!({ "alg": "none", "typ": "JWT", "kid": "one" }));
    for unsigned in [
        format!("{none}.{}.", part(&claims)),
        format!("{none}.{}", part(&claims)),
        "..".into(),
        String::new(),
        "x".repeat(100_000),
    ] {
        let error = verify(&issuer, &unsigned).unwrap_err();
        assert!(matches!(error, OidcError::Malformed), "{error:?}");
    }

    // Signed with the public key, as if it were a secret.
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some("one".into());
    let modulus = URL_SAFE_NO_PAD.decode(key.public["n"].as_str().unwrap());
    for secret in [modulus.unwrap(), key.public.to_string().into_bytes()] {
        let secret = EncodingKey::from_secret(&secret);
        let confused = jsonwebtoken::encode(&header, &claims, &secret).unwrap();
        let error = verify(&issuer, &confused).unwrap_err();
        assert!(matches!(error, OidcError::Malformed), "{error:?}");
    }

    // Other claims under a good signature, and a stranger's key under a known name.
    let (head, rest) = good.split_once('.').unwrap();
    let (_, signature) = rest.split_once('.').unwrap();
    let spliced = format!("{head}.{}.{signature}", part(&issuer.claims("eve")));
    check_refused(&issuer, &spliced);
    let stranger = Key::ec("one");
    let error = verify(&issuer, &stranger.sign(&claims)).unwrap_err();
    assert!(matches!(error, OidcError::UnknownKey), "{error:?}");
}

#[test]
fn new_keys_are_fetched_when_a_token_names_one_but_not_again_and_again() {
    let (old, new) = (Key::ec("old"), Key::ec("new"));
    let local = LocalIssuer::start(&[&old]);
    let issuer = Issuer::new(&local.url, AUDIENCE).unwrap();
    let fetched = || local.site.lock().unwrap().fetched;
    let start = Instant::now();
    let later = start + Duration::from_secs(11);
    let with_old = old.sign(&local.claims("ada"));
    let with_new = new.sign(&local.claims("ada"));
    for _ in 0..3 {
        assert!(issuer.verify(&with_old, start).is_ok());
    }
    assert_eq!(fetched(), 1);

    // A flood of made-up names asks the issuer once.
    for _ in 0..20 {
        let error = issuer.verify(&with_new, start).unwrap_err();
        assert!(matches!(error, OidcError::UnknownKey));
    }
    assert_eq!(fetched(), 1);

    local.site.lock().unwrap().keys = vec![new.public.clone()];
    assert!(issuer.verify(&with_new, later).is_ok());
    assert_eq!(fetched(), 2);
    let error = issuer.verify(&with_old, later).unwrap_err();
    assert!(matches!(error, OidcError::UnknownKey), "withdrawn");

    // Withdrawn in silence: believed no longer than an hour.
    local.site.lock().unwrap().keys = vec![old.public.clone()];
    assert!(issuer.verify(&with_new, later).is_ok());
    let much_later = later + Duration::from_secs(60 * 60);
    assert!(issuer.verify(&with_new, much_later).is_err());
}

#[test]
fn an_issuer_that_is_down_or_another_s_is_told_from_a_bad_token() {
    let key = Key::ec("one");
    let local = LocalIssuer::start(&[&key]);
    let issuer = Issuer::new(&local.url, AUDIENCE).unwrap();
    let token = key.sign(&local.claims("ada"));
    let start = Instant::now();
    local.site.lock().unwrap().down = true;
    let error = issuer.verify(&token, start).unwrap_err();
    assert!(matches!(error, OidcError::Unreachable));

    local.site.lock().unwrap().down = false;
    local.site.lock().unwrap().alias = Some("https://another.example".into());
    let later = start + Duration::from_secs(11);
    let error = issuer.verify(&token, later).unwrap_err();
    assert!(matches!(error, OidcError::Unreachable));

    local.site.lock().unwrap().alias = None;
    let later = later + Duration::from_secs(11);
    assert!(issuer.verify(&token, later).is_ok());

    // What is known is good for as long as the issuer is away.
    local.site.lock().unwrap().down = true;
    let much_later = later + Duration::from_secs(2 * 60 * 60);
    assert!(issuer.verify(&token, much_later).is_ok());
}

#[test]
fn an_issuer_is_asked_over_tls_only() {
    for url in [
        "http://accounts.example",
        "ftp://127.0.0.1",
        "accounts.example",
        "",
    ] {
        assert!(Issuer::new(url, AUDIENCE).is_err(), "{url}");
    }
}

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
async fn a_device_is_one_player_from_match_to_match() {
    let rig = TestRelay::start().await;
    let ada = identify(&rig, None).await.unwrap();
    assert!(ada.may_host);
    let again = identify(&rig, Some(&ada.token)).await.unwrap();
    assert_eq!(again.player, ada.player);
    assert_ne!(identify(&rig, None).await.unwrap().player, ada.player);

    let host = create(&rig, Some(&ada)).await.unwrap();
    assert_eq!(host.player, ada.player);
    // Two windows are two pilots, in one match or in two.
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
async fn an_identity_is_no_ticket_and_a_ticket_no_identity() {
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
        options.house = 1;
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_host_and_guests_join() {
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

    // The same account is the same player, and nobody else is; its time does not grow.
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
    // The relay itself may host.
    let client = rig.client();
    eventually("the house match is open", || {
        let matches = client.matches().wait().unwrap();
        matches.iter().any(|open| open.name.as_str() == "House")
    })
    .await;
    rig.server.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_host_where_they_may() {
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
async fn a_headless_host_shows_an_id_token() {
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
