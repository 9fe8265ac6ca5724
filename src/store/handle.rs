//! The store as everybody else has it: record, wait for the disk, read. Any thread.

use std::future::poll_fn;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::thread::JoinHandle;

use parking_lot::Mutex;
use serde_json::json;

use super::archive::ReadJob;
use super::context::{FLUSH_LIMIT, StoreContext};
use super::error::StoreError;
use super::readers::ReaderPool;
use super::session_log_writer::SessionLogWriter;
use super::status::{StoreState, StoreStatus};
use super::ticket::Ticket;
use super::wal::buffer::WalBuffer;
use super::wal::record::Record;
use super::wal::segment::WalDirectory;
use super::writer::Writer;
use crate::events::{Channel, Hub};
use crate::model::error::{Code, Error};
use crate::model::settings::Settings;

/// The one store of a run; off, it takes records and keeps none.
pub struct Store {
    open: Option<OpenStore>,
    /// Why it cannot be used although it is wanted.
    failed: Option<(String, String)>,
}

struct OpenStore {
    context: Arc<StoreContext>,
    readers: Arc<ReaderPool>,
    writer: Mutex<Option<JoinHandle<()>>>,
    flusher: Mutex<Option<JoinHandle<()>>>,
}

impl Store {
    /// Keeps nothing.
    #[must_use]
    pub fn off() -> Arc<Self> {
        Arc::new(Self { open: None, failed: None })
    }

    /// Opens what `settings.store_folder` names. Never fails: what cannot be opened is told by `status`, in an
    /// event and in the log, and everything else works without it.
    #[must_use]
    pub fn open(settings: &Settings, instance: &str, hub: &Arc<Hub>) -> Arc<Self> {
        if settings.store_folder.is_empty() {
            return Self::off();
        }
        let folder = PathBuf::from(&settings.store_folder);
        match OpenStore::begin(&folder, settings, instance, hub) {
            Ok(open) => Arc::new(Self { open: Some(open), failed: None }),
            Err(error) => {
                let (words, path) = (error.to_string(), folder.to_string_lossy().into_owned());
                log::error!("sessions are not stored, {path} cannot be used: {words}");
                let data = json!({"reason": words, "path": path});
                hub.publish(Channel::SYSTEM_ALERTS, "store_trouble", data);
                Arc::new(Self { open: None, failed: Some((words, path)) })
            }
        }
    }

    /// Records something to be kept. Cheap and without a system call (but for waking a sleeping thread).
    pub fn record(&self, record: &Record<'_>) -> Ticket {
        let Some(OpenStore { context, .. }) = &self.open else { return Ticket::NONE };
        let taken = context.buffer.record(record);
        context.flusher.wake();
        if taken { Ticket(context.buffer.recorded()) } else { Ticket::LOST }
    }

    /// Everything recorded so far.
    #[must_use]
    pub fn ticket(&self) -> Ticket {
        self.open.as_ref().map_or(Ticket::NONE, |open| Ticket(open.context.buffer.recorded()))
    }

    /// Whether these records have had their write, however long it takes: what must not run twice waits for that.
    #[must_use]
    pub fn is_written(&self, ticket: Ticket) -> bool {
        let Some(OpenStore { context, .. }) = &self.open else { return true };
        ticket == Ticket::LOST || context.buffer.is_written(ticket.0)
    }

    /// Whether nobody has to wait for these records any more: they have had their write, or the disk takes too long.
    #[must_use]
    pub fn is_flushed(&self, ticket: Ticket) -> bool {
        let Some(OpenStore { context, .. }) = &self.open else { return true };
        ticket == Ticket::LOST || context.buffer.is_flushed(ticket.0)
    }

    /// The same, looked at for some microseconds: long enough for a write that is under way and fast.
    #[must_use]
    pub fn is_flushed_shortly(&self, ticket: Ticket) -> bool {
        let Some(OpenStore { context, .. }) = &self.open else { return true };
        ticket == Ticket::LOST || context.buffer.is_flushed_shortly(ticket.0)
    }

    /// Whether nobody has to wait for these records any more; if not yet, `waker` is woken when it is so, by the thread
    /// that writes: what it does then must not wait for anything.
    pub fn poll_flushed(&self, ticket: Ticket, waker: &Waker) -> Poll<()> {
        match &self.open {
            Some(OpenStore { context, .. }) if ticket != Ticket::LOST => {
                context.buffer.poll_flushed(ticket.0, waker)
            }
            _ => Poll::Ready(()),
        }
    }

