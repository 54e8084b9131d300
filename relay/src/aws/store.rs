//! The store of several relays, or of serverless instances: a table of Amazon DynamoDB.
//!
//! A match, its code and each of its players are items of their own, so that all are unique. Every
//! change is one transaction with the version that it replaces as its condition; it is applied once
//! even if its answer is lost and it is sent again. Reads are consistent. Matches that have not
//! changed for a day expire, if the table's time to live is the attribute `expires`: nothing else
//! removes them once no relay runs.
//!
//! The table also holds the signing key of the tokens, as the data folder does for a store in a
//! file: relays that share matches must share the key.

mod item;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{BuildError, ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::builders::{DeleteBuilder, PutBuilder};
use aws_sdk_dynamodb::types::error::TransactionCanceledException;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem};
use protocol::{Code, MatchId, PlayerId};

use super::sdk::in_words;
use crate::persistence::{Persistence, PersistenceError};
use crate::store::{MatchRecord, Store, StoreError};
use crate::token::{self, KEY_LENGTH, Signer};
use item::{
    BODY, CODE, EXPIRES, ID, Item, KIND, MATCH, PLAYER, PLAYERS, SECRET, VERSION, blob, expiry,
    key, malformed, number, parsed, record, text,
};

/// The name of the tokens' key among the secrets.
const TOKENS: &str = "tokens";

/// The condition of an item that must be new.
const IS_NEW: &str = "attribute_not_exists(id)";

/// How long after its last change the table keeps a match.
const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// How long the table keeps a player's entry, which is not written again while the match lasts:
/// longer than any match.
const PLAYER_LIFETIME: Duration = Duration::from_secs(400 * 24 * 60 * 60);

/// Stores matches in a table whose keys are the strings `kind` and `id`.
#[derive(Clone, Debug)]
pub struct DynamoStore {
    client: Client,
    table: String,
}

/// A relay's state in this table: its matches, and the signing key of its tokens, which is created
/// if there is none.
///
/// # Errors
/// If the table can be neither read nor written.
pub async fn persistence(config: &SdkConfig, table: &str) -> Result<Persistence, PersistenceError> {
    let store = DynamoStore::new(config, table);
    let secret = store.secret(token::random_key()?).await?;
    Ok(Persistence {
        store: Arc::new(store),
        signer: Arc::new(Signer::new(&secret)),
    })
}

impl DynamoStore {
    /// The store in the table of this name. Sends no request yet.
    #[must_use]
    pub fn new(config: &SdkConfig, table: impl Into<String>) -> Self {
        Self {
            client: Client::new(config),
            table: table.into(),
        }
    }

    /// The table's signing key, which becomes `fresh` if there is none.
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

