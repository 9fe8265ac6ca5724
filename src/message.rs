//! The one vocabulary: a `Call` goes in through a door, an `Outcome` comes out. Plain data, any thread.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::error::{Code, Error};
use crate::session::Session;
use crate::store::Store;

/// Encoded JSON, made once and spliced into whatever reply a door writes. Cloning shares the bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Json(Bytes);

impl Json {
    /// `bytes` must be one complete JSON value in UTF-8; only encoders call this.
    #[must_use]
    pub fn from_encoded(bytes: Vec<u8>) -> Self {
        Self(Bytes::from(bytes))
    }

    /// Encodes a value that cannot fail to encode (no foreign `Serialize`, string keys only).
    #[must_use]
    pub fn of(value: &impl Serialize) -> Self {
        Self::from_encoded(serde_json::to_vec(value).unwrap_or_else(|_| b"null".to_vec()))
    }

    /// Encodes at most `limit` bytes of `value`; a larger one becomes a note of its being left out.
    #[must_use]
    pub fn bounded(value: &impl Serialize, limit: usize) -> Self {
        let mut out = BoundedWriter { bytes: Vec::with_capacity(64), limit };
        if serde_json::to_writer(&mut out, value).is_ok() {
            return Self::from_encoded(out.bytes);
        }
        Self::omitted(limit)
    }

    /// Whether `value` encodes to at most `limit` bytes.
    #[must_use]
    pub fn fits(value: &impl Serialize, limit: usize) -> bool {
        serde_json::to_writer(&mut BoundedWriter { bytes: Vec::new(), limit }, value).is_ok()
    }

    /// Itself if it is small, else a note.
    #[must_use]
    pub fn shortened(&self, limit: usize) -> Self {
        if self.0.len() <= limit { self.clone() } else { Self::omitted(limit) }
    }

    fn omitted(limit: usize) -> Self {
        Self::from_encoded(format!("{{\"omitted\":\"larger than {limit} bytes\"}}").into_bytes())
    }

    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The same as text; encoders write UTF-8.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("null")
    }

    /// The value behind the bytes, for doors that need to look inside.
    #[must_use]
    pub fn to_value(&self) -> Value {
        serde_json::from_slice(&self.0).unwrap_or(Value::Null)
    }
}

impl std::fmt::Debug for Json {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

struct BoundedWriter {
    bytes: Vec<u8>,
    limit: usize,
}

impl std::io::Write for BoundedWriter {
    fn write(&mut self, chunk: &[u8]) -> std::io::Result<usize> {
        if self.bytes.len() + chunk.len() > self.limit {
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(chunk);
        Ok(chunk.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What a call comes to: encoded JSON, or an error with its code.
pub type Outcome = Result<Json, Error>;

/// One request, whatever door it came through.
pub struct Call {
    pub session: Arc<Session>,
    pub command: String,
    pub params: Map<String, Value>,
    /// The client's own, handed back untouched with the task.
    pub metadata: Map<String, Value>,
    /// The task's type, where that is not the command's name.
    pub label: Option<Arc<str>>,
    /// From acceptance to reply; the command is interrupted when it is over.
    pub timeout: Option<Duration>,
    pub delivery: Delivery,
    /// The task's id, if the client chose one to ask for its fate later.
    pub task_id: Option<Uuid>,
}

/// What a task that nobody waits for is answered with.
#[must_use]
pub fn queued(id: Uuid) -> Json {
    Json::of(&serde_json::json!({"task_id": id.to_string(), "status": "queued"}))
}

/// Who waits for the outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// A connection that waits itself: bounded by back-pressure, not by the queue's capacity.
    Wait,
    /// A request that waits for a while and may fetch the outcome later. Counts against the capacity.
    Fetch,
    /// Nobody: the caller gets the task's id and fetches the outcome later. Counts against the capacity.
    Later,
}

impl Delivery {
    /// Whether the queue's capacity bounds such tasks.
    #[must_use]
    pub const fn is_counted(self) -> bool {
        !matches!(self, Self::Wait)
    }
}

/// The answer to a call: at once, once the store was asked, or through the reply slot of a queued task (whom nobody
/// waits for, drops it).
pub enum Answer {
    Ready(Outcome),
    Asked(Reply),
    Queued(Uuid, Reply),
}

impl Answer {
    /// The outcome, once it is there.
    pub async fn outcome(self) -> Outcome {
        match self {
            Self::Ready(outcome) => outcome,
            Self::Asked(mut reply) | Self::Queued(_, mut reply) => reply.wait().await,
        }
    }
}

/// The reading end of a reply slot. The writing end answers when it is dropped: that is `internal`.
///
/// What an outcome acknowledges is in the journal by the time it is read here.
pub struct Reply {
    slot: tokio::sync::oneshot::Receiver<Outcome>,
    store: Arc<Store>,
}

impl Reply {
    #[must_use]
    pub const fn new(slot: tokio::sync::oneshot::Receiver<Outcome>, store: Arc<Store>) -> Self {
        Self { slot, store }
    }

    /// The outcome, if it is there already.
    pub fn try_take(&mut self) -> Option<Outcome> {
        use tokio::sync::oneshot::error::TryRecvError;
        let outcome = match self.slot.try_recv() {
            Ok(outcome) => outcome,
            Err(TryRecvError::Empty) => return None,
            Err(TryRecvError::Closed) => Err(dropped()),
        };
        self.store.settle();
        Some(outcome)
    }

    /// Waits for the outcome. Cancel safe: the reply can be awaited again.
    pub async fn wait(&mut self) -> Outcome {
        let outcome = (&mut self.slot).await.unwrap_or_else(|_| Err(dropped()));
        self.store.settle();
        outcome
    }
}

fn dropped() -> Error {
    Error::new(Code::Internal, "The command ended without an answer; see Tenon's log")
}
