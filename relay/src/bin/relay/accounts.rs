//! Options of `relay serve` and `relay lambda` for an issuer of ID tokens.

use std::sync::Arc;

use anyhow::Result;
use clap::Args;
use relay::oidc::Issuer;

/// The issuer of ID tokens.
#[derive(Args)]
#[command(next_help_heading = "Accounts")]
pub(crate) struct Accounts {
    /// The issuer of ID tokens, as in their `iss`, such as https://accounts.google.com: only accounts
    /// may open matches then, and all players may join.
    #[arg(
        long,
        value_name = "URL",
        env = "LASTWILL_OIDC_ISSUER",
        requires = "oidc_audience"
    )]
    oidc_issuer: Option<String>,
    /// The audience of the ID tokens: the id under which the client is registered with the issuer.
    #[arg(
        long,
        value_name = "ID",
        env = "LASTWILL_OIDC_AUDIENCE",
        requires = "oidc_issuer"
    )]
    oidc_audience: Option<String>,
    /// Let guests open matches too.
    #[arg(long, env = "LASTWILL_GUESTS_MAY_HOST", requires = "oidc_issuer")]
    pub(crate) guests_may_host: bool,
}

impl Accounts {
    /// The issuer, if there is one.
    pub(crate) fn issuer(&self) -> Result<Option<Arc<Issuer>>> {
        match (&self.oidc_issuer, &self.oidc_audience) {
            (Some(url), Some(audience)) => Ok(Some(Arc::new(Issuer::new(url, audience)?))),
            _ => Ok(None),
        }
    }
}
