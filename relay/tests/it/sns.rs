//! Announcements from SNS, signed with a key of the tests, whose certificate is served at an address
//! of Amazon.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use netcode::wire;
use protocol::Announcement;
use protocol::{JoinRole, PlayerId, Ticket, Topic};
use relay::sns::{FetchError, Received, Sns, SnsError};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject as _;
use serde_json::{Map, Value, json};

use relay_testing::mqtt::{Client, Login, Over, Version};
use relay_testing::server::TestRelay;

const TOPIC: &str = "arn:aws:sns:eu-west-1:123456789012:news";
const HOST: &str = "https://sns.eu-west-1.amazonaws.com";

/// 2026-01-02T03:04:05Z, the time of all messages.
const SENT: u64 = 1_767_323_045;

fn key() -> RsaKeyPair {
    let key = PrivatePkcs8KeyDer::from_pem_slice(include_bytes!("sns/key.pem")).unwrap();
    RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()).unwrap()
}

/// A notification of SNS, which tests change before or after they sign it.
fn notification() -> Map<String, Value> {
    let message = json!({
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": TOPIC,
        "Subject": "Tournament",
        "Message": "Friday at eight",
        "Timestamp": "2026-01-02T03:04:05.678Z",
        "SignatureVersion": "2",
        "SigningCertURL": format!("{HOST}/SimpleNotificationService-1.pem"),
        "UnsubscribeURL": format!("{HOST}/?Action=Unsubscribe"),
    });
    message.as_object().unwrap().clone()
}

fn confirmation(url: &str) -> Map<String, Value> {
    let mut message = notification();
    message.remove("Subject");
    message.insert("Type".into(), "SubscriptionConfirmation".into());
    message.insert("SubscribeURL".into(), url.into());
    message.insert("Token".into(), "2336412f37".into());
    message
}

/// Signs as Amazon's documentation says.
fn signed(mut message: Map<String, Value>) -> Vec<u8> {
    let mut names = vec!["Message", "MessageId"];
    if message["Type"] == "Notification" {
        names.extend(message.contains_key("Subject").then_some("Subject"));
        names.push("Timestamp");
    } else {
        names.extend(["SubscribeURL", "Timestamp", "Token"]);
    }
    names.extend(["TopicArn", "Type"]);
    let text: String = names
        .iter()
        .map(|name| format!("{name}\n{}\n", message[*name].as_str().unwrap()))
        .collect();
    let key = key();
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        text.as_bytes(),
        &mut signature,
    )
    .unwrap();
    message.insert("Signature".into(), STANDARD.encode(signature).into());
    body(&message)
}

fn body(message: &Map<String, Value>) -> Vec<u8> {
    serde_json::to_vec(message).unwrap()
}

/// A verifier of messages, and the number of its downloads.
fn sns() -> (Sns, Arc<AtomicUsize>) {
    let fetched = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&fetched);
    let fetch = move |url: &str| {
        let earlier = count.fetch_add(1, Ordering::Relaxed);
        match url.strip_prefix(HOST) {
            Some("/SimpleNotificationService-1.pem") => {
                Ok(include_bytes!("sns/certificate.pem").to_vec())
            }
            Some("/SimpleNotificationService-2.pem") => {
                Ok(include_bytes!("sns/stranger.pem").to_vec())
            }
            Some("/SimpleNotificationService-3.pem") => Ok(b"<html>".to_vec()),
            Some("/?Action=ConfirmSubscription") => Ok(b"<ok/>".to_vec()),
            Some("/?Action=ConfirmSubscription&Busy") if earlier >= 2 => Ok(b"<ok/>".to_vec()),
            _ => Err(FetchError("404".into())),
        }
    };
    (Sns::new(vec![TOPIC.into()], Box::new(fetch)), fetched)
}

