//! The operator's API: ending any match, and announcements to all clients.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use netcode::Line;
use protocol::{Announcement, MAX_HEADLINE, MAX_NEWS};
use protocol::{MatchId, PlayerId};
use ring::digest::{Digest, SHA256, digest};
use serde::Deserialize;

use super::Api;
use super::extract::{Body, bearer};
use super::problem::ApiError;

/// A digest of the operator's token.
pub struct OperatorToken(Digest);

impl OperatorToken {
    /// The digest of this token.
    #[must_use]
    pub fn new(token: &str) -> Self {
        Self(digest(&SHA256, token.as_bytes()))
    }

    /// Whether `shown` is the token. Digests are compared, so that the time reveals nothing of it.
    fn is(&self, shown: &str) -> bool {
        digest(&SHA256, shown.as_bytes()).as_ref() == self.0.as_ref()
    }
}

/// Extracted from requests with the operator's token.
pub(super) struct Operator;

impl FromRequestParts<Arc<Api>> for Operator {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, ApiError> {
        let token = api.operator.as_ref().ok_or(ApiError::NoSuchRoute)?;
        if token.is(bearer(&parts.headers)?) {
            Ok(Self)
        } else {
            Err(ApiError::NotTheOperator)
        }
    }
}

/// The body of an announcement.
#[derive(Deserialize)]
pub(super) struct Announce {
    headline: Line<MAX_HEADLINE>,
    text: Line<MAX_NEWS>,
    /// The only recipient; all clients if absent.
    player: Option<PlayerId>,
}

/// `POST /api/operator/announcements`
pub(super) async fn announce(
    State(api): State<Arc<Api>>,
    Operator: Operator,
    Body(news): Body<Announce>,
) -> Result<StatusCode, ApiError> {
    let id = getrandom::u64().map_err(|error| ApiError::Internal(error.to_string()))?;
    let announcement = Announcement {
        id,
        headline: news.headline,
        text: news.text,
    };
    api.lobby.announce(news.player, &announcement);
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /api/operator/matches/{id}`
pub(super) async fn end(
    State(api): State<Arc<Api>>,
    Operator: Operator,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let id: MatchId = id.parse()?;
    api.lobby.end_any(id).await?;
    Ok(StatusCode::NO_CONTENT)
}
