//! An MQTT client that sends whatever it is told to, allowed or not.

mod login;
mod packet;

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::PATIENCE;
use crate::server::TestRelay;

use packet::put_text;

pub use login::{Login, Will};

/// A version of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// MQTT 3.1.1.
    V311,
    /// MQTT 5.
    V5,
}

/// What carries the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// TCP.
    Tcp,
    /// A WebSocket.
    WebSocket,
}

/// All combinations of versions and transports.
pub const WAYS: [(Version, Over); 4] = [
    (Version::V311, Over::Tcp),
    (Version::V5, Over::Tcp),
    (Version::V311, Over::WebSocket),
    (Version::V5, Over::WebSocket),
];

/// A received PUBLISH.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// Its topic.
    pub topic: String,
    /// Its payload.
    pub payload: Vec<u8>,
    /// Whether it was retained.
    pub retain: bool,
    /// Bytes of MQTT 5 properties.
    pub properties: usize,
}

/// The broker's answer to a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// An acknowledgement with this reason code; 0 stands for one without.
    Code(u8),
    /// The connection was closed instead.
    Closed,
}

enum Stream {
    Tcp(TcpStream),
    WebSocket(Box<WebSocketStream<TcpStream>>),
}

/// A connected client.
pub struct Client {
    stream: Stream,
    version: Version,
    buffer: Vec<u8>,
    /// PUBLISH packets that arrived while another packet was expected.
    inbox: std::collections::VecDeque<Received>,
    closed: bool,
}

const CONNACK: u8 = 2;
const PUBLISH: u8 = 3;
const PUBACK: u8 = 4;
const SUBACK: u8 = 9;
const PINGRESP: u8 = 13;
const DISCONNECT: u8 = 14;

impl Client {
    /// Connects to a relay's broker; the error is CONNACK's code.
    pub async fn connect(
        relay: &TestRelay,
        (version, over): (Version, Over),
        login: &Login,
    ) -> Result<Self, Answer> {
        match over {
            Over::Tcp => Self::over_tcp(relay.mqtt_address(), version, login).await,
            Over::WebSocket => {
                Self::over_web_socket(relay.server.http_address(), version, login).await
            }
        }
    }

    /// Connects over TCP; the error is CONNACK's code.
    pub async fn over_tcp(
        address: SocketAddr,
        version: Version,
        login: &Login,
    ) -> Result<Self, Answer> {
        let stream = TcpStream::connect(address).await.unwrap();
        Self::log_in(Stream::Tcp(stream), version, login).await
    }

    /// Connects over WebSocket; the error is CONNACK's code.
    pub async fn over_web_socket(
        address: SocketAddr,
        version: Version,
        login: &Login,
    ) -> Result<Self, Answer> {
        Self::log_in(web_socket(address).await, version, login).await
    }

    /// Connects over TCP with a small receive buffer, to be easily stalled.
    pub async fn with_small_buffer(address: SocketAddr, login: &Login) -> Self {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        let stream = socket.connect(address).await.unwrap();
        Self::log_in(Stream::Tcp(stream), Version::V5, login)
            .await
            .ok()
            .unwrap()
    }

    async fn log_in(stream: Stream, version: Version, login: &Login) -> Result<Self, Answer> {
        let mut client = Self {
            stream,
            version,
            buffer: Vec::new(),
            inbox: Default::default(),
            closed: false,
        };
        client.send(0x10, &login.encode(version)).await;
        match client.wait_for(CONNACK).await {
            Some(body) if body[1] == 0 => Ok(client),
            Some(body) => Err(Answer::Code(body[1])),
            None => Err(Answer::Closed),
        }
    }

    /// Publishes and waits until the broker has processed it.
    pub async fn publish(
        &mut self,
        topic: impl ToString,
        payload: &[u8],
        qos: u8,
        retain: bool,
    ) -> Answer {
        let mut body = Vec::new();
        put_text(&mut body, topic.to_string().as_bytes());
        if qos > 0 {
            body.extend([0, 7]);
        }
        self.put_no_properties(&mut body);
        body.extend(payload);
        self.send(0x30 | qos << 1 | u8::from(retain), &body).await;
        if qos == 0 {
            return self.ping().await;
        }
        match self.wait_for(PUBACK).await {
            Some(body) => Answer::Code(body.get(2).copied().unwrap_or(0)),
            None => Answer::Closed,
        }
    }

