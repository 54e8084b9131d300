use protocol::{Epoch, Role, Topic};
use relay::token::{Claims, MatchRole, Signer, unix_time};
use relay_testing::mqtt::{Answer, Client, Login, Version, WAYS, Will};

use super::Scene;

#[tokio::test(flavor = "multi_thread")]
async fn only_the_holder_of_a_token_connects() {
    let scene = Scene::set().await;
    let good = Login::of(&scene.player);
    let seat = MatchRole {
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
                password: token(&scene.relay.signer(), unix_time()),
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
            let answer = Client::connect(&scene.relay, way, login).await.err();
            let codes = match way.0 {
                Version::V311 => [4, 5],
                Version::V5 => [0x86, 0x87],
            };
            assert!(
                codes.iter().any(|code| answer == Some(Answer::Code(*code))),
                "{way:?} {what}: {answer:?}"
            );
        }
        assert!(Client::connect(&scene.relay, way, &good).await.is_ok());
    }
}

/// A token with the algorithm `none`.
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
                let answer = Client::connect(&scene.relay, way, &login).await.err();
                let refused = match way.0 {
                    Version::V311 => Answer::Code(5),
                    Version::V5 => Answer::Code(0x87),
                };
                assert_eq!(answer, Some(refused), "{way:?} {will:?}");
            }
        }
        let good = Login::of(&scene.player).with_will(Will::new(own));
        assert!(Client::connect(&scene.relay, way, &good).await.is_ok());
    }
}
