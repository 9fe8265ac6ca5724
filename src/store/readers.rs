//! The threads `tenon-read`: questions to the archive, each with its own connection. None runs until one is asked.
//!
//! A question sees everything that was recorded before it was asked. When all readers are at work another is hired, up
//! to a few; one that nobody asked for a while goes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use parking_lot::Mutex;

use super::Question;
use super::backend::Asker;
use super::journal;
use super::office::Office;
use crate::error::{Code, Error};

/// Readers, and questions that wait for one.
const MOST: usize = 4;
const WAITING: usize = 256;
/// A reader without a question goes after so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// The readers of one store.
pub struct Readers {
    office: Arc<Office>,
    questions: Receiver<Question>,
    /// None once the store is closed.
    asked: Mutex<Option<Sender<Question>>>,
    staff: Arc<Mutex<Staff>>,
}

#[derive(Default)]
struct Staff {
    seats: Vec<Arc<Seat>>,
    threads: Vec<std::thread::JoinHandle<()>>,
    /// Readers without a question.
    free: usize,
}

/// One reader's connection, where whoever has to can close it.
#[derive(Default)]
struct Seat {
    asker: Mutex<Option<Box<dyn Asker>>>,
    /// Stops what the connection is doing.
    stop: Mutex<Option<Box<dyn Fn() + Send>>>,
}

impl Readers {
    pub fn new(office: Arc<Office>) -> Self {
        let (asked, questions) = bounded(WAITING);
        Self { office, questions, asked: Mutex::new(Some(asked)), staff: Arc::default() }
    }

    /// Puts the question before the next free reader.
    pub fn ask(&self, question: Question) -> Result<(), Error> {
        match &*self.asked.lock() {
            None => return Err(Error::shutting_down()),
            Some(asked) => asked.try_send(question).map_err(|error| match error {
                TrySendError::Full(_) => Error::new(
                    Code::QueueFull,
                    format!("{WAITING} questions wait for the store; ask again later"),
                ),
                TrySendError::Disconnected(_) => Error::shutting_down(),
            })?,
        }
        let mut staff = self.staff.lock();
        if self.questions.len() > staff.free && staff.seats.len() < MOST {
            self.hire(&mut staff)?;
        }
        Ok(())
    }

    fn hire(&self, staff: &mut Staff) -> Result<(), Error> {
        let seat = Arc::new(Seat::default());
        let reader = Reader {
            office: Arc::clone(&self.office),
            questions: self.questions.clone(),
            staff: Arc::clone(&self.staff),
            seat: Arc::clone(&seat),
        };
        match std::thread::Builder::new().name("tenon-read".into()).spawn(move || reader.run()) {
            Ok(thread) => staff.threads.push(thread),
            // Those who are there will come to it.
            Err(_) if !staff.seats.is_empty() => return Ok(()),
            Err(error) => {
                return Err(Error::new(Code::Internal, format!("No thread to read the store: {error}")));
            }
        }
        staff.threads.retain(|thread| !thread.is_finished());
        staff.seats.push(seat);
        self.office.tell_readers(
            staff.seats.len() - 1,
            staff.seats.len(),
            staff.seats.len() as f64 / MOST as f64,
        );
        Ok(())
    }

    /// Closes all connections, after the questions in hand; they are opened again when somebody asks.
    pub fn let_go(&self) {
        let seats = self.staff.lock().seats.clone();
        for seat in seats {
            drop(seat.asker.lock().take());
        }
    }

    /// Ends the threads. A question in hand is stopped; those that wait are answered by being dropped.
    pub fn close(&self) {
        drop(self.asked.lock().take());
        while self.questions.try_recv().is_ok() {}
        let (seats, threads) = {
            let mut staff = self.staff.lock();
            (staff.seats.clone(), std::mem::take(&mut staff.threads))
        };
        for seat in seats {
            if let Some(stop) = &*seat.stop.lock() {
                stop();
            }
        }
        for thread in threads {
            let _panicked = thread.join();
        }
    }
}

struct Reader {
    office: Arc<Office>,
    questions: Receiver<Question>,
    staff: Arc<Mutex<Staff>>,
    seat: Arc<Seat>,
}

impl Reader {
    fn run(self) {
        loop {
            self.staff.lock().free += 1;
            let question = self.questions.recv_timeout(PATIENCE);
            let mut staff = self.staff.lock();
            staff.free -= 1;
            match question {
                Ok(question) => {
                    drop(staff);
                    self.answer(question);
                }
                // One that came just now sees that nobody is free, and hires.
                Err(_) => {
                    let before = staff.seats.len();
                    staff.seats.retain(|seat| !Arc::ptr_eq(seat, &self.seat));
                    self.office.tell_readers(before, before - 1, 0.0);
                    return;
                }
            }
        }
    }

    fn answer(&self, question: Question) {
        let office = &self.office;
        let orphans = {
            let _only_one_looks = office.recovery.lock();
            !journal::left_behind(&office.journals).is_empty()
        };
        office.gate.pass(&office.ledger, orphans);
        let mut asker = self.seat.asker.lock();
        if asker.is_none() {
            match office.backend.asker() {
                Ok(opened) => {
                    *self.seat.stop.lock() = Some(opened.stopper());
                    *asker = Some(opened);
                }
                Err(trouble) => log::warn!("a question to the store cannot be answered: {trouble}"),
            }
        }
        let Some(asker) = &mut *asker else { return };
        if catch_unwind(AssertUnwindSafe(|| question(&mut **asker))).is_err() {
            log::error!("a question to the store panicked");
        }
        if asker.is_damaged() {
            office.gate.inspect();
        }
    }
}
