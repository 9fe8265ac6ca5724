//! One JSON connection, on the I/O thread: bytes in, calls out, replies back in the order of the requests.
//!
//! At most [`WINDOW`] commands of a connection are under way at once; the rest wait in its socket. That is
//! the back-pressure which bounds synchronous work without refusing any of it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::{last_words, socket};
use crate::clock::unix_time;
use crate::error::{Code, Error};
use crate::framing::{Delimiter, Frame, Splitter};
use crate::message::{Answer, Call, Delivery, Outcome, Reply, queued};
use crate::protocol::{self, Dialect, Envelope, Request};
use crate::service::Service;
use crate::session::Session;

/// Commands of one connection under way at once.
const WINDOW: usize = 32;
/// Bytes of a message before the token has been shown, where one is asked for.
const STRANGER: usize = 1 << 20;
/// Encoded replies beyond this many bytes wait until the client has read some.
const UNSENT: usize = 256 << 10;
/// A larger message is parsed beside the I/O thread, so that nobody else waits for it.
pub const LARGE: usize = 256 << 10;

/// A reply that is owed, in its place in the order.
enum Owed {
    Reply {
        envelope: Envelope,
        delimiter: Delimiter,
        session: Arc<str>,
        outcome: Awaited,
    },
    /// The NUL behind a request whose reply was promised a newline.
    Nul,
}

enum Awaited {
    Here(Outcome),
    Queued(Reply),
}

pub struct Connection {
    service: Arc<Service>,
    stream: TcpStream,
    splitter: Splitter,
    owed: VecDeque<Owed>,
    out: Vec<u8>,
    sent: usize,
    session: Option<Arc<Session>>,
    authorized: bool,
    dialect: Dialect,
    delimiter: Delimiter,
    /// What ends the reply to the last message.
    promised: Delimiter,
    /// When the message in hand must be complete.
    deadline: Option<Instant>,
    /// Nothing more will be read: the client has finished, was told off, or Tenon stops.
    deaf: bool,
    /// The client was told off and may still be sending.
    told_off: bool,
}

impl Connection {
    /// `first` is what was read to find out that this is JSON.
    pub fn new(service: &Arc<Service>, stream: TcpStream, first: BytesMut) -> Self {
        let settings = &service.settings;
        let most =
            if settings.wants_token() { settings.max_message.min(STRANGER) } else { settings.max_message };
        let mut splitter = Splitter::new(most, settings.max_depth);
        *splitter.buffer() = first;
        Self {
            service: Arc::clone(service),
            stream,
            splitter,
            owed: VecDeque::new(),
            out: Vec::new(),
            sent: 0,
            session: None,
            authorized: false,
            dialect: Dialect::Typed,
            delimiter: Delimiter::Newline,
            promised: Delimiter::Newline,
            deadline: None,
            deaf: false,
            told_off: false,
        }
    }

    /// Serves until the client or the server ends it.
    pub async fn run(mut self) {
        while self.step().await {
            // A flood that fills the buffer faster than it empties must not keep the others from their turn.
            tokio::task::coop::consume_budget().await;
        }
        self.let_go();
        if self.told_off {
            last_words::linger(&mut self.stream, &self.service).await;
        }
    }

    fn let_go(&mut self) {
        if let Some(session) = self.session.take() {
            self.service.sessions.detach(&session);
        }
    }

    /// One turn: encode what is ready, send what fits, read what is asked for, else wait. False at the end.
    async fn step(&mut self) -> bool {
        self.collect();
        if !self.send() {
            return false;
        }
        if self.owed.len() < WINDOW && !self.told_off {
            match self.splitter.next_frame() {
                Ok(Some(Frame::Message { bytes, delimiter })) => {
                    self.deadline = None;
                    self.hear(bytes, delimiter).await;
                    return true;
                }
                Ok(Some(Frame::LateNul)) => {
                    self.delimiter = Delimiter::Nul;
                    // One NUL a message: a second would read as an empty message.
                    if self.promised == Delimiter::Newline {
                        self.owed.push_back(Owed::Nul);
                    }
                    return true;
                }
                Ok(None) => {}
                Err(error) => {
                    self.tell_off(error);
                    return true;
                }
            }
        }
        if self.deaf && self.owed.is_empty() && self.out.is_empty() {
            return false;
        }
        self.wait().await
    }

