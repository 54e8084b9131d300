use relay::aws::subscription::{SubscribeError, subscribe};

use crate::double::Double;

const TOPIC: &str = "arn:aws:sns:eu-west-1:000000000000:news";

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_subscription_names_the_missing_permission() {
    let double = tokio::task::spawn_blocking(Double::start).await.unwrap();
    let config = double.config().await;
    let error = subscribe(&config, TOPIC, "https://play.example").await;
    assert!(
        matches!(error, Err(SubscribeError::Refused { .. })),
        "{error:?}"
    );
    assert!(error.unwrap_err().to_string().contains("sns:Subscribe"));

    let error = subscribe(&config, "news", "https://play.example").await;
    assert!(
        matches!(error, Err(SubscribeError::NoTopic(_))),
        "{error:?}"
    );
    for address in ["play.example", "ftp://play.example", ""] {
        let error = subscribe(&config, TOPIC, address).await;
        assert!(
            matches!(error, Err(SubscribeError::NoAddress(_))),
            "{error:?}"
        );
    }
    drop(tokio::task::spawn_blocking(move || drop(double)).await);
}
