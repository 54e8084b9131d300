//! The store of several relays, or of one that runs on demand: a table of Amazon DynamoDB.
//!
//! A match is one item and its code another, so that both are unique. Every change is one
//! transaction that names the version which it replaces, so the table refuses it if somebody else
//! was faster, and takes it once even if its answer is lost and it is sent again. Reading is
//! consistent. The table itself forgets what nobody has changed for a day, if its time to live is
//! the attribute `expires`: nothing else would, once no relay runs.
//!
//! The table also keeps the key of the tokens, as the data folder does for a store in a file:
//! relays that share matches must share it.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::error::TransactionCanceledException;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem};
use protocol::{Code, MatchId};

use super::{Record, Store, StoreError};
use crate::aws::in_words;
use crate::token::{KEY_LENGTH, unix_time};

/// The partition key: what an item is.
const KIND: &str = "kind";
const MATCH: &str = "match";
const CODE: &str = "code";
const SECRET: &str = "secret";

/// The sort key: which one of its kind.
const ID: &str = "id";

const VERSION: &str = "version";
const BODY: &str = "body";
const EXPIRES: &str = "expires";

/// The name of the tokens' key among the secrets.
const TOKENS: &str = "tokens";

/// The condition of an item that must be new.
const IS_NEW: &str = "attribute_not_exists(id)";

/// How long after its last change the table keeps a match.
const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

type Item = HashMap<String, AttributeValue>;

/// Keeps matches in a table whose keys are the strings `kind` and `id`.
#[derive(Clone, Debug)]
pub struct DynamoStore {
    client: Client,
    table: String,
}

impl DynamoStore {
    /// The store in the table of this name. Nothing is asked of it yet.
    #[must_use]
    pub fn new(config: &SdkConfig, table: impl Into<String>) -> Self {
        Self {
            client: Client::new(config),
            table: table.into(),
        }
    }

    /// The tokens' key that the table keeps, which is `fresh` if it kept none.
    ///
    /// # Errors
    /// If the table cannot be read or written.
    pub async fn secret(&self, fresh: [u8; KEY_LENGTH]) -> Result<[u8; KEY_LENGTH], StoreError> {
        if let Some(kept) = self.kept_secret().await? {
            return Ok(kept);
        }
        let taken = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(key(SECRET, TOKENS)))
            .item(BODY, blob(fresh))
            .condition_expression(IS_NEW)
            .send()
            .await;
        match taken {
            Ok(_) => Ok(fresh),
            // Another relay was faster.
            Err(error) if error.code() == Some("ConditionalCheckFailedException") => {
                let kept = self.kept_secret().await?;
                kept.ok_or_else(|| StoreError::Failed("the tokens' key came and went".into()))
            }
            Err(error) => Err(self.failure(&error)),
        }
    }

    async fn kept_secret(&self) -> Result<Option<[u8; KEY_LENGTH]>, StoreError> {
        let item = self.item(SECRET, TOKENS).await?;
        item.map(|item| {
            let secret = item.get(BODY).and_then(|body| body.as_b().ok());
            secret
                .and_then(|secret| secret.as_ref().try_into().ok())
                .ok_or_else(|| malformed(&item))
        })
        .transpose()
    }

    async fn item(&self, kind: &str, id: &str) -> Result<Option<Item>, StoreError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key(kind, id)))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| self.failure(&error))?;
        Ok(answer.item)
    }

    /// Does all or, if a condition fails, nothing; says whether it did.
    async fn transact(&self, changes: Vec<TransactWriteItem>) -> Result<bool, StoreError> {
        let done = self
            .client
            .transact_write_items()
            .set_transact_items(Some(changes))
            .send()
            .await;
        match done {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(reason))
                    if somebody_was_faster(reason) =>
                {
                    Ok(false)
                }
                _ => Err(self.failure(&error)),
            },
        }
    }

    fn put(&self) -> aws_sdk_dynamodb::types::builders::PutBuilder {
        Put::builder()
            .table_name(&self.table)
            .item(EXPIRES, number(unix_time() + LIFETIME.as_secs()))
    }

    fn failure<E>(&self, error: &SdkError<E, HttpResponse>) -> StoreError
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        match error.code() {
            Some("ResourceNotFoundException") => StoreError::NoTable(self.table.clone()),
            _ => StoreError::Failed(in_words(error).into()),
        }
    }
}