    /// Waits for whatever can happen next. False if the connection is over.
    async fn wait(&mut self) -> bool {
        let midway = self.splitter.is_midway();
        let reading = !self.deaf && self.owed.len() < WINDOW;
        if reading && midway && self.deadline.is_none() {
            self.deadline =
                Some(Instant::now() + Duration::from_secs_f64(self.service.settings.message_timeout));
        }
        let deadline = self.deadline;
        let closed = self.session.as_ref().map(|session| &session.closed);
        let awaited = match self.owed.front_mut() {
            Some(Owed::Reply { outcome, .. }) if self.out.is_empty() => Some(outcome),
            _ => None,
        };
        tokio::select! {
            biased;
            () = given(awaited) => {}
            ready = self.stream.readable(), if reading => return ready.is_ok() && self.read().await,
            ready = self.stream.writable(), if !self.out.is_empty() => return ready.is_ok(),
            () = until(deadline), if reading && midway => {
                let limit = self.service.settings.message_timeout;
                self.tell_off(Error::new(Code::Timeout, format!("The message was not complete after {limit} s; closing")));
            }
            () = self.service.shutdown.cancelled(), if !self.deaf => self.deaf = true,
            () = ended(closed), if !self.deaf => self.deaf = true,
        }
        true
    }

    /// Takes what has arrived. False if the peer is gone.
    async fn read(&mut self) -> bool {
        match socket::read(&mut self.stream, self.splitter.buffer()).await {
            Ok(Some(0)) => {
                // A client may close its sending side and still wait for its replies.
                self.deaf = true;
                if self.splitter.is_midway() {
                    let words = "The connection ended in the middle of a message";
                    self.owe_error(Error::new(Code::InvalidJson, words));
                }
                true
            }
            Ok(_) => true,
            Err(_) => false,
        }
    }

    /// One message: parse, check, dispatch, and owe the reply.
    async fn hear(&mut self, bytes: Bytes, delimiter: Option<Delimiter>) {
        let before = self.dialect;
        let (envelope, request) = if bytes.len() <= LARGE {
            protocol::parse(&bytes, before)
        } else {
            let parsed = tokio::task::spawn_blocking(move || protocol::parse(&bytes, before)).await;
            parsed.unwrap_or_else(|error| {
                let error = Error::new(Code::Internal, format!("Reading the message failed: {error}"));
                (Envelope { dialect: before, id: None }, Err(error))
            })
        };
        self.dialect = envelope.dialect;
        let delimiter = match (delimiter, envelope.dialect) {
            (Some(seen), _) => {
                self.delimiter = seen;
                seen
            }
            (None, Dialect::Execute) => Delimiter::Nul,
            (None, _) => self.delimiter,
        };
        self.promised = delimiter;
        let admitted = match request {
            Ok(request) => self.admit(request).await,
            Err(error) => Err(error),
        };
        let outcome = match admitted {
            Ok(call) => {
                let delivery = call.delivery;
                match (self.service.dispatch(call), delivery) {
                    (Answer::Ready(outcome), _) => Awaited::Here(outcome),
                    (Answer::Asked(reply), _) => Awaited::Queued(reply),
                    (Answer::Queued(id, _), Delivery::Later) => Awaited::Here(Ok(queued(id))),
                    (Answer::Queued(_, reply), _) => Awaited::Queued(reply),
                }
            }
            Err(error) => {
                self.service.note_error(&error);
                Awaited::Here(Err(error))
            }
        };
        let session = self.session.as_ref().map_or_else(|| "".into(), |session| Arc::clone(&session.id));
        self.owed.push_back(Owed::Reply { envelope, delimiter, session, outcome });
    }

