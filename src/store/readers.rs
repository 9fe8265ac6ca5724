//! The threads `tenon-read`: they look into the archive, each with its own connection. None runs until there is a job.
//!
//! A job sees everything that was recorded before it was submitted. While all readers are busy another is started, up to
//! a few, so that a long search or export holds up no short look; one without a job for a while ends. How many there are
//! is what the channel `db_pool_stats` tells.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use parking_lot::Mutex;

use super::archive::ReadJob;
use super::backend::ArchiveReader;
use super::context::StoreContext;
use super::wal::segment;
use crate::model::error::{Code, Error};

/// ReaderPool, and jobs that wait for one.
const MAX_READERS: usize = 4;
const MAX_WAITING: usize = 256;
/// A reader without a job goes after so long.
const IDLE_LIMIT: Duration = Duration::from_secs(60);

/// The readers of one store.
pub struct ReaderPool {
    context: Arc<StoreContext>,
    jobs: Receiver<ReadJob>,
    /// None once the store is closed.
    sender: Mutex<Option<Sender<ReadJob>>>,
    state: Arc<Mutex<PoolState>>,
}

#[derive(Default)]
struct PoolState {
    slots: Vec<Arc<ReaderSlot>>,
    threads: Vec<std::thread::JoinHandle<()>>,
    /// ReaderPool without a job.
    free: usize,
}

/// One reader's connection, where whoever has to can close it.
#[derive(Default)]
struct ReaderSlot {
    reader: Mutex<Option<Box<dyn ArchiveReader>>>,
    /// Stops what the connection is doing.
    stop: Mutex<Option<Box<dyn Fn() + Send>>>,
}

impl ReaderPool {
    pub fn new(context: Arc<StoreContext>) -> Self {
        let (sender, jobs) = bounded(MAX_WAITING);
        Self { context, jobs, sender: Mutex::new(Some(sender)), state: Arc::default() }
    }

    /// Puts the job before the next free reader.
    pub fn submit(&self, job: ReadJob) -> Result<(), Error> {
        match &*self.sender.lock() {
            None => return Err(Error::shutting_down()),
            Some(sender) => sender.try_send(job).map_err(|error| match error {
                TrySendError::Full(_) => Error::new(
                    Code::QueueFull,
                    format!("{MAX_WAITING} requests wait for the store's readers; ask again later"),
                ),
                TrySendError::Disconnected(_) => Error::shutting_down(),
            })?,
        }
        let mut state = self.state.lock();
        if self.jobs.len() > state.free && state.slots.len() < MAX_READERS {
            self.spawn_reader(&mut state)?;
        }
        Ok(())
    }

    fn spawn_reader(&self, state: &mut PoolState) -> Result<(), Error> {
        let slot = Arc::new(ReaderSlot::default());
        let reader = Reader {
            context: Arc::clone(&self.context),
            jobs: self.jobs.clone(),
            state: Arc::clone(&self.state),
            slot: Arc::clone(&slot),
        };
        match std::thread::Builder::new().name("tenon-read".into()).spawn(move || reader.run()) {
            Ok(thread) => state.threads.push(thread),
            // Those who are there will come to it.
            Err(_) if !state.slots.is_empty() => return Ok(()),
            Err(error) => {
                return Err(Error::new(Code::Internal, format!("No thread to read the store: {error}")));
            }
        }
        state.threads.retain(|thread| !thread.is_finished());
        state.slots.push(slot);
        self.context.report_readers(
            state.slots.len() - 1,
            state.slots.len(),
            state.slots.len() as f64 / MAX_READERS as f64,
        );
        Ok(())
    }

    /// Closes all connections, after the jobs in hand; they are opened again when somebody asks.
    pub fn disconnect_all(&self) {
        let slots = self.state.lock().slots.clone();
        for slot in slots {
            drop(slot.reader.lock().take());
        }
    }

    /// Ends the threads. A job in hand is stopped; those that wait are answered by being dropped.
    pub fn close(&self) {
        drop(self.sender.lock().take());
        while self.jobs.try_recv().is_ok() {}
        let (slots, threads) = {
            let mut state = self.state.lock();
            (state.slots.clone(), std::mem::take(&mut state.threads))
        };
        for slot in slots {
            if let Some(stop) = &*slot.stop.lock() {
                stop();
            }
        }
        for thread in threads {
            // One that panicked has said so.
            let _ = thread.join();
        }
    }
}

struct Reader {
    context: Arc<StoreContext>,
    jobs: Receiver<ReadJob>,
    state: Arc<Mutex<PoolState>>,
    slot: Arc<ReaderSlot>,
}

impl Reader {
    fn run(self) {
        loop {
            self.state.lock().free += 1;
            let job = self.jobs.recv_timeout(IDLE_LIMIT);
            let mut state = self.state.lock();
            state.free -= 1;
            match job {
                Ok(job) => {
                    drop(state);
                    self.answer(job);
                }
                // One that came just now sees that nobody is free, and hires.
                Err(_) => {
                    let before = state.slots.len();
                    state.slots.retain(|slot| !Arc::ptr_eq(slot, &self.slot));
                    self.context.report_readers(before, before - 1, 0.0);
                    return;
                }
            }
        }
    }

    fn answer(&self, job: ReadJob) {
        let context = &self.context;
        let orphans = {
            let _guard = context.recovery.lock();
            !segment::orphaned(&context.journals).is_empty()
        };
        context.signal.pass(&context.buffer, orphans);
        let mut reader = self.slot.reader.lock();
        if reader.is_none() {
            match context.backend.reader() {
                Ok(opened) => {
                    *self.slot.stop.lock() = Some(opened.stopper());
                    *reader = Some(opened);
                }
                Err(error) => log::warn!("a job to the store cannot be run: {error}"),
            }
        }
        let Some(reader) = &mut *reader else { return };
        if catch_unwind(AssertUnwindSafe(|| job(&mut **reader))).is_err() {
            log::error!("a job to the store panicked");
        }
        if reader.is_damaged() {
            context.signal.inspect();
        }
    }
}
