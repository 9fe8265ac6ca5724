//! The thread `tenon-store`: what was recorded goes into the archive, batch by batch, and into the sessions' logs.
//!
//! A batch is one turn of the journal: taken, applied in one transaction, then its file is emptied for the turn after
//! next. What fails is kept and tried again; meanwhile the other file takes what is recorded, and Blender goes on.

use std::sync::Arc;

use super::journal::{self, Desk, Side};
use super::ledger::Batch;
use super::office::Office;
use super::readers::Readers;
use super::sqlite::Intake;
use super::trouble::Trouble;
use crate::clock::unix_time;

/// The writer and what only it has.
pub struct Writer {
    office: Arc<Office>,
    readers: Arc<Readers>,
    desk: Desk,
    /// The page that is not written to; none while a batch that did not get through has it.
    blank: Option<Side>,
    intake: Option<Intake>,
    /// Taken, not applied.
    batch: Option<Batch>,
    /// Turns of the journal so far, the one being written to included.
    turns: u64,
}

impl Writer {
    pub fn new(office: Arc<Office>, readers: Arc<Readers>, desk: Desk, blank: Side, intake: Intake) -> Self {
        let turns = blank.turn();
        Self { office, readers, desk, blank: Some(blank), intake: Some(intake), batch: None, turns }
    }

    /// Until the store is closed.
    pub fn run(mut self) {
        let mut busy = true;
        loop {
            let errand = self.office.gate.next(&self.office.ledger, busy);
            busy = match self.work(errand.recover) {
                Ok(busy) => busy,
                Err(trouble) => {
                    self.office.tell_trouble(&trouble);
                    self.office.gate.stuck();
                    false
                }
            };
            if errand.closing {
                break;
            }
        }
        self.leave();
        self.office.gate.closed();
    }

    /// One round; true if there is more that nobody waits for.
    fn work(&mut self, recover: bool) -> Result<bool, Trouble> {
        self.connect()?;
        if recover {
            self.recover()?;
            self.office.gate.recovered();
        }
        let news = self.batch.is_some() || self.office.ledger.recorded() > self.office.applied();
        if news {
            self.apply()?;
        }
        self.office.tell_healed();
        let Some(intake) = &mut self.intake else { return Ok(false) };
        Ok(!news && intake.catch_up()? || news)
    }

    fn connect(&mut self) -> Result<(), Trouble> {
        if self.intake.is_none() {
            let mut intake = Intake::open(&self.office.database, &self.office.instance)?;
            intake.enlist(unix_time())?;
            self.intake = Some(intake);
        }
        Ok(())
    }

    fn apply(&mut self) -> Result<(), Trouble> {
        let (Some(intake), blank) = (&mut self.intake, self.blank.take()) else { return Ok(()) };
        if let Some(blank) = blank {
            self.batch = Some(self.office.ledger.take(blank));
        }
        let Some(batch) = &mut self.batch else { return Ok(()) };
        intake.apply(batch.side.turn(), &batch.frames)?;
        intake.prune_tasks(self.office.keep_tasks, unix_time() - self.office.keep_tasks_for)?;
        self.turns += 1;
        // If even that fails, the archive knows that it has this turn.
        let _applied_already = batch.side.reset(self.turns);
        self.office.ledger.release(batch.frames.len());
        self.office.note_applied(batch.upto);
        self.blank = self.batch.take().map(|batch| batch.side);
        Ok(())
    }

    /// What dead Blenders left in their journals goes into the archive; what they had not finished is ended.
    fn recover(&mut self) -> Result<(), Trouble> {
        let Some(intake) = &mut self.intake else { return Ok(()) };
        for left in journal::left_behind(&self.office.journals) {
            let mut theirs = Intake::open(&self.office.database, &left.instance)?;
            for (turn, frames) in left.turns()? {
                theirs.apply(turn, &frames)?;
            }
            intake.dismiss(&left.instance, unix_time())?;
            left.remove();
        }
        for instance in intake.instances()? {
            if instance != *self.office.instance && !journal::lives(&self.office.journals, &instance) {
                intake.dismiss(&instance, unix_time())?;
            }
        }
        Ok(())
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
