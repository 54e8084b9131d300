//! The encoding of matches in the store: JSON with a format number, so that a relay of another
//! version refuses it instead of misreading it.

use protocol::membership::MatchState;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::store::{MatchRecord, Store, StoreError};

/// Increased when the encoding changes.
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
pub(super) fn encode(game: &MatchState, version: u64) -> Result<MatchRecord, StoreError> {
    let body = Body {
        format: FORMAT,
        game,
    };
    let host = game.host();
    Ok(MatchRecord {
        id: host.match_id,
        code: host.code,
        version,
        players: game.members(),
        body: serde_json::to_vec(&body).map_err(|error| StoreError::Failed(error.into()))?,
    })
}

/// All matches of the store.
pub(super) async fn read_all(store: &dyn Store) -> Result<Vec<MatchState>, StoreError> {
    let records = store.all().await?;
    records.iter().map(decode).collect()
}

/// The match in a record.
pub(super) fn decode(record: &MatchRecord) -> Result<MatchState, StoreError> {
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