    /// Publishes at QoS 0 without waiting.
    pub async fn publish_unconfirmed(&mut self, topic: impl ToString, payload: &[u8]) {
        let mut body = Vec::new();
        put_text(&mut body, topic.to_string().as_bytes());
        self.put_no_properties(&mut body);
        body.extend(payload);
        self.send(0x30, &body).await;
    }

    /// Subscribes at QoS 1; returns the broker's answer.
    pub async fn subscribe(&mut self, filter: impl ToString) -> Answer {
        let mut body = vec![0, 9];
        self.put_no_properties(&mut body);
        put_text(&mut body, filter.to_string().as_bytes());
        body.push(1);
        self.send(0x82, &body).await;
        match self.wait_for(SUBACK).await {
            Some(body) => Answer::Code(*body.last().unwrap()),
            None => Answer::Closed,
        }
    }

    /// A round trip: what was sent before has been processed. Code 0 if the connection is open.
    pub async fn ping(&mut self) -> Answer {
        self.send(0xc0, &[]).await;
        match self.wait_for(PINGRESP).await {
            Some(_) => Answer::Code(0),
            None => Answer::Closed,
        }
    }

    /// Sends DISCONNECT and waits until the broker closes the connection.
    pub async fn disconnect(mut self) {
        self.send(0xe0, &[]).await;
        assert!(self.wait_for(DISCONNECT).await.is_none());
    }

    /// The next PUBLISH; `None` once the connection is closed.
    pub async fn receive(&mut self) -> Option<Received> {
        if let Some(received) = self.inbox.pop_front() {
            return Some(received);
        }
        let body = self.wait_for(PUBLISH).await;
        debug_assert!(body.is_none() || !self.inbox.is_empty());
        self.inbox.pop_front()
    }

    /// All messages up to the first one with this payload.
    pub async fn receive_until(&mut self, payload: &[u8]) -> Vec<Received> {
        let mut all = Vec::new();
        loop {
            let received = self.receive().await.expect("the connection should live");
            let last = received.payload == payload;
            all.push(received);
            if last {
                return all;
            }
        }
    }

    /// Waits until the broker closes the connection.
    pub async fn closed(&mut self) {
        while self.next_packet().await.is_some() {}
    }

    fn put_no_properties(&self, body: &mut Vec<u8>) {
        if self.version == Version::V5 {
            body.push(0);
        }
    }

    async fn send(&mut self, header: u8, body: &[u8]) {
        let packet = packet::encode(header, body);
        // A closed connection is noticed when its answer is read.
        match &mut self.stream {
            Stream::Tcp(stream) => drop(stream.write_all(&packet).await),
            Stream::WebSocket(stream) => drop(stream.send(Message::binary(packet)).await),
        }
    }

    /// The body of the next packet of a kind; `None` if the connection closes before.
    async fn wait_for(&mut self, kind: u8) -> Option<Vec<u8>> {
        loop {
            let (header, body) = self.next_packet().await?;
            if header >> 4 == PUBLISH {
                let received = packet::publish(header, &body, self.version);
                self.inbox.push_back(received);
            }
            if header >> 4 == kind {
                return Some(body);
            }
        }
    }

    async fn next_packet(&mut self) -> Option<(u8, Vec<u8>)> {
        loop {
            if let Some(packet) = packet::take(&mut self.buffer) {
                return Some(packet);
            }
            if self.closed {
                return None;
            }
            match tokio::time::timeout(PATIENCE, self.read()).await {
                Ok(true) => {}
                Ok(false) => self.closed = true,
                Err(_) => panic!("the broker should answer or hang up"),
            }
        }
    }

    async fn read(&mut self) -> bool {
        match &mut self.stream {
            Stream::Tcp(stream) => stream
                .read_buf(&mut self.buffer)
                .await
                .is_ok_and(|read| read > 0),
            Stream::WebSocket(stream) => match stream.next().await {
                Some(Ok(Message::Binary(bytes))) => {
                    self.buffer.extend(&bytes);
                    true
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => true,
                _ => false,
            },
        }
    }
}

async fn web_socket(address: SocketAddr) -> Stream {
    let mut request = format!("ws://{address}/mqtt")
        .into_client_request()
        .unwrap();
    request
        .headers_mut()
        .insert("sec-websocket-protocol", "mqttv3.1, mqtt".parse().unwrap());
    let stream = TcpStream::connect(address).await.unwrap();
    let (stream, response) = tokio_tungstenite::client_async(request, stream)
        .await
        .unwrap();
    assert_eq!(response.headers()["sec-websocket-protocol"], "mqtt");
    Stream::WebSocket(Box::new(stream))
}
