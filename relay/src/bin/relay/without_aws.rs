//! The interface of `aws.rs` in a build without the feature `aws`: everything fails with a message.

use std::sync::Arc;

use anyhow::{Result, bail};
use clap::Args;
use relay::broker::Broker;
use relay::persistence::Persistence;

const MESSAGE: &str =
    "this relay is built without AWS: build it with the feature `aws`, which is on by default";

/// Options of `relay serve` for matches on AWS: none.
#[derive(Args)]
pub(crate) struct Options {}

impl Options {
    /// Fails.
    pub(crate) async fn connect(self) -> Result<(Arc<dyn Broker>, String)> {
        bail!(MESSAGE)
    }
}

/// Fails.
pub(crate) async fn open_table(_table: &str) -> Result<Persistence> {
    bail!(MESSAGE)
}

/// Does nothing: SNS topics can still be subscribed by hand.
pub(crate) async fn subscribe(_topics: &[String], _public_url: &str) {}

/// Options of `relay lambda`: none.
#[derive(Args)]
pub(crate) struct Lambda {}

impl Lambda {
    /// Fails.
    pub(crate) async fn run(self) -> Result<()> {
        bail!(MESSAGE)
    }
}
