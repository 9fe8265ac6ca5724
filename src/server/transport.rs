//! One accepted connection: what every door reads from and writes to. The one place that knows that it is TCP.
//!
//! Reads and writes without waiting take `&self`, so that one task may wait for a connection while another writes to it.

use std::io::{self, IoSlice};
use std::net::{Shutdown, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::BytesMut;
use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Room made for one read at the least, once a message has grown to it; buffers double beyond.
const READ: usize = 64 << 10;

pub struct Transport(TcpStream);

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
        Self(stream)
    }

    /// Our end's address.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }

    /// The other end's; an error if it is gone already.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.0.peer_addr()
    }

    /// How long the peer may take nothing before the system ends the connection, where the system lets us say.
    pub fn allow_stalling(&self, limit: Duration) {
        #[cfg(target_os = "linux")]
        let _ = SockRef::from(&self.0).set_tcp_user_timeout(Some(limit));
        #[cfg(not(target_os = "linux"))]
        let _ = limit;
    }

    pub async fn readable(&self) -> io::Result<()> {
        self.0.readable().await
    }

    pub async fn writable(&self) -> io::Result<()> {
        self.0.writable().await
    }

    pub fn poll_read_ready(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll_read_ready(context)
    }

    pub fn poll_write_ready(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll_write_ready(context)
    }

    /// Takes what has arrived, without waiting: `Some(0)` at the end of the stream, `None` if nothing is there.
    ///
    /// Through `poll_read`, which notes that a partial read has emptied the socket; `try_read` would need one
    /// more system call to find that out.
    pub async fn read_available(&mut self, into: &mut BytesMut) -> io::Result<Option<usize>> {
        // A message of many megabytes is read in growing steps, a small one costs no large buffer.
        into.reserve(into.len().clamp(4 << 10, READ));
        tokio::select! {
            biased;
            count = self.0.read_buf(into) => count.map(Some),
            () = std::future::ready(()) => Ok(None),
        }
    }

    /// The same through a shared reference, for one more system call: that nothing more is there is asked of the system.
    pub fn read_shared(&self, into: &mut BytesMut) -> io::Result<Option<usize>> {
        into.reserve(into.len().clamp(4 << 10, READ));
        match self.0.try_read_buf(into) {
            Ok(count) => Ok(Some(count)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Takes what has arrived; `WouldBlock` if that is nothing.
    pub fn try_read(&self, into: &mut [u8]) -> io::Result<usize> {
        self.0.try_read(into)
    }

    /// Writes what the system takes now; `WouldBlock` if that is nothing.
    pub fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_write(bytes)
    }

    /// The same of several pieces with one system call.
    pub fn try_write_vectored(&self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.try_write_vectored(pieces)
    }

    /// Ends our sending side; the peer's can go on.
    pub fn finish_sending(&self) -> io::Result<()> {
        SockRef::from(&self.0).shutdown(Shutdown::Write)
    }
}

impl AsyncRead for Transport {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, into)
    }
}

impl AsyncWrite for Transport {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
