//! The thread `tenon-store`: what was recorded goes into the archive, batch by batch, and into the sessions' logs.
//!
//! A batch is one turn of the journal: taken, applied in one transaction, then its file is emptied for the turn after
//! next. What fails is kept and tried again; meanwhile the other file takes what is recorded, and Blender goes on.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use super::backend::ArchiveWriter;
use super::context::StoreContext;
use super::error::StoreError;
use super::readers::ReaderPool;
use super::session_log_writer::SessionLogWriter;
use super::wal::buffer::Batch;
use super::wal::segment::{self, WalDirectory, WalSegment};
use crate::model::time::unix_time;

/// The writer and what only it has.
pub struct Writer {
    pub context: Arc<StoreContext>,
    pub readers: Arc<ReaderPool>,
    pub directory: WalDirectory,
    /// The page that is not written to; none while a batch that did not get through has it.
    pub spare: Option<WalSegment>,
    /// None while the archive cannot be opened.
    pub archive: Option<Box<dyn ArchiveWriter>>,
    pub log_writer: Option<SessionLogWriter>,
    /// Taken, not applied.
    pub batch: Option<Batch>,
}

impl Writer {
    /// Until the store is closed. If it breaks, nobody waits for it in vain.
    pub fn run(self) {
        let context = Arc::clone(&self.context);
        if catch_unwind(AssertUnwindSafe(|| self.serve())).is_err() {
            context.report_error(&StoreError::WriterPanicked);
        }
        context.signal.closed();
    }

    fn serve(mut self) {
        let mut busy = true;
        loop {
            let work = self.context.signal.next(&self.context.buffer, busy);
            let inspected = if work.inspect { self.inspect().map(drop) } else { Ok(()) };
            let worked = match inspected.and_then(|()| self.work(work.recover)) {
                // With the damaged file put aside, there is a fresh one to go on with at once.
                Err(StoreError::Corrupt(cause)) => match self.inspect() {
                    Ok(false) => Err(StoreError::Transient(cause)),
                    inspected => inspected,
                },
                worked => worked,
            };
            busy = match worked {
                Ok(busy) => {
                    self.context.signal.well();
                    self.context.report_recovery();
                    busy
                }
                Err(error) => {
                    self.context.report_error(&error);
                    self.context.signal.stuck();
                    false
                }
            };
            self.context.report_losses();
            if work.closing {
                break;
            }
        }
        self.leave();
    }

    /// One round; true if there is more that nobody waits for.
    fn work(&mut self, recover: bool) -> Result<bool, StoreError> {
        self.connect()?;
        if recover {
            self.recover()?;
            self.context.signal.recovered();
        }
        let news = self.batch.is_some() || self.context.buffer.recorded() > self.context.signal.applied();
        if news {
            self.apply()?;
        }
        self.archive.as_mut().map_or(Ok(false), |archive| archive.catch_up())
    }

    fn connect(&mut self) -> Result<(), StoreError> {
        if self.archive.is_none() {
            self.archive = Some(self.context.backend.begin()?);
        }
        Ok(())
    }

    fn apply(&mut self) -> Result<(), StoreError> {
        if let Some(spare) = self.spare.take() {
            self.batch = Some(self.context.buffer.take(spare));
        }
        let (Some(archive), Some(batch)) = (&mut self.archive, &mut self.batch) else { return Ok(()) };
        archive.apply(batch.segment.turn(), &batch.frames)?;
        archive.prune_tasks(self.context.keep_tasks, unix_time() - self.context.keep_tasks_for)?;
        self.context.buffer.applied(batch);
        self.context.signal.done(batch.upto);
        if let Some(log_writer) = &mut self.log_writer {
            log_writer.write(&mut **archive, &batch.frames, false)?;
        }
        // If it cannot be emptied: the archive knows that it has this turn.
        if batch.segment.reset(batch.segment.turn() + 2).is_ok() {
            self.context.buffer.note_writable();
            self.context.report_wal();
        }
        self.context.buffer.release(batch.frames.len());
        self.spare = self.batch.take().map(|batch| batch.segment);
        Ok(())
    }

    /// What ended Blenders left in their segments goes into the archive; what they had not finished is ended.
    fn recover(&mut self) -> Result<(), StoreError> {
        let Some(archive) = &mut self.archive else { return Ok(()) };
        let _guard = self.context.recovery.lock();
        for left in segment::orphaned(&self.context.journals) {
            let turns = match left.turns() {
                Ok(turns) => turns,
                // The others' are replayed all the same.
                Err(error) => {
                    log::warn!("the journal of {}, which is gone, cannot be read: {error}", left.instance);
                    continue;
                }
            };
            let mut theirs = self.context.backend.writer_of(&left.instance)?;
            for (turn, frames) in turns {
                theirs.apply(turn, &frames)?;
                if let Some(log_writer) = &mut self.log_writer {
                    log_writer.write(&mut **archive, &frames, true)?;
                }
            }
            left.remove();
        }
        // Only after their logs are gone: as long as one is there, the archive must know what it has of it.
        for instance in archive.instances()? {
            if instance != self.context.instance && !segment::is_alive(&self.context.journals, &instance) {
                release(&mut **archive, &self.context.journals, &instance)?;
            }
        }
        Ok(())
    }

    /// Something in the file was not what it should be: a damaged one is put aside, and a fresh one begun. Whether
    /// that was so.
    fn inspect(&mut self) -> Result<bool, StoreError> {
        let before = self.archive.take();
        let scene = before.map(|archive| archive.close());
        self.readers.disconnect_all();
        let aside = self.context.backend.quarantine()?;
        self.connect()?;
        if let (Some(archive), Some(scene)) = (&mut self.archive, scene) {
            archive.restore_scene(scene);
        }
        if let Some(aside) = &aside {
            self.context.report_damage(aside);
        }
        Ok(aside.is_some())
    }

    /// The last of it. What could not be applied stays in the journal for the next Blender.
    fn leave(&mut self) {
        let left = self.connect().and_then(|()| self.apply()).and_then(|()| match &mut self.archive {
            Some(archive) => {
                self.directory.leave();
                release(&mut **archive, &self.context.journals, &self.context.instance)
            }
            None => Ok(()),
        });
        if let Err(error) = left {
            log::error!("the store could not be closed in order: {error}");
        }
    }
}

fn release(archive: &mut dyn ArchiveWriter, journals: &Path, instance: &str) -> Result<(), StoreError> {
    archive.release_instance(instance, unix_time(), segment::is_left(journals, instance))
}