    /// Waits until these records have had their write, or it takes longer than [`FLUSH_LIMIT`]. True if they survive
    /// the end of the process from now on; false if they do not, which is told in status and as an alert.
    pub async fn flushed(&self, ticket: Ticket) -> bool {
        if !self.is_flushed_shortly(ticket) {
            poll_fn(|context| self.poll_flushed(ticket, context.waker())).await;
        }
        self.is_durable(ticket)
    }

    /// Whether these records survive the end of the process.
    #[must_use]
    pub fn is_durable(&self, ticket: Ticket) -> bool {
        self.open.as_ref().map_or(ticket == Ticket::NONE, |open| open.context.buffer.is_durable(ticket.0))
    }

    /// To be called now and then: nobody waits for a write longer than [`FLUSH_LIMIT`].
    pub fn release_stalled(&self) {
        if let Some(OpenStore { context, .. }) = &self.open
            && context.buffer.release_stalled(FLUSH_LIMIT)
        {
            context.report_wal();
        }
    }

    /// Writes whatever was recorded in the calling thread, which may have to wait for the disk; whether all of it
    /// survives the end of the process.
    pub fn flush(&self) -> bool {
        self.open.as_ref().is_none_or(|open| open.context.buffer.flush())
    }

    /// Has `hook` called after each flush with what was flushed before it. It must not wait for anything.
    pub fn on_flush(&self, hook: impl Fn(Ticket) + Send + Sync + 'static) {
        if let Some(open) = &self.open {
            open.context.buffer.on_flush(Box::new(move |before| hook(Ticket(before))));
        }
    }

    /// Runs the job on a reader thread, once everything recorded so far is in the archive. The error says that there is
    /// no store, or that too many jobs wait.
    pub fn submit_read(&self, job: ReadJob) -> Result<(), Error> {
        self.open.as_ref().ok_or_else(|| self.unavailable())?.readers.submit(job)
    }

    /// Whether questions can be answered.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }

    #[must_use]
    pub fn status(&self) -> StoreStatus {
        match (&self.open, &self.failed) {
            (Some(open), _) => open.context.status(),
            (None, Some((reason, path))) => StoreStatus {
                state: StoreState::Failed,
                path: Some(path.clone()),
                reason: Some(reason.clone()),
                waiting_bytes: None,
                lost: None,
            },
            (None, None) => StoreStatus {
                state: StoreState::Off,
                path: None,
                reason: None,
                waiting_bytes: None,
                lost: None,
            },
        }
    }

    /// What a client is told that asks for what is not kept.
    #[must_use]
    pub fn unavailable(&self) -> Error {
        let words = match &self.failed {
            Some((reason, path)) => format!("Sessions are not stored: {path} cannot be used ({reason})"),
            None => "Sessions are not stored: no store folder is set".into(),
        };
        Error::new(Code::StoreUnavailable, words)
    }

    /// Applies what waits and ends the threads. Must be called without the GIL.
    pub fn close(&self) {
        if let Some(OpenStore { context, readers, writer, flusher }) = &self.open {
            readers.close();
            context.signal.close();
            // One that panicked has said so.
            let _ = writer.lock().take().map(JoinHandle::join);
            context.flusher.close();
            let _ = flusher.lock().take().map(JoinHandle::join);
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.close();
    }
}

impl OpenStore {
    fn begin(folder: &Path, settings: &Settings, instance: &str, hub: &Arc<Hub>) -> Result<Self, StoreError> {
        std::fs::create_dir_all(folder)?;
        let (mut directory, [segment, spare]) = WalDirectory::open(&folder.join("journals"), instance)?;
        let context = Arc::new(StoreContext::new(folder, instance, settings, hub, WalBuffer::new(segment)));
        let readers = Arc::new(ReaderPool::new(Arc::clone(&context)));
        let archive = match context.backend.begin() {
            Ok(archive) => Some(archive),
            // The writer sees to it, now or later.
            Err(StoreError::Corrupt(_) | StoreError::Transient(_)) => None,
            Err(error) => {
                directory.leave();
                return Err(error);
            }
        };
        let writer = Writer {
            context: Arc::clone(&context),
            readers: Arc::clone(&readers),
            directory,
            spare: Some(spare),
            archive,
            log_writer: SessionLogWriter::open(&context.logs, settings),
            batch: None,
        };
        let writer = std::thread::Builder::new().name("tenon-store".into()).spawn(move || writer.run())?;
        let flushing = Arc::clone(&context);
        let flusher = std::thread::Builder::new().name("tenon-wal".into()).spawn(move || flushing.flush())?;
        let (writer, flusher) = (Mutex::new(Some(writer)), Mutex::new(Some(flusher)));
        Ok(Self { context, readers, writer, flusher })
    }
}
