//! One session: who is asking, since when, what it did last. Shared by the connections that hold it.
//!
//! I/O threads create and touch sessions; the main thread records what their commands came to. All of it is
//! behind atomics and one small lock that nobody holds while waiting.

mod table;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

use parking_lot::Mutex;
use serde::Serialize;
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::error::{Code, Error};
use crate::message::{Json, Outcome};

pub use table::{PARKED, Reaped, SessionTable};

/// Entries of history a session keeps, and the bytes of arguments or result an entry keeps.
const HISTORY: usize = 50;
pub const HISTORY_BYTES: usize = 512;
/// Bytes of JSON that a session's state may have.
const STATE_BYTES: usize = 1 << 20;

/// One line of a session's history.
#[derive(Clone, Debug)]
pub struct HistoryEntry {
    pub timestamp: f64,
    pub command: Arc<str>,
    pub args: Json,
    pub result: Json,
    pub duration: f64,
}

/// What a session remembers beyond its counters; made when first needed.
#[derive(Default)]
struct Record {
    state: Map<String, Value>,
    last_command: Option<Arc<str>>,
    last_result: Option<Json>,
    history: VecDeque<HistoryEntry>,
}

/// A session. Its id never changes; its connections come and go.
pub struct Session {
    pub id: Arc<str>,
    pub created_at: f64,
    /// A small number for the queue's lanes.
    pub serial: u64,
    last_activity: AtomicU64,
    command_count: AtomicU64,
    connections: AtomicUsize,
    /// Commands accepted and not finished; a session with one is not idle however long it takes.
    unfinished: AtomicUsize,
    /// Cancelled when the session is closed; every connection that holds it closes then.
    pub closed: CancellationToken,
    record: Mutex<Option<Box<Record>>>,
}

impl Session {
    fn new(prefix: &str, now: f64) -> Self {
        static SERIAL: AtomicU64 = AtomicU64::new(1);
        Self {
            id: new_id(prefix).into(),
            created_at: now,
            serial: SERIAL.fetch_add(1, Relaxed),
            last_activity: AtomicU64::new(now.to_bits()),
            command_count: AtomicU64::new(0),
            connections: AtomicUsize::new(0),
            unfinished: AtomicUsize::new(0),
            closed: CancellationToken::new(),
            record: Mutex::new(None),
        }
    }

    /// Notes a command at `now` (Unix seconds).
    pub fn touch(&self, now: f64) {
        self.last_activity.store(now.to_bits(), Relaxed);
        self.command_count.fetch_add(1, Relaxed);
    }

    /// A task of this session has been accepted.
    pub fn begin(&self) {
        self.unfinished.fetch_add(1, Relaxed);
    }

    /// A task of this session has ended at `now`.
    pub fn end(&self, now: f64) {
        self.unfinished.fetch_sub(1, Relaxed);
        self.last_activity.store(now.to_bits(), Relaxed);
    }

    #[must_use]
    pub fn last_activity(&self) -> f64 {
        f64::from_bits(self.last_activity.load(Relaxed))
    }

    #[must_use]
    pub fn command_count(&self) -> u64 {
        self.command_count.load(Relaxed)
    }

    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.connections.load(Relaxed) > 0
    }

    /// Seconds without activity at `now`; none while a command is under way, however long it takes.
    #[must_use]
    pub fn quiet_for(&self, now: f64) -> f64 {
        if self.unfinished.load(Relaxed) > 0 { 0.0 } else { now - self.last_activity() }
    }

    /// Quiet for longer than `timeout` seconds; never if that is 0.
    #[must_use]
    pub fn is_idle(&self, now: f64, timeout: f64) -> bool {
        timeout > 0.0 && self.quiet_for(now) > timeout
    }

    /// Keeps what a command came to; `args` is already shortened.
    pub fn remember(&self, command: Arc<str>, args: Json, outcome: &Outcome, timestamp: f64, duration: f64) {
        let result = match outcome {
            Ok(result) => result.shortened(HISTORY_BYTES),
            Err(error) => Json::bounded(
                &serde_json::json!({"status": "error", "code": error.code, "message": error.message}),
                HISTORY_BYTES,
            ),
        };
        let mut record = self.record.lock();
        let record = record.get_or_insert_default();
        if record.history.len() == HISTORY {
            record.history.pop_front();
        }
        record.last_command = Some(Arc::clone(&command));
        record.last_result = Some(result.clone());
        record.history.push_back(HistoryEntry { timestamp, command, args, result, duration });
    }

    /// Merges `changes` into the state, unknown keys too, and returns the whole.
    pub fn update_state(&self, changes: Map<String, Value>) -> Result<Value, Error> {
        {
            let mut guard = self.record.lock();
            let record = guard.get_or_insert_default();
            let mut state = record.state.clone();
            state.extend(changes);
            if !Json::fits(&state, STATE_BYTES) {
                let words = format!("a session's state may be {STATE_BYTES} bytes of JSON at most");
                return Err(Error::new(Code::InvalidParams, words));
            }
            record.state = state;
        }
        Ok(self.state())
    }

    /// One member of the state.
    #[must_use]
    pub fn state_of(&self, name: &str) -> Option<Value> {
        self.record.lock().as_ref().and_then(|record| record.state.get(name).cloned())
    }

    /// Oldest first; results as the JSON they were.
    #[must_use]
    pub fn history(&self) -> Vec<Value> {
        let record = self.record.lock();
        let entries = record.iter().flat_map(|record| &record.history);
        entries
            .map(|entry| {
                serde_json::json!({
                    "timestamp": entry.timestamp, "command": &*entry.command, "args": entry.args.to_value(),
                    "result": entry.result.to_value(), "duration": entry.duration,
                })
            })
            .collect()
    }

    /// `state` of document 2.
    #[must_use]
    pub fn state(&self) -> Value {
        let mut state =
            Map::from_iter([("objects".into(), Value::Array(vec![])), ("selection".into(), Value::Null)]);
        if let Some(record) = &*self.record.lock() {
            state.extend(record.state.clone());
            state.insert("last_command".into(), record.last_command.as_deref().into());
            state.insert(
                "last_result".into(),
                record.last_result.as_ref().map_or(Value::Null, Json::to_value),
            );
        }
        Value::Object(state)
    }

    /// What `get_sessions_info` tells of a session.
    #[must_use]
    pub fn info(&self, now: f64, idle_timeout: f64) -> SessionInfo {
        SessionInfo {
            session_id: self.id.to_string(),
            created_at: self.created_at,
            last_activity: self.last_activity(),
            command_count: self.command_count(),
            idle: self.is_idle(now, idle_timeout),
        }
    }
}

/// The record of document 1.
#[derive(Clone, Debug, Serialize)]
pub struct SessionInfo {
    pub session_id: String,
    pub created_at: f64,
    pub last_activity: f64,
    pub command_count: u64,
    pub idle: bool,
}

/// `prefix-YYYYMMDD-HHMMSS-xxxxxxxx`: local time, 8 hex digits of a UUID.
fn new_id(prefix: &str) -> String {
    let random = Uuid::new_v4().as_fields().0;
    format!("{prefix}-{}-{random:08x}", crate::clock::stamp())
}
