//! One accepted connection: what every door reads from and writes to. The one place that knows that it is TCP, and whether it is
//! encrypted.
//!
//! Reads and writes without waiting take `&self`, so that one task may wait for a connection while another writes to it.

use std::io::{self, IoSlice};
use std::net::{Shutdown, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::BytesMut;
use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::tls::{Tls, TlsStream};

/// Room made for one read at the least, once a message has grown to it; buffers double beyond.
const READ: usize = 64 << 10;

pub struct Transport(Stream);

enum Stream {
    Plain(TcpStream),
    Tls(TlsStream),
}

impl Transport {
    /// An accepted socket: no delay (a reply must not wait for the client's ACK), and dead peers are found.
    pub fn accepted(stream: TcpStream) -> Self {
        let keepalive =
            TcpKeepalive::new().with_time(Duration::from_secs(60)).with_interval(Duration::from_secs(15));
        #[cfg(not(windows))]
        let keepalive = keepalive.with_retries(4);
        let socket = SockRef::from(&stream);
        // A socket whose peer is gone already refuses; its first read will tell.
        let _ = stream.set_nodelay(true);
        let _ = socket.set_tcp_keepalive(&keepalive);
        #[cfg(target_os = "linux")]
        let _ = socket.set_tcp_user_timeout(Some(Duration::from_secs(120)));
        Self(Stream::Plain(stream))
    }

    /// The same connection decrypted, once its handshake is done; `first` was read of it. An error if it is encrypted
    /// already.
    pub async fn decrypted(self, first: &[u8], tls: &Tls) -> io::Result<Self> {
        match self.0 {
            Stream::Plain(socket) => Ok(Self(Stream::Tls(tls.accept(socket, first).await?))),
            Stream::Tls(_) => Err(io::Error::new(io::ErrorKind::InvalidData, "TLS within TLS")),
        }
    }

    /// Whether what is on the way cannot be read there.
    pub const fn is_encrypted(&self) -> bool {
        matches!(self.0, Stream::Tls(_))
    }

    fn socket(&self) -> &TcpStream {
        match &self.0 {
            Stream::Plain(socket) => socket,
            Stream::Tls(tls) => tls.socket(),
        }
    }

    /// Our end's address.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket().local_addr()
    }

    /// The other end's; an error if it is gone already.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.socket().peer_addr()
    }

    /// How long the peer may take nothing before the system ends the connection, where the system lets us say.
    pub fn allow_stalling(&self, limit: Duration) {
        #[cfg(target_os = "linux")]
        let _ = SockRef::from(self.socket()).set_tcp_user_timeout(Some(limit));
        #[cfg(not(target_os = "linux"))]
        let _ = limit;
    }

    pub async fn readable(&self) -> io::Result<()> {
        match &self.0 {
            Stream::Plain(socket) => socket.readable().await,
            Stream::Tls(tls) => tls.readable().await,
        }
    }

    pub async fn writable(&self) -> io::Result<()> {
        self.socket().writable().await
    }

    pub fn poll_read_ready(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &self.0 {
            Stream::Plain(socket) => socket.poll_read_ready(context),
            Stream::Tls(tls) => tls.poll_read_ready(context),
        }
    }

    pub fn poll_write_ready(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket().poll_write_ready(context)
    }

    /// Takes what has arrived, without waiting: `Some(0)` at the end of the stream, `None` if nothing is there.
    ///
    /// Through `poll_read`, which notes that a partial read has emptied the socket; `try_read` would need one
    /// more system call to find that out.
    pub async fn read_available(&mut self, into: &mut BytesMut) -> io::Result<Option<usize>> {
        let Stream::Plain(socket) = &mut self.0 else { return self.read_shared(into) };
        // A message of many megabytes is read in growing steps, a small one costs no large buffer.
        into.reserve(into.len().clamp(4 << 10, READ));
        tokio::select! {
            biased;
            count = socket.read_buf(into) => count.map(Some),
            () = std::future::ready(()) => Ok(None),
        }
    }

    /// The same through a shared reference, for one more system call: that nothing more is there is asked of the system.
    pub fn read_shared(&self, into: &mut BytesMut) -> io::Result<Option<usize>> {
        let room = into.len().clamp(4 << 10, READ);
        into.reserve(room);
        let read = match &self.0 {
            Stream::Plain(socket) => socket.try_read_buf(into),
            Stream::Tls(tls) => {
                let before = into.len();
                into.resize(before + room, 0);
                let read = tls.try_read(&mut into[before..]);
                into.truncate(before + read.as_ref().copied().unwrap_or(0));
                read
            }
        };
        match read {
            Ok(count) => Ok(Some(count)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Takes what has arrived; `WouldBlock` if that is nothing.
    pub fn try_read(&self, into: &mut [u8]) -> io::Result<usize> {
        match &self.0 {
            Stream::Plain(socket) => socket.try_read(into),
            Stream::Tls(tls) => tls.try_read(into),
        }
    }

    /// Writes what the system takes now; `WouldBlock` if that is nothing.
    pub fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        match &self.0 {
            Stream::Plain(socket) => socket.try_write(bytes),
            Stream::Tls(tls) => tls.try_write_vectored(&[IoSlice::new(bytes)]),
        }
    }

    /// The same of several pieces with one system call.
    pub fn try_write_vectored(&self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        match &self.0 {
            Stream::Plain(socket) => socket.try_write_vectored(pieces),
            Stream::Tls(tls) => tls.try_write_vectored(pieces),
        }
    }

    /// Ends our sending side; the peer's can go on.
    pub fn finish_sending(&self) -> io::Result<()> {
        match &self.0 {
            Stream::Plain(socket) => SockRef::from(socket).shutdown(Shutdown::Write),
            Stream::Tls(tls) => tls.finish_sending(),
        }
    }

    /// `attempt`, whenever the socket may be ready for it, until it does not say that it would have to wait.
    fn poll_tls<T>(
        context: &mut Context<'_>,
        ready: impl Fn(&mut Context<'_>) -> Poll<io::Result<()>>,
        mut attempt: impl FnMut() -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        loop {
            match attempt() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => ready!(ready(context))?,
                done => return Poll::Ready(done),
            }
        }
    }
}

impl AsyncRead for Transport {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut self.0 {
            Stream::Plain(socket) => Pin::new(socket).poll_read(context, into),
            Stream::Tls(tls) => {
                let read = |context: &mut Context<'_>| tls.poll_read_ready(context);
                let count =
                    ready!(Self::poll_tls(context, read, || tls.try_read(into.initialize_unfilled())))?;
                into.advance(count);
                Poll::Ready(Ok(()))
            }
        }
    }
}

impl AsyncWrite for Transport {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut self.0 {
            Stream::Plain(socket) => Pin::new(socket).poll_write_vectored(context, pieces),
            Stream::Tls(tls) => {
                let ready = |context: &mut Context<'_>| tls.socket().poll_write_ready(context);
                Self::poll_tls(context, ready, || tls.try_write_vectored(pieces))
            }
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.0 {
            Stream::Plain(socket) => Pin::new(socket).poll_flush(context),
            Stream::Tls(tls) => tls.poll_flush(context),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.0 {
            Stream::Plain(socket) => Pin::new(socket).poll_shutdown(context),
            Stream::Tls(tls) => Poll::Ready(tls.finish_sending()),
        }
    }
}