    /// Who is asking: token, then session. The connection moves to the session it names.
    async fn admit(&mut self, request: Request) -> Result<Call, Error> {
        if !self.authorized {
            if !self.service.admits(request.token.as_deref()) {
                let words = "A token is needed: send it as \"token\" beside the command (Preferences > Add-ons > Tenon)";
                return Err(Error::new(Code::Unauthorized, words));
            }
            self.authorized = true;
            self.splitter.allow(self.service.settings.max_message);
        }
        let session = match (&self.session, request.asker()) {
            (Some(held), None) => Arc::clone(held),
            (Some(held), Some(id)) if *held.id == *id => Arc::clone(held),
            (_, Some(id)) => {
                self.service.recall(id).await?;
                self.hold(id)?
            }
            (None, None) => {
                let id = Arc::clone(&self.service.sessions.create("blender", unix_time()).id);
                log::debug!("session created: {id}");
                self.hold(&id)?
            }
        };
        let delivery = if request.asynchronous { Delivery::Later } else { Delivery::Wait };
        Ok(Call {
            session,
            command: request.command,
            params: request.params,
            metadata: request.metadata,
            label: None,
            timeout: request.timeout,
            delivery,
            task_id: request.task_id,
        })
    }

    fn hold(&mut self, id: &str) -> Result<Arc<Session>, Error> {
        let session = self.service.sessions.attach(id)?;
        if let Some(left) = self.session.replace(Arc::clone(&session)) {
            self.service.sessions.detach(&left);
        }
        self.service.tell_session("session_attached", id);
        self.service.changed();
        Ok(session)
    }

    /// Encodes the replies that are ready, in order, while the client keeps up.
    fn collect(&mut self) {
        while self.out.len() - self.sent < UNSENT {
            match self.owed.front_mut() {
                Some(Owed::Reply { outcome, .. }) => match outcome {
                    Awaited::Here(_) => {}
                    Awaited::Queued(reply) => match reply.try_take() {
                        Some(ready) => *outcome = Awaited::Here(ready),
                        None => return,
                    },
                },
                Some(Owed::Nul) => {}
                None => return,
            }
            match self.owed.pop_front() {
                Some(Owed::Reply { envelope, delimiter, session, outcome: Awaited::Here(outcome) }) => {
                    protocol::encode(&envelope, &outcome, &session, delimiter, &mut self.out);
                }
                _ => self.out.push(0),
            }
        }
    }

    /// Sends without waiting. False if the peer is gone.
    fn send(&mut self) -> bool {
        while self.sent < self.out.len() {
            match self.stream.try_write(&self.out[self.sent..]) {
                Ok(count) => self.sent += count,
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return true,
                Err(_) => return false,
            }
        }
        // An idle connection holds no buffer.
        self.out = Vec::new();
        self.sent = 0;
        true
    }

    /// The error reply, then the end.
    fn tell_off(&mut self, error: Error) {
        self.service.note_error(&error);
        self.owe_error(error);
        self.deaf = true;
        self.told_off = true;
        *self.splitter.buffer() = BytesMut::new();
    }

    fn owe_error(&mut self, error: Error) {
        let envelope = Envelope { dialect: self.dialect, id: None };
        let session = self.session.as_ref().map_or_else(|| "".into(), |session| Arc::clone(&session.id));
        self.owed.push_back(Owed::Reply {
            envelope,
            delimiter: self.delimiter,
            session,
            outcome: Awaited::Here(Err(error)),
        });
    }
}

/// However it ends: a session that seems held is kept for ever.
impl Drop for Connection {
    fn drop(&mut self) {
        self.let_go();
    }
}

/// Until the front reply is there; for ever if there is none to wait for.
async fn given(awaited: Option<&mut Awaited>) {
    match awaited {
        Some(slot) => {
            if let Awaited::Queued(reply) = slot {
                let outcome = reply.wait().await;
                *slot = Awaited::Here(outcome);
            }
        }
        None => std::future::pending().await,
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

async fn ended(closed: Option<&tokio_util::sync::CancellationToken>) {
    match closed {
        Some(closed) => closed.cancelled().await,
        None => std::future::pending().await,
    }
}
