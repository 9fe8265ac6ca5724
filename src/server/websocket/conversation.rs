//! One WebSocket client, from its upgrade to its end. One task on the I/O thread.
//!
//! In: the client's actions, and what the bus puts into its mailbox. Out: answers and events, everything that waits
//! in one flush. An event that finds nothing waiting was written by its delivery already ([`SharedSocket`]). A client
//! that takes nothing holds up nobody: its own task waits, its mailbox drops the oldest, and after `ping_timeout` it is
//! dropped.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error as Fault, Message};
use tokio_util::sync::CancellationToken;

use super::actions;
use super::socket::{LONGEST_FRAME, SharedSocket};
use crate::events::{Subscription, Taken};
use crate::model::error::{Code, Error};
use crate::server::json_port::lingering_close;
use crate::server::transport::Transport;
use crate::service::Service;

/// Most bytes of one message from a client; an action needs a hundred.
const MAX_MESSAGE: usize = 64 << 10;
/// Read at once. Each client has such a buffer.
const READ_BUFFER: usize = 4 << 10;
/// While stopping: what is told in this time still goes out.
const LAST_EVENTS: Duration = Duration::from_millis(20);
/// How much longer than ours the system's own limit is.
const SYSTEM_MARGIN: Duration = Duration::from_secs(5);
/// Most bytes of a close frame's reason.
const MAX_REASON: usize = 123;

/// How a conversation ends.
enum End {
    /// The client went, properly or not.
    Gone,
    /// Tenon stops.
    Stopping,
    /// The browser that opened it signed out.
    SignedOut,
    /// Nothing was heard of it for too long.
    Silent,
    /// It took nothing for too long.
    Stalled,
    /// It sent what the protocol forbids.
    Broken(CloseCode, String),
}

impl End {
    /// The connection itself failed.
    fn of(fault: Fault) -> Self {
        match fault {
            Fault::Io(fault) if fault.kind() == ErrorKind::TimedOut => Self::Stalled,
            _ => Self::Gone,
        }
    }
}

pub struct Conversation {
    service: Arc<Service>,
    socket: WebSocketStream<SharedSocket>,
    subscription: Subscription,
    client_id: String,
    /// Ends it from outside.
    ended: CancellationToken,
    ping_timeout: Duration,
    /// When the client last gave a sign.
    last_sign: Instant,
}

