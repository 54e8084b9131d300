use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use protocol::JoinRole;
use relay::token::{KeyError, Signer};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde_json::Value;

use relay_testing::server::TestRelay;

fn key(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it/keys")
        .join(name)
}

/// The status and the body of the relay's key set.
async fn published(rig: &TestRelay) -> (u16, Value) {
    let url = format!("{}/.well-known/jwks.json", rig.server.url());
    tokio::task::spawn_blocking(move || {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .into();
        let mut answer = agent.get(&url).call().unwrap();
        let body = answer.body_mut().read_to_vec().unwrap();
        let body = serde_json::from_slice(&body).unwrap();
        (answer.status().as_u16(), body)
    })
    .await
    .unwrap()
}

fn bytes(text: &Value) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text.as_str().unwrap()).unwrap()
}

/// Whether a JSON Web Key verifies a token, without code of the relay.
fn recognises(key: &Value, token: &str) -> bool {
    let (message, signature) = token.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let outcome = match key["kty"].as_str() {
        Some("RSA") => RsaPublicKeyComponents {
            n: bytes(&key["n"]),
            e: bytes(&key["e"]),
        }
        .verify(&RSA_PKCS1_2048_8192_SHA256, message.as_bytes(), &signature),
        Some("EC") => {
            assert_eq!(key["crv"], "P-256");
            let point = [vec![4], bytes(&key["x"]), bytes(&key["y"])].concat();
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
                .verify(message.as_bytes(), &signature)
        }
        other => panic!("{other:?}"),
    };
    outcome.is_ok()
}

#[tokio::test]
async fn the_published_key_verifies_the_relay_s_tokens() {
    for (file, algorithm) in [("rsa.pem", "RS256"), ("ec.pem", "ES256")] {
        let rig = TestRelay::start_with(|options| options.token_key = Some(key(file))).await;
        let (status, keys) = published(&rig).await;
        assert_eq!(status, 200, "{keys}");
        let public = &keys["keys"][0];
        assert_eq!(
            (&public["alg"], &public["use"]),
            (&algorithm.into(), &"sig".into())
        );
        for private in ["d", "p", "q"] {
            assert!(public[private].is_null(), "{private}");
        }

        let host = rig.host().await;
        let (header, _) = host.token.split_once('.').unwrap();
        let header: Value = serde_json::from_slice(&bytes(&header.into())).unwrap();
        assert_eq!(
            (&header["alg"], &header["kid"]),
            (&algorithm.into(), &public["kid"])
        );
        assert!(recognises(public, &host.token));
        let other = rig.join(&host, JoinRole::Player).await;
        let (message, _) = host.token.rsplit_once('.').unwrap();
        let (_, signature) = other.token.rsplit_once('.').unwrap();
        assert!(!recognises(public, &format!("{message}.{signature}")));

        // The relay and its embedded broker accept them, too.
        rig.renew(&host).await;
        rig.end(&host).await;
        rig.server.shut_down().await;
    }
}

#[tokio::test]
async fn a_secret_is_not_published() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    std::fs::write(&file, "correct horse battery staple, and more\n").unwrap();
    for key in [None, Some(file)] {
        let rig = TestRelay::start_with(|options| options.token_key = key).await;
        let (status, problem) = published(&rig).await;
        assert_eq!(status, 404, "{problem}");
        rig.server.shut_down().await;
    }
}

#[test]
fn a_file_without_a_key_is_refused_and_a_shared_secret_is_read_as_text() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    let long = "0123456789abcdef0123456789abcdef";
    for text in [
        "",
        "too short",
        &format!("-----BEGIN PRIVATE KEY-----\n{long}\n-----END PRIVATE KEY-----"),
        &std::fs::read_to_string(key("ec.public.pem")).unwrap(),
    ] {
        std::fs::write(&file, text).unwrap();
        let error = Signer::read(&file).err().unwrap();
        assert!(matches!(error, KeyError::Unusable(_)), "{error}");
        assert!(error.to_string().contains("PEM"), "{error}");
    }
    let absent = Signer::read(&folder.path().join("absent"));
    assert!(matches!(absent.err(), Some(KeyError::File { .. })));

    std::fs::write(&file, format!("{long}\n")).unwrap();
    let claims = relay::token::Claims::of_relay(protocol::PlayerId::from_entropy(1), 9);
    let token = Signer::read(&file).unwrap().sign(&claims).unwrap();
    let same = Signer::new(long.as_bytes().try_into().unwrap());
    assert_eq!(same.verify(token.as_bytes(), 0).unwrap(), claims);
}
