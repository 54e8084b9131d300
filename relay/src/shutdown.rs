//! Tells tasks that it is time to end.

use tokio::sync::watch;

/// The side that ends; dropping it ends as well.
pub(crate) struct Trigger(watch::Sender<bool>);

/// The side that is told; clones are told alike.
#[derive(Clone)]
pub(crate) struct Shutdown(watch::Receiver<bool>);

impl Trigger {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    pub(crate) fn shutdown(&self) -> Shutdown {
        Shutdown(self.0.subscribe())
    }

    /// Ends all that listen, now and later.
    pub(crate) fn pull(&self) {
        self.0.send_replace(true);
    }
}

impl Shutdown {
    /// Waits until it is time to end.
    pub(crate) async fn recv(&mut self) {
        let _ = self.0.wait_for(|ended| *ended).await;
    }
}
