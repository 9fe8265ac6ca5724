//! One JSON connection, on the I/O thread: bytes in, calls out, replies back in the order of the requests.
//!
//! At most [`WINDOW`] commands of a connection are under way at once; the rest wait in its socket. That is
//! the back-pressure which bounds synchronous work without refusing any of it.

use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::time::Instant;

use super::super::transport::Transport;
use super::lingering_close;
use super::replies::{Backlog, OutgoingReply, Replies};
use crate::model::error::{Code, Error};
use crate::model::outcome::Delivery;
use crate::model::time::unix_time;
use crate::queue::Pending;
use crate::service::{Call, Service};
use crate::sessions::Session;
use crate::wire::dialects::{self, Dialect, Envelope, Request};
use crate::wire::{Delimiter, Frame, Splitter};

/// Commands of one connection under way at once.
const WINDOW: usize = 32;
/// Bytes of a message before the token has been shown, where one is asked for.
const UNAUTHENTICATED_LIMIT: usize = 1 << 20;
/// A larger message is parsed beside the I/O thread, so that nobody else waits for it.
pub const OFFLOAD_PARSE: usize = 256 << 10;

pub struct Connection {
    service: Arc<Service>,
    stream: Arc<Transport>,
    splitter: Splitter,
    replies: Arc<Replies>,
    /// Wakes `replies`: what it does then is done by the thread that wakes it.
    waker: Waker,
    session: Option<Arc<Session>>,
    authorized: bool,
    dialect: Dialect,
    delimiter: Delimiter,
    /// What the reply to the last message ends in.
    expected_delimiter: Delimiter,
    /// When the message in hand must be complete.
    deadline: Option<Instant>,
    /// Nothing more will be read: the client has finished, was rejected, or Tenon stops.
    read_closed: bool,
    /// The client may still be sending, and nothing of it will be read.
    rejected: bool,
}

impl Connection {
    /// `first` is what was read to find out that this is JSON.
    pub fn new(service: &Arc<Service>, stream: Transport, first: BytesMut) -> Self {
        let settings = &service.settings;
        let most = if settings.wants_token() {
            settings.max_message.min(UNAUTHENTICATED_LIMIT)
        } else {
            settings.max_message
        };
        let mut splitter = Splitter::new(most, settings.max_depth);
        *splitter.buffer() = first;
        let stream = Arc::new(stream);
        let replies = Replies::new(Arc::clone(&stream));
        Self {
            service: Arc::clone(service),
            stream,
            splitter,
            waker: Waker::from(Arc::clone(&replies)),
            replies,
            session: None,
            authorized: false,
            dialect: Dialect::McpForBlender,
            delimiter: Delimiter::Newline,
            expected_delimiter: Delimiter::Newline,
            deadline: None,
            read_closed: false,
            rejected: false,
        }
    }

    /// Serves until the client or the server ends it.
    pub async fn run(mut self) {
        while self.step().await {
            // A flood that fills the buffer faster than it empties must not keep the others from their turn.
            tokio::task::coop::consume_budget().await;
        }
        self.detach();
        self.replies.close();
        if self.rejected {
            lingering_close::linger(&self.stream, &self.service).await;
        }
    }

    /// One turn: send what is ready, read what is asked for, else wait. False at the end.
    async fn step(&mut self) -> bool {
        let Ok(backlog) = self.replies.flush() else { return false };
        if backlog.replies < WINDOW && !self.rejected {
            match self.splitter.next_frame() {
                Ok(Some(Frame::Message { bytes, delimiter })) => {
                    self.deadline = None;
                    self.on_message(bytes, delimiter).await;
                    return true;
                }
                Ok(Some(Frame::LateNul)) => {
                    self.delimiter = Delimiter::Nul;
                    // One NUL a message: a second would read as an empty message.
                    if self.expected_delimiter == Delimiter::Newline {
                        self.replies.push(OutgoingReply::Nul);
                    }
                    return true;
                }
                Ok(None) => {}
                Err(error) => {
                    self.reject(error);
                    return true;
                }
            }
        }
        if self.read_closed && backlog.replies == 0 && !backlog.unsent {
            return false;
        }
        self.wait(backlog).await
    }

    /// Waits for whatever can happen next. False if the connection is over.
    async fn wait(&mut self, backlog: Backlog) -> bool {
        if !backlog.unsent && self.replies.poll_next(&self.waker).is_ready() {
            return true;
        }
        let midway = self.splitter.is_midway();
        let reading = !self.read_closed && backlog.replies < WINDOW;
        if reading && midway && self.deadline.is_none() {
            self.deadline =
                Some(Instant::now() + Duration::from_secs_f64(self.service.settings.message_timeout));
        }
        let deadline = self.deadline;
        let closed = self.session.as_ref().map(|session| &session.closed);
        let stream = &self.stream;
        tokio::select! {
            biased;
            () = self.replies.changed() => {}
            ready = stream.readable(), if reading => return ready.is_ok() && self.read(),
            ready = stream.writable(), if backlog.unsent => return ready.is_ok(),
            () = until(deadline), if reading && midway => {
                let limit = self.service.settings.message_timeout;
                self.reject(Error::new(Code::Timeout, format!("The message was not complete after {limit} s; closing")));
            }
            () = self.service.shutdown.cancelled(), if !self.read_closed => self.close_reading(),
            () = ended(closed), if !self.read_closed => self.close_reading(),
        }
        true
    }

