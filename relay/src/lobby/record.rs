//! The encoding of matches in the store: JSON with a format number, so that a relay of another
//! version refuses it instead of misreading it.

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::state::Match;
use crate::store::{Record, Store, StoreError};

/// Increased when the encoding changes.
const FORMAT: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Body<T> {
    format: u32,
    #[serde(rename = "match")]
    game: T,
}

/// The record of `game` in this version.
pub(super) fn encode(game: &Match, version: u64) -> Result<Record, StoreError> {
    let body = Body {
        format: FORMAT,
        game,
    };
    let host = game.host();
    Ok(Record {
        id: host.match_id,
        code: host.code,
        version,
        players: game.members(),
        body: serde_json::to_vec(&body).map_err(|error| StoreError::Failed(error.into()))?,
    })
}

/// All matches of the store.
pub(super) async fn read_all(store: &dyn Store) -> Result<Vec<Match>, StoreError> {
    let records = store.all().await?;
    records.iter().map(decode).collect()
}

/// The match in a record.
pub(super) fn decode(record: &Record) -> Result<Match, StoreError> {
    let malformed = |why: String| StoreError::Malformed(format!("match {}: {why}", record.id));
    let misread = |error: serde_json::Error| malformed(error.to_string());
    let Body::<IgnoredAny> { format, .. } =
        serde_json::from_slice(&record.body).map_err(misread)?;
    if format != FORMAT {
        return Err(malformed(format!("format {format} and not {FORMAT}")));
    }
    let body: Body<Match> = serde_json::from_slice(&record.body).map_err(misread)?;
    Ok(body.game)
}
