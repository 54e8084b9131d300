//! A match as the store keeps it: JSON with the number of its format, so that a relay of another
//! version says so instead of misreading it.

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::state::Match;
use crate::store::{Record, StoreError};

/// Goes up when a match is written in another way.
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
        body: serde_json::to_vec(&body).map_err(|error| StoreError::Failed(error.into()))?,
    })
}

/// The match that a record is of.
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
