//! The headers that tell browsers what an answer of the relay may do, and who may ask.

use axum::Router;
use axum::http::Method;
use axum::http::header::{
    AUTHORIZATION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, REFERRER_POLICY,
    RETRY_AFTER, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use tower_http::cors::CorsLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use super::limits::Guard;

/// The page's scripts and style stand in it, its game is WebAssembly and draws its cursor from
/// blobs; the broker may be anywhere, the lobby is here.
const POLICY: &str = "default-src 'self'; \
    script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; \
    style-src 'self' 'unsafe-inline'; \
    img-src 'self' data: blob:; \
    worker-src 'self' blob:; \
    connect-src 'self' ws: wss:; \
    object-src 'none'; \
    base-uri 'none'; \
    form-action 'none'; \
    frame-ancestors 'none'";

/// Adds to every answer what protects the browser that gets it.
pub(super) fn secure(router: Router) -> Router {
    [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
    ]
    .into_iter()
    .fold(router, |router, (name, value)| {
        let value = HeaderValue::from_static(value);
        router.layer(SetResponseHeaderLayer::overriding(name, value))
    })
}

/// Lets pages of the guard's origins call the lobby API; without it browsers let only this relay's own.
pub(super) fn cors(guard: &Guard) -> CorsLayer {
    CorsLayer::new()
        .allow_origin(guard.origins.clone())
        .allow_methods([Method::GET, Method::POST, Method::DELETE])
        .allow_headers([AUTHORIZATION, CONTENT_TYPE])
        .expose_headers([RETRY_AFTER])
}
