use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use relay::oidc::{Issuer, OidcError};
use relay::token::unix_time;
use serde_json::{Value, json};

use crate::issuer::{AUDIENCE, Key, LocalIssuer};

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
fn id_tokens_of_both_algorithms_are_accepted() {
    let keys = [Key::ec("one"), Key::rsa("two")];
    let issuer = LocalIssuer::start(&[&keys[0], &keys[1]]);
    for key in &keys {
        let token = key.sign(&issuer.claims("ada"));
        assert_eq!(verify(&issuer, &token).unwrap(), "ada");
    }
}

#[test]
fn expired_premature_and_foreign_id_tokens_are_refused() {
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
    // Within the leeway for clocks.
    let mut claims = issuer.claims("ada");
    claims["exp"] = json!(now - 20);
    assert!(verify(&issuer, &key.sign(&claims)).is_ok());
}

#[test]
fn forged_id_tokens_of_any_algorithm_are_refused() {
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

    // Other claims with a valid signature, and another key with a known id.
    let (head, rest) = good.split_once('.').unwrap();
    let (_, signature) = rest.split_once('.').unwrap();
    let spliced = format!("{head}.{}.{signature}", part(&issuer.claims("eve")));
    check_refused(&issuer, &spliced);
    let stranger = Key::ec("one");
    let error = verify(&issuer, &stranger.sign(&claims)).unwrap_err();
    assert!(matches!(error, OidcError::UnknownKey), "{error:?}");
}

#[test]
fn new_keys_are_fetched_when_needed_but_not_too_often() {
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

    // Many unknown key ids cause one download.
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

    // A withdrawn key is accepted for no longer than an hour.
    local.site.lock().unwrap().keys = vec![old.public.clone()];
    assert!(issuer.verify(&with_new, later).is_ok());
    let much_later = later + Duration::from_secs(60 * 60);
    assert!(issuer.verify(&with_new, much_later).is_err());
}

#[test]
fn an_unreachable_issuer_is_not_reported_as_a_bad_token() {
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

    // Cached keys are used while the issuer is unreachable.
    local.site.lock().unwrap().down = true;
    let much_later = later + Duration::from_secs(2 * 60 * 60);
    assert!(issuer.verify(&token, much_later).is_ok());
}

#[test]
fn an_issuer_must_use_tls() {
    for url in [
        "http://accounts.example",
        "ftp://127.0.0.1",
        "accounts.example",
        "",
    ] {
        assert!(Issuer::new(url, AUDIENCE).is_err(), "{url}");
    }
}