#[async_trait]
impl Store for DynamoStore {
    async fn all(&self) -> Result<Vec<Record>, StoreError> {
        let items = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("kind = :kind")
            .expression_attribute_values(":kind", text(MATCH))
            .consistent_read(true)
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<Item>, _>>()
            .await
            .map_err(|error| self.failure(&error))?;
        items.iter().map(record).collect()
    }

    async fn read(&self, id: MatchId) -> Result<Option<Record>, StoreError> {
        let item = self.item(MATCH, id.as_str()).await?;
        item.as_ref().map(record).transpose()
    }

    async fn find(&self, code: Code) -> Result<Option<MatchId>, StoreError> {
        let item = self.item(CODE, code.as_str()).await?;
        item.map(|item| parsed(&item, MATCH)).transpose()
    }

    async fn write(&self, record: Record) -> Result<bool, StoreError> {
        let (id, name) = (record.id.as_str(), record.code.as_str());
        let game = self
            .put()
            .item(KIND, text(MATCH))
            .item(ID, text(id))
            .item(CODE, text(name))
            .item(VERSION, number(record.version))
            .item(BODY, blob(record.body));
        // Written each time, so that it lives as long as its match.
        let code = self
            .put()
            .item(KIND, text(CODE))
            .item(ID, text(name))
            .item(MATCH, text(id));
        let (game, code) = match record.version {
            0 | 1 => (
                game.condition_expression(IS_NEW),
                code.condition_expression(IS_NEW),
            ),
            version => (
                game.condition_expression("version = :before")
                    .expression_attribute_values(":before", number(version - 1)),
                code,
            ),
        };
        let changes =
            [game, code].map(|put| Ok(TransactWriteItem::builder().put(put.build()?).build()));
        self.transact(whole(changes)?).await
    }

    async fn remove(&self, id: MatchId, version: u64) -> Result<bool, StoreError> {
        let Some(record) = self.read(id).await? else {
            return Ok(false);
        };
        let game = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(key(MATCH, id.as_str())))
            .condition_expression("version = :version")
            .expression_attribute_values(":version", number(version));
        let code = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(key(CODE, record.code.as_str())));
        let changes = [game, code]
            .map(|delete| Ok(TransactWriteItem::builder().delete(delete.build()?).build()));
        self.transact(whole(changes)?).await
    }
}

fn whole<const N: usize>(
    changes: [Result<TransactWriteItem, aws_sdk_dynamodb::error::BuildError>; N],
) -> Result<Vec<TransactWriteItem>, StoreError> {
    let changes: Result<_, _> = changes.into_iter().collect();
    changes.map_err(|error| StoreError::Failed(error.into()))
}

/// Whether a condition failed, or another change of the same item is under way.
fn somebody_was_faster(cancelled: &TransactionCanceledException) -> bool {
    let mut reasons = cancelled
        .cancellation_reasons()
        .iter()
        .filter_map(|reason| reason.code())
        .filter(|&code| code != "None")
        .peekable();
    reasons.peek().is_some()
        && reasons.all(|code| matches!(code, "ConditionalCheckFailed" | "TransactionConflict"))
}

/// The match that an item is.
fn record(item: &Item) -> Result<Record, StoreError> {
    let version = item
        .get(VERSION)
        .and_then(|it| it.as_n().ok()?.parse().ok());
    let body = item.get(BODY).and_then(|it| it.as_b().ok());
    Ok(Record {
        id: parsed(item, ID)?,
        code: parsed(item, CODE)?,
        version: version.ok_or_else(|| malformed(item))?,
        body: body.ok_or_else(|| malformed(item))?.clone().into_inner(),
    })
}

fn parsed<T: std::str::FromStr>(item: &Item, attribute: &str) -> Result<T, StoreError> {
    item.get(attribute)
        .and_then(|value| value.as_s().ok()?.parse().ok())
        .ok_or_else(|| malformed(item))
}

fn malformed(item: &Item) -> StoreError {
    let part = |name| item.get(name).and_then(|it| it.as_s().ok()).cloned();
    StoreError::Malformed(
        [KIND, ID]
            .map(|name| part(name).unwrap_or_default())
            .join(" "),
    )
}

fn key(kind: &str, id: &str) -> Item {
    Item::from([(KIND.into(), text(kind)), (ID.into(), text(id))])
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.into())
}

fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn blob(value: impl Into<Vec<u8>>) -> AttributeValue {
    AttributeValue::B(Blob::new(value))
}
