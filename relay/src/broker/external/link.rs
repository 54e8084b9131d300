//! The relay's own link to the cluster, over which it publishes.
//!
//! A thread keeps it up: on an error it goes to the next node, with a new token and after a pause.
//! A cluster may lose what it retains, with a node or when all of it restarts, so each new link
//! begins with the newest retained message of every topic; and it may lose a message between two of
//! its nodes, so what is retained is said again, after longer and longer pauses. What is not
//! retained is news for those who are here now, and is dropped while no node can be reached.

use std::collections::HashMap;
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use link::{Connect, Event, Link as _, Login, Qos, Socket};
use protocol::{PlayerId, Topic};
use tokio::sync::oneshot;

use super::nodes::Nodes;
use crate::token::{Claims, LIFETIME, Signer, unix_time};

/// How long a link is used: a cluster may end it when its token does.
const RENEWAL: Duration = Duration::from_secs(LIFETIME.as_secs() / 2);

/// How long a node may take to let the relay in.
const PATIENCE: Duration = Duration::from_secs(5);

/// Between two attempts, at first and at last.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Before what is retained is said again, at first; each time after four times as long, and the last
/// time within the half minute for which a newcomer's seat is kept.
const FIRST_ECHO: Duration = Duration::from_secs(1);
const LAST_ECHO: Duration = Duration::from_secs(16);

/// How often the link is looked at while there is nothing to publish.
const GLANCE: Duration = Duration::from_millis(100);

/// Between two messages, so that the link's queue does not overflow when there are many.
const SPACING: Duration = Duration::from_millis(1);

/// Why the relay cannot even try to connect.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// No thread.
    #[error("cannot start a thread")]
    Thread(#[from] io::Error),
    /// No random numbers.
    #[error("the system gives no random numbers")]
    Entropy(#[from] getrandom::Error),
}

/// A handle of the thread.
pub(super) struct Link {
    running: Mutex<Option<(Sender<Order>, JoinHandle<()>)>>,
}

/// What the thread is asked for.
enum Order {
    Publish(Message),
    /// To be told once what came before is dealt with.
    Mark(oneshot::Sender<()>),
}

struct Message {
    topic: Topic,
    payload: Vec<u8>,
    retain: bool,
}

impl Link {
    pub(super) fn open(nodes: Nodes, signer: Arc<Signer>) -> Result<Self, LinkError> {
        let (sender, orders) = channel();
        let publisher = Publisher {
            orders,
            nodes,
            signer,
            id: PlayerId::from_entropy(getrandom::u64()?),
            retained: HashMap::new(),
        };
        let thread = thread::Builder::new()
            .name("cluster".into())
            .spawn(move || publisher.run())?;
        Ok(Self {
            running: Mutex::new(Some((sender, thread))),
        })
    }

    /// Publishes, on each topic in the order of the calls.
    pub(super) fn publish(&self, topic: Topic, payload: Vec<u8>, retain: bool) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((sender, _)) = &*running {
            // It fails only when the process ends.
            let _ = sender.send(Order::Publish(Message {
                topic,
                payload,
                retain,
            }));
        }
    }

    /// Waits until what was published is with the cluster's client, or is put off.
    pub(super) async fn flush(&self) {
        let (mark, reached) = oneshot::channel();
        {
            let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((sender, _)) = &*running {
                // If it fails there is nothing to wait for.
                let _ = sender.send(Order::Mark(mark));
            }
        }
        // An error says that the thread has ended.
        let _ = reached.await;
    }

    /// Takes no more; the thread ends when what was taken is published, or cannot be.
    pub(super) fn close(&self) -> Option<JoinHandle<()>> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.take().map(|(_, thread)| thread)
    }
}

/// The relay is closing.
struct Closing;

/// What the thread works with.
struct Publisher {
    orders: Receiver<Order>,
    nodes: Nodes,
    signer: Arc<Signer>,
    id: PlayerId,
    /// The newest of each topic. An empty one, which clears the topic, is kept until it has begun
    /// another link: the first may have broken before the cluster had it.
    retained: HashMap<Topic, Retained>,
}

struct Retained {
    payload: Vec<u8>,
    /// When it is to be said again, and how long before it was said.
    echo: Option<(Instant, Duration)>,
}

impl Retained {
    fn new(payload: Vec<u8>) -> Self {
        Self {
            payload,
            echo: Some((Instant::now() + FIRST_ECHO, FIRST_ECHO)),
        }
    }

