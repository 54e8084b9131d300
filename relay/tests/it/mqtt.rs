use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use protocol::{MqttAccess, Ticket};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::rig::PATIENCE;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    V311,
    V5,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Over {
    Tcp,
    WebSocket,
}

/// How the tests connect: both versions, and both transports.
pub(crate) const WAYS: [(Version, Over); 4] = [
    (Version::V311, Over::Tcp),
    (Version::V5, Over::Tcp),
    (Version::V311, Over::WebSocket),
    (Version::V5, Over::WebSocket),
];

/// What CONNECT says.
#[derive(Clone, Debug)]
pub(crate) struct Login {
    pub(crate) client_id: String,
    pub(crate) username: Option<String>,
    pub(crate) password: Option<String>,
    pub(crate) will: Option<Will>,
}

#[derive(Clone, Debug)]
pub(crate) struct Will {
    pub(crate) topic: String,
    pub(crate) payload: Vec<u8>,
    pub(crate) qos: u8,
    pub(crate) retain: bool,
}

impl Will {
    pub(crate) fn new(topic: impl ToString) -> Self {
        Self {
            topic: topic.to_string(),
            payload: b"gone".to_vec(),
            qos: 0,
            retain: false,
        }
    }
}

impl Login {
    /// As the ticket says, without a will.
    pub(crate) fn of(ticket: &Ticket) -> Self {
        Self::to(&ticket.mqtt)
    }

    /// As the relay says, without a will.
    pub(crate) fn to(access: &MqttAccess) -> Self {
        let login = access.login.as_ref();
        Self {
            client_id: access.client_id.clone(),
            username: login.map(|login| login.username.clone()),
            password: login.map(|login| login.password.clone()),
            will: None,
        }
    }

    pub(crate) fn with_will(self, will: Will) -> Self {
        Self {
            will: Some(will),
            ..self
        }
    }
}

/// A PUBLISH that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Received {
    pub(crate) topic: String,
    pub(crate) payload: Vec<u8>,
    pub(crate) retain: bool,
    /// Bytes of MQTT 5 properties.
    pub(crate) properties: usize,
}

/// The broker's answer to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// An acknowledgement with this reason code; 0 stands for one without.
    Code(u8),
    /// The connection was closed instead.
    Closed,
}

enum Stream {
    Tcp(TcpStream),
    WebSocket(Box<WebSocketStream<TcpStream>>),
}

pub(crate) struct Client {
    stream: Stream,
    version: Version,
    buffer: Vec<u8>,
    /// PUBLISH packets that arrived while something else was waited for.
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
    /// Connects over TCP; the error is CONNACK's code.
    pub(crate) async fn over_tcp(
        address: SocketAddr,
        version: Version,
        login: &Login,
    ) -> Result<Self, Answer> {
        let stream = TcpStream::connect(address).await.unwrap();
        Self::log_in(Stream::Tcp(stream), version, login).await
    }

    /// Connects over WebSocket; the error is CONNACK's code.
    pub(crate) async fn over_web_socket(
        address: SocketAddr,
        version: Version,
        login: &Login,
    ) -> Result<Self, Answer> {
        Self::log_in(web_socket(address).await, version, login).await
    }

    /// Connects over TCP with a small receive buffer, to be easily stalled.
    pub(crate) async fn narrow(address: SocketAddr, login: &Login) -> Self {
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
        client.send(0x10, &connect_body(version, login)).await;
        match client.wait_for(CONNACK).await {
            Some(body) if body[1] == 0 => Ok(client),
            Some(body) => Err(Answer::Code(body[1])),
            None => Err(Answer::Closed),
        }
    }

