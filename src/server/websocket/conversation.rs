//! One WebSocket client, from its upgrade to its end. One task on the I/O thread.
//!
//! In: the client's actions, and what the hub puts into its seat's outbox. Out: answers and events, everything
//! that waits in one flush. A client that takes nothing holds up nobody: its own task waits, its outbox drops
//! the oldest, and after `ping_timeout` it is dropped.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::net::TcpStream;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error as Fault, Message as Heard};

use super::actions;
use crate::error::{Code, Error};
use crate::events::{Message, Seat};
use crate::server::{last_words, socket};
use crate::service::Service;

/// Most bytes of one message from a client; an action needs a hundred.
const MOST: usize = 64 << 10;
/// Bytes a write begins with, and the longest frame: a longer message goes in several, so that a slow reader
/// is seen to make progress, and no buffer grows with the message.
const PIECE: usize = 32 << 10;
/// Read at once. Each client has such a buffer.
const READ: usize = 4 << 10;
/// While stopping: what is told in this time still goes out.
const LAST_NEWS: Duration = Duration::from_millis(20);
/// How much longer than ours the system's own limit is.
const MARGIN: Duration = Duration::from_secs(5);
/// Most bytes of a close frame's reason.
const REASON: usize = 123;

/// How a conversation ends.
enum End {
    /// The client went, properly or not.
    Gone,
    /// Tenon stops.
    Stopping,
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
    socket: WebSocketStream<TcpStream>,
    seat: Seat,
    client_id: String,
    patience: Duration,
    /// When the client last gave a sign.
    heard: Instant,
}

