//! A TLS connection over an accepted socket, with reads and writes that never wait and take `&self`. I/O thread, and
//! whichever thread sends a reply.
//!
//! What was taken to write is encrypted at once and may not all fit into the socket. The rest is flushed by a task on the
//! I/O thread; until it has gone nothing more is taken. So a writer needs not come back for what it has handed over.

use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::net::Shutdown;
use std::sync::Arc;
use std::task::{Context, Poll};

use parking_lot::Mutex;
use rustls::{ServerConfig, ServerConnection};
use socket2::SockRef;
use tokio::net::TcpStream;
use tokio::runtime::Handle;

#[derive(Clone)]
pub struct TlsStream(Arc<Shared>);

struct Shared {
    socket: TcpStream,
    state: Mutex<State>,
    /// Writers may be threads outside the runtime.
    runtime: Handle,
}

struct State {
    tls: ServerConnection,
    /// Decrypted bytes that nobody has read.
    readable: usize,
    /// A task flushes what did not fit.
    flushing: bool,
    /// Our sending side ends with what is left.
    finished: bool,
}

/// The socket, as the library reads and writes it.
struct NonBlocking<'a>(&'a TcpStream);

impl Read for NonBlocking<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.try_read(into)
    }
}

impl Write for NonBlocking<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_write(bytes)
    }

    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.try_write_vectored(pieces)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl TlsStream {
    /// The handshake; `first` was read of it already. The caller bounds its time.
    pub async fn accept(socket: TcpStream, first: &[u8], config: Arc<ServerConfig>) -> io::Result<Self> {
        let mut tls = ServerConnection::new(config).map_err(io::Error::other)?;
        let mut first = first;
        while !first.is_empty() {
            tls.read_tls(&mut first)?;
            process(&mut tls, &socket)?;
        }
        while tls.is_handshaking() || tls.wants_write() {
            let done = if tls.wants_write() {
                socket.writable().await?;
                tls.write_tls(&mut NonBlocking(&socket))
            } else {
                socket.readable().await?;
                tls.read_tls(&mut NonBlocking(&socket))
            };
            match done {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(_) => process(&mut tls, &socket)?,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        let readable = tls.process_new_packets().map_err(io::Error::other)?.plaintext_bytes_to_read();
        let state = State { tls, readable, flushing: false, finished: false };
        Ok(Self(Arc::new(Shared { socket, state: Mutex::new(state), runtime: Handle::current() })))
    }

    pub fn socket(&self) -> &TcpStream {
        &self.0.socket
    }

    /// Takes what has arrived; `WouldBlock` if that is nothing, 0 at the end.
    pub fn try_read(&self, into: &mut [u8]) -> io::Result<usize> {
        let mut state = self.0.state.lock();
        loop {
            match state.tls.reader().read(into) {
                Ok(count) => {
                    state.readable = state.readable.saturating_sub(count);
                    return Ok(count);
                }
                // Many clients end without the goodbye of the protocol; our messages tell their own ends.
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(0),
                Err(error) if error.kind() != ErrorKind::WouldBlock => return Err(error),
                Err(_) => {}
            }
            state.readable = 0;
            state.tls.read_tls(&mut NonBlocking(&self.0.socket))?;
            let done = state.tls.process_new_packets();
            // An answer to a key update, or the alert that says why this is the end.
            self.flush_soon(&mut state)?;
            state.readable = done
                .map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?
                .plaintext_bytes_to_read();
        }
    }

    /// Takes what can be sent now; `WouldBlock` if that is nothing.
    pub fn try_write_vectored(&self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut state = self.0.state.lock();
        if !self.0.flush(&mut state)? {
            return Err(ErrorKind::WouldBlock.into());
        }
        let count = state.tls.writer().write_vectored(pieces)?;
        self.flush_soon(&mut state)?;
        Ok(count)
    }

    /// Says goodbye, and ends our sending side once that has gone.
    pub fn finish_sending(&self) -> io::Result<()> {
        let mut state = self.0.state.lock();
        if !state.finished {
            state.tls.send_close_notify();
            state.finished = true;
        }
        self.flush_soon(&mut state)
    }

    /// Whether a read would not wait.
    pub fn poll_read_ready(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.has_plaintext() { Poll::Ready(Ok(())) } else { self.0.socket.poll_read_ready(context) }
    }

    pub async fn readable(&self) -> io::Result<()> {
        if self.has_plaintext() { Ok(()) } else { self.0.socket.readable().await }
    }

    /// Whether everything handed over has gone into the socket.
    pub fn poll_flush(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            if self.0.flush(&mut self.0.state.lock())? {
                return Poll::Ready(Ok(()));
            }
            std::task::ready!(self.0.socket.poll_write_ready(context))?;
        }
    }

    fn has_plaintext(&self) -> bool {
        self.0.state.lock().readable > 0
    }

    /// Sends what the socket takes now, and has a task send the rest.
    fn flush_soon(&self, state: &mut State) -> io::Result<()> {
        if self.0.flush(state)? || std::mem::replace(&mut state.flushing, true) {
            return Ok(());
        }
        let shared = Arc::clone(&self.0);
        self.0.runtime.spawn(async move {
            loop {
                let ready = shared.socket.writable().await;
                let mut state = shared.state.lock();
                // Who reads or writes next is told of an error.
                if ready.is_err() || !matches!(shared.flush(&mut state), Ok(false)) {
                    state.flushing = false;
                    return;
                }
            }
        });
        Ok(())
    }
}

impl Shared {
    /// Whether nothing is left to send.
    fn flush(&self, state: &mut State) -> io::Result<bool> {
        while state.tls.wants_write() {
            match state.tls.write_tls(&mut NonBlocking(&self.socket)) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        if state.finished {
            // A peer that is gone already needs no end.
            let _ = SockRef::from(&self.socket).shutdown(Shutdown::Write);
        }
        Ok(true)
    }
}

/// The next step of a handshake; a peer that broke the rules is told which before the end.
fn process(tls: &mut ServerConnection, socket: &TcpStream) -> io::Result<()> {
    tls.process_new_packets().map(|_| ()).map_err(|error| {
        let _ = tls.write_tls(&mut NonBlocking(socket));
        io::Error::new(ErrorKind::InvalidData, error)
    })
}