    /// Whether to say it again now.
    fn is_due(&mut self, now: Instant) -> bool {
        let Some((_, pause)) = self.echo.filter(|(due, _)| *due <= now) else {
            return false;
        };
        let next = pause * 4;
        self.echo = (next <= LAST_ECHO).then(|| (now + next, next));
        true
    }
}

impl Publisher {
    fn run(mut self) {
        let mut turn = 0;
        let mut pause = FIRST_PAUSE;
        loop {
            let address = self.address(turn);
            let served = match self.connect(&address) {
                Ok(socket) => {
                    tracing::info!("publishing on {address}");
                    pause = FIRST_PAUSE;
                    self.serve(socket)
                }
                Err(reason) => Ok(Some(reason)),
            };
            match served {
                Err(Closing) => return,
                // A new token is due, and the node is good.
                Ok(None) => continue,
                Ok(Some(reason)) => tracing::warn!("cannot publish on {address}: {reason}"),
            }
            turn += 1;
            if let Err(Closing) = self.collect(pause) {
                return;
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    fn address(&self, turn: usize) -> String {
        self.nodes
            .tcp(turn)
            .unwrap_or_else(|| self.nodes.ws(turn))
            .into()
    }

    fn connect(&self, address: &str) -> Result<Socket, String> {
        let claims = Claims::of_relay(self.id, unix_time() + LIFETIME.as_secs());
        let password = self
            .signer
            .sign(&claims)
            .map_err(|error| error.to_string())?;
        let connect = Connect {
            tcp: address.starts_with("mqtt:").then(|| address.into()),
            ws: address.into(),
            client_id: claims.client_id,
            login: Some(Login {
                username: self.id.to_string(),
                password,
            }),
            will: None,
        };
        let mut socket = Socket::open(connect).map_err(|error| error.to_string())?;
        socket.wait(PATIENCE);
        match socket.poll(Duration::ZERO) {
            Some(Event::Connected) => Ok(socket),
            Some(Event::Closed { reason }) => Err(reason),
            _ => Err("the broker did not answer in time".into()),
        }
    }

    /// Publishes until the link breaks, and tells why, or until a new token is due.
    fn serve(&mut self, mut socket: Socket) -> Result<Option<String>, Closing> {
        let since = Instant::now();
        for (topic, retained) in &self.retained {
            publish(&mut socket, *topic, &retained.payload, true);
        }
        self.retained
            .retain(|_, retained| !retained.payload.is_empty() || retained.echo.is_some());
        loop {
            while let Some(event) = socket.poll(Duration::ZERO) {
                if let Event::Closed { reason } = event {
                    return Ok(Some(reason));
                }
            }
            let now = Instant::now();
            for (topic, retained) in &mut self.retained {
                if retained.is_due(now) {
                    publish(&mut socket, *topic, &retained.payload, true);
                }
            }
            if since.elapsed() >= RENEWAL {
                socket.close();
                return Ok(None);
            }
            match self.orders.recv_timeout(GLANCE) {
                // Whoever waited may have gone.
                Ok(Order::Mark(mark)) => drop(mark.send(())),
                Ok(Order::Publish(message)) => {
                    publish(&mut socket, message.topic, &message.payload, message.retain);
                    self.keep(message);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    socket.close();
                    return Err(Closing);
                }
            }
        }
    }

    /// Takes messages for a while, and publishes none.
    fn collect(&mut self, pause: Duration) -> Result<(), Closing> {
        let until = Instant::now() + pause;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.orders.recv_timeout(left) {
                // Whoever waited may have gone.
                Ok(Order::Mark(mark)) => drop(mark.send(())),
                Ok(Order::Publish(message)) if message.retain => self.keep(message),
                Ok(Order::Publish(Message { topic, .. })) => {
                    tracing::warn!("nobody hears what {topic} says");
                }
                Err(RecvTimeoutError::Timeout) => return Ok(()),
                Err(RecvTimeoutError::Disconnected) => return Err(Closing),
            }
        }
    }

    fn keep(&mut self, message: Message) {
        if message.retain {
            self.retained
                .insert(message.topic, Retained::new(message.payload));
        }
    }
}

fn publish(socket: &mut Socket, topic: Topic, payload: &[u8], retain: bool) {
    socket.publish(&topic.to_string(), payload, Qos::AtLeastOnce, retain);
    thread::sleep(SPACING);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_retained_is_said_again_three_times_within_half_a_minute() {
        let start = Instant::now();
        let mut retained = Retained::new(vec![1]);
        let said: Vec<_> = (1..=60)
            .filter(|second| retained.is_due(start + Duration::from_secs(2 * second)))
            .collect();
        assert_eq!(said, [1, 3, 11]);
        assert!(retained.echo.is_none());
    }
}
