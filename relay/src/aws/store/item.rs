//! The items of the table: their attributes, and how they are read.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use protocol::PlayerId;

use crate::store::{MatchRecord, StoreError};
use crate::token::unix_time;

/// The partition key: what an item is.
pub(super) const KIND: &str = "kind";
pub(super) const MATCH: &str = "match";
pub(super) const CODE: &str = "code";
pub(super) const PLAYER: &str = "player";
pub(super) const SECRET: &str = "secret";

/// The sort key: which one of its kind.
pub(super) const ID: &str = "id";

pub(super) const VERSION: &str = "version";
pub(super) const PLAYERS: &str = "players";
pub(super) const BODY: &str = "body";
pub(super) const EXPIRES: &str = "expires";

/// An item by its attributes.
pub(super) type Item = HashMap<String, AttributeValue>;

/// The record of a match's item.
pub(super) fn record(item: &Item) -> Result<MatchRecord, StoreError> {
    let version = item
        .get(VERSION)
        .and_then(|it| it.as_n().ok()?.parse().ok());
    let body = item.get(BODY).and_then(|it| it.as_b().ok());
    Ok(MatchRecord {
        players: players(item)?,
        id: parsed(item, ID)?,
        code: parsed(item, CODE)?,
        version: version.ok_or_else(|| malformed(item))?,
        body: body.ok_or_else(|| malformed(item))?.clone().into_inner(),
    })
}

/// The players of a match; none if an older relay wrote it.
fn players(item: &Item) -> Result<Vec<PlayerId>, StoreError> {
    let Some(list) = item.get(PLAYERS) else {
        return Ok(Vec::new());
    };
    let names = list.as_l().map_err(|_| malformed(item))?;
    names
        .iter()
        .map(|name| name.as_s().ok().and_then(|name| name.parse().ok()))
        .collect::<Option<_>>()
        .ok_or_else(|| malformed(item))
}

pub(super) fn parsed<T: std::str::FromStr>(item: &Item, attribute: &str) -> Result<T, StoreError> {
    item.get(attribute)
        .and_then(|value| value.as_s().ok()?.parse().ok())
        .ok_or_else(|| malformed(item))
}

pub(super) fn malformed(item: &Item) -> StoreError {
    let part = |name| item.get(name).and_then(|it| it.as_s().ok()).cloned();
    StoreError::Malformed(
        [KIND, ID]
            .map(|name| part(name).unwrap_or_default())
            .join(" "),
    )
}

pub(super) fn key(kind: &str, id: &str) -> Item {
    Item::from([(KIND.into(), text(kind)), (ID.into(), text(id))])
}

pub(super) fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// The time at which the table removes an item that is written now.
pub(super) fn expiry(lifetime: Duration) -> AttributeValue {
    number(unix_time() + lifetime.as_secs())
}

pub(super) fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub(super) fn blob(value: impl Into<Vec<u8>>) -> AttributeValue {
    AttributeValue::B(Blob::new(value))
}
