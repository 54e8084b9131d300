use std::path::Path;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request};
use protocol::Ticket;
use serde_json::{Value, json};
use tower::ServiceExt;

use relay_testing::router;

struct Lobby(Router);

impl Lobby {
    async fn new() -> Self {
        Self(router::router(Path::new("/nonexistent")).await)
    }

    async fn send(&self, request: Request<Body>) -> (u16, Value) {
        let response = self.0.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let kind = response.headers().get("content-type").cloned();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        if status >= 400 {
            assert_eq!(kind.unwrap(), "application/problem+json");
            let problem: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(problem["status"], status);
            assert!(!problem["detail"].as_str().unwrap().is_empty());
            return (status, problem);
        }
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    async fn call(&self, method: Method, path: &str, token: &str, body: Value) -> (u16, Value) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "play.example:8080")
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {token}"))
            .body(if body.is_null() {
                Body::empty()
            } else {
                Body::from(body.to_string())
            });
        self.send(request.unwrap()).await
    }

    async fn create(&self, max_players: u8) -> Ticket {
        let body = json!({
            "rules": headless::rules(), "name": "Duel", "callsign": "Ada",
            "max_players": max_players, "public": true,
        });
        let (status, ticket) = self.call(Method::POST, "/api/matches", "", body).await;
        assert_eq!(status, 201);
        serde_json::from_value(ticket).unwrap()
    }

    async fn join(&self, code: &str, role: &str) -> (u16, Value) {
        let body = json!({ "rules": headless::rules(), "callsign": "Bob", "role": role });
        self.call(Method::POST, &format!("/api/matches/{code}/join"), "", body)
            .await
    }

    async fn rows(&self) -> Value {
        let (status, rows) = self
            .call(Method::GET, "/api/matches", "", Value::Null)
            .await;
        assert_eq!(status, 200);
        rows
    }
}

fn kind(problem: &Value) -> &str {
    problem["type"]
        .as_str()
        .unwrap()
        .strip_prefix("/problems/")
        .unwrap()
}

#[tokio::test]
async fn a_match_is_created_listed_joined_and_ended() {
    let lobby = Lobby::new().await;
    assert_eq!(lobby.rows().await, json!([]));
    let host = lobby.create(2).await;
    let code = host.code.as_str().to_lowercase();

    let (status, player) = lobby.join(&code, "player").await;
    assert_eq!(status, 200);
    let rows = lobby.rows().await;
    assert_eq!(rows[0]["code"], host.code.as_str());
    assert_eq!(
        (&rows[0]["players"], &rows[0]["max_players"]),
        (&json!(2), &json!(2))
    );

    let (status, problem) = lobby.join(&code, "player").await;
    assert_eq!((status, kind(&problem)), (409, "match-full"));
    assert_eq!(lobby.join(&code, "spectator").await.0, 200);

    let path = format!("/api/matches/{}", host.match_id);
    let token = player["token"].as_str().unwrap();
    let (status, problem) = lobby.call(Method::DELETE, &path, token, Value::Null).await;
    assert_eq!((status, kind(&problem)), (403, "not-the-host"));
    let token = &host.token;
    let (status, _) = lobby.call(Method::DELETE, &path, token, Value::Null).await;
    assert_eq!(status, 204);
    let (status, problem) = lobby.join(&code, "player").await;
    assert_eq!((status, kind(&problem)), (404, "no-such-match"));
    assert_eq!(lobby.rows().await, json!([]));
}

#[tokio::test]
async fn a_ticket_has_the_topics_of_its_role() {
    let lobby = Lobby::new().await;
    let host = lobby.create(4).await;
    let (_, player) = lobby.join(host.code.as_str(), "player").await;
    let player: Ticket = serde_json::from_value(player).unwrap();
    let (_, spectator) = lobby.join(host.code.as_str(), "spectator").await;
    let spectator: Ticket = serde_json::from_value(spectator).unwrap();
    let id = host.match_id;

    assert_eq!(host.mqtt.ws, "ws://play.example:8080/mqtt");
    assert_eq!(host.mqtt.tcp.as_deref(), Some("mqtt://play.example:1883"));
    assert_eq!(host.mqtt.client_id, host.player.to_string());
    assert_eq!(
        host.topics.publish,
        [format!("lw/{id}/0/d"), format!("lw/{id}/0/k")]
    );
    assert_eq!(host.will.unwrap().topic, format!("lw/{id}/0/d"));
    let input = format!("lw/{id}/i/{}", player.player);
    assert_eq!(player.topics.publish, std::slice::from_ref(&input));
    assert_eq!(player.will.unwrap().topic, input);
    assert!(player.topics.subscribe.contains(&format!("lw/{id}/0/d")));
    assert!(spectator.topics.publish.is_empty() && spectator.will.is_none());
}

