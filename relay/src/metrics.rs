//! Metrics in the OpenMetrics text format, for Prometheus.
//!
//! [`Metrics`] holds what the relay measures: the latency of routes, of the store and of the broker.
//! Numbers that other modules count themselves are read at each scrape. All names begin with
//! `lastwill_`; `relay/deploy/grafana.json` is a dashboard over them.

mod broker;
mod counters;
mod store;

use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use crate::broker::{Broker, Embedded};
use crate::sns::Sns;
use crate::store::Store;
use broker::MeasuredBroker;
use store::MeasuredStore;

/// The media type of [`Metrics::encode`].
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Histograms by label set.
type Durations<L> = Family<L, Histogram, fn() -> Histogram>;

/// From 0.5 ms to 8 s.
fn latency_histogram() -> Histogram {
    Histogram::new(exponential_buckets(0.0005, 2.0, 15))
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Operation {
    operation: &'static str,
}

/// The metrics of a relay; clones are the same metrics.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    matches: Gauge,
    players: Gauge,
    requests: Durations<Request>,
    store: Durations<Operation>,
    broker: Durations<Operation>,
}

impl Metrics {
    /// Metrics of a relay, with the counters of the embedded broker and of SNS where it has them.
    #[must_use]
    pub fn new(embedded: Option<Embedded>, sns: Option<Arc<Sns>>) -> Self {
        let mut registry = Registry::with_prefix("lastwill");
        let (matches, players) = (Gauge::default(), Gauge::default());
        registry.register("matches", "Open matches", matches.clone());
        registry.register("players", "Players with a seat", players.clone());
        let requests = Durations::new_with_constructor(latency_histogram as fn() -> Histogram);
        registry.register_with_unit(
            "http_request_duration",
            "Time to answer HTTP requests",
            Unit::Seconds,
            requests.clone(),
        );
        let store = Durations::new_with_constructor(latency_histogram as fn() -> Histogram);
        registry.register_with_unit(
            "store_operation_duration",
            "Time of the match store's operations",
            Unit::Seconds,
            store.clone(),
        );
        let broker = Durations::new_with_constructor(latency_histogram as fn() -> Histogram);
        registry.register_with_unit(
            "broker_operation_duration",
            "Time of the relay's own operations on the broker",
            Unit::Seconds,
            broker.clone(),
        );
        if let Some(embedded) = embedded {
            registry.register_collector(Box::new(counters::OfBroker(embedded)));
        }
        if let Some(sns) = sns {
            registry.register_collector(Box::new(counters::OfSns(sns)));
        }
        Self {
            registry: Arc::new(registry),
            matches,
            players,
            requests,
            store,
            broker,
        }
    }

    /// The same store, with the latency of its operations measured.
    #[must_use]
    pub fn measure_store(&self, store: Arc<dyn Store>) -> Arc<dyn Store> {
        Arc::new(MeasuredStore {
            store,
            durations: self.store.clone(),
        })
    }

    /// The same broker, with the latency of its operations measured.
    #[must_use]
    pub fn measure_broker(&self, broker: Arc<dyn Broker>) -> Arc<dyn Broker> {
        Arc::new(MeasuredBroker {
            broker,
            durations: self.broker.clone(),
        })
    }

    /// Records an answered HTTP request. `route` is a pattern of the router, not a path.
    pub(crate) fn record_request(
        &self,
        method: &'static str,
        route: &str,
        status: u16,
        duration: Duration,
    ) {
        let request = Request {
            method,
            route: route.into(),
            status,
        };
        self.requests
            .get_or_create(&request)
            .observe(duration.as_secs_f64());
    }

    /// Everything as text, with these numbers of matches and players.
    pub(crate) fn encode(&self, matches: usize, players: usize) -> Result<String, std::fmt::Error> {
        self.matches.set(matches as i64);
        self.players.set(players as i64);
        let mut page = String::new();
        text::encode(&mut page, &self.registry)?;
        Ok(page)
    }
}
