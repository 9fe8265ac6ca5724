//! What was recorded and is not in the archive yet: first in memory, then in the journal too. Any thread.
//!
//! [`Ledger::record`] encodes under a lock that nobody holds while writing, so the main thread never waits for a
//! disk. [`Ledger::settle`] appends what is new to the journal with one `write`; whoever comes meanwhile waits for
//! that one and finds nothing left to do. [`Ledger::take`] gives the writer thread all of it and turns the page.

use std::io;
use std::sync::atomic::{
    AtomicU64, AtomicUsize, Ordering::Acquire, Ordering::Relaxed, Ordering::Release, Ordering::SeqCst,
};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::frames;
use super::journal::Side;
use super::record::{Entry, Record};

/// Bytes that may wait for the archive. Beyond, entries lose their arguments and results; a quarter later all is lost.
const MOST: usize = 64 << 20;
/// After a journal could not be written, it is tried again with the first record after so long.
const AGAIN: Duration = Duration::from_secs(1);

/// Records between being told and being kept.
pub struct Ledger {
    /// Encoded, not in the journal.
    fresh: Mutex<Vec<u8>>,
    /// Records ever taken, and how many of them are settled.
    recorded: AtomicU64,
    settled: AtomicU64,
    /// Bytes that the archive does not have.
    held: AtomicUsize,
    /// Records that were not taken because too much waits.
    lost: AtomicU64,
    page: Mutex<Page>,
}

/// The journal's file of this turn, and what it holds.
struct Page {
    side: Side,
    frames: Vec<u8>,
    /// Bytes of `frames` that are in the file.
    written: usize,
    failed: Option<(String, Instant)>,
}

/// A turn's records, for the archive.
pub struct Batch {
    pub side: Side,
    pub frames: Vec<u8>,
    /// How many records there were ever, up to its last.
    pub upto: u64,
}

impl Ledger {
    /// Writes into `side` first.
    #[must_use]
    pub fn new(side: Side) -> Self {
        Self {
            fresh: Mutex::default(),
            recorded: AtomicU64::new(0),
            settled: AtomicU64::new(0),
            held: AtomicUsize::new(0),
            lost: AtomicU64::new(0),
            page: Mutex::new(Page { side, frames: Vec::new(), written: 0, failed: None }),
        }
    }

    /// Takes a record. No system call.
    pub fn record(&self, record: &Record<'_>) {
        let held = self.held.load(Relaxed);
        if held > MOST {
            match record {
                Record::Entry(entry) if held < MOST + MOST / 4 => {
                    return self.encode(&Record::Entry(bare(entry)));
                }
                _ if held < MOST + MOST / 4 => {}
                _ => {
                    self.lost.fetch_add(1, Relaxed);
                    return;
                }
            }
        }
        self.encode(record);
    }

    fn encode(&self, record: &Record<'_>) {
        let mut fresh = self.fresh.lock();
        let before = fresh.len();
        if frames::append(&mut fresh, record) {
            self.held.fetch_add(fresh.len() - before, Relaxed);
            self.recorded.fetch_add(1, SeqCst);
        } else {
            self.lost.fetch_add(1, Relaxed);
        }
    }

    /// Writes what is new into the journal. A failure is remembered, and what was not written kept.
    pub fn settle(&self) {
        if self.settled.load(Acquire) < self.recorded.load(Acquire) {
            self.settle_on(&mut self.page.lock());
        }
    }

    fn settle_on(&self, page: &mut Page) {
        let recorded = {
            let mut fresh = self.fresh.lock();
            page.frames.extend_from_slice(&fresh);
            fresh.clear();
            fresh.shrink_to(MOST / 64);
            self.recorded.load(Acquire)
        };
        page.write();
        self.settled.store(recorded, Release);
    }

    /// Everything up to now, and the page it stands on; `blank` is the next. Writer thread.
    pub fn take(&self, blank: Side) -> Batch {
        let mut page = self.page.lock();
        self.settle_on(&mut page);
        let side = std::mem::replace(&mut page.side, blank);
        let frames = std::mem::take(&mut page.frames);
        (page.written, page.failed) = (0, None);
        Batch { side, frames, upto: self.settled.load(Acquire) }
    }

    /// So many bytes are in the archive now.
    pub fn release(&self, bytes: usize) {
        self.held.fetch_sub(bytes, Relaxed);
    }

    #[must_use]
    pub fn recorded(&self) -> u64 {
        self.recorded.load(SeqCst)
    }

    #[must_use]
    pub fn held(&self) -> usize {
        self.held.load(Relaxed)
    }

    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost.load(Relaxed)
    }

    /// Why the journal cannot be written, if it cannot.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        self.page.lock().failed.as_ref().map(|(why, _)| why.clone())
    }
}

impl Page {
    fn write(&mut self) {
        let early = self.failed.as_ref().is_some_and(|(_, at)| at.elapsed() < AGAIN);
        if early || self.written == self.frames.len() {
            return;
        }
        let written: io::Result<()> = self.side.append(&self.frames[self.written..]);
        match written {
            Ok(()) => (self.written, self.failed) = (self.frames.len(), None),
            Err(error) => self.failed = Some((error.to_string(), Instant::now())),
        }
    }
}

/// An entry without what makes it large.
fn bare<'a>(entry: &Entry<'a>) -> Entry<'a> {
    const OMITTED: &str = r#"{"omitted":"the store could not keep up"}"#;
    Entry { args: OMITTED, result: OMITTED, user_input: None, ..entry.clone() }
}
