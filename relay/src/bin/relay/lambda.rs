//! `relay lambda`: what it is told, by the function's environment.

use anyhow::Result;
use axum::http::HeaderValue;
use clap::Args;
use relay::broker::aws;
use relay::lambda;

use crate::accounts::Accounts;
use crate::announcing;

/// All of it comes from the function's environment.
#[derive(Args)]
pub(crate) struct Lambda {
    /// The table of Amazon DynamoDB that keeps matches and the signing key.
    #[arg(long, value_name = "NAME", env = "LASTWILL_TABLE")]
    table: String,
    /// The role whose rights, narrowed for each ticket, clients get.
    #[arg(long, value_name = "ARN", env = "LASTWILL_AWS_ROLE")]
    aws_role: aws::Role,
    /// The account's IoT data endpoint, if it is not to be looked up.
    #[arg(long, value_name = "HOST", env = "LASTWILL_AWS_ENDPOINT")]
    aws_endpoint: Option<aws::Endpoint>,
    /// What a proxy in front sends as x-lastwill-proxy, so that it is believed whom it calls for.
    #[arg(
        long,
        value_name = "KEY",
        env = "LASTWILL_PROXY_KEY",
        hide_env_values = true
    )]
    proxy_key: Option<HeaderValue>,
    /// A topic of Amazon SNS whose messages, which come to /sns, are announced to all clients.
    #[arg(
        long,
        value_name = "ARN",
        env = "LASTWILL_SNS_TOPIC",
        value_delimiter = ','
    )]
    sns_topic: Vec<String>,
    /// Another page's origin, such as https://play.example, that may call the lobby API.
    #[arg(
        long,
        value_name = "ORIGIN",
        env = "LASTWILL_ALLOW_ORIGIN",
        value_delimiter = ','
    )]
    allow_origin: Vec<HeaderValue>,
    #[command(flatten)]
    accounts: Accounts,
}

impl Lambda {
    /// Answers events until the instance ends.
    pub(crate) async fn run(self) -> Result<()> {
        lambda::run(lambda::Options {
            table: self.table,
            role: self.aws_role,
            endpoint: self.aws_endpoint,
            proxy_key: self.proxy_key,
            sns: announcing(self.sns_topic),
            origins: self.allow_origin,
            issuer: self.accounts.issuer()?,
            guests_may_host: self.accounts.guests_may_host,
        })
        .await?;
        Ok(())
    }
}
