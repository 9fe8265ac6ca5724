//! The thread `tenon-store`: what was recorded goes into the archive, batch by batch, and into the sessions' logs.
//!
//! A batch is one turn of the journal: taken, applied in one transaction, then its file is emptied for the turn after
//! next. What fails is kept and tried again; meanwhile the other file takes what is recorded, and Blender goes on.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::backend::Intake;
use super::journal::{self, Desk, Side};
use super::ledger::Batch;
use super::logbook::Logbook;
use super::office::Office;
use super::readers::Readers;
use super::trouble::Trouble;
use crate::clock::unix_time;

/// The writer and what only it has.
pub struct Writer {
    pub office: Arc<Office>,
    pub readers: Arc<Readers>,
    pub desk: Desk,
    /// The page that is not written to; none while a batch that did not get through has it.
    pub blank: Option<Side>,
    /// None while the archive cannot be opened.
    pub intake: Option<Box<dyn Intake>>,
    pub logbook: Option<Logbook>,
    /// Taken, not applied.
    pub batch: Option<Batch>,
}

impl Writer {
    /// Until the store is closed. If it breaks, nobody waits for it in vain.
    pub fn run(self) {
        let office = Arc::clone(&self.office);
        if catch_unwind(AssertUnwindSafe(|| self.serve())).is_err() {
            office.tell_trouble(&Trouble::Lasting("the writer broke; see Tenon's log".into()));
        }
        office.gate.closed();
    }

    fn serve(mut self) {
        let mut busy = true;
        loop {
            let errand = self.office.gate.next(&self.office.ledger, busy);
            let inspected = if errand.inspect { self.inspect().map(drop) } else { Ok(()) };
            let worked = match inspected.and_then(|()| self.work(errand.recover)) {
                // With the damaged file put aside, there is a fresh one to go on with at once.
                Err(Trouble::Corrupt(words)) => match self.inspect() {
                    Ok(false) => Err(Trouble::Passing(words)),
                    inspected => inspected,
                },
                worked => worked,
            };
            busy = match worked {
                Ok(busy) => {
                    self.office.gate.well();
                    self.office.tell_healed();
                    busy
                }
                Err(trouble) => {
                    self.office.tell_trouble(&trouble);
                    self.office.gate.stuck();
                    false
                }
            };
            self.office.tell_losses();
            if errand.closing {
                break;
            }
        }
        self.leave();
    }

    /// One round; true if there is more that nobody waits for.
    fn work(&mut self, recover: bool) -> Result<bool, Trouble> {
        self.connect()?;
        if recover {
            self.recover()?;
            self.office.gate.recovered();
        }
        let news = self.batch.is_some() || self.office.ledger.recorded() > self.office.gate.applied();
        if news {
            self.apply()?;
        }
        self.intake.as_mut().map_or(Ok(false), |intake| intake.catch_up())
    }

    fn connect(&mut self) -> Result<(), Trouble> {
        if self.intake.is_none() {
            self.intake = Some(self.office.backend.begin()?);
        }
        Ok(())
    }

    fn apply(&mut self) -> Result<(), Trouble> {
        if let Some(blank) = self.blank.take() {
            self.batch = Some(self.office.ledger.take(blank));
        }
        let (Some(intake), Some(batch)) = (&mut self.intake, &mut self.batch) else { return Ok(()) };
        intake.apply(batch.side.turn(), &batch.frames)?;
        intake.prune_tasks(self.office.keep_tasks, unix_time() - self.office.keep_tasks_for)?;
        self.office.gate.done(batch.upto);
        if let Some(logbook) = &mut self.logbook {
            logbook.write(&mut **intake, &batch.frames, false)?;
        }
        // If it cannot be emptied: the archive knows that it has this turn.
        let _applied_already = batch.side.reset(batch.side.turn() + 2);
        self.office.ledger.release(batch.frames.len());
        self.blank = self.batch.take().map(|batch| batch.side);
        Ok(())
    }

    /// What dead Blenders left in their journals goes into the archive; what they had not finished is ended.
    fn recover(&mut self) -> Result<(), Trouble> {
        let Some(intake) = &mut self.intake else { return Ok(()) };
        let _nobody_looks = self.office.recovery.lock();
        for left in journal::left_behind(&self.office.journals) {
            let turns = match left.turns() {
                Ok(turns) => turns,
                // Nobody's work waits for what one Blender left.
                Err(error) => {
                    log::warn!("the journal of {}, which is gone, cannot be read: {error}", left.instance);
                    continue;
                }
            };
            let mut theirs = self.office.backend.intake_of(&left.instance)?;
            for (turn, frames) in turns {
                theirs.apply(turn, &frames)?;
                if let Some(logbook) = &mut self.logbook {
                    logbook.write(&mut **intake, &frames, true)?;
                }
            }
            intake.dismiss(&left.instance, unix_time())?;
            left.remove();
        }
        for instance in intake.instances()? {
            if instance != self.office.instance && !journal::lives(&self.office.journals, &instance) {
                intake.dismiss(&instance, unix_time())?;
            }
        }
        Ok(())
    }

    /// Something in the file was not what it should be: a damaged one is put aside, and a fresh one begun. Whether
    /// that was so.
    fn inspect(&mut self) -> Result<bool, Trouble> {
        let before = self.intake.take();
        let scene = before.map(|intake| intake.close());
        self.readers.let_go();
        let aside = self.office.backend.put_aside()?;
        self.connect()?;
        if let (Some(intake), Some(scene)) = (&mut self.intake, scene) {
            intake.recall(scene);
        }
        if let Some(aside) = &aside {
            self.office.tell_damage(aside);
        }
        Ok(aside.is_some())
    }

    /// The last of it. What could not be applied stays in the journal for the next Blender.
    fn leave(&mut self) {
        let left = self.connect().and_then(|()| self.apply()).and_then(|()| match &mut self.intake {
            Some(intake) => intake.dismiss(&self.office.instance, unix_time()),
            None => Ok(()),
        });
        match left {
            Ok(()) => self.desk.leave(),
            Err(trouble) => log::error!("the store could not be closed in order: {trouble}"),
        }
    }
}