#[tokio::test]
async fn a_renewed_ticket_has_the_same_role() {
    let lobby = Lobby::new().await;
    let host = lobby.create(4).await;
    let (_, player) = lobby.join(host.code.as_str(), "player").await;
    let player: Ticket = serde_json::from_value(player).unwrap();
    for ticket in [&host, &player] {
        let path = format!("/api/matches/{}/renew", ticket.match_id);
        let token = &ticket.token;
        let (status, fresh) = lobby
            .call(
                Method::POST,
                &path,
                token,
                json!({ "rules": headless::rules() }),
            )
            .await;
        assert_eq!(status, 200);
        let fresh: Ticket = serde_json::from_value(fresh).unwrap();
        assert_eq!(
            (fresh.player, fresh.role, fresh.epoch),
            (ticket.player, ticket.role, ticket.epoch)
        );
        assert!(fresh.expires_at >= ticket.expires_at);
    }
    let other = lobby.create(4).await;
    let path = format!("/api/matches/{}/renew", other.match_id);
    let (status, problem) = lobby
        .call(
            Method::POST,
            &path,
            &player.token,
            json!({ "rules": headless::rules() }),
        )
        .await;
    assert_eq!((status, kind(&problem)), (403, "another-match"));
}

#[tokio::test]
async fn only_the_host_sends_heartbeats() {
    let lobby = Lobby::new().await;
    let host = lobby.create(4).await;
    let (_, player) = lobby.join(host.code.as_str(), "player").await;
    let path = format!("/api/matches/{}/heartbeat", host.match_id);
    let beat = json!({ "players": [player["player"]], "tick": 60 });
    let (status, _) = lobby
        .call(Method::POST, &path, &host.token, beat.clone())
        .await;
    assert_eq!(status, 204);
    let token = player["token"].as_str().unwrap();
    let (status, problem) = lobby.call(Method::POST, &path, token, beat).await;
    assert_eq!((status, kind(&problem)), (403, "not-the-host"));
}

#[tokio::test]
async fn a_visitor_gets_a_ticket_to_read_the_lobby() {
    let (status, ticket) = Lobby::new()
        .await
        .call(Method::POST, "/api/lobby", "", Value::Null)
        .await;
    assert_eq!(status, 200);
    assert_eq!(ticket["topics"]["publish"], json!([]));
    assert!(
        ticket["topics"]["subscribe"]
            .as_array()
            .unwrap()
            .contains(&json!("lw/lobby"))
    );
}

#[tokio::test]
async fn every_error_is_a_problem_document() {
    let lobby = Lobby::new().await;
    let host = lobby.create(4).await;
    let check =
        async |method: Method, path: &str, token: &str, body: Value, expected: (u16, &str)| {
            let (status, problem) = lobby.call(method, path, token, body).await;
            assert_eq!((status, kind(&problem)), expected, "{path}");
        };
    let post = Method::POST;
    let rules = headless::rules();
    let joined = json!({ "rules": rules, "callsign": "Bob", "role": "player" });
    let renewed = json!({ "rules": rules });
    let made = json!({ "rules": rules, "name": "Duel", "max_players": 65, "public": true });
    let renew = format!("/api/matches/{}/renew", host.match_id);
    let join = format!("/api/matches/{}/join", host.code);

    check(
        post.clone(),
        "/api/matches",
        "",
        made,
        (422, "invalid-match"),
    )
    .await;
    check(
        post.clone(),
        "/api/matches",
        "",
        json!({}),
        (400, "invalid-body"),
    )
    .await;
    check(
        post.clone(),
        "/api/matches/BCDFG/join",
        "",
        joined.clone(),
        (404, "no-such-match"),
    )
    .await;
    check(
        post.clone(),
        "/api/matches/nonsense/join",
        "",
        joined,
        (404, "invalid-id"),
    )
    .await;
    check(
        post.clone(),
        &join,
        "",
        json!({ "rules": rules, "callsign": "no/slash", "role": "player" }),
        (400, "invalid-body"),
    )
    .await;
    check(
        post.clone(),
        &join,
        "",
        json!({ "rules": rules, "callsign": "Eve", "role": "host" }),
        (400, "invalid-body"),
    )
    .await;
    check(
        post.clone(),
        &renew,
        "",
        renewed.clone(),
        (401, "invalid-token"),
    )
    .await;
    check(
        post.clone(),
        &renew,
        "a.b.c",
        renewed.clone(),
        (401, "invalid-token"),
    )
    .await;
    check(
        Method::GET,
        "/api/nothing",
        "",
        Value::Null,
        (404, "no-such-route"),
    )
    .await;
    check(
        Method::PUT,
        "/api/matches",
        "",
        Value::Null,
        (405, "wrong-method"),
    )
    .await;
    let long = json!({ "callsign": "Bob", "role": "player", "more": "x".repeat(20_000) });
    check(post, &join, "", long, (413, "body-too-long")).await;

    let bare = |path: &str, body: &'static str, kind: &'static str| {
        Request::post(path.to_owned())
            .header("host", "localhost")
            .header("content-type", kind)
            .body(Body::from(body))
            .unwrap()
    };
    let (status, problem) = lobby.send(bare(&join, "{", "application/json")).await;
    assert_eq!((status, kind(&problem)), (400, "invalid-body"));
    let (status, problem) = lobby.send(bare(&join, "{}", "text/plain")).await;
    assert_eq!((status, kind(&problem)), (415, "not-json"));
    let (status, problem) = lobby.send(bare(&renew, "", "application/json")).await;
    assert_eq!((status, kind(&problem)), (401, "no-token"));
}
