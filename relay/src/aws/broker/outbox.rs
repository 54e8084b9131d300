//! The relay's own calls of IoT Core: publishing, and ending connections.
//!
//! IoT Core accepts one retained message per second on a topic. Only the newest matters, so that a
//! queued one is replaced by its successor. One task sends all messages in order.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_iotdataplane::Client;
use aws_sdk_iotdataplane::error::ProvideErrorMetadata;
use aws_sdk_iotdataplane::primitives::Blob;
use protocol::{PlayerId, Topic};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep_until, timeout};

use crate::aws::sdk::in_words;

/// The least time between two retained messages on a topic.
const SPACING: Duration = Duration::from_millis(1_050);

/// The pause before a retained message that failed is sent again.
const RETRY: Duration = Duration::from_secs(3);

/// How long closing waits for the queued messages.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// A handle of the sending task.
pub(super) struct Outbox {
    orders: Mutex<Option<mpsc::UnboundedSender<Order>>>,
    task: tokio::sync::Mutex<JoinHandle<()>>,
}

enum Order {
    Publish(Message),
    Disconnect(PlayerId),
    /// Answered once nothing is queued.
    Flush(oneshot::Sender<()>),
}

struct Message {
    topic: Topic,
    payload: Vec<u8>,
    retain: bool,
    /// The earliest time to send it.
    due: Instant,
}

impl Outbox {
    /// Starts the task. Needs a tokio runtime.
    pub(super) fn open(client: Client) -> Self {
        let (orders, incoming) = mpsc::unbounded_channel();
        Self {
            orders: Mutex::new(Some(orders)),
            task: tokio::sync::Mutex::new(tokio::spawn(run(client, incoming))),
        }
    }

    /// Publishes, on each topic in the order of the calls.
    pub(super) fn publish(&self, topic: Topic, payload: Vec<u8>, retain: bool) {
        self.order(Order::Publish(Message {
            topic,
            payload,
            retain,
            due: Instant::now(),
        }));
    }

    /// Ends the player's connection, if there is one, without its last will.
    pub(super) fn disconnect(&self, player: PlayerId) {
        self.order(Order::Disconnect(player));
    }

    /// Waits until all calls so far are done or have failed. Failed messages are not sent again then:
    /// a caller that is suspended right after it would later send outdated ones.
    pub(super) async fn flush(&self) {
        let (done, is_done) = oneshot::channel();
        self.order(Order::Flush(done));
        // It fails only when the process ends.
        let _ = is_done.await;
    }

    fn order(&self, order: Order) {
        let orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(orders) = &*orders {
            // It fails only when the process ends.
            let _ = orders.send(order);
        }
    }

    /// Accepts no more calls, and waits until the accepted ones are done.
    pub(super) async fn close(&self) {
        drop(
            self.orders
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
        let mut task = self.task.lock().await;
        if timeout(CLOSE_TIMEOUT, &mut *task).await.is_err() {
            tracing::warn!("AWS IoT Core does not take the last messages");
            task.abort();
        }
    }
}

async fn run(client: Client, mut orders: mpsc::UnboundedReceiver<Order>) {
    let mut queue = Queue::default();
    let mut ending = JoinSet::new();
    let mut flushes = Vec::new();
    let mut open = true;
    loop {
        if queue.waiting.is_empty() && ending.is_empty() {
            for done in flushes.drain(..) {
                // The caller may have been dropped.
                let _ = oneshot::Sender::send(done, ());
            }
            if !open {
                return;
            }
        }
        let due = queue.due();
        tokio::select! {
            biased;
            order = orders.recv(), if open => match order {
                Some(Order::Publish(message)) => queue.push(message),
                Some(Order::Disconnect(player)) => {
                    ending.spawn(disconnect(client.clone(), player));
                }
                Some(Order::Flush(done)) => flushes.push(done),
                None => open = false,
            },
            Some(_) = ending.join_next() => {}
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                let Some(message) = queue.pop(Instant::now()) else { continue };
                if let Err(reason) = send(&client, &message).await {
                    tracing::warn!("cannot publish {}: {reason}", message.topic);
                    // Other messages would be outdated by then.
                    if message.retain && open && flushes.is_empty() {
                        queue.put_back(message, Instant::now() + RETRY);
                    }
                }
            }
        }
    }
}

