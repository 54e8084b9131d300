//! The byte stream between one client and the MQTT library, over TCP, TLS or a WebSocket.
//!
//! Under AWS's limits it discards deliveries beyond the rate, for which the library has no hook: it
//! drops outgoing PUBLISH packets of QoS 0 by their headers. Those of QoS 1 pass, because the
//! library would wait for their acknowledgements.
//!
//! Non-goals: limiting what comes in, which the library's hooks do.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use mqtt5::broker::transport::{BrokerTransport, WebSocketTransport};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::Inner;
use super::counters::Refusal;
use super::profile::Allowance;

/// A byte stream that carries MQTT.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Sync + Unpin + 'static {}

impl<S: AsyncRead + AsyncWrite + Send + Sync + Unpin + 'static> Stream for S {}

/// A stream that discards deliveries beyond the allowance.
pub(super) struct Transport<S> {
    stream: S,
    broker: Arc<Inner>,
    allowance: Option<Arc<Allowance>>,
    packet: Packet,
}

/// The packet that is being written.
#[derive(Clone, Copy)]
struct Packet {
    /// Bytes still to be written.
    left: usize,
    discarded: bool,
}

impl<S: Stream> Transport<S> {
    /// Wraps `stream` as a transport of the library.
    pub(super) fn wrap(
        stream: S,
        broker: Arc<Inner>,
        allowance: Option<Arc<Allowance>>,
    ) -> BrokerTransport {
        // The library's only variant that takes a stream of another type.
        BrokerTransport::WebSocket(Box::new(Self {
            stream,
            broker,
            allowance,
            packet: Packet {
                left: 0,
                discarded: false,
            },
        }))
    }

    /// Whether the packet with this first byte is sent.
    fn allows(&self, header: u8) -> bool {
        const PUBLISH: u8 = 3;
        const QOS: u8 = 0b110;
        let Some(allowance) = self.allowance.as_ref().filter(|_| header >> 4 == PUBLISH) else {
            return true;
        };
        if allowance.messages.take(Instant::now()) || header & QOS != 0 {
            return true;
        }
        self.broker.refusals.count(Refusal::DeliveryRate);
        false
    }
}

impl<S: Stream> AsyncWrite for Transport<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        if this.allowance.is_none() {
            return Pin::new(&mut this.stream).poll_write(context, bytes);
        }
        if this.packet.left == 0 && !bytes.is_empty() {
            this.packet = Packet {
                // The library writes whole packets; anything else passes unchanged.
                left: packet_length(bytes).unwrap_or(bytes.len()),
                discarded: !this.allows(bytes[0]),
            };
        }
        let part = &bytes[..bytes.len().min(this.packet.left)];
        let written = if this.packet.discarded {
            part.len()
        } else {
            ready!(Pin::new(&mut this.stream).poll_write(context, part))?
        };
        this.packet.left -= written;
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl<S: Stream> AsyncRead for Transport<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: Stream> WebSocketTransport for Transport<S> {
    fn peer_addr(&self) -> mqtt5::Result<std::net::SocketAddr> {
        Err(mqtt5::MqttError::InvalidState(
            "the stream does not know its peer".into(),
        ))
    }
}

/// The length of the MQTT packet that begins here, including its header.
fn packet_length(bytes: &[u8]) -> Option<usize> {
    let mut rest = 0;
    for (index, &byte) in bytes.iter().skip(1).take(4).enumerate() {
        rest |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some(2 + index + rest);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::packet_length;

    #[test]
    fn a_packet_s_length_includes_its_header() {
        assert_eq!(packet_length(&[0xd0, 0]), Some(2));
        assert_eq!(packet_length(&[0x30, 127, 0]), Some(129));
        assert_eq!(packet_length(&[0x30, 0x80, 1, 0]), Some(131));
        assert_eq!(packet_length(&[0x30, 0x80]), None);
        assert_eq!(packet_length(&[0x30, 0xff, 0xff, 0xff, 0xff, 1]), None);
    }
}
