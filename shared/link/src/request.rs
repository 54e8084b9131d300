//! A call of a [`Link`](super::Link) that is not executed at once.

use super::Qos;

#[derive(Debug)]
pub(super) enum Request {
    Subscribe(Vec<String>),
    Unsubscribe(Vec<String>),
    Publish {
        topic: String,
        payload: Vec<u8>,
        qos: Qos,
        retain: bool,
    },
}