async fn send(client: &Client, message: &Message) -> Result<(), String> {
    client
        .publish()
        .topic(message.topic.to_string())
        .retain(message.retain)
        .payload(Blob::new(message.payload.as_slice()))
        .send()
        .await
        .map(drop)
        .map_err(|error| in_words(&error))
}

async fn disconnect(client: Client, player: PlayerId) {
    let call = client
        .delete_connection()
        .client_id(player.to_string())
        .prevent_will_message(true);
    match call.send().await {
        Ok(_) => {}
        Err(error) if error.code() == Some("ResourceNotFoundException") => {}
        Err(error) => {
            tracing::info!(
                "cannot end the connection of {player}: {}",
                in_words(&error)
            );
        }
    }
}

/// Messages in the order in which they came.
#[derive(Default)]
struct Queue {
    waiting: Vec<Message>,
    /// When a retained message was last sent on a topic.
    sent: HashMap<Topic, Instant>,
}

impl Queue {
    fn push(&mut self, mut message: Message) {
        if message.retain {
            if let Some(earlier) = self.retained(message.topic) {
                earlier.payload = message.payload;
                return;
            }
            if let Some(&sent) = self.sent.get(&message.topic) {
                message.due = message.due.max(sent + SPACING);
            }
        }
        self.waiting.push(message);
    }

    /// Queues a failed message again, unless a newer one has been queued.
    fn put_back(&mut self, mut message: Message, due: Instant) {
        if self.retained(message.topic).is_none() {
            message.due = due;
            self.waiting.push(message);
        }
    }

    fn retained(&mut self, topic: Topic) -> Option<&mut Message> {
        self.waiting
            .iter_mut()
            .find(|waiting| waiting.retain && waiting.topic == topic)
    }

    /// The earliest time to send the next message.
    fn due(&self) -> Option<Instant> {
        self.waiting.iter().map(|message| message.due).min()
    }

    fn pop(&mut self, now: Instant) -> Option<Message> {
        let next = self.waiting.iter().position(|message| message.due <= now)?;
        let message = self.waiting.remove(next);
        self.sent.retain(|_, sent| now < *sent + SPACING);
        if message.retain {
            self.sent.insert(message.topic, now);
        }
        Some(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retained(payload: u8, due: Instant) -> Message {
        Message {
            topic: Topic::Lobby,
            payload: vec![payload],
            retain: true,
            due,
        }
    }

    #[test]
    fn the_newest_retained_message_is_sent_once_a_second() {
        let start = Instant::now();
        let mut queue = Queue::default();
        queue.push(retained(1, start));
        assert_eq!(queue.pop(start).unwrap().payload, [1]);
        queue.push(retained(2, start));
        queue.push(retained(3, start));
        assert!(queue.pop(start + Duration::from_millis(900)).is_none());
        let due = queue.due().unwrap();
        assert!(due >= start + Duration::from_secs(1));
        assert_eq!(queue.pop(due).unwrap().payload, [3]);
        assert!(queue.due().is_none());
    }

    #[test]
    fn a_failed_message_is_replaced_by_a_newer_one() {
        let start = Instant::now();
        let later = start + RETRY;
        let mut queue = Queue::default();
        queue.put_back(retained(1, start), later);
        assert_eq!(queue.due(), Some(later));
        assert_eq!(queue.pop(later).unwrap().payload, [1]);
        queue.push(retained(2, later));
        queue.put_back(retained(1, start), later);
        assert_eq!(queue.waiting.len(), 1);
        assert_eq!(queue.waiting[0].payload, [2]);
    }

    #[test]
    fn notices_are_all_sent_in_order() {
        let now = Instant::now();
        let mut queue = Queue::default();
        for payload in [1, 2] {
            queue.push(Message {
                retain: false,
                ..retained(payload, now)
            });
        }
        assert_eq!(queue.pop(now).unwrap().payload, [1]);
        assert_eq!(queue.pop(now).unwrap().payload, [2]);
    }
}
