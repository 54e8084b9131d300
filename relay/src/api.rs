//! The relay's HTTP service: the lobby API, health and metrics, the WebSocket upgrade and, for all
//! other paths, the browser client's files.
//!
//! Every error is an RFC 9457 problem document that says what to do.
//!
//! Non-goals: rules, which are the lobby's and the broker's.

mod extract;
mod headers;
mod limits;
mod metrics;
mod operator;
mod pages;
mod problem;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::{HeaderMap, Response, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::routing::{any, delete, get, post};
use axum::{Extension, Json, Router};
use protocol::{
    Claim, Code, CreateMatch, Heartbeat, Identity, JoinMatch, LobbyTicket, MatchId, OpenMatch,
    RenewTicket, Ticket,
};
use serde::Serialize;
use tower_http::timeout::TimeoutLayer;

use crate::broker::embedded::{self, Embedded};
use crate::identity::Identities;
use crate::lobby::Lobby;
use crate::metrics::Metrics;
use crate::sns::{Received, Sns, SnsError};
use crate::token::{Jwk, Signer, unix_time};
use extract::{Bearer, Body as JsonBody, BrokerAddresses, Caller, ClientAddress};
use problem::ApiError;

pub(crate) use problem::problem;

pub(crate) use extract::ListenerKind;
pub use limits::{Guard, Limits};
pub use operator::OperatorToken;

/// The longest request body, in bytes.
const MAX_BODY: usize = 16 * 1024;

/// How long a request may take, its body included.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The state of the routes.
pub struct Api {
    /// The lobby.
    pub lobby: Lobby,
    /// The embedded broker, if the matches run on it.
    pub embedded: Option<Embedded>,
    /// Verifies tickets' tokens.
    pub signer: Arc<Signer>,
    /// Issues and verifies identities.
    pub identities: Arc<Identities>,
    /// The embedded broker's port of MQTT over TCP.
    pub mqtt_port: u16,
    /// The base URL of the relay for clients, such as `https://play.example`; taken from each
    /// request's `Host` if absent.
    pub public_url: Option<String>,
    /// The browser client's files, if they are served here.
    pub web: Option<PathBuf>,
    /// Verifies announcements from Amazon SNS.
    pub sns: Option<Arc<Sns>>,
    /// The allowed origins and rate limits of the lobby API.
    pub guard: Guard,
    /// The relay's metrics, in which requests are measured.
    pub metrics: Metrics,
    /// The operator's token; the operator API is off without one.
    pub operator: Option<OperatorToken>,
}

/// A JSON Web Key Set (RFC 7517).
#[derive(Serialize)]
struct Keys {
    keys: [Jwk; 1],
}

/// The whole HTTP service. Requests must carry their peer's [`SocketAddr`] as an extension: without
/// it `/mqtt` fails, and no rate is limited.
pub fn router(api: Api) -> Router {
    let pages = api.web.as_deref().map(pages::Pages::new);
    let cors = headers::cors(&api.guard);
    let api = Arc::new(api);
    let calls = Router::new()
        .route("/api/identity", post(identify))
        .route("/api/lobby", post(visit))
        .route("/api/matches", get(list).post(create))
        .route("/api/matches/{match}", delete(end))
        .route("/api/matches/{match}/join", post(join))
        .route("/api/matches/{match}/renew", post(renew))
        .route("/api/matches/{match}/claim", post(claim))
        .route("/api/matches/{match}/heartbeat", post(heartbeat))
        .route("/api/operator/matches/{match}", delete(operator::end))
        .route("/api/operator/announcements", post(operator::announce))
        .route(
            "/sns",
            post(sns).layer(DefaultBodyLimit::max(crate::sns::MAX_BODY)),
        )
        .route("/api/{*path}", any(|| async { ApiError::NoSuchRoute }))
        .method_not_allowed_fallback(|| async { ApiError::Method })
        .layer(from_fn_with_state(Arc::clone(&api), limit))
        .layer(cors)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            TIMEOUT,
        ));
    let router = Router::new()
        .merge(calls)
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/metrics", get(metrics::page))
        .route("/mqtt", any(mqtt))
        .route("/.well-known/jwks.json", get(keys))
        .with_state(Arc::clone(&api));
    let router = match pages {
        Some(pages) => router.fallback_service(pages.service()),
        None => router.fallback(|| async { ApiError::NoSuchRoute }),
    };
    headers::secure(router.layer(from_fn_with_state(api, metrics::measure)))
}

/// Refuses clients that send too many requests.
async fn limit(
    State(api): State<Arc<Api>>,
    ClientAddress(block): ClientAddress,
    request: Request,
    next: Next,
) -> Result<Response<Body>, ApiError> {
    api.guard.call(block)?;
    Ok(next.run(request).await)
}