impl Conversation {
    /// `read` has come behind the request already.
    pub async fn begin(service: &Arc<Service>, stream: TcpStream, read: Vec<u8>, client_id: String) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ)
            .write_buffer_size(PIECE)
            .max_message_size(Some(MOST))
            .max_frame_size(Some(MOST));
        let patience = Duration::from_secs_f64(service.settings.ping_timeout);
        // Ours is the limit, so that the drop is told; the system's is there for what it alone sees.
        socket::allow_stalling(&stream, patience + MARGIN);
        log::debug!("WebSocket client connected: {client_id}");
        Self {
            socket: WebSocketStream::from_partially_read(stream, read, Role::Server, Some(config)).await,
            seat: service.hub.join(&client_id),
            patience,
            heard: Instant::now(),
            service: Arc::clone(service),
            client_id,
        }
    }

    pub async fn run(mut self) {
        let end = self.talk().await;
        self.leave(end).await;
    }

    async fn talk(&mut self) -> End {
        let interval = Duration::from_secs_f64(self.service.settings.ping_interval);
        // Nobody counts as silent who was not asked.
        let interval = interval.min(self.patience / 2);
        let mut heartbeat = tokio::time::interval_at(Instant::now() + interval, interval);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let shutdown = self.service.shutdown.clone().cancelled_owned();
        tokio::pin!(shutdown);
        loop {
            let step = tokio::select! {
                biased;
                () = &mut shutdown => return End::Stopping,
                heard = self.socket.next() => self.hear(heard).await,
                (messages, missed) = self.seat.outbox.take() => self.tell(messages, missed).await,
                _ = heartbeat.tick() => self.beat().await,
            };
            if let Err(end) = step {
                return end;
            }
        }
    }

    async fn hear(&mut self, heard: Option<Result<Heard, Fault>>) -> Result<(), End> {
        let heard = heard.ok_or(End::Gone)?;
        self.heard = Instant::now();
        match heard {
            Ok(Heard::Text(text)) => {
                // Nothing comes between taking and doing: behind "unsubscribed" the channel is silent, and
                // what is replayed stands behind its answer.
                let (waiting, missed) = self.seat.outbox.take_now();
                let answer = actions::answer(&self.service.hub, &self.seat, &self.client_id, &text);
                self.feed_all(waiting, missed).await?;
                self.feed(answer).await?;
                self.flush().await
            }
            Ok(Heard::Binary(_)) => {
                let error = Error::new(Code::InvalidJson, "Send text frames of JSON; this one was binary");
                self.feed(actions::error(&error)).await?;
                self.flush().await
            }
            Ok(Heard::Close(_)) => {
                self.flush().await?;
                Err(End::Gone)
            }
            // The library answers a ping with the next read.
            Ok(Heard::Ping(_) | Heard::Pong(_) | Heard::Frame(_)) => Ok(()),
            Err(fault) => Err(self.break_off(fault).await),
        }
    }

    async fn tell(&mut self, messages: Vec<Message>, missed: u64) -> Result<(), End> {
        self.feed_all(messages, missed).await?;
        self.flush().await
    }

    async fn beat(&mut self) -> Result<(), End> {
        if self.heard.elapsed() >= self.patience {
            return Err(End::Silent);
        }
        within(&self.service, self.patience, self.socket.send(Heard::Ping(Bytes::new()))).await
    }

    async fn feed_all(&mut self, messages: Vec<Message>, missed: u64) -> Result<(), End> {
        if missed > 0 {
            self.feed(actions::message("missed", json!({"count": missed}))).await?;
        }
        for message in messages {
            self.feed(message).await?;
        }
        Ok(())
    }

    /// Puts one message into the write buffer, and writes it if that is full.
    async fn feed(&mut self, message: Message) -> Result<(), End> {
        let mut rest = Bytes::from(message);
        let mut kind = Data::Text;
        loop {
            let piece = rest.split_to(rest.len().min(PIECE));
            let frame = Frame::message(piece, OpCode::Data(kind), rest.is_empty());
            within(&self.service, self.patience, self.socket.feed(Heard::Frame(frame))).await?;
            if rest.is_empty() {
                return Ok(());
            }
            kind = Data::Continue;
        }
    }

    async fn flush(&mut self) -> Result<(), End> {
        within(&self.service, self.patience, self.socket.flush()).await
    }

    /// What the client sent cannot be read on.
    async fn break_off(&mut self, fault: Fault) -> End {
        match fault {
            Fault::Capacity(_) => {
                let words = format!("A message may have {MOST} bytes; closing");
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

    /// Gives the seat back, tells who wants to know, and closes as the protocol has it.
    async fn leave(mut self, end: End) {
        let (close, dropped) = match end {
            End::Gone => (None, None),
            End::Stopping => {
                tokio::time::sleep(LAST_NEWS).await;
                let (messages, missed) = self.seat.outbox.take_now();
                if self.tell(messages, missed).await.is_err() {
                    return;
                }
                (Some((CloseCode::Away, "Tenon is stopping".to_owned())), None)
            }
            End::Silent => {
                let words = format!("No sign for {} s", self.patience.as_secs_f64());
                (Some((CloseCode::Policy, words.clone())), Some(("silent", words)))
            }
            End::Stalled => {
                (None, Some(("stalled", format!("Took nothing for {} s", self.patience.as_secs_f64()))))
            }
            End::Broken(code, words) => (Some((code, words.clone())), Some(("broken", words))),
        };
        let Self { service, mut socket, seat, client_id, patience, .. } = self;
        drop(seat);
        log::debug!("WebSocket client disconnected: {client_id}");
        if let Some((reason, words)) = dropped {
            log::info!("WebSocket client {client_id} dropped: {words}");
            let data = json!({"client_id": client_id, "reason": reason, "message": words});
            service.alert("client_dropped", data);
        }
        if let Some((code, mut words)) = close {
            words.truncate(words.floor_char_boundary(REASON));
            let farewell = Heard::Close(Some(CloseFrame { code, reason: words.into() }));
            if within(&service, patience, socket.send(farewell)).await.is_ok() {
                last_words::linger(socket.get_mut(), &service).await;
            }
        }
    }
}

/// Writes, but not for ever: a client that takes nothing is given up, at once while stopping.
async fn within(
    service: &Service,
    patience: Duration,
    writing: impl Future<Output = Result<(), Fault>>,
) -> Result<(), End> {
    tokio::select! {
        biased;
        written = writing => written.map_err(End::of),
        () = tokio::time::sleep(patience) => Err(End::Stalled),
        () = last_words::hurry(service) => Err(End::Gone),
    }
}