    fn close_reading(&mut self) {
        self.read_closed = true;
        self.replies.close_reading();
    }

    fn detach(&mut self) {
        if let Some(session) = self.session.take() {
            self.service.sessions.detach(&session);
        }
    }

    /// Takes what has arrived. False if the peer is gone.
    fn read(&mut self) -> bool {
        match self.stream.read_shared(self.splitter.buffer()) {
            Ok(Some(0)) => {
                // A client may close its sending side and still wait for its replies.
                self.close_reading();
                if self.splitter.is_midway() {
                    let words = "The connection ended in the middle of a message";
                    self.push_error(Error::new(Code::InvalidJson, words));
                }
                true
            }
            Ok(_) => true,
            Err(_) => false,
        }
    }

    /// One message: parse, check, dispatch, and a reply is owed.
    async fn on_message(&mut self, bytes: Bytes, delimiter: Option<Delimiter>) {
        let before = self.dialect;
        let (envelope, request) = if bytes.len() <= OFFLOAD_PARSE {
            dialects::parse(&bytes, before)
        } else {
            let parsed = tokio::task::spawn_blocking(move || dialects::parse(&bytes, before)).await;
            parsed.unwrap_or_else(|error| {
                let error = Error::new(Code::Internal, format!("Reading the message failed: {error}"));
                (Envelope::without_id(before), Err(error))
            })
        };
        self.dialect = envelope.dialect;
        let delimiter = match (delimiter, envelope.dialect) {
            (Some(seen), _) => {
                self.delimiter = seen;
                seen
            }
            (None, Dialect::BlenderLab) => Delimiter::Nul,
            (None, _) => self.delimiter,
        };
        self.expected_delimiter = delimiter;
        let admitted = match request {
            Ok(request) => self.admit(request).await,
            Err(error) => Err(error),
        };
        let answer = match admitted {
            Ok(call) => self.service.dispatch(call),
            Err(error) => {
                self.service.note_error(&error);
                Pending::ready(Err(error))
            }
        };
        let session = self.session.as_ref().map_or_else(|| "".into(), |session| Arc::clone(&session.id));
        self.replies.push(OutgoingReply::Reply { envelope, delimiter, session, answer });
    }

    /// Who is asking: token, then session. The connection moves to the session it names.
    async fn admit(&mut self, request: Request) -> Result<Call, Error> {
        if !self.authorized {
            if !self.service.authenticates(request.token.as_deref()) {
                let words = "A token is needed: send it as \"token\" beside the command (Preferences > Add-ons > Tenon)";
                return Err(Error::new(Code::Unauthorized, words));
            }
            self.authorized = true;
            self.splitter.allow(self.service.settings.max_message);
        }
        let has_subject =
            self.service.commands.find(&request.command).is_ok_and(|command| command.has_session_subject());
        let session = match (&self.session, request.asker(has_subject)) {
            (Some(held), None) => Arc::clone(held),
            (Some(held), Some(id)) if *held.id == *id => Arc::clone(held),
            (_, Some(id)) => {
                self.service.session(id).await?;
                self.attach(id)?
            }
            (None, None) => {
                let id = Arc::clone(&self.service.sessions.create("blender", unix_time()).id);
                log::debug!("session created: {id}");
                self.attach(&id)?
            }
        };
        Ok(Call::of_request(session, request, Delivery::Inline))
    }

    fn attach(&mut self, id: &str) -> Result<Arc<Session>, Error> {
        let session = self.service.sessions.attach(id)?;
        if let Some(left) = self.session.replace(Arc::clone(&session)) {
            self.service.sessions.detach(&left);
        }
        self.service.tell_session("session_attached", id);
        self.service.changed();
        Ok(session)
    }

    /// The error reply, then the end.
    fn reject(&mut self, error: Error) {
        self.service.note_error(&error);
        self.push_error(error);
        self.close_reading();
        self.rejected = true;
        *self.splitter.buffer() = BytesMut::new();
    }

    fn push_error(&mut self, error: Error) {
        let envelope = Envelope::without_id(self.dialect);
        let session = self.session.as_ref().map_or_else(|| "".into(), |session| Arc::clone(&session.id));
        self.replies.push(OutgoingReply::Reply {
            envelope,
            delimiter: self.delimiter,
            session,
            answer: Pending::ready(Err(error)),
        });
    }
}

/// However it ends: a session that seems held is kept for ever.
impl Drop for Connection {
    fn drop(&mut self) {
        self.detach();
        self.replies.close();
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
