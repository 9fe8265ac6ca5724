//! What HTTP is spoken over: a transport, behind the bytes that told what it speaks, and bounded in time. On the I/O
//! thread.
//!
//! A client may keep its connection as long as a session may be idle, so that its next request finds it open. A request
//! whose head has begun must come within the time that every message has. (hyper has one limit for both, which would
//! end a connection that is merely not used.)

use std::io::{self, Error, ErrorKind, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::http::Response;
use bytes::{Buf, BytesMut};
use hyper::body::{Bytes, Frame, SizeHint};
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

use crate::model::settings::Settings;
use crate::server::transport::Transport;

/// What hyper reads from and writes to; an upgrade takes it back.
pub type HttpIo = TokioIo<HttpStream>;

pub struct HttpStream {
    /// Read before it was known to be HTTP.
    first: BytesMut,
    transport: Transport,
    phase: Arc<RequestPhase>,
    /// When the phase ends the connection.
    deadline: Pin<Box<Sleep>>,
}

impl HttpStream {
    pub fn new(transport: Transport, first: BytesMut, phase: &Arc<RequestPhase>) -> Self {
        let deadline = Box::pin(tokio::time::sleep(Duration::ZERO));
        Self { first, transport, phase: Arc::clone(phase), deadline }
    }

    /// The transport, and what was read of it and not taken.
    pub fn into_parts(self) -> (Transport, BytesMut) {
        (self.transport, self.first)
    }
}

/// What the client is at, as its connection's reader and its requests see it.
pub struct RequestPhase {
    now: Mutex<(Phase, Option<Waker>)>,
    head_timeout: Duration,
    /// `None`: a connection may be idle for ever.
    idle_timeout: Option<Duration>,
}

#[derive(Clone, Copy)]
enum Phase {
    /// Between two requests, since.
    Idle(Instant),
    /// A request's head has begun to come.
    Head(Instant),
    /// A request is being answered; how long that takes is not the connection's business.
    Answering,
}

impl RequestPhase {
    /// Of a connection whose first bytes have come.
    pub fn new(settings: &Settings) -> Arc<Self> {
        let head_timeout = Duration::from_secs_f64(settings.message_timeout);
        let idle_timeout = (settings.idle_timeout > 0.0)
            .then(|| Duration::from_secs_f64(settings.idle_timeout).max(head_timeout));
        Arc::new(Self { now: Mutex::new((Phase::Head(Instant::now()), None)), head_timeout, idle_timeout })
    }

    /// A request has come; it is being answered until its response's body was sent.
    pub fn answering(self: &Arc<Self>) -> Answering {
        self.now.lock().0 = Phase::Answering;
        Answering(Arc::clone(self))
    }

    fn bytes_came(&self) {
        let now = &mut self.now.lock().0;
        if matches!(now, Phase::Idle(_)) {
            *now = Phase::Head(Instant::now());
        }
    }
}

/// Held while a request is being answered.
pub struct Answering(Arc<RequestPhase>);

impl Answering {
    /// Keeps this until the response was sent.
    pub fn until_sent(self, response: Response<Body>) -> Response<Body> {
        response.map(|body| Body::new(AnsweringBody { body, _answering: self }))
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        let waker = {
            let mut now = self.0.now.lock();
            now.0 = Phase::Idle(Instant::now());
            now.1.take()
        };
        // The reader waits without a limit so far.
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

struct AnsweringBody {
    body: Body,
    _answering: Answering,
}

impl HttpBody for AnsweringBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl AsyncRead for HttpStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.first.is_empty() {
            let count = self.first.len().min(into.remaining());
            into.put_slice(&self.first[..count]);
            self.first.advance(count);
            return Poll::Ready(Ok(()));
        }
        let before = into.filled().len();
        if let Poll::Ready(read) = Pin::new(&mut self.transport).poll_read(context, into) {
            if into.filled().len() > before {
                self.phase.bytes_came();
            }
            return Poll::Ready(read);
        }
        let (until, is_head) = {
            let now = &mut *self.phase.now.lock();
            match now.0 {
                Phase::Head(since) => (since + self.phase.head_timeout, true),
                Phase::Idle(since) => match self.phase.idle_timeout {
                    Some(limit) => (since + limit, false),
                    None => return Poll::Pending,
                },
                Phase::Answering => {
                    now.1 = Some(context.waker().clone());
                    return Poll::Pending;
                }
            }
        };
        if self.deadline.deadline() != until {
            self.deadline.as_mut().reset(until);
        }
        ready!(self.deadline.as_mut().poll(context));
        if is_head {
            return Poll::Ready(Err(Error::new(ErrorKind::TimedOut, "the request's head took too long")));
        }
        Poll::Ready(Ok(())) // as if the client had closed
    }
}

impl AsyncWrite for HttpStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.transport).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.transport).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.transport.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.transport).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.transport).poll_shutdown(context)
    }
}
