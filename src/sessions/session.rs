//! One session: who is asking, since when, what it did last. Shared by the connections that hold it.
//!
//! I/O threads create and touch sessions; the main thread records what their commands came to. All of it is
//! behind atomics and one small lock that nobody holds while waiting.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};

use parking_lot::Mutex;
use serde::Serialize;
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::model::error::{Code, Error};
use crate::model::outcome::{Json, Outcome};
use crate::model::scene::{self, Scene};
use crate::model::session::{StoredSession, shown_scene, shown_state};
use crate::store::Store;
use crate::store::archive::Page;
use crate::store::wal::record::{Entry, Record as Kept};

/// Entries of history a session keeps in memory, and the bytes of arguments or result that such an entry keeps.
const HISTORY: usize = 50;
const HISTORY_BYTES: usize = 512;
/// Bytes of arguments and of result that the store keeps of an entry.
pub const ARGS_BYTES: usize = 32 << 10;
const RESULT_BYTES: usize = 4 << 10;
/// Bytes of JSON that a session's state may have.
const STATE_BYTES: usize = 1 << 20;

/// One line of a session's history.
#[derive(Clone, Debug)]
pub struct HistoryEntry {
    /// Counts the session's entries from 1; what `before` takes.
    pub id: u64,
    pub timestamp: f64,
    pub command: Arc<str>,
    pub args: Json,
    pub result: Json,
    pub duration: f64,
    pub succeeded: bool,
    pub task: Uuid,
    pub user_input: Option<Box<str>>,
    /// Nothing of it was left out here: the store has no more.
    pub whole: bool,
}

/// A command that has ended, as its session is told.
pub struct Done<'a> {
    pub task: Uuid,
    pub command: Arc<str>,
    /// Shortened to [`ARGS_BYTES`].
    pub args: Json,
    pub outcome: &'a Outcome,
    /// The person's own words, if the client gave them.
    pub user_input: Option<&'a str>,
    /// When it began, Unix seconds.
    pub timestamp: f64,
    pub duration: f64,
}

/// What a session remembers beyond its counters; made when first needed.
#[derive(Default)]
struct Record {
    state: Map<String, Value>,
    /// What the doors keep with the session, by name.
    protocol: Map<String, Value>,
    /// The scene as it was when the session was stored; none once a command of it has ended here.
    scene: Option<Map<String, Value>>,
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
    pub(super) last_activity: AtomicU64,
    command_count: AtomicU64,
    pub(super) connections: AtomicUsize,
    /// Commands accepted and not finished; a session with one is not idle however long it takes.
    unfinished: AtomicUsize,
    /// Cancelled when the session is closed; every connection that holds it closes then.
    pub closed: CancellationToken,
    record: Mutex<Option<Box<Record>>>,
    /// Entries of history so far.
    entries: AtomicU64,
    /// The store knows of this session, and that it is live here.
    kept: AtomicBool,
    /// The user has allowed all code of this session, until Tenon ends.
    code_allowed: AtomicBool,
    /// The store does not keep it, or not any more: what a command that was under way comes to must not bring it back.
    pub(super) forgotten: AtomicBool,
    store: Arc<Store>,
}

impl Session {
    pub(super) fn new(prefix: &str, now: f64, store: Arc<Store>) -> Self {
        Self::with_id(new_id(prefix).into(), now, store)
    }

    /// One that no table has: for what Blender's own user asks, and other add-ons do.
    #[must_use]
    pub fn unlisted(store: &Arc<Store>) -> Self {
        Self::new("panel", crate::model::time::unix_time(), Arc::clone(store))
    }

    /// The same that the store never hears of: for what Tenon itself looks up.
    #[must_use]
    pub fn unrecorded(store: &Arc<Store>) -> Self {
        let session = Self::unlisted(store);
        session.forgotten.store(true, Relaxed);
        session
    }

    /// A stored session as it was, to be made live again.
    pub(crate) fn from_stored(stored: StoredSession, store: Arc<Store>) -> Self {
        let session = Self::with_id(stored.id.into(), stored.created_at, store);
        session.last_activity.store(stored.last_activity.to_bits(), Relaxed);
        session.command_count.store(stored.command_count, Relaxed);
        session.entries.store(stored.entries, Relaxed);
        session.kept.store(true, Relaxed);
        *session.record.lock() = Some(Box::new(Record {
            state: stored.state,
            protocol: stored.protocol,
            scene: Some(stored.scene),
            last_command: stored.last_command.map(Into::into),
            last_result: stored.last_result.map(|text| Json::from_encoded(text.into_bytes())),
            history: VecDeque::new(),
        }));
        session
    }

