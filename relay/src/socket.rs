//! A client's connection, with TLS or without, which somebody else can cut.
//!
//! It deliberately knows neither HTTP nor MQTT.

use std::io;
use std::net::Shutdown;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use crate::tls::Tls;

/// How long a client may take to agree on keys.
const HANDSHAKE: Duration = Duration::from_secs(5);

/// A client's connection.
pub(crate) struct Socket {
    stream: Stream,
    cutter: Cutter,
}

/// What its bytes come and go by.
enum Stream {
    /// As they are.
    Plain(TcpStream),
    /// Within TLS.
    Tls(Box<TlsStream<TcpStream>>),
}

/// Ends a connection whoever holds it, even while a write to it is stuck.
#[derive(Clone)]
pub(crate) struct Cutter(Arc<std::net::TcpStream>);

impl Cutter {
    /// Ends the connection without a word, at once.
    pub(crate) fn cut(&self) {
        // It fails only if the socket is closed already.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

impl Socket {
    /// Takes a connection over, without Nagle's delay, and agrees on keys if there is TLS.
    ///
    /// # Errors
    /// If the system fails, or the client and this relay do not agree.
    pub(crate) async fn accept(socket: TcpStream, tls: Option<&Tls>) -> io::Result<Self> {
        socket.set_nodelay(true)?;
        let socket = socket.into_std()?;
        let cutter = Cutter(Arc::new(socket.try_clone()?));
        let socket = TcpStream::from_std(socket)?;
        let stream = match tls {
            None => Stream::Plain(socket),
            Some(tls) => {
                let accepted = tokio::time::timeout(HANDSHAKE, tls.acceptor().accept(socket));
                Stream::Tls(Box::new(accepted.await??))
            }
        };
        Ok(Self { stream, cutter })
    }

    /// What it can be cut with.
    pub(crate) fn cutter(&self) -> Cutter {
        self.cutter.clone()
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut self.get_mut().stream {
            Stream::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Stream::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.get_mut().stream {
            Stream::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Stream::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().stream {
            Stream::Plain(stream) => Pin::new(stream).poll_flush(context),
            Stream::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().stream {
            Stream::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Stream::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
