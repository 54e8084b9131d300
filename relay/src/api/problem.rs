//! Errors as RFC 9457 problem documents.

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use protocol::{InvalidId, Problem};

use super::MAX_BODY;
use super::limits::RateLimited;
use crate::broker::embedded::UpgradeError;
use crate::identity::IdentityError;
use crate::lobby::{CallError, Refusal};
use crate::oidc::OidcError;
use crate::sns::SnsError;
use crate::token::TokenError;

/// Why a request is refused.
#[derive(Debug, thiserror::Error)]
pub(super) enum ApiError {
    /// The lobby's rules forbid it.
    #[error(transparent)]
    Lobby(Refusal),
    /// The path holds no id or code.
    #[error(transparent)]
    Id(#[from] InvalidId),
    /// The body is not the JSON that the route expects.
    #[error("{0}")]
    Json(String),
    /// The body is too long.
    #[error("the body is longer than {MAX_BODY} bytes")]
    TooLong,
    /// The body is not declared as JSON.
    #[error("send the body as JSON, with the header content-type: application/json")]
    MediaType,
    /// No bearer token.
    #[error("send the ticket's token as the header authorization: Bearer …")]
    NoToken,
    /// The identity is refused.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// Opening matches requires an account, and the request has no identity.
    #[error(
        "only those who have signed in open matches here: get an identity at /api/identity with an ID token of this relay's issuer"
    )]
    SignIn,
    /// Opening matches requires an account, and the identity is a guest's.
    #[error("only those who have signed in open matches here: join one, or sign in")]
    MayNotHost,
    /// The ticket's token is refused.
    #[error(transparent)]
    Token(TokenError),
    /// The `Host` header is missing or malformed.
    #[error("the request does not say which host it is for: send a valid host header")]
    Host,
    /// No route of that path.
    #[error("the lobby API has no such path: see /api/matches")]
    NoSuchRoute,
    /// No file of that path.
    #[error("there is no such page: open /")]
    NoSuchPage,
    /// The path does not answer this method.
    #[error("this path does not answer that method: see the header allow")]
    Method,
    /// The matches run on another broker.
    #[error("this relay has no broker of its own: connect to the address in the ticket")]
    NoBroker,
    /// The broker gives no credentials. The reason is only logged.
    #[error("the broker of the matches cannot be reached: try again in a moment")]
    NoCredentials,
    /// Not MQTT over WebSocket.
    #[error(transparent)]
    Upgrade(#[from] UpgradeError),
    /// The message to `/sns` is refused.
    #[error(transparent)]
    Sns(#[from] SnsError),
    /// Not the operator's token.
    #[error(
        "only the relay's operator may do that: send the token that the relay was started with"
    )]
    NotTheOperator,
    /// Too many calls.
    #[error(transparent)]
    RateLimited(#[from] RateLimited),
    /// An internal error.
    #[error("the relay failed: {0}")]
    Internal(String),
}

impl From<CallError> for ApiError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Lobby(error) => Self::Lobby(error),
            CallError::Access(error) => {
                tracing::error!("{error}");
                Self::NoCredentials
            }
            CallError::Store(_)
            | CallError::Token(_)
            | CallError::Entropy(_)
            | CallError::CutOff(_) => Self::Internal(error.to_string()),
        }
    }
}

/// The problem with which the lobby API answers a call that fails.
pub(crate) fn problem(error: CallError) -> Problem {
    ApiError::from(error).problem()
}

impl ApiError {
    fn problem(&self) -> Problem {
        let (status, name, title) = self.kind();
        Problem {
            kind: format!("/problems/{name}"),
            title: title.into(),
            status: status.as_u16(),
            detail: self.to_string(),
        }
    }