    fn with_id(id: Arc<str>, now: f64, store: Arc<Store>) -> Self {
        static SERIAL: AtomicU64 = AtomicU64::new(1);
        Self {
            id,
            created_at: now,
            serial: SERIAL.fetch_add(1, Relaxed),
            last_activity: AtomicU64::new(now.to_bits()),
            command_count: AtomicU64::new(0),
            entries: AtomicU64::new(0),
            kept: AtomicBool::new(false),
            code_allowed: AtomicBool::new(false),
            forgotten: AtomicBool::new(false),
            store,
            connections: AtomicUsize::new(0),
            unfinished: AtomicUsize::new(0),
            closed: CancellationToken::new(),
            record: Mutex::new(None),
        }
    }

    /// From now on the store knows this session. One that only ever asked has nothing to lose and is not kept.
    pub fn keep(&self) {
        if !self.kept.swap(true, Relaxed) {
            self.record(&Kept::Session {
                id: &self.id,
                created_at: self.created_at,
                last_activity: self.last_activity(),
                command_count: self.command_count(),
            });
        }
    }

    /// Tells the store.
    fn record(&self, record: &Kept<'_>) {
        if !self.forgotten.load(Relaxed) {
            self.store.record(record);
        }
    }

    /// Whether the store knows of it, so that it may be let go from memory.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.kept.load(Relaxed) && self.store.is_open()
    }

    /// Whether the user has allowed all code of this session.
    #[must_use]
    pub fn is_code_allowed(&self) -> bool {
        self.code_allowed.load(Relaxed)
    }

    /// The user allows all code of this session, until Tenon ends.
    pub fn allow_code(&self) {
        self.code_allowed.store(true, Relaxed);
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

    /// Whether commands of it wait or run.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.unfinished.load(Relaxed) > 0
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
        if self.is_busy() { 0.0 } else { now - self.last_activity() }
    }

    /// Quiet for longer than `timeout` seconds; never if that is 0.
    #[must_use]
    pub fn is_idle(&self, now: f64, timeout: f64) -> bool {
        timeout > 0.0 && self.quiet_for(now) > timeout
    }

    /// Keeps what a command came to.
    pub fn remember(&self, done: Done<'_>) {
        let Done { task, command, args, outcome, user_input, timestamp, duration } = done;
        let result = match outcome {
            Ok(result) => result.shortened(RESULT_BYTES),
            Err(error) => Json::bounded(
                &serde_json::json!({"status": "error", "code": error.code, "message": error.message}),
                RESULT_BYTES,
            ),
        };
        self.keep();
        let mut record = self.record.lock();
        let id = self.entries.fetch_add(1, Relaxed) + 1;
        self.record(&Kept::Entry(Entry {
            session: &self.id,
            number: id,
            task,
            timestamp,
            duration,
            command: &command,
            args: args.as_str(),
            result: result.as_str(),
            succeeded: outcome.is_ok(),
            user_input,
            command_count: self.command_count(),
        }));
        let record = record.get_or_insert_default();
        if record.history.len() == HISTORY {
            record.history.pop_front();
        }
        record.follow_the_scene();
        let whole = args.as_bytes().len().max(result.as_bytes().len()) <= HISTORY_BYTES;
        let (args, result) = (args.shortened(HISTORY_BYTES), result.shortened(HISTORY_BYTES));
        record.last_command = Some(Arc::clone(&command));
        record.last_result = Some(result.clone());
        record.history.push_back(HistoryEntry {
            id,
            timestamp,
            command,
            args,
            result,
            duration,
            succeeded: outcome.is_ok(),
            task,
            user_input: user_input.map(Into::into),
            whole,
        });
    }

    /// Merges `changes` into the state, unknown keys too, and returns the whole.
    pub fn update_state(&self, changes: Map<String, Value>, now: f64) -> Result<(), Error> {
        self.keep();
        {
            let mut guard = self.record.lock();
            let record = guard.get_or_insert_default();
            let mut state = record.state.clone();
            state.extend(changes);
            if !Json::fits(&state, STATE_BYTES) {
                let words = format!("a session's state may be {STATE_BYTES} bytes of JSON at most");
                return Err(Error::new(Code::InvalidParams, words));
            }
            let text = Json::of(&state);
            self.record(&Kept::State { session: &self.id, state: text.as_str(), at: now });
            record.state = state;
        }
        Ok(())
    }

    /// What a door keeps with the session under `name`: no part of the state that clients see and change.
    #[must_use]
    pub fn protocol_state(&self, name: &str) -> Option<Value> {
        self.record.lock().as_ref().and_then(|record| record.protocol.get(name).cloned())
    }

    /// What an assistant has said of itself in its handshake, whatever door keeps it.
    #[must_use]
    pub fn client_info(&self) -> Option<Value> {
        fn find(value: &Value) -> Option<&Value> {
            let members = value.as_object()?;
            members.get("clientInfo").or_else(|| members.values().find_map(find))
        }
        self.record.lock().as_ref().and_then(|record| record.protocol.values().find_map(find).cloned())
    }

    /// Keeps `value` for a door; null takes away what is there.
    pub fn set_protocol_state(&self, name: &str, value: Value, now: f64) -> Result<(), Error> {
        self.keep();
        let mut guard = self.record.lock();
        let record = guard.get_or_insert_default();
        let mut protocol = record.protocol.clone();
        if value.is_null() {
            protocol.shift_remove(name);
        } else {
            protocol.insert(name.to_owned(), value);
        }
        if !Json::fits(&protocol, STATE_BYTES) {
            let words = format!("what a session's client says of itself may be {STATE_BYTES} bytes at most");
            return Err(Error::new(Code::InvalidParams, words));
        }
        let text = Json::of(&protocol);
        self.record(&Kept::Protocol { session: &self.id, state: text.as_str(), at: now });
        record.protocol = protocol;
        Ok(())
    }

    /// A page of the history, oldest first, and whether the store has no more of it: only the last few entries are in
    /// memory, and large ones in part.
    #[must_use]
    pub fn recent(&self, page: Page) -> (Vec<HistoryEntry>, bool) {
        let record = self.record.lock();
        let ring = record.iter().flat_map(|record| &record.history);
        let mut entries: Vec<_> =
            ring.filter(|entry| page.before.is_none_or(|before| entry.id < before)).cloned().collect();
        let last =
            page.before.map_or(u64::MAX, |before| before.saturating_sub(1)).min(self.entries.load(Relaxed));
        let first = last.saturating_sub(page.limit) + 1;
        let reaches = last == 0 || entries.first().is_some_and(|entry| entry.id <= first);
        entries.drain(..entries.len().saturating_sub(page.limit as usize));
        let complete = reaches && entries.iter().all(|entry| entry.whole);
        (entries, complete)
    }

    /// `state` as it is shown: the scene, the session's own members over it, its last command.
    #[must_use]
    pub fn state(&self, scene: &Scene) -> Value {
        let record = self.record.lock();
        let Some(record) = record.as_ref() else { return shown_scene(scene.describe()).into() };
        let scene = record.scene.clone().unwrap_or_else(|| scene.describe());
        let result = record.last_result.as_ref().map_or(Value::Null, Json::to_value);
        shown_state(scene, &record.state, record.last_command.as_deref(), result).into()
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

impl Record {
    /// A command has ended: what a client said of the scene, or the store remembered, is of the past.
    fn follow_the_scene(&mut self) {
        self.scene = None;
        self.state.retain(|key, _| !scene::MEMBERS.contains(&key.as_str()));
    }
}

/// A session in a list. Times are Unix seconds.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SessionInfo {
    pub session_id: String,
    pub created_at: f64,
    pub last_activity: f64,
    pub command_count: u64,
    /// It was not used for a while.
    pub idle: bool,
}

/// `prefix-YYYYMMDD-HHMMSS-xxxxxxxx`: local time, 8 hex digits of a UUID.
fn new_id(prefix: &str) -> String {
    let random = Uuid::new_v4().as_fields().0;
    format!("{prefix}-{}-{random:08x}", crate::model::time::stamp())
}
