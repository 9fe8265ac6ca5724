//! What outlives Blender: sessions, their histories, tasks' ends. Any thread records, `tenon-store` writes.
//!
//! The way of a record: [`Store::record`] encodes it into a buffer (no system call; the main thread may do it).
//! Before anything is told to a client, whoever tells calls [`Store::settle`], which appends the buffer to the
//! journal, a file: from then on no end of the process can lose it. The writer thread applies what was journaled to
//! the archive (SQLite) in batches, and to the sessions' logs. Questions go to the reader thread with
//! [`Store::ask`], which sees everything recorded before.

pub mod archive;
mod backend;
pub mod design;
mod frames;
mod gate;
mod journal;
mod ledger;
mod logbook;
mod office;
mod readers;
pub mod record;
pub mod session_logs;
mod sqlite;
mod trouble;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::config::Settings;
use crate::error::{Code, Error};
use crate::events::{Channel, Hub};
pub use archive::Archive;
use journal::Desk;
use ledger::Ledger;
use logbook::Logbook;
use office::Office;
use readers::Readers;
use record::Record;
use trouble::Trouble;
use writer::Writer;

/// What is asked of the archive on the reader thread; it sends its answer itself.
pub type Question = Box<dyn FnOnce(&mut (dyn Archive + 'static)) + Send>;

/// The archive, where there is one.
pub type Archived<'a> = Option<&'a mut (dyn Archive + 'static)>;

/// The one store of a run; off, it takes records and keeps none.
pub struct Store {
    at_work: Option<AtWork>,
    /// Why it cannot be used although it is wanted.
    failed: Option<(String, String)>,
}

struct AtWork {
    office: Arc<Office>,
    readers: Arc<Readers>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

impl Store {
    /// Keeps nothing.
    #[must_use]
    pub fn off() -> Arc<Self> {
        Arc::new(Self { at_work: None, failed: None })
    }

    /// Opens what `settings.store_folder` names. Never fails: what cannot be opened is told by `status`, in an
    /// event and in the log, and everything else works without it.
    #[must_use]
    pub fn open(settings: &Settings, instance: &str, hub: &Arc<Hub>) -> Arc<Self> {
        if settings.store_folder.is_empty() {
            return Self::off();
        }
        let folder = PathBuf::from(&settings.store_folder);
        match AtWork::begin(&folder, settings, instance, hub) {
            Ok(at_work) => Arc::new(Self { at_work: Some(at_work), failed: None }),
            Err(trouble) => {
                let (words, path) = (trouble.to_string(), folder.to_string_lossy().into_owned());
                log::error!("sessions are not stored, {path} cannot be used: {words}");
                let data = json!({"reason": words, "path": path});
                hub.publish(Channel::SYSTEM_ALERTS, "store_trouble", data);
                Arc::new(Self { at_work: None, failed: Some((words, path)) })
            }
        }
    }

    /// Notes something to be kept. Cheap and without a system call (but for waking a sleeping writer).
    pub fn record(&self, record: &Record<'_>) {
        if let Some(AtWork { office, .. }) = &self.at_work {
            office.ledger.record(record);
            office.gate.wake();
        }
    }

    /// Whatever was recorded survives the end of the process once this returns. Costs one atomic read when there
    /// is nothing new, one `write` for all that is.
    pub fn settle(&self) {
        if let Some(AtWork { office, .. }) = &self.at_work {
            office.ledger.settle();
        }
    }

    /// Runs the question on the reader thread, once everything recorded so far is in the archive. The error says that
    /// there is no store, or that too many questions wait.
    pub fn ask(&self, question: Question) -> Result<(), Error> {
        self.at_work.as_ref().ok_or_else(|| self.unavailable())?.readers.ask(question)
    }

    /// Whether questions can be answered.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.at_work.is_some()
    }

    /// `{"state": "open" | "off" | "failed", "reason"?, "path"?, …}` for status, panel and events.
    #[must_use]
    pub fn status(&self) -> Value {
        match (&self.at_work, &self.failed) {
            (Some(at_work), _) => at_work.office.status(),
            (None, Some((reason, path))) => json!({"state": "failed", "reason": reason, "path": path}),
            (None, None) => json!({"state": "off"}),
        }
    }

    /// What a client is told that asks for what is not kept.
    #[must_use]
    pub fn unavailable(&self) -> Error {
        let words = match &self.failed {
            Some((reason, path)) => format!("Sessions are not stored: {path} cannot be used ({reason})"),
            None => "Sessions are not stored: no store folder is set".into(),
        };
        Error::new(Code::Internal, words)
    }

    /// Applies what waits and ends the threads. Must be called without the GIL.
    pub fn close(&self) {
        if let Some(AtWork { office, readers, writer }) = &self.at_work {
            readers.close();
            office.gate.close();
            if let Some(writer) = writer.lock().take() {
                let _panicked = writer.join();
            }
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.close();
    }
}

impl AtWork {
    fn begin(folder: &Path, settings: &Settings, instance: &str, hub: &Arc<Hub>) -> Result<Self, Trouble> {
        std::fs::create_dir_all(folder)?;
        let (mut desk, [side, blank]) = Desk::open(&folder.join("journals"), instance)?;
        let office = Arc::new(Office::new(folder, instance, settings, hub, Ledger::new(side)));
        let readers = Arc::new(Readers::new(Arc::clone(&office)));
        let intake = match office.backend.begin() {
            Ok(intake) => Some(intake),
            // The writer sees to it, now or later.
            Err(Trouble::Corrupt(_) | Trouble::Passing(_)) => None,
            Err(trouble) => {
                desk.leave();
                return Err(trouble);
            }
        };
        let writer = Writer {
            office: Arc::clone(&office),
            readers: Arc::clone(&readers),
            desk,
            blank: Some(blank),
            intake,
            logbook: Logbook::open(&office.logs, settings),
            batch: None,
        };
        let writer = std::thread::Builder::new().name("tenon-store".into()).spawn(move || writer.run())?;
        Ok(Self { office, readers, writer: Mutex::new(Some(writer)) })
    }
}

/// What became of a task whose Blender died before its end.
#[must_use]
pub fn interrupted() -> Error {
    Error::new(Code::Interrupted, "Blender ended before the task did; what it had done by then is unknown")
}

#[cfg(test)]
mod tests;