    /// Makes all changes or, if a condition fails, none; returns whether it did.
    async fn transact(
        &self,
        changes: impl Iterator<Item = Result<TransactWriteItem, BuildError>>,
    ) -> Result<bool, StoreError> {
        let changes: Vec<_> = changes
            .collect::<Result<_, _>>()
            .map_err(|error| StoreError::Failed(error.into()))?;
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
                    if is_conflict(reason) =>
                {
                    Ok(false)
                }
                _ => Err(self.failure(&error)),
            },
        }
    }

    fn put_match(&self, record: &MatchRecord) -> PutBuilder {
        let players = record.players.iter().map(|player| text(player.as_str()));
        self.put(MATCH, record.id.as_str())
            .item(CODE, text(record.code.as_str()))
            .item(VERSION, number(record.version))
            .item(PLAYERS, AttributeValue::L(players.collect()))
            .item(BODY, blob(record.body.as_slice()))
            .item(EXPIRES, expiry(LIFETIME))
    }

    fn put_code(&self, record: &MatchRecord) -> PutBuilder {
        self.put(CODE, record.code.as_str())
            .item(MATCH, text(record.id.as_str()))
            .item(EXPIRES, expiry(LIFETIME))
    }

    /// Puts a player in a match, on the condition that it is in no other.
    fn put_player(&self, player: PlayerId, id: MatchId) -> PutBuilder {
        self.put(PLAYER, player.as_str())
            .item(MATCH, text(id.as_str()))
            .item(EXPIRES, expiry(PLAYER_LIFETIME))
            .condition_expression("attribute_not_exists(id) OR #match = :match")
            .expression_attribute_names("#match", MATCH)
            .expression_attribute_values(":match", text(id.as_str()))
    }

    fn put(&self, kind: &str, id: &str) -> PutBuilder {
        Put::builder()
            .table_name(&self.table)
            .item(KIND, text(kind))
            .item(ID, text(id))
    }

    fn delete(&self, kind: &str, id: &str) -> DeleteBuilder {
        Delete::builder()
            .table_name(&self.table)
            .set_key(Some(key(kind, id)))
    }

    async fn remove_player(&self, player: PlayerId, id: MatchId) -> Result<(), StoreError> {
        let entry = self
            .delete(PLAYER, player.as_str())
            .condition_expression("#match = :match")
            .expression_attribute_names("#match", MATCH)
            .expression_attribute_values(":match", text(id.as_str()));
        // If not, it has just been replaced.
        self.transact([delete(entry.build())].into_iter()).await?;
        Ok(())
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
    async fn all(&self) -> Result<Vec<MatchRecord>, StoreError> {
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

    async fn read(&self, id: MatchId) -> Result<Option<MatchRecord>, StoreError> {
        let item = self.item(MATCH, id.as_str()).await?;
        item.as_ref().map(record).transpose()
    }

    async fn find(&self, code: Code) -> Result<Option<MatchId>, StoreError> {
        let item = self.item(CODE, code.as_str()).await?;
        item.map(|item| parsed(&item, MATCH)).transpose()
    }

    /// An entry whose match is gone, because the table removed it, is removed when it is found.
    async fn match_of(&self, player: PlayerId) -> Result<Option<MatchId>, StoreError> {
        let Some(item) = self.item(PLAYER, player.as_str()).await? else {
            return Ok(None);
        };
        let id: MatchId = parsed(&item, MATCH)?;
        if self.item(MATCH, id.as_str()).await?.is_some() {
            return Ok(Some(id));
        }
        self.remove_player(player, id).await?;
        Ok(None)
    }

    async fn create(&self, record: MatchRecord) -> Result<bool, StoreError> {
        let mut changes = vec![
            self.put_match(&record).condition_expression(IS_NEW).build(),
            self.put_code(&record).condition_expression(IS_NEW).build(),
        ];
        let players = record.players.iter();
        changes.extend(players.map(|player| self.put_player(*player, record.id).build()));
        self.transact(changes.into_iter().map(put)).await
    }

    async fn replace(&self, before: &MatchRecord, after: MatchRecord) -> Result<bool, StoreError> {
        let mut puts = vec![
            self.put_match(&after)
                .condition_expression("version = :before")
                .expression_attribute_values(":before", number(before.version))
                .build(),
            // Written each time, so that it expires no earlier than its match.
            self.put_code(&after).build(),
        ];
        let joined = after.players_not_in(before);
        puts.extend(joined.map(|player| self.put_player(player, after.id).build()));
        let left = before.players_not_in(&after);
        let deletes = left.map(|player| self.delete(PLAYER, player.as_str()).build());
        self.transact(puts.into_iter().map(put).chain(deletes.map(delete)))
            .await
    }

    async fn remove(&self, record: &MatchRecord) -> Result<bool, StoreError> {
        let mut deletes = vec![
            self.delete(MATCH, record.id.as_str())
                .condition_expression("version = :version")
                .expression_attribute_values(":version", number(record.version))
                .build(),
            self.delete(CODE, record.code.as_str()).build(),
        ];
        let players = record.players.iter();
        deletes.extend(players.map(|player| self.delete(PLAYER, player.as_str()).build()));
        self.transact(deletes.into_iter().map(delete)).await
    }
}

fn put(put: Result<Put, BuildError>) -> Result<TransactWriteItem, BuildError> {
    Ok(TransactWriteItem::builder().put(put?).build())
}

fn delete(delete: Result<Delete, BuildError>) -> Result<TransactWriteItem, BuildError> {
    Ok(TransactWriteItem::builder().delete(delete?).build())
}

/// Whether a condition failed, or another change of the same item is under way.
fn is_conflict(cancelled: &TransactionCanceledException) -> bool {
    let mut reasons = cancelled
        .cancellation_reasons()
        .iter()
        .filter_map(|reason| reason.code())
        .filter(|&code| code != "None")
        .peekable();
    reasons.peek().is_some()
        && reasons.all(|code| matches!(code, "ConditionalCheckFailed" | "TransactionConflict"))
}