async fn identify(
    State(api): State<Arc<Api>>,
    headers: HeaderMap,
) -> Result<Json<Identity>, ApiError> {
    let token = extract::optional_bearer(&headers)?.map(str::to_owned);
    // Blocks while it fetches an issuer's keys.
    let issued =
        tokio::task::spawn_blocking(move || api.identities.issue(token.as_deref(), unix_time()));
    let identity = issued
        .await
        .map_err(|error| ApiError::Internal(error.to_string()))??;
    Ok(Json(identity))
}

async fn visit(
    State(api): State<Arc<Api>>,
    BrokerAddresses(at): BrokerAddresses,
) -> Result<Json<LobbyTicket>, ApiError> {
    Ok(Json(api.lobby.visit(&at).await?))
}

async fn list(State(api): State<Arc<Api>>) -> Result<Json<Vec<OpenMatch>>, ApiError> {
    Ok(Json(api.lobby.open_matches().await?))
}

async fn create(
    State(api): State<Arc<Api>>,
    ClientAddress(block): ClientAddress,
    Caller(caller): Caller,
    BrokerAddresses(at): BrokerAddresses,
    JsonBody(request): JsonBody<CreateMatch>,
) -> Result<(StatusCode, Json<Ticket>), ApiError> {
    api.guard.creation(block)?;
    if !api.identities.may_host(caller.as_ref()) {
        return Err(match caller {
            Some(_) => ApiError::MayNotHost,
            None => ApiError::SignIn,
        });
    }
    let caller = caller.map(|known| known.player);
    let ticket = api.lobby.create(&request, caller, &at).await?;
    Ok((StatusCode::CREATED, Json(ticket)))
}

async fn join(
    State(api): State<Arc<Api>>,
    Path(code): Path<String>,
    ClientAddress(block): ClientAddress,
    Caller(caller): Caller,
    BrokerAddresses(at): BrokerAddresses,
    JsonBody(request): JsonBody<JoinMatch>,
) -> Result<Json<Ticket>, ApiError> {
    api.guard.join(block)?;
    let code: Code = code.parse()?;
    let caller = caller.map(|known| known.player);
    Ok(Json(api.lobby.join(code, &request, caller, &at).await?))
}

async fn renew(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    Bearer(claims): Bearer,
    BrokerAddresses(at): BrokerAddresses,
    JsonBody(request): JsonBody<RenewTicket>,
) -> Result<Json<Ticket>, ApiError> {
    let id: MatchId = id.parse()?;
    Ok(Json(
        api.lobby.renew(id, &claims, request.rules, &at).await?,
    ))
}

async fn claim(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    Bearer(claims): Bearer,
    BrokerAddresses(at): BrokerAddresses,
    JsonBody(claim): JsonBody<Claim>,
) -> Result<Json<Ticket>, ApiError> {
    let id: MatchId = id.parse()?;
    Ok(Json(api.lobby.claim(id, &claims, &claim, &at).await?))
}

async fn heartbeat(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    Bearer(claims): Bearer,
    JsonBody(beat): JsonBody<Heartbeat>,
) -> Result<StatusCode, ApiError> {
    let id: MatchId = id.parse()?;
    api.lobby.heartbeat(id, &claims, &beat).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn end(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    Bearer(claims): Bearer,
) -> Result<StatusCode, ApiError> {
    let id: MatchId = id.parse()?;
    api.lobby.end(id, &claims).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn sns(State(api): State<Arc<Api>>, body: Bytes) -> Result<StatusCode, ApiError> {
    let sns = api.sns.clone().ok_or(ApiError::NoSuchRoute)?;
    // Blocks while it fetches a certificate.
    let received = tokio::task::spawn_blocking(move || sns.receive(&body, unix_time()));
    match received
        .await
        .map_err(|error| ApiError::Internal(error.to_string()))?
    {
        Ok(Received::Announce(player, announcement)) => api.lobby.announce(player, &announcement),
        Ok(Received::Confirmed) => tracing::info!("the subscription to the topic is confirmed"),
        Ok(Received::Ended) => tracing::warn!("the subscription to the topic has ended"),
        // SNS would repeat a message that is refused.
        Err(SnsError::Repeated) => {}
        Err(error) => {
            tracing::warn!("a message to /sns is refused: {error}");
            return Err(error.into());
        }
    }
    Ok(StatusCode::NO_CONTENT)
}

/// The public key by which an external broker verifies tokens.
async fn keys(State(api): State<Arc<Api>>) -> Result<Json<Keys>, ApiError> {
    let key = api.signer.public_key().ok_or(ApiError::NoSuchRoute)?;
    Ok(Json(Keys {
        keys: [key.clone()],
    }))
}

async fn mqtt(
    State(api): State<Arc<Api>>,
    Extension(peer): Extension<SocketAddr>,
    request: Request,
) -> Result<Response<Body>, ApiError> {
    let embedded = api.embedded.as_ref().ok_or(ApiError::NoBroker)?;
    Ok(embedded::upgrade(embedded, peer, request)?)
}
