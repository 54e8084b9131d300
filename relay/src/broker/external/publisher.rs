//! The relay's own MQTT connection to the cluster, over which it publishes.
//!
//! A thread keeps the connection open: on an error it connects to the next node, with a new token
//! and after a pause. A cluster may lose retained messages, with a node or when all of it restarts,
//! so each new connection begins with the newest retained message of every topic. Messages that are
//! not retained are dropped while no node can be reached.

mod retained;

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
use retained::Retained;

/// How long a connection is used: a cluster may end it when its token expires.
const RENEWAL: Duration = Duration::from_secs(LIFETIME.as_secs() / 2);

/// How long a node may take to accept the connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The first and the longest pause between two attempts to connect.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The period of polling the connection while there is nothing to publish.
const POLL_PERIOD: Duration = Duration::from_millis(100);

/// The pause after each message, so that the connection's queue does not overflow.
const SPACING: Duration = Duration::from_millis(1);

/// Why the publisher cannot start.
#[derive(Debug, thiserror::Error)]
pub enum PublisherError {
    /// The system gives no thread.
    #[error("cannot start a thread")]
    Thread(#[from] io::Error),
    /// The system has no random numbers.
    #[error("the system gives no random numbers")]
    Entropy(#[from] getrandom::Error),
}

/// A handle of the publishing thread.
pub(super) struct Publisher {
    running: Mutex<Option<(Sender<Command>, JoinHandle<()>)>>,
}

/// A command to the thread.
enum Command {
    Publish(Message),
    /// Answered once the commands before it are done.
    Flush(oneshot::Sender<()>),
}

struct Message {
    topic: Topic,
    payload: Vec<u8>,
    retain: bool,
}

impl Publisher {
    pub(super) fn open(nodes: Nodes, signer: Arc<Signer>) -> Result<Self, PublisherError> {
        let (sender, commands) = channel();
        let worker = Worker {
            commands,
            nodes,
            signer,
            id: PlayerId::from_entropy(getrandom::u64()?),
            retained: HashMap::new(),
        };
        let thread = thread::Builder::new()
            .name("cluster".into())
            .spawn(move || worker.run())?;
        Ok(Self {
            running: Mutex::new(Some((sender, thread))),
        })
    }

    /// Publishes, on each topic in the order of the calls.
    pub(super) fn publish(&self, topic: Topic, payload: Vec<u8>, retain: bool) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((sender, _)) = &*running {
            // It fails only when the process ends.
            let _ = sender.send(Command::Publish(Message {
                topic,
                payload,
                retain,
            }));
        }
    }

    /// Waits until the messages so far are sent, or dropped, or kept for the next connection.
    pub(super) async fn flush(&self) {
        let (done, is_done) = oneshot::channel();
        {
            let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((sender, _)) = &*running {
                // If it fails there is nothing to wait for.
                let _ = sender.send(Command::Flush(done));
            }
        }
        // An error means that the thread has ended.
        let _ = is_done.await;
    }

    /// Accepts no more messages; the thread ends when the accepted ones are published, or cannot be.
    pub(super) fn close(&self) -> Option<JoinHandle<()>> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.take().map(|(_, thread)| thread)
    }
}

/// The publisher has been closed.
struct Closed;

/// The thread's state.
struct Worker {
    commands: Receiver<Command>,
    nodes: Nodes,
    signer: Arc<Signer>,
    id: PlayerId,
    /// The newest of each topic. An empty one, which clears the topic, is kept until it has been
    /// published at the beginning of a connection: the previous one may have failed before.
    retained: HashMap<Topic, Retained>,
}

impl Worker {
    fn run(mut self) {
        let mut node = 0;
        let mut pause = FIRST_PAUSE;
        loop {
            let address = self.address(node);
            let served = match self.connect(&address) {
                Ok(socket) => {
                    tracing::info!("publishing on {address}");
                    pause = FIRST_PAUSE;
                    self.serve(socket)
                }
                Err(reason) => Ok(Some(reason)),
            };
            match served {
                Err(Closed) => return,
                // A new token is due; the node works.
                Ok(None) => continue,
                Ok(Some(reason)) => tracing::warn!("cannot publish on {address}: {reason}"),
            }
            node += 1;
            if let Err(Closed) = self.collect(pause) {
                return;
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    fn address(&self, node: usize) -> String {
        self.nodes
            .tcp(node)
            .unwrap_or_else(|| self.nodes.ws(node))
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
        socket.wait(CONNECT_TIMEOUT);
        match socket.poll(Duration::ZERO) {
            Some(Event::Connected) => Ok(socket),
            Some(Event::Closed { reason }) => Err(reason),
            _ => Err("the broker did not answer in time".into()),
        }
    }

    /// Publishes until the connection fails, which yields the reason, or until a new token is due.
    fn serve(&mut self, mut socket: Socket) -> Result<Option<String>, Closed> {
        let since = Instant::now();
        for (topic, retained) in &self.retained {
            publish(&mut socket, *topic, &retained.payload, true);
        }
        self.retained
            .retain(|_, retained| !retained.payload.is_empty() || !retained.is_settled());
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
            match self.commands.recv_timeout(POLL_PERIOD) {
                // The caller may have been dropped.
                Ok(Command::Flush(done)) => drop(done.send(())),
                Ok(Command::Publish(message)) => {
                    publish(&mut socket, message.topic, &message.payload, message.retain);
                    self.keep(message);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    socket.close();
                    return Err(Closed);
                }
            }
        }
    }

    /// Collects commands for a while without a connection.
    fn collect(&mut self, pause: Duration) -> Result<(), Closed> {
        let until = Instant::now() + pause;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.commands.recv_timeout(left) {
                // The caller may have been dropped.
                Ok(Command::Flush(done)) => drop(done.send(())),
                Ok(Command::Publish(message)) if message.retain => self.keep(message),
                Ok(Command::Publish(Message { topic, .. })) => {
                    tracing::warn!("a message on {topic} is dropped: the broker cannot be reached");
                }
                Err(RecvTimeoutError::Timeout) => return Ok(()),
                Err(RecvTimeoutError::Disconnected) => return Err(Closed),
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
