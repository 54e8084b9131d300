use std::sync::Arc;

use relay::broker::External;
use relay::token::Signer;
use relay_testing::server::TestRelay;

use crate::cluster::{Cluster, Setup};

/// A relay whose matches run on a cluster.
pub(crate) struct Rig {
    pub(crate) relay: TestRelay,
    pub(crate) cluster: Cluster,
}

impl Rig {
    pub(crate) async fn start(setup: Setup) -> Self {
        let mut cluster = Cluster::planned(setup);
        cluster.start();
        Self::start_on(cluster).await
    }

    /// The cluster need not run yet.
    pub(crate) async fn start_on(cluster: Cluster) -> Self {
        let signer = Arc::new(Signer::read(&cluster.relay_key()).unwrap());
        let broker = External::open(cluster.nodes(), signer).unwrap();
        let key = cluster.relay_key();
        let adjust = |options: &mut relay::serve::Options| options.token_key = Some(key);
        Self {
            relay: TestRelay::start_on(Arc::new(broker), adjust).await,
            cluster,
        }
    }

    pub(crate) async fn stop(self) {
        self.relay.stop().await;
    }

    /// A signer with the relay's key.
    pub(crate) fn signer(&self) -> Signer {
        Signer::read(&self.cluster.relay_key()).unwrap()
    }
}

/// Runs a blocking test, and stops the rig.
pub(crate) async fn with_rig(setup: Setup, test: impl FnOnce(&mut Rig) + Send + 'static) {
    let mut rig = Rig::start(setup).await;
    let rig = tokio::task::spawn_blocking(move || {
        test(&mut rig);
        rig
    })
    .await
    .unwrap();
    rig.stop().await;
}
