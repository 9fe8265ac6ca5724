//! What outlives Blender: sessions, their histories, tasks' ends. Any thread records, `tenon-store` writes.
//!
//! The way of a record: [`Store::record`] encodes it into a buffer (no system call; the main thread may do it).
//! Before anything is told to a client, whoever tells calls [`Store::settle`], which appends the buffer to the
//! journal, a file: from then on no end of the process can lose it. The writer thread applies what was journaled to
//! the archive (SQLite) in batches, and to the sessions' logs. Questions go to the reader thread with
//! [`Store::ask`], which sees everything recorded before.

pub mod archive;
pub mod design;
pub mod record;
pub mod session_logs;

use std::sync::Arc;

use serde_json::{Value, json};

use crate::config::Settings;
use crate::error::{Code, Error};
use crate::events::Hub;
pub use archive::Archive;
use record::Record;

/// What is asked of the archive on the reader thread; it sends its answer itself.
pub type Question = Box<dyn FnOnce(&mut (dyn Archive + 'static)) + Send>;

/// The archive, where there is one.
pub type Archived<'a> = Option<&'a mut (dyn Archive + 'static)>;

/// The one store of a run; off, it takes records and keeps none.
pub struct Store {}

impl Store {
    /// Keeps nothing.
    #[must_use]
    pub fn off() -> Arc<Self> {
        Arc::new(Self {})
    }

    /// Opens what `settings.store_folder` names. Never fails: what cannot be opened is told by `status`, in an
    /// event and in the log, and everything else works without it.
    #[must_use]
    pub fn open(_settings: &Settings, _instance: &str, _hub: &Arc<Hub>) -> Arc<Self> {
        Self::off()
    }

    /// Notes something to be kept. Cheap and without a system call.
    pub fn record(&self, _record: &Record<'_>) {}

    /// Whatever was recorded survives the end of the process once this returns. Costs one atomic read when there
    /// is nothing new, one `write` for all that is.
    pub fn settle(&self) {}

    /// Runs the question on the reader thread, once everything recorded so far is in the archive. The error says that
    /// there is no store, or that too many questions wait.
    pub fn ask(&self, _question: Question) -> Result<(), Error> {
        Err(self.unavailable())
    }

    /// Whether questions can be answered.
    #[must_use]
    pub fn is_open(&self) -> bool {
        false
    }

    /// `{"state": "open" | "off" | "failed", "reason"?, "path"?, …}` for status, panel and events.
    #[must_use]
    pub fn status(&self) -> Value {
        json!({"state": "off"})
    }

    /// What a client is told that asks for what is not kept.
    #[must_use]
    pub fn unavailable(&self) -> Error {
        Error::new(Code::Internal, "There is no store")
    }

    /// Applies what waits and ends the threads. Must be called without the GIL.
    pub fn close(&self) {}
}
