//! The replies of one connection: encoded in the order of its requests, and written into its socket.
//!
//! In: replies as they are owed, and their outcomes. Out: bytes. Any thread: the connection's task on the I/O thread,
//! and whichever thread finishes a command or writes what its reply acknowledges. A client that waits for one command at
//! a time is answered by the last of these, straight into the socket, so that no other thread has to wake up for it. What
//! cannot be done at once and without waiting is left to the connection's task, and so are replies with others under way
//! behind them: those go out together, with one system call.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::queue::Pending;
use crate::server::transport::Transport;
use crate::wire::Delimiter;
use crate::wire::dialects::{self, Envelope};

/// Encoded replies beyond this many bytes wait until the client has read some.
const WRITE_HIGH_WATER: usize = 256 << 10;
/// A larger result is encoded on the I/O thread: the one that finished the command may be Blender's main thread.
const DIRECT_WRITE_LIMIT: usize = 64 << 10;

/// A reply that is owed, in its place in the order.
pub enum OutgoingReply {
    Reply {
        envelope: Envelope,
        delimiter: Delimiter,
        session: Arc<str>,
        answer: Pending,
    },
    /// The NUL behind a request whose reply was to end in a newline.
    Nul,
}

/// How many replies are owed, and whether encoded bytes wait for the socket.
#[derive(Clone, Copy)]
pub struct Backlog {
    pub replies: usize,
    pub unsent: bool,
}

pub struct Replies {
    inner: Mutex<Inner>,
    /// There is something to do for the connection's task.
    changed: Notify,
}

struct Inner {
    replies: VecDeque<OutgoingReply>,
    out: Vec<u8>,
    sent: usize,
    /// `None` once the connection is over.
    socket: Option<Arc<Transport>>,
    /// The connection's task waits for the last reply, to end.
    read_closed: bool,
}

impl Replies {
    pub fn new(socket: Arc<Transport>) -> Arc<Self> {
        let inner = Inner {
            replies: VecDeque::new(),
            out: Vec::new(),
            sent: 0,
            socket: Some(socket),
            read_closed: false,
        };
        Arc::new(Self { inner: Mutex::new(inner), changed: Notify::new() })
    }

    pub fn push(&self, reply: OutgoingReply) {
        self.inner.lock().replies.push_back(reply);
    }

    /// No request comes any more.
    pub fn close_reading(&self) {
        self.inner.lock().read_closed = true;
    }

    /// Encodes what is ready and sends what fits. The error says that the peer is gone.
    pub fn flush(&self) -> std::io::Result<Backlog> {
        let mut inner = self.inner.lock();
        inner.encode_ready();
        inner.send()?;
        Ok(Backlog { replies: inner.replies.len(), unsent: !inner.out.is_empty() })
    }

    /// Whether the next reply can be sent. If not yet, `waker` is woken when it can.
    pub fn poll_next(&self, waker: &Waker) -> Poll<()> {
        self.inner.lock().poll_next(waker)
    }

    /// Waits until the connection's task has something to do here.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Ends it: what is still owed is dropped, and the socket is let go.
    pub fn close(&self) {
        let mut inner = self.inner.lock();
        // The replies hold the wakers that hold this.
        inner.replies = VecDeque::new();
        inner.socket = None;
    }

    /// Sends the next reply from the thread that made it ready; false if that is left to the connection's task.
    fn send_directly(self: &Arc<Self>) -> bool {
        let Some(mut inner) = self.inner.try_lock() else { return false };
        if inner.read_closed || !inner.out.is_empty() {
            return false;
        }
        // What a reply acknowledges is in the log before it is told. The thread that finished a command does not write
        // there, because a disk may be slow; the thread that does comes by here.
        if inner.poll_next(&Waker::from(Arc::clone(self))).is_pending() {
            return true;
        }
        if inner.has_reply_behind_next() || !inner.is_next_small() {
            return false;
        }
        inner.encode_ready();
        inner.send().is_ok() && inner.out.is_empty() && inner.replies.is_empty()
    }
}

impl Wake for Replies {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    /// Something has happened to the next reply.
    fn wake_by_ref(self: &Arc<Self>) {
        if !self.send_directly() {
            self.changed.notify_one();
        }
    }
}

impl Inner {
    fn poll_next(&mut self, waker: &Waker) -> Poll<()> {
        match self.replies.front_mut() {
            Some(OutgoingReply::Reply { answer, .. }) => answer.poll(&mut Context::from_waker(waker)),
            Some(OutgoingReply::Nul) => Poll::Ready(()),
            None => Poll::Pending,
        }
    }

    /// Whether its encoding takes no time to speak of.
    fn is_next_small(&self) -> bool {
        match self.replies.front() {
            Some(OutgoingReply::Reply { answer, .. }) => answer.size() <= DIRECT_WRITE_LIMIT,
            _ => true,
        }
    }

    fn has_reply_behind_next(&self) -> bool {
        let is_reply = |reply: &OutgoingReply| matches!(reply, OutgoingReply::Reply { .. });
        self.replies.iter().skip(1).any(is_reply)
    }

    /// Encodes the replies that are ready, in order, while the client keeps up.
    fn encode_ready(&mut self) {
        while self.out.len() - self.sent < WRITE_HIGH_WATER {
            match self.replies.front_mut() {
                Some(OutgoingReply::Reply { envelope, delimiter, session, answer }) => {
                    let Some(outcome) = answer.try_take() else { return };
                    dialects::encode(envelope, &outcome, session, *delimiter, &mut self.out);
                }
                Some(OutgoingReply::Nul) => self.out.push(0),
                None => return,
            }
            self.replies.pop_front();
        }
    }

    /// Sends without waiting. The error says that the peer is gone.
    fn send(&mut self) -> std::io::Result<()> {
        let Some(socket) = &self.socket else { return Ok(()) };
        while self.sent < self.out.len() {
            match socket.try_write(&self.out[self.sent..]) {
                Ok(count) => self.sent += count,
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        // An idle connection holds no buffer.
        self.out = Vec::new();
        self.sent = 0;
        Ok(())
    }
}
