//! Counters of other modules, read at each scrape.

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use crate::broker::Embedded;
use crate::broker::embedded::Refusal;
use crate::sns::{Sns, SnsError};

/// The counters of the embedded broker.
pub(super) struct OfBroker(pub(super) Embedded);

/// The counters of the messages of SNS.
#[derive(Debug)]
pub(super) struct OfSns(pub(super) Arc<Sns>);

impl fmt::Debug for OfBroker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OfBroker").finish_non_exhaustive()
    }
}

impl Collector for OfBroker {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let counters = self.0.counters();
        let connections = ConstGauge::new(counters.connections as i64);
        connections.encode(encoder.encode_descriptor(
            "connections",
            "MQTT connections",
            None,
            MetricType::Gauge,
        )?)?;
        let both_ways = |incoming, outgoing| {
            [
                ([("direction", "in")], incoming),
                ([("direction", "out")], outgoing),
            ]
        };
        family(
            &mut encoder,
            "messages",
            "PUBLISH packets from (in) and to (out) clients",
            both_ways(counters.messages_in, counters.messages_out),
        )?;
        family(
            &mut encoder,
            "payload_bytes",
            "Payload bytes of PUBLISH packets from (in) and to (out) clients",
            both_ways(counters.bytes_in, counters.bytes_out),
        )?;
        let refused = Refusal::ALL.iter().zip(counters.refused);
        family(
            &mut encoder,
            "refused",
            "Packets that the broker refused",
            refused.map(|(refusal, count)| {
                let (packet, reason) = refusal.labels();
                ([("packet", packet), ("reason", reason)], count)
            }),
        )
    }
}

impl Collector for OfSns {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let counters = self.0.counters();
        let refused = SnsError::REASONS.into_iter().zip(counters.refused);
        family(
            &mut encoder,
            "sns_messages",
            "Messages from Amazon SNS, accepted or refused",
            [("accepted", counters.accepted)]
                .into_iter()
                .chain(refused)
                .map(|(result, count)| ([("result", result)], count)),
        )
    }
}

/// Encodes a counter with one sample for each set of labels.
fn family<const N: usize>(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    samples: impl IntoIterator<Item = ([(&'static str, &'static str); N], u64)>,
) -> fmt::Result {
    let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
    for (labels, count) in samples {
        ConstCounter::new(count).encode(metric.encode_family(&labels)?)?;
    }
    Ok(())
}
