use std::net::SocketAddr;
use std::path::Path;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use netcode::wire;
use protocol::Announcement;
use protocol::{Ticket, Topic};
use relay::api::{Guard, Limits};
use serde_json::{Value, json};
use tower::ServiceExt;

use relay_testing::mqtt::{Client, Login, WAYS};
use relay_testing::router::guarded;
use relay_testing::server::TestRelay;

struct Relay(Router);

/// A request as the HTTP server passes it on.
fn request(method: Method, path: &str, from: &str, headers: &[(&str, &str)]) -> Request<Body> {
    let peer = SocketAddr::new(from.parse().unwrap(), 50_000);
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "play.example")
        .header("content-type", "application/json")
        .extension(peer);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::empty()).unwrap()
}

impl Relay {
    async fn new(guard: Guard) -> Self {
        Self(guarded(Path::new("/nonexistent"), guard).await)
    }

    async fn limited() -> Self {
        Self::new(Guard {
            limits: Some(Limits::default()),
            ..Guard::default()
        })
        .await
    }

    async fn send(&self, request: Request<Body>) -> (StatusCode, HeaderMap, Value) {
        let answer = self.0.clone().oneshot(request).await.unwrap();
        let (parts, body) = answer.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        let body = serde_json::from_slice(&body).unwrap_or_default();
        (parts.status, parts.headers, body)
    }

    async fn post(
        &self,
        path: &str,
        from: &str,
        headers: &[(&str, &str)],
        body: Value,
    ) -> (StatusCode, HeaderMap, Value) {
        let request = request(Method::POST, path, from, headers);
        self.send(request.map(|_| Body::from(body.to_string())))
            .await
    }

    async fn create(&self, from: &str) -> (StatusCode, HeaderMap, Value) {
        let wish =
            json!({ "rules": headless::rules(), "name": "Duel", "max_players": 2, "public": true });
        self.post("/api/matches", from, &[], wish).await
    }

    /// Tries a code that no match has.
    async fn guess(&self, from: &str, headers: &[(&str, &str)]) -> StatusCode {
        let wish = json!({ "rules": headless::rules(), "callsign": "Eve", "role": "spectator" });
        let path = "/api/matches/BCDFG/join";
        self.post(path, from, headers, wish).await.0
    }
}

/// Checks that an answer says for how long to wait.
fn check_refusal((status, headers, problem): &(StatusCode, HeaderMap, Value), longest: u64) {
    assert_eq!(*status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(headers["content-type"], "application/problem+json");
    assert_eq!(problem["type"], "/problems/too-often");
    let wait: u64 = headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=longest).contains(&wait), "{wait} s");
    assert!(
        problem["detail"]
            .as_str()
            .unwrap()
            .contains(&format!("{wait} s"))
    );
}

#[tokio::test]
async fn new_matches_of_one_address_are_limited() {
    let relay = Relay::limited().await;
    let mut opened = 0;
    let refused = loop {
        let answer = relay.create("192.0.2.1").await;
        if answer.0 != StatusCode::CREATED {
            break answer;
        }
        opened += 1;
        assert!(opened < 100);
    };
    assert!(opened >= 10);
    check_refusal(&refused, 30);
    assert_eq!(relay.create("192.0.2.2").await.0, StatusCode::CREATED);
}

