//! The commands and options that need AWS.
//!
//! `without_aws.rs` has the same interface for builds without the feature `aws`.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use axum::http::HeaderValue;
use clap::Args;
use relay::aws::broker::{Endpoint, Role};
use relay::aws::{IotCore, lambda, loader, store, subscription};
use relay::broker::Broker;
use relay::persistence::Persistence;

use crate::accounts::Accounts;
use crate::announcements;

/// Options of `relay serve` for matches on AWS.
#[derive(Args)]
#[command(next_help_heading = "AWS")]
pub(crate) struct Options {
    /// The role whose rights, narrowed for each ticket, clients get.
    #[arg(
        long,
        value_name = "ARN",
        env = "LASTWILL_AWS_ROLE",
        required_if_eq("broker", "aws")
    )]
    aws_role: Option<Role>,
    /// The account's IoT data endpoint, if it is not to be looked up.
    #[arg(long, value_name = "HOST", env = "LASTWILL_AWS_ENDPOINT")]
    aws_endpoint: Option<Endpoint>,
}

impl Options {
    /// Connects to AWS IoT Core; also returns the address for clients.
    pub(crate) async fn connect(self) -> Result<(Arc<dyn Broker>, String)> {
        let role = self.aws_role.context("name a role with --aws-role")?;
        let config = loader().load().await;
        let broker = IotCore::connect(&config, role, self.aws_endpoint).await?;
        let address = broker.endpoint().to_string();
        Ok((Arc::new(broker), address))
    }
}

/// Opens the table of this name.
pub(crate) async fn open_table(table: &str) -> Result<Persistence> {
    Ok(store::persistence(&loader().load().await, table).await?)
}

/// Subscribes the relay to these SNS topics. A failure is logged and no more, because play goes on
/// without announcements.
pub(crate) async fn subscribe(topics: &[String], public_url: &str) {
    if topics.is_empty() {
        return;
    }
    let config = loader().load().await;
    for topic in topics {
        if let Err(error) = subscription::subscribe(&config, topic, public_url).await {
            tracing::error!("{error}; or subscribe {public_url}/sns to it by hand");
        }
    }
}

/// Options of `relay lambda`, which come from the function's environment.
#[derive(Args)]
pub(crate) struct Lambda {
    /// The table of Amazon DynamoDB for matches and the signing key.
    #[arg(long, value_name = "NAME", env = "LASTWILL_TABLE")]
    table: String,
    /// The role whose rights, narrowed for each ticket, clients get.
    #[arg(long, value_name = "ARN", env = "LASTWILL_AWS_ROLE")]
    aws_role: Role,
    /// The account's IoT data endpoint, if it is not to be looked up.
    #[arg(long, value_name = "HOST", env = "LASTWILL_AWS_ENDPOINT")]
    aws_endpoint: Option<Endpoint>,
    /// The secret that a trusted proxy sends as x-lastwill-proxy; its X-Forwarded-For is believed.
    #[arg(
        long,
        value_name = "KEY",
        env = "LASTWILL_PROXY_KEY",
        hide_env_values = true
    )]
    proxy_key: Option<HeaderValue>,
    /// A topic of Amazon SNS whose messages, sent to /sns, are announced to all clients.
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
            sns: announcements(self.sns_topic),
            origins: self.allow_origin,
            issuer: self.accounts.issuer()?,
            guests_may_host: self.accounts.guests_may_host,
        })
        .await?;
        Ok(())
    }
}