impl Conversation {
    /// `read` has come behind the request already.
    pub async fn begin(
        service: &Arc<Service>,
        transport: Transport,
        read: Vec<u8>,
        client_id: String,
        ended: CancellationToken,
    ) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(LONGEST_FRAME)
            .max_message_size(Some(MAX_MESSAGE))
            .max_frame_size(Some(MAX_MESSAGE));
        let ping_timeout = Duration::from_secs_f64(service.settings.ping_timeout);
        // Ours is the limit, so that the drop is told; the system's is there for what it alone sees.
        transport.allow_stalling(ping_timeout + SYSTEM_MARGIN);
        log::debug!("WebSocket client connected: {client_id}");
        let (socket, subscription) = (SharedSocket::new(transport), service.hub.join());
        subscription.mailbox.write_through(Box::new(socket.clone()));
        Self {
            socket: WebSocketStream::from_partially_read(socket, read, Role::Server, Some(config)).await,
            subscription,
            ping_timeout,
            last_sign: Instant::now(),
            service: Arc::clone(service),
            client_id,
            ended,
        }
    }

    pub async fn run(mut self) {
        let end = self.converse().await;
        self.leave(end).await;
    }

    async fn converse(&mut self) -> End {
        let interval = Duration::from_secs_f64(self.service.settings.ping_interval);
        // Nobody counts as silent who was not asked.
        let interval = interval.min(self.ping_timeout / 2);
        let mut heartbeat = tokio::time::interval_at(Instant::now() + interval, interval);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let shutdown = self.service.shutdown.clone().cancelled_owned();
        let ended = self.ended.clone().cancelled_owned();
        tokio::pin!(shutdown, ended);
        let shared = self.socket.get_ref().clone();
        loop {
            let step = tokio::select! {
                biased;
                () = &mut shutdown => return End::Stopping,
                () = &mut ended => return End::SignedOut,
                message = self.socket.next() => self.on_message(message).await,
                () = shared.unfinished() => self.flush().await,
                taken = self.subscription.mailbox.take() => self.send(taken).await,
                _ = heartbeat.tick() => self.ping().await,
            };
            if let Err(end) = step {
                return end;
            }
        }
    }

    async fn on_message(&mut self, message: Option<Result<Message, Fault>>) -> Result<(), End> {
        let message = message.ok_or(End::Gone)?;
        self.last_sign = Instant::now();
        match message {
            Ok(Message::Text(text)) => {
                // Nothing comes between taking and doing: behind "unsubscribed" the channel is silent, and
                // what is replayed stands behind its answer.
                let waiting = self.subscription.mailbox.take_now();
                let answer = actions::answer(&self.service.hub, &self.subscription, &self.client_id, &text);
                self.feed_all(&waiting).await?;
                self.feed(answer).await?;
                self.flush().await
            }
            Ok(Message::Binary(_)) => {
                let error = Error::new(Code::InvalidJson, "Send text frames of JSON; this one was binary");
                self.feed(actions::error(&error)).await?;
                self.flush().await
            }
            Ok(Message::Close(_)) => {
                self.flush().await?;
                Err(End::Gone)
            }
            // The library answers a ping with the next read.
            Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => Ok(()),
            Err(fault) => Err(self.break_off(fault).await),
        }
    }

    /// `taken` lives until it is flushed, so that no event is written directly before.
    async fn send(&mut self, taken: Taken) -> Result<(), End> {
        self.feed_all(&taken).await?;
        self.flush().await
    }

    async fn ping(&mut self) -> Result<(), End> {
        if self.last_sign.elapsed() >= self.ping_timeout {
            return Err(End::Silent);
        }
        within(&self.service, self.ping_timeout, self.socket.send(Message::Ping(Bytes::new()))).await
    }

    async fn feed_all(&mut self, taken: &Taken) -> Result<(), End> {
        if taken.missed > 0 {
            self.feed(actions::message("missed", json!({"count": taken.missed}))).await?;
        }
        for event in &taken.events {
            self.feed(event.text().clone()).await?;
        }
        Ok(())
    }

    /// Puts one message into the write buffer, and writes it if that is full.
    async fn feed(&mut self, message: Bytes) -> Result<(), End> {
        let mut rest = message;
        let mut kind = Data::Text;
        loop {
            let piece = rest.split_to(rest.len().min(LONGEST_FRAME));
            let frame = Frame::message(piece, OpCode::Data(kind), rest.is_empty());
            within(&self.service, self.ping_timeout, self.socket.feed(Message::Frame(frame))).await?;
            if rest.is_empty() {
                return Ok(());
            }
            kind = Data::Continue;
        }
    }

    async fn flush(&mut self) -> Result<(), End> {
        within(&self.service, self.ping_timeout, self.socket.flush()).await
    }

    /// What the client sent cannot be read on.
    async fn break_off(&mut self, fault: Fault) -> End {
        match fault {
            Fault::Capacity(_) => {
                let words = format!("A message may have {MAX_MESSAGE} bytes; closing");
                let told = Error::new(Code::MessageTooLarge, words.clone());
                match self.feed(actions::error(&told)).await {
                    Ok(()) => End::Broken(CloseCode::Size, words),
                    Err(end) => end,
                }
            }
            Fault::Utf8(_) => End::Broken(CloseCode::Invalid, "Text must be UTF-8".into()),
            Fault::Protocol(ProtocolError::ResetWithoutClosingHandshake) => End::Gone,
            Fault::Protocol(fault) => End::Broken(CloseCode::Protocol, fault.to_string()),
            fault => End::of(fault),
        }
    }

    /// Ends the subscription, tells who wants to know, and closes as the protocol has it.
    async fn leave(mut self, end: End) {
        let (close, dropped) = match end {
            End::Gone => (None, None),
            End::Stopping => {
                tokio::time::sleep(LAST_EVENTS).await;
                let taken = self.subscription.mailbox.take_now();
                if self.send(taken).await.is_err() {
                    return;
                }
                (Some((CloseCode::Away, "Tenon is stopping".to_owned())), None)
            }
            End::SignedOut => (Some((CloseCode::Policy, "Signed out".to_owned())), None),
            End::Silent => {
                let words = format!("No sign for {} s", self.ping_timeout.as_secs_f64());
                (Some((CloseCode::Policy, words.clone())), Some(("silent", words)))
            }
            End::Stalled => {
                (None, Some(("stalled", format!("Took nothing for {} s", self.ping_timeout.as_secs_f64()))))
            }
            End::Broken(code, words) => (Some((code, words.clone())), Some(("broken", words))),
        };
        let Self { service, mut socket, subscription, client_id, ping_timeout, .. } = self;
        drop(subscription);
        log::debug!("WebSocket client disconnected: {client_id}");
        if let Some((reason, words)) = dropped {
            log::info!("WebSocket client {client_id} dropped: {words}");
            let data = json!({"client_id": client_id, "reason": reason, "message": words});
            service.alert("client_dropped", data);
        }
        if let Some((code, mut words)) = close {
            words.truncate(words.floor_char_boundary(MAX_REASON));
            let farewell = Message::Close(Some(CloseFrame { code, reason: words.into() }));
            if within(&service, ping_timeout, socket.send(farewell)).await.is_ok() {
                lingering_close::linger(socket.get_ref().transport(), &service).await;
            }
        }
    }
}

/// Writes, but not for ever: a client that takes nothing is given up, at once while stopping.
async fn within(
    service: &Service,
    limit: Duration,
    writing: impl Future<Output = Result<(), Fault>>,
) -> Result<(), End> {
    tokio::select! {
        biased;
        written = writing => written.map_err(End::of),
        () = tokio::time::sleep(limit) => Err(End::Stalled),
        () = lingering_close::grace_over(service) => Err(End::Gone),
    }
}
