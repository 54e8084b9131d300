//! A client's connection, with or without TLS, that can be closed from elsewhere.
//!
//! Non-goals: HTTP and MQTT, which run over it.

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

/// How long a client may take for the TLS handshake.
const HANDSHAKE: Duration = Duration::from_secs(5);

/// A client's connection.
pub(crate) struct Socket {
    stream: Stream,
    cutter: Cutter,
}

/// The underlying stream.
enum Stream {
    /// Without TLS.
    Plain(TcpStream),
    /// With TLS.
    Tls(Box<TlsStream<TcpStream>>),
}

/// Closes a connection from anywhere, even while a write to it is blocked.
#[derive(Clone)]
pub(crate) struct Cutter(Arc<std::net::TcpStream>);

impl Cutter {
    /// Closes the connection at once, without a protocol message.
    pub(crate) fn cut(&self) {
        // It fails only if the socket is closed already.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

impl Socket {
    /// Sets up an accepted connection: turns Nagle's algorithm off, and does the TLS handshake.
    ///
    /// # Errors
    /// If the system or the handshake fails.
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

    /// A handle that closes it.
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
