use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use protocol::{JoinRole, Topic};
use relay::sns::{FetchError, Sns};
use relay_testing::mqtt::{Client, Login, WAYS};
use relay_testing::router::router;
use relay_testing::server::TestRelay;
use serde_json::Value;
use tower::ServiceExt;

const DASHBOARD: &str = include_str!("../../deploy/grafana.json");

/// The metrics page of a running relay.
async fn page(relay: &TestRelay) -> String {
    let url = format!("{}/metrics", relay.server.url());
    tokio::task::spawn_blocking(move || ureq::get(&url).call().unwrap().body_mut().read_to_string())
        .await
        .unwrap()
        .unwrap()
}

/// The name of each sample on the page, without its labels.
fn names(page: &str) -> BTreeSet<&str> {
    page.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split(['{', ' ']).next())
        .collect()
}

/// Every word of the text that begins like a metric's name.
fn metrics_in(text: &str) -> impl Iterator<Item = &str> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    text.split(move |letter| !is_part(letter))
        .filter(|word| word.starts_with("lastwill_"))
}

fn strings(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| strings(item, found)),
        Value::Object(items) => items.values().for_each(|item| strings(item, found)),
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_metric_of_the_dashboard_is_exported() {
    let fetch = Box::new(|_: &str| Err(FetchError("offline".into())));
    let sns = Arc::new(Sns::new(vec!["topic".into()], fetch));
    let relay = TestRelay::start_with(|options| options.sns = Some(sns)).await;
    let host = relay.playing_host().await;
    relay.player(&host).await;
    let page = page(&relay).await;
    let exported = names(&page);

    let mut texts = Vec::new();
    strings(&serde_json::from_str(DASHBOARD).unwrap(), &mut texts);
    let shown: BTreeSet<&str> = texts.iter().flat_map(|text| metrics_in(text)).collect();
    assert!(shown.len() >= 10, "{shown:?}");
    for name in &shown {
        assert!(exported.contains(name), "{name} is not exported:\n{page}");
    }
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_counts_matches_players_connections_and_messages() {
    let relay = TestRelay::start().await;
    let host = relay.playing_host().await;
    let player = relay.join(&host, JoinRole::Player).await;
    let mut client = Client::connect(&relay, WAYS[1], &Login::of(&player))
        .await
        .ok()
        .unwrap();
    client
        .publish(
            Topic::Input(host.match_id, player.player),
            b"1234",
            0,
            false,
        )
        .await;
    let page = page(&relay).await;
    for line in [
        "# TYPE lastwill_matches gauge",
        "lastwill_matches 1",
        "lastwill_players 2",
        "lastwill_connections 1",
        "lastwill_messages_total{direction=\"in\"} 1",
        "lastwill_refused_total{packet=\"publish\",reason=\"topic\"} 0",
        "# TYPE lastwill_http_request_duration_seconds histogram",
    ] {
        assert!(
            page.lines().any(|it| it == line),
            "{line} is not in\n{page}"
        );
    }
    for start in [
        "lastwill_http_request_duration_seconds_count{method=\"POST\",route=\"/api/matches/{match}/join\",status=\"200\"} 1",
        "lastwill_store_operation_duration_seconds_count{operation=\"create\"} 1",
        "lastwill_broker_operation_duration_seconds_count{operation=\"access\"} 2",
    ] {
        assert!(page.contains(start), "{start} is not in\n{page}");
    }
    assert!(page.ends_with("# EOF\n"));
    drop(client);
    relay.stop().await;
}

async fn get(router: &Router, path: &str) -> String {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    String::from_utf8_lossy(&body).into_owned()
}

#[tokio::test]
async fn paths_and_methods_that_clients_make_up_are_no_labels() {
    let router = router(Path::new("/nonexistent")).await;
    for path in ["/made-up", "/api/made-up", "/api/matches/MADE-UP/join"] {
        get(&router, path).await;
    }
    let request = Request::builder()
        .method("MADEUP")
        .uri("/")
        .body(Body::empty());
    router.clone().oneshot(request.unwrap()).await.unwrap();
    let page = get(&router, "/metrics").await;
    assert!(page.contains("route=\"other\""), "{page}");
    assert!(!page.to_lowercase().contains("made"), "{page}");
}
