//! Measures the relay's own operations on a broker.

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use protocol::membership::HostLiveness;
use protocol::{Epoch, MatchId, MqttAccess, PlayerId, Topic};

use super::{Durations, Operation};
use crate::broker::{AccessError, Addresses, Broker};
use crate::token::Claims;

pub(super) struct MeasuredBroker {
    pub(super) broker: Arc<dyn Broker>,
    pub(super) durations: Durations<Operation>,
}

impl MeasuredBroker {
    /// Measures until the returned value is dropped.
    fn measure(&self, operation: &'static str) -> Measurement<'_> {
        Measurement {
            durations: &self.durations,
            operation: Operation { operation },
            started: Instant::now(),
        }
    }
}

struct Measurement<'a> {
    durations: &'a Durations<Operation>,
    operation: Operation,
    started: Instant,
}

impl Drop for Measurement<'_> {
    fn drop(&mut self) {
        self.durations
            .get_or_create(&self.operation)
            .observe(self.started.elapsed().as_secs_f64());
    }
}

#[async_trait]
impl Broker for MeasuredBroker {
    async fn access(
        &self,
        claims: &Claims,
        token: &str,
        at: &Addresses,
    ) -> Result<MqttAccess, AccessError> {
        let _measured = self.measure("access");
        self.broker.access(claims, token, at).await
    }

    fn publish(&self, topic: Topic, payload: Vec<u8>, retain: bool) {
        let _measured = self.measure("publish");
        self.broker.publish(topic, payload, retain);
    }

    fn open_match(&self, id: MatchId, epoch: Epoch) {
        let _measured = self.measure("open_match");
        self.broker.open_match(id, epoch);
    }

    fn fence(&self, id: MatchId, epoch: Epoch, old_host: PlayerId) {
        let _measured = self.measure("fence");
        self.broker.fence(id, epoch, old_host);
    }

    fn liveness(&self, id: MatchId, epoch: Epoch) -> HostLiveness {
        self.broker.liveness(id, epoch)
    }

    fn close_match(&self, id: MatchId, players: &[PlayerId]) {
        let _measured = self.measure("close_match");
        self.broker.close_match(id, players);
    }

    async fn flush(&self) {
        let _measured = self.measure("flush");
        self.broker.flush().await;
    }

    async fn shut_down(&self) {
        self.broker.shut_down().await;
    }
}