#[track_caller]
fn announced(received: Result<Received, SnsError>) -> (Option<PlayerId>, Announcement) {
    match received {
        Ok(Received::Announce(player, announcement)) => (player, *announcement),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_notification_is_news() {
    let (sns, fetched) = sns();
    let (player, news) = announced(sns.receive(&signed(notification()), SENT));
    assert_eq!(player, None);
    assert_eq!(news.headline.as_str(), "Tournament");
    assert_eq!(news.text.as_str(), "Friday at eight");

    let mut plain = notification();
    plain.remove("Subject");
    plain["MessageId"] = "another".into();
    plain["Message"] = "two\nlines".into();
    let (_, other) = announced(sns.receive(&signed(plain), SENT));
    assert_eq!(other.headline.as_str(), "News");
    assert_eq!(other.text.as_str(), "two lines");
    assert_ne!(other.id, news.id);
    assert_eq!(
        fetched.load(Ordering::Relaxed),
        1,
        "the certificate is kept"
    );
    assert_eq!(sns.counters().accepted, 2);
}

#[test]
fn an_attribute_addresses_a_message_to_one_player() {
    let (sns, _) = sns();
    let own = PlayerId::from_entropy(7);
    let mut message = notification();
    let attribute = |value: &str| json!({"player": {"Type": "String", "Value": value}});
    message.insert("MessageAttributes".into(), attribute(own.as_str()));
    let (player, _) = announced(sns.receive(&signed(message.clone()), SENT));
    assert_eq!(player, Some(own));

    message["MessageId"] = "another".into();
    message["MessageAttributes"] = attribute("../+/#");
    let refused = sns.receive(&signed(message), SENT);
    assert!(matches!(refused, Err(SnsError::Player(_))), "{refused:?}");
}

#[test]
fn a_subscription_is_confirmed_only_at_an_address_of_amazon() {
    let (sns, fetched) = sns();
    let url = format!("{HOST}/?Action=ConfirmSubscription");
    let received = sns.receive(&signed(confirmation(&url)), SENT).unwrap();
    assert_eq!(received, Received::Confirmed);
    assert_eq!(fetched.load(Ordering::Relaxed), 2);

    let mut elsewhere = confirmation("https://evil.example/?Action=ConfirmSubscription");
    elsewhere["MessageId"] = "another".into();
    let refused = sns.receive(&signed(elsewhere), SENT);
    assert!(
        matches!(refused, Err(SnsError::ForeignAddress(_))),
        "{refused:?}"
    );
}

#[test]
fn a_failed_confirmation_is_repeated_with_the_next_message() {
    let (sns, fetched) = sns();
    let message = signed(confirmation(&format!(
        "{HOST}/?Action=ConfirmSubscription&Busy"
    )));
    let failed = sns.receive(&message, SENT);
    assert!(
        matches!(failed, Err(SnsError::Unconfirmed(_))),
        "{failed:?}"
    );
    assert_eq!(sns.receive(&message, SENT).unwrap(), Received::Confirmed);
    assert_eq!(fetched.load(Ordering::Relaxed), 3);
}

/// Checks that a message is refused, and whether its certificate is fetched.
#[track_caller]
fn check_refused(body: &[u8], now: u64, fetches: usize, expected: fn(&SnsError) -> bool) {
    let (sns, fetched) = sns();
    let error = sns.receive(body, now).unwrap_err();
    assert!(expected(&error), "{error:?}");
    assert_eq!(fetched.load(Ordering::Relaxed), fetches);
    let counters = sns.counters();
    assert_eq!(counters.accepted, 0);
    assert_eq!(counters.refused[error.reason()], 1);
    assert_eq!(counters.refused.iter().sum::<u64>(), 1);
}

fn changed(name: &str, value: &str) -> Map<String, Value> {
    let mut message = notification();
    message[name] = value.into();
    message
}

#[test]
fn unproved_messages_are_refused() {
    // The content differs from what was signed.
    for name in ["Message", "Subject", "MessageId"] {
        let mut forged: Map<String, Value> =
            serde_json::from_slice(&signed(notification())).unwrap();
        forged[name] = "forged".into();
        check_refused(&body(&forged), SENT, 1, |error| {
            matches!(error, SnsError::Forged)
        });
    }
    for signature in ["", "FAKE", "no base64!"] {
        let mut forged = notification();
        forged.insert("Signature".into(), signature.into());
        let looks = usize::from(signature != "no base64!");
        check_refused(&body(&forged), SENT, looks, |error| {
            matches!(error, SnsError::Forged)
        });
    }
    // Somebody else's certificate, none, and an address that is not Amazon's.
    let at = |url: String| signed(changed("SigningCertURL", &url));
    check_refused(
        &at(format!("{HOST}/SimpleNotificationService-2.pem")),
        SENT,
        1,
        |error| matches!(error, SnsError::Forged),
    );
    for number in [3, 4] {
        check_refused(
            &at(format!("{HOST}/SimpleNotificationService-{number}.pem")),
            SENT,
            1,
            |error| matches!(error, SnsError::Certificate(_)),
        );
    }
    check_refused(
        &at("https://evil.example/SimpleNotificationService-1.pem".into()),
        SENT,
        0,
        |error| matches!(error, SnsError::ForeignAddress(_)),
    );
    let foreign = "arn:aws:sns:eu-west-1:999999999999:news";
    check_refused(&signed(changed("TopicArn", foreign)), SENT, 0, |error| {
        matches!(error, SnsError::ForeignTopic(_))
    });
    check_refused(
        &signed(changed("SignatureVersion", "1")),
        SENT,
        0,
        |error| matches!(error, SnsError::Unsigned),
    );
    check_refused(b"{\"Type\":", SENT, 0, |error| {
        matches!(error, SnsError::Malformed(_))
    });
    check_refused(&signed(changed("Message", "\u{200b}")), SENT, 1, |error| {
        matches!(error, SnsError::Empty)
    });
}

#[test]
fn old_and_repeated_messages_are_refused() {
    let quarter = 15 * 60;
    for now in [SENT + quarter + 1, SENT - quarter - 1] {
        check_refused(&signed(notification()), now, 0, |error| {
            matches!(error, SnsError::Stale(_))
        });
    }
    let (sns, _) = sns();
    let body = signed(notification());
    announced(sns.receive(&body, SENT + quarter));
    let again = sns.receive(&body, SENT + quarter);
    assert!(matches!(again, Err(SnsError::Repeated)), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn announcements_reach_present_and_later_clients() {
    let (sns, _) = sns();
    let sns = Arc::new(sns);
    let rig = TestRelay::start_with(|options| options.sns = Some(Arc::clone(&sns))).await;
    let host = rig.host().await;
    let player = rig.join(&host, JoinRole::Player).await;
    let mut early = read_news(&rig, &player).await;

    let now = relay::token::unix_time();
    let mut message = notification();
    message["Timestamp"] = rfc3339(now).into();
    let post = |body: Vec<u8>| {
        let url = format!("{}/sns", rig.server.url());
        tokio::task::spawn_blocking(move || {
            let request = ureq::post(url)
                .config()
                .http_status_as_error(false)
                .build()
                .content_type("text/plain; charset=UTF-8");
            request.send(&body).unwrap().status().as_u16()
        })
    };
    let body = signed(message);
    assert_eq!(post(body.clone()).await.unwrap(), 204);
    let received = early.receive().await.unwrap();
    let heard: Announcement = wire::decode(&received.payload).unwrap();
    assert_eq!(heard.text.as_str(), "Friday at eight");
    assert_eq!(post(body).await.unwrap(), 204, "SNS need not try again");
    assert_eq!(post(b"{}".to_vec()).await.unwrap(), 400);

    let spectator = rig.join(&host, JoinRole::Spectator).await;
    let mut late = read_news(&rig, &spectator).await;
    let kept = late.receive().await.unwrap();
    assert!(kept.retain);
    let kept: Announcement = wire::decode(&kept.payload).unwrap();
    assert_eq!(kept, heard);
    rig.server.shut_down().await;
}

async fn read_news(rig: &TestRelay, ticket: &Ticket) -> Client {
    let login = Login::of(ticket);
    let client = Client::connect(rig, (Version::V5, Over::Tcp), &login).await;
    let mut client = client.unwrap();
    client.subscribe(Topic::News).await;
    client
}

fn rfc3339(unix: u64) -> String {
    let time = time::OffsetDateTime::from_unix_timestamp(unix as i64).unwrap();
    format!(
        "{}T{:02}:{:02}:{:02}.000Z",
        time.date(),
        time.hour(),
        time.minute(),
        time.second()
    )
}