#[tokio::test]
async fn joins_of_one_address_are_limited_but_a_whole_match_can_join() {
    let relay = Relay::limited().await;
    let mut tried = 0;
    while relay.guess("2001:db8::1", &[]).await == StatusCode::NOT_FOUND {
        tried += 1;
        assert!(tried < 200);
    }
    assert!(tried >= 32);
    let neighbour = relay.guess("2001:db8::2", &[]).await;
    assert_eq!(neighbour, StatusCode::TOO_MANY_REQUESTS, "the same network");
    let other = relay.guess("2001:db8:1::1", &[]).await;
    assert_eq!(other, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn calls_of_one_address_and_of_one_player_are_limited() {
    let relay = Relay::limited().await;
    let list = || request(Method::GET, "/api/matches", "192.0.2.1", &[]);
    let mut listed = 0;
    let refused = loop {
        let answer = relay.send(list()).await;
        if answer.0 != StatusCode::OK {
            break answer;
        }
        listed += 1;
        assert!(listed < 5_000);
    };
    assert!(listed >= 100);
    check_refusal(&refused, 1);

    let (_, _, ticket) = relay.create("192.0.2.2").await;
    let ticket: Ticket = serde_json::from_value(ticket).unwrap();
    let path = format!("/api/matches/{}/renew", ticket.match_id);
    let bearer = format!("Bearer {}", ticket.token);
    let mut renewed = 0;
    let refused = loop {
        let from = format!("198.51.100.{renewed}");
        let bearer = [("authorization", bearer.as_str())];
        let answer = relay
            .post(&path, &from, &bearer, json!({ "rules": headless::rules() }))
            .await;
        if answer.0 != StatusCode::OK {
            break answer;
        }
        renewed += 1;
    };
    assert!(renewed >= 20);
    check_refusal(&refused, 1);
}

#[tokio::test]
async fn forwarded_addresses_are_used_only_behind_a_proxy() {
    for (behind_proxy, expected) in [
        (true, StatusCode::NOT_FOUND),
        (false, StatusCode::TOO_MANY_REQUESTS),
    ] {
        let relay = Relay::new(Guard {
            limits: Some(Limits::default()),
            behind_proxy,
            ..Guard::default()
        })
        .await;
        for client in 0..200 {
            let client = format!("203.0.113.{client}");
            let named = [("x-forwarded-for", client.as_str())];
            relay.guess("192.0.2.1", &named).await;
        }
        let named = [("x-forwarded-for", "203.0.113.200")];
        assert_eq!(relay.guess("192.0.2.1", &named).await, expected);
    }
}

#[tokio::test]
async fn only_pages_of_allowed_origins_may_call_the_api() {
    let relay = Relay::new(Guard {
        origins: vec!["https://play.example".parse().unwrap()],
        ..Guard::default()
    })
    .await;
    for (origin, allowed) in [
        ("https://play.example", Some("https://play.example")),
        ("https://evil.example", None),
        ("null", None),
    ] {
        let preflight = [
            ("origin", origin),
            ("access-control-request-method", "POST"),
            (
                "access-control-request-headers",
                "authorization,content-type",
            ),
        ];
        for (method, headers) in [
            (Method::OPTIONS, &preflight[..]),
            (Method::GET, &preflight[..1]),
        ] {
            let request = request(method, "/api/matches", "192.0.2.1", headers);
            let (status, headers, _) = relay.send(request).await;
            assert_eq!(status, StatusCode::OK);
            let found = headers.get("access-control-allow-origin");
            assert_eq!(found.map(|it| it.to_str().unwrap()), allowed, "{origin}");
        }
    }
}

#[tokio::test]
async fn every_response_has_the_security_headers() {
    let relay = Relay::new(Guard::default()).await;
    for path in ["/", "/api/matches", "/api/nothing", "/metrics", "/mqtt"] {
        let (_, headers, _) = relay
            .send(request(Method::GET, path, "192.0.2.1", &[]))
            .await;
        let policy = headers["content-security-policy"].to_str().unwrap();
        // What the page lives on: its own script, WebAssembly, and brokers anywhere.
        for needed in [
            "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'",
            "ws: wss:",
        ] {
            assert!(policy.contains(needed), "{policy}");
        }
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["x-frame-options"], "DENY", "{path}");
        assert_eq!(headers["referrer-policy"], "no-referrer", "{path}");
        assert_eq!(headers["cross-origin-opener-policy"], "same-origin");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_operator_ends_any_match_and_announces() {
    const TOKEN: &str = "correct horse battery";
    let rig = TestRelay::start_with(|options| options.operator_token = Some(TOKEN.into())).await;
    let host = rig.host().await;
    let spectator = rig.spectator(&host).await;
    let mut client = Client::connect(&rig, WAYS[1], &Login::of(&spectator))
        .await
        .ok()
        .unwrap();
    client.subscribe(Topic::News).await;

    let url = rig.server.url();
    let call = async |method: &str, path: String, token: String, body: &'static str| {
        let request = Request::builder()
            .method(method)
            .uri(format!("{url}{path}"))
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {token}"))
            .body(body)
            .unwrap();
        let answer = tokio::task::spawn_blocking(move || {
            let agent = ureq::Agent::new_with_config(
                ureq::Agent::config_builder()
                    .http_status_as_error(false)
                    .allow_non_standard_methods(true)
                    .build(),
            );
            agent.run(request).unwrap().status().as_u16()
        });
        answer.await.unwrap()
    };
    let news = || "/api/operator/announcements".to_owned();
    let it = format!("/api/operator/matches/{}", host.match_id);
    let body = r#"{ "headline": "Tonight", "text": "The relay moves at nine" }"#;
    for token in ["guess", &host.token] {
        assert_eq!(call("POST", news(), token.into(), body).await, 403);
        assert_eq!(call("DELETE", it.clone(), token.into(), "").await, 403);
    }
    assert_eq!(call("POST", news(), TOKEN.into(), "{}").await, 400);
    assert_eq!(call("POST", news(), TOKEN.into(), body).await, 204);
    let told = client.receive().await.unwrap();
    let told: Announcement = wire::decode(&told.payload).unwrap();
    assert_eq!(told.text.as_str(), "The relay moves at nine");

    assert_eq!(call("DELETE", it.clone(), TOKEN.into(), "").await, 204);
    assert_eq!(call("DELETE", it, TOKEN.into(), "").await, 404);
    client.closed().await;
    rig.server.shut_down().await;
}

#[tokio::test]
async fn the_operator_api_is_off_without_a_token() {
    let relay = Relay::new(Guard::default()).await;
    for token in ["", "guess"] {
        let bearer = format!("Bearer {token}");
        let bearer = [("authorization", bearer.as_str())];
        let path = "/api/operator/announcements";
        let body = json!({ "headline": "Hello", "text": "everybody" });
        let (status, _, _) = relay.post(path, "192.0.2.1", &bearer, body).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
}
