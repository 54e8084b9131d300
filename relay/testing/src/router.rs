//! The relay's HTTP service in this process, without sockets.

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use relay::api::{self, Api, Guard};
use relay::broker::embedded::{Embedded, Profile};
use relay::identity::Identities;
use relay::lobby::Lobby;
use relay::metrics::Metrics;
use relay::store::MemoryStore;
use relay::token::Signer;

/// The HTTP service with its files in `web`.
pub async fn router(web: &Path) -> Router {
    guarded(web, Guard::default()).await
}

/// The same behind a guard.
pub async fn guarded(web: &Path, guard: Guard) -> Router {
    let signer = Arc::new(Signer::new(&[3; 32]));
    let broker = Embedded::new(Arc::clone(&signer), 0, Profile::Own);
    let store = Arc::new(MemoryStore::default());
    let lobby = Lobby::open(store, Arc::new(broker.clone()), Arc::clone(&signer))
        .await
        .unwrap();
    api::router(Api {
        lobby,
        metrics: Metrics::new(Some(broker.clone()), None),
        embedded: Some(broker),
        identities: Arc::new(Identities::new(&signer, None, true)),
        signer,
        mqtt_port: 1883,
        public_url: None,
        web: Some(web.into()),
        sns: None,
        guard,
        operator: None,
    })
}