    /// The kind of problem: its status, its stable name, and the name in words.
    fn kind(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Lobby(error) => match error {
                Refusal::NoSuchMatch => (StatusCode::NOT_FOUND, "no-such-match", "No such match"),
                Refusal::MatchFull => (StatusCode::CONFLICT, "match-full", "Match full"),
                Refusal::RelayFull => (StatusCode::SERVICE_UNAVAILABLE, "relay-full", "Relay full"),
                Refusal::Seats | Refusal::Name => (
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "invalid-match",
                    "Invalid match",
                ),
                Refusal::OtherGame { .. } => (StatusCode::CONFLICT, "other-game", "Other game"),
                Refusal::OtherRules { .. } => (StatusCode::CONFLICT, "other-rules", "Other rules"),
                Refusal::NotTheHost => (StatusCode::FORBIDDEN, "not-the-host", "Not the host"),
                Refusal::AnotherMatch => (
                    StatusCode::FORBIDDEN,
                    "another-match",
                    "Token of another match",
                ),
                Refusal::SeatLost => (StatusCode::CONFLICT, "seat-lost", "Seat lost"),
                Refusal::EpochMoved => (StatusCode::CONFLICT, "epoch-moved", "Epoch moved"),
                Refusal::HostAlive => (StatusCode::CONFLICT, "host-alive", "Host alive"),
                Refusal::AlreadyHost => (StatusCode::CONFLICT, "already-host", "Already host"),
                Refusal::NoSeat => (StatusCode::FORBIDDEN, "no-seat", "No seat"),
                Refusal::NoSuccessor => (StatusCode::CONFLICT, "no-successor", "No successor"),
            },
            Self::Id(_) => (StatusCode::NOT_FOUND, "invalid-id", "Invalid code or id"),
            Self::Json(_) => (StatusCode::BAD_REQUEST, "invalid-body", "Invalid body"),
            Self::TooLong => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "body-too-long",
                "Body too long",
            ),
            Self::MediaType => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "not-json",
                "Body is not JSON",
            ),
            Self::NoToken => (StatusCode::UNAUTHORIZED, "no-token", "No token"),
            Self::Token(TokenError::Expired) => {
                (StatusCode::UNAUTHORIZED, "token-expired", "Token expired")
            }
            Self::Token(TokenError::Invalid(_)) => {
                (StatusCode::UNAUTHORIZED, "invalid-token", "Invalid token")
            }
            Self::Identity(error) => match error {
                IdentityError::Token => (
                    StatusCode::UNAUTHORIZED,
                    "invalid-identity",
                    "Invalid identity",
                ),
                IdentityError::Oidc(OidcError::Unreachable) => (
                    StatusCode::SERVICE_UNAVAILABLE,
                    "issuer-unreachable",
                    "Issuer unreachable",
                ),
                IdentityError::Oidc(_) => (
                    StatusCode::UNAUTHORIZED,
                    "invalid-id-token",
                    "Invalid ID token",
                ),
                IdentityError::Sign(_) | IdentityError::Entropy(_) => (
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "internal",
                    "Internal error",
                ),
            },
            Self::SignIn => (StatusCode::UNAUTHORIZED, "sign-in", "Sign in first"),
            Self::MayNotHost => (StatusCode::FORBIDDEN, "may-not-host", "May not host"),
            Self::Host => (StatusCode::BAD_REQUEST, "invalid-host", "Invalid host"),
            Self::NoSuchRoute => (StatusCode::NOT_FOUND, "no-such-route", "No such route"),
            Self::NoSuchPage => (StatusCode::NOT_FOUND, "no-such-page", "No such page"),
            Self::Method => (
                StatusCode::METHOD_NOT_ALLOWED,
                "wrong-method",
                "Method not allowed",
            ),
            Self::NoBroker => (StatusCode::NOT_FOUND, "no-broker", "No broker"),
            Self::NoCredentials => (
                StatusCode::SERVICE_UNAVAILABLE,
                "no-credentials",
                "No credentials",
            ),
            Self::Upgrade(_) => (StatusCode::UPGRADE_REQUIRED, "not-mqtt", "Not MQTT"),
            Self::Sns(SnsError::Malformed(_) | SnsError::Empty | SnsError::Player(_)) => (
                StatusCode::BAD_REQUEST,
                "invalid-message",
                "Invalid message",
            ),
            Self::Sns(SnsError::Certificate(_) | SnsError::Unconfirmed(_)) => {
                (StatusCode::BAD_GATEWAY, "no-answer", "SNS does not answer")
            }
            Self::Sns(_) => (StatusCode::FORBIDDEN, "message-refused", "Message refused"),
            Self::NotTheOperator => (
                StatusCode::FORBIDDEN,
                "not-the-operator",
                "Not the operator",
            ),
            Self::RateLimited(_) => (
                StatusCode::TOO_MANY_REQUESTS,
                "too-often",
                "Asked too often",
            ),
            Self::Internal(_) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "Internal error",
            ),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, ..) = self.kind();
        if let Self::Internal(detail) = &self {
            tracing::error!("{detail}");
        }
        let problem = self.problem();
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Self::RateLimited(rate_limited) = &self {
            headers.insert(RETRY_AFTER, rate_limited.seconds().into());
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if status == StatusCode::UPGRADE_REQUIRED {
            headers.insert(
                axum::http::header::UPGRADE,
                HeaderValue::from_static("websocket"),
            );
        }
        response
    }
}
