//! A match as the store keeps it: JSON with the number of its format, so that a relay of another
//! version says so instead of misreading it.

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::store::{Record, StoreError};
use protocol::membership::MatchState;

/// Increased when a match is stored in another way.
const FORMAT: u32 = 2;

/// The format of relays that served one game only, without the field `rules`.
const WITHOUT_RULES: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Body<T> {
    format: u32,
    #[serde(rename = "match")]
    game: T,
}

/// The record of `game` in this version.
pub(super) fn encode(game: &MatchState, version: u64) -> Result<Record, StoreError> {
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
pub(super) fn decode(record: &Record) -> Result<MatchState, StoreError> {
    let malformed = |why: String| StoreError::Malformed(format!("match {}: {why}", record.id));
    let misread = |error: serde_json::Error| malformed(error.to_string());
    let Body::<IgnoredAny> { format, .. } =
        serde_json::from_slice(&record.body).map_err(misread)?;
    match format {
        FORMAT => {
            let body: Body<MatchState> = serde_json::from_slice(&record.body).map_err(misread)?;
            Ok(body.game)
        }
        WITHOUT_RULES => {
            let mut body: Body<Value> = serde_json::from_slice(&record.body).map_err(misread)?;
            body.game["rules"] = json!({ "game": "last-will", "version": 1 });
            serde_json::from_value(body.game).map_err(misread)
        }
        _ => Err(malformed(format!("format {format} and not {FORMAT}"))),
    }
}
