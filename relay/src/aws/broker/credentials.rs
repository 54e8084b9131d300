//! Temporary credentials: a session of the clients' role, restricted to one ticket.

use std::time::SystemTime;

use aws_sdk_sts::config::Credentials;
use protocol::PlayerId;

use super::role::Role;
use crate::aws::sdk::in_words;
use crate::broker::AccessError;
use crate::token;

/// The lifetime of a session: that of its ticket, which is also the limit of role chaining.
const LIFETIME: std::time::Duration = token::LIFETIME;

/// A session of the role.
pub(super) struct Session {
    /// The keys. They never leave the relay.
    pub(super) credentials: Credentials,
    /// When it began, by AWS's clock: signatures of that time are valid even if this machine's clock
    /// is wrong.
    pub(super) issued: SystemTime,
}

/// Assumes the role with the session policy `policy`.
pub(super) async fn assume(
    sts: &aws_sdk_sts::Client,
    role: &Role,
    player: PlayerId,
    policy: String,
) -> Result<Session, AccessError> {
    let answer = sts
        .assume_role()
        .role_arn(role.arn())
        .role_session_name(format!("lastwill-{player}"))
        .duration_seconds(LIFETIME.as_secs() as i32)
        .policy(policy)
        .send()
        .await
        .map_err(|error| AccessError(in_words(&error)))?;
    let keys = answer
        .credentials()
        .ok_or_else(|| AccessError("AWS answers without credentials".into()))?;
    let ends = SystemTime::try_from(*keys.expiration())
        .map_err(|_| AccessError("AWS's credentials end at no time".into()))?;
    Ok(Session {
        credentials: Credentials::new(
            keys.access_key_id(),
            keys.secret_access_key(),
            Some(keys.session_token().to_owned()),
            Some(ends),
            "AssumeRole",
        ),
        issued: ends - LIFETIME,
    })
}
