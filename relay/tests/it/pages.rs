use std::path::Path;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response};
use relay_testing::router::router;
use tower::ServiceExt;

async fn get(router: &Router, path: &str, accept: &str) -> (Response<()>, Vec<u8>) {
    let request = Request::get(path)
        .header("accept-encoding", accept)
        .body(Body::empty());
    let response = router.clone().oneshot(request.unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    (Response::from_parts(parts, ()), body.to_vec())
}

const WASM: &str = "game-0123456789abcdef.wasm";

fn built() -> tempfile::TempDir {
    let web = tempfile::tempdir().unwrap();
    for (name, content) in [
        ("index.html", "page"),
        (WASM, "wasm"),
        (&format!("{WASM}.br"), "brotli"),
        (&format!("{WASM}.gz"), "gzip"),
    ] {
        std::fs::write(web.path().join(name), content).unwrap();
    }
    web
}

#[tokio::test]
async fn the_best_accepted_encoding_is_served() {
    let web = built();
    let router = router(web.path()).await;
    for (accept, encoding, body) in [
        ("gzip, deflate, br", Some("br"), "brotli"),
        ("gzip", Some("gzip"), "gzip"),
        ("identity", None, "wasm"),
    ] {
        let (response, bytes) = get(&router, &format!("/{WASM}"), accept).await;
        let headers = response.headers();
        assert_eq!(response.status(), 200);
        assert_eq!(
            headers
                .get("content-encoding")
                .map(|value| value.to_str().unwrap()),
            encoding
        );
        assert_eq!(headers["content-type"], "application/wasm");
        assert_eq!(bytes, body.as_bytes());
    }
}

#[tokio::test]
async fn hashed_files_are_cached_for_ever_and_the_page_never() {
    let web = built();
    let router = router(web.path()).await;
    let (page, body) = get(&router, "/", "identity").await;
    assert_eq!(
        (page.status().as_u16(), body.as_slice()),
        (200, &b"page"[..])
    );
    assert_eq!(page.headers()["cache-control"], "no-cache");
    assert_eq!(page.headers()["content-type"], "text/html");
    assert_eq!(page.headers()["x-content-type-options"], "nosniff");
    let (wasm, _) = get(&router, &format!("/{WASM}"), "br").await;
    assert_eq!(
        wasm.headers()["cache-control"],
        "public, max-age=31536000, immutable"
    );
}

#[tokio::test]
async fn missing_files_and_routes_are_problem_documents() {
    let web = built();
    let (missing, body) = get(&router(web.path()).await, "/nothing.js", "br").await;
    assert_eq!(missing.status(), 404);
    assert_eq!(
        missing.headers()["content-type"],
        "application/problem+json"
    );
    assert_eq!(missing.headers()["cache-control"], "no-cache");
    assert!(String::from_utf8(body).unwrap().contains("no-such-page"));

    let (outside, _) = get(&router(web.path()).await, "/..%2f..%2fetc/passwd", "br").await;
    assert_eq!(outside.status(), 404);

    let (unbuilt, body) = get(&router(Path::new("/nonexistent")).await, "/", "br").await;
    assert_eq!(unbuilt.status(), 404);
    assert!(String::from_utf8(body).unwrap().contains("cargo xtask web"));
}

#[tokio::test]
async fn health_and_metrics_are_text() {
    let web = built();
    let router = router(web.path()).await;
    let (health, _) = get(&router, "/healthz", "br").await;
    assert_eq!(health.status(), 200);
    let (metrics, body) = get(&router, "/metrics", "br").await;
    assert_eq!(metrics.status(), 200);
    let text = String::from_utf8(body).unwrap();
    assert!(text.contains("lastwill_matches 0"), "{text}");
}

#[tokio::test]
async fn the_web_socket_address_explains_itself() {
    let web = built();
    let request = Request::get("/mqtt")
        .extension(std::net::SocketAddr::from(([127, 0, 0, 1], 1)))
        .body(Body::empty())
        .unwrap();
    let response = router(web.path()).await.oneshot(request).await.unwrap();
    assert_eq!(response.status(), 426);
    assert_eq!(response.headers()["upgrade"], "websocket");
}