    /// Publishes and waits until the broker has dealt with it.
    pub(crate) async fn publish(
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
    pub(crate) async fn throw(&mut self, topic: impl ToString, payload: &[u8]) {
        let mut body = Vec::new();
        put_text(&mut body, topic.to_string().as_bytes());
        self.put_no_properties(&mut body);
        body.extend(payload);
        self.send(0x30, &body).await;
    }

    pub(crate) async fn subscribe(&mut self, filter: impl ToString) -> Answer {
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

    /// A round trip: what was sent before has been dealt with. Code 0 if the connection lives.
    pub(crate) async fn ping(&mut self) -> Answer {
        self.send(0xc0, &[]).await;
        match self.wait_for(PINGRESP).await {
            Some(_) => Answer::Code(0),
            None => Answer::Closed,
        }
    }

    pub(crate) async fn disconnect(mut self) {
        self.send(0xe0, &[]).await;
        assert!(self.wait_for(DISCONNECT).await.is_none());
    }

    /// The next PUBLISH; `None` once the connection is closed.
    pub(crate) async fn receive(&mut self) -> Option<Received> {
        if let Some(received) = self.inbox.pop_front() {
            return Some(received);
        }
        let body = self.wait_for(PUBLISH).await;
        debug_assert!(body.is_none() || !self.inbox.is_empty());
        self.inbox.pop_front()
    }

    /// All that arrives up to a message with this payload.
    pub(crate) async fn receive_until(&mut self, payload: &[u8]) -> Vec<Received> {
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
    pub(crate) async fn closed(&mut self) {
        while self.next_packet().await.is_some() {}
    }

    fn put_no_properties(&self, body: &mut Vec<u8>) {
        if self.version == Version::V5 {
            body.push(0);
        }
    }

    async fn send(&mut self, header: u8, body: &[u8]) {
        let mut packet = vec![header];
        let mut rest = body.len();
        loop {
            let byte = (rest % 128) as u8;
            rest /= 128;
            packet.push(if rest > 0 { byte | 0x80 } else { byte });
            if rest == 0 {
                break;
            }
        }
        packet.extend(body);
        // A closed connection shows when its answer is waited for.
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
                let received = self.parse_publish(header, &body);
                self.inbox.push_back(received);
            }
            if header >> 4 == kind {
                return Some(body);
            }
        }
    }

    async fn next_packet(&mut self) -> Option<(u8, Vec<u8>)> {
        loop {
            if let Some(packet) = take_packet(&mut self.buffer) {
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

    fn parse_publish(&self, header: u8, body: &[u8]) -> Received {
        let length = usize::from(body[0]) << 8 | usize::from(body[1]);
        let topic = String::from_utf8(body[2..2 + length].to_vec()).unwrap();
        let mut rest = &body[2 + length..];
        if header & 0b110 != 0 {
            rest = &rest[2..];
        }
        let mut properties = 0;
        if self.version == Version::V5 {
            properties = usize::from(rest[0]);
            assert!(properties < 128, "long properties");
            rest = &rest[1 + properties..];
        }
        Received {
            topic,
            payload: rest.to_vec(),
            retain: header & 1 != 0,
            properties,
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

fn connect_body(version: Version, login: &Login) -> Vec<u8> {
    let v5 = version == Version::V5;
    let mut flags = 0b10;
    let mut payload = Vec::new();
    put_text(&mut payload, login.client_id.as_bytes());
    if let Some(will) = &login.will {
        flags |= 0b100 | will.qos << 3 | u8::from(will.retain) << 5;
        if v5 {
            payload.push(0);
        }
        put_text(&mut payload, will.topic.as_bytes());
        put_text(&mut payload, &will.payload);
    }
    if let Some(username) = &login.username {
        flags |= 1 << 7;
        put_text(&mut payload, username.as_bytes());
    }
    if let Some(password) = &login.password {
        flags |= 1 << 6;
        put_text(&mut payload, password.as_bytes());
    }
    let mut body = Vec::new();
    put_text(&mut body, b"MQTT");
    body.extend([if v5 { 5 } else { 4 }, flags, 0, 60]);
    if v5 {
        body.push(0);
    }
    body.extend(payload);
    body
}

fn put_text(body: &mut Vec<u8>, text: &[u8]) {
    body.extend((text.len() as u16).to_be_bytes());
    body.extend(text);
}

/// The first whole packet: its header byte and its body.
fn take_packet(buffer: &mut Vec<u8>) -> Option<(u8, Vec<u8>)> {
    let mut length = 0;
    let mut at = 1;
    loop {
        let byte = *buffer.get(at)?;
        length |= usize::from(byte & 0x7f) << (7 * (at - 1));
        at += 1;
        if byte & 0x80 == 0 {
            break;
        }
    }
    if buffer.len() < at + length {
        return None;
    }
    let packet = (buffer[0], buffer[at..at + length].to_vec());
    buffer.drain(..at + length);
    Some(packet)
}
