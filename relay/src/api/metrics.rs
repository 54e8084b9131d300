//! The metrics page, and the measurement of every request.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Api;
use super::problem::ApiError;
use crate::metrics;

/// `GET /metrics`
pub(super) async fn page(State(api): State<Arc<Api>>) -> Result<impl IntoResponse, ApiError> {
    let (matches, players) = api.lobby.census().await?;
    let page = api
        .metrics
        .encode(matches, players)
        .map_err(|error| ApiError::Internal(error.to_string()))?;
    Ok(([(CONTENT_TYPE, metrics::CONTENT_TYPE)], page))
}

/// Records the latency of a request by its route.
pub(super) async fn measure(
    State(api): State<Arc<Api>>,
    route: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let method = known(request.method());
    let response = next.run(request).await;
    // Other paths are files or arbitrary: as labels they would be unbounded.
    let route = route.as_ref().map_or("other", MatchedPath::as_str);
    let status = response.status().as_u16();
    api.metrics
        .record_request(method, route, status, started.elapsed());
    response
}

/// The name of a method, with one name for all methods that no route has.
fn known(method: &Method) -> &'static str {
    [
        (Method::GET, "GET"),
        (Method::POST, "POST"),
        (Method::DELETE, "DELETE"),
        (Method::HEAD, "HEAD"),
        (Method::OPTIONS, "OPTIONS"),
    ]
    .into_iter()
    .find_map(|(served, name)| (served == method).then_some(name))
    .unwrap_or("other")
}
