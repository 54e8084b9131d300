//! The metrics page, in Prometheus' text format.

use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

use crate::broker::embedded::{Counters, Refusal};
use crate::sns::{self, SnsError};

/// The page for the embedded broker's counters, if any, and this many matches and people.
pub(super) fn page(
    counters: Option<Counters>,
    (matches, players): (usize, usize),
    sns: Option<sns::Counters>,
) -> impl IntoResponse {
    (
        [(CONTENT_TYPE, "text/plain; version=0.0.4")],
        text(counters.as_ref(), matches, players, sns),
    )
}

fn text(
    counters: Option<&Counters>,
    matches: usize,
    players: usize,
    sns: Option<sns::Counters>,
) -> String {
    let mut page = String::new();
    let mut metric = |name: &str, kind: &str, help: &str, samples: &[(String, u64)]| {
        page += &format!("# HELP lastwill_{name} {help}\n# TYPE lastwill_{name} {kind}\n");
        for (labels, value) in samples {
            page += &format!("lastwill_{name}{labels} {value}\n");
        }
    };
    let both_ways = |incoming, outgoing| {
        [
            ("{direction=\"in\"}".into(), incoming),
            ("{direction=\"out\"}".into(), outgoing),
        ]
    };
    let plain = |value| [(String::new(), value)];
    metric("matches", "gauge", "Matches.", &plain(matches as u64));
    metric(
        "players",
        "gauge",
        "People in seats.",
        &plain(players as u64),
    );
    if let Some(counters) = counters {
        metric(
            "connections",
            "gauge",
            "MQTT connections.",
            &plain(counters.connections),
        );
        metric(
            "messages_total",
            "counter",
            "PUBLISH packets from and to clients.",
            &both_ways(counters.messages_in, counters.messages_out),
        );
        metric(
            "payload_bytes_total",
            "counter",
            "Payload bytes of PUBLISH packets from and to clients.",
            &both_ways(counters.bytes_in, counters.bytes_out),
        );
        let refused: Vec<(String, u64)> = Refusal::ALL
            .iter()
            .zip(counters.refused)
            .map(|(refusal, count)| {
                let (packet, reason) = refusal.labels();
                (
                    format!("{{packet=\"{packet}\",reason=\"{reason}\"}}"),
                    count,
                )
            })
            .collect();
        metric(
            "refused_total",
            "counter",
            "Packets that the broker refused.",
            &refused,
        );
    }
    if let Some(sns) = sns {
        let reasons = SnsError::REASONS.into_iter().zip(sns.refused);
        let results: Vec<(String, u64)> = [("accepted", sns.accepted)]
            .into_iter()
            .chain(reasons)
            .map(|(result, count)| (format!("{{result=\"{result}\"}}"), count))
            .collect();
        metric(
            "sns_messages_total",
            "counter",
            "Messages that came from Amazon SNS, or claimed to.",
            &results,
        );
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_has_a_type_and_a_value() {
        let counters = Counters {
            connections: 3,
            refused: [1; Refusal::ALL.len()],
            ..Counters::default()
        };
        let text = text(Some(&counters), 2, 5, Some(sns::Counters::default()));
        assert!(text.contains("# TYPE lastwill_connections gauge\nlastwill_connections 3\n"));
        assert!(text.contains("lastwill_refused_total{packet=\"publish\",reason=\"topic\"} 1\n"));
        assert!(text.contains("lastwill_sns_messages_total{result=\"forged\"} 0\n"));
        assert!(text.ends_with('\n'));
    }
}
