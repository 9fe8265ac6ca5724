//! What was recorded and is not in the archive yet: first in memory, then in a segment of the log. Any thread.
//!
//! [`WalBuffer::record`] encodes under a lock that nobody holds while writing, so whoever records never waits for a
//! disk. [`WalBuffer::flush`] appends what is new to the segment with one `write`; only threads that may wait for a
//! disk call it, as a rule `tenon-wal`. Others look at [`WalBuffer::is_flushed`], or are woken when it is so
//! ([`WalBuffer::poll_flushed`]). [`WalBuffer::take`] gives the writer thread all of it and begins the other segment.

use std::collections::BTreeMap;
use std::io;
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use super::codec;
use super::record::{Entry, Record};
use super::segment::WalSegment;
use super::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed, Ordering::SeqCst};
use super::sync::{Mutex, OnceLock};

/// Bytes that may wait for the archive. Beyond, entries lose their arguments and results; a quarter later all is lost.
const MAX_HELD_BYTES: usize = 64 << 20;
/// After a segment could not be written, it is tried again with the first record after so long.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// Looks at a write that is under way before whoever needs it goes to sleep: about 10 µs.
const FLUSH_LOOKS: usize = 256;

/// Called after each flush with the number of records that were flushed before it. Must not wait for anything.
pub type FlushHook = Box<dyn Fn(u64) + Send + Sync>;

/// Who waits for so many records: their number, and the waker's own address, so that one who asks twice is woken once.
type WaiterKey = (u64, usize);

/// Records that the archive does not have.
pub struct WalBuffer {
    /// Encoded, not in the segment.
    pending: Mutex<Vec<u8>>,
    /// Records ever taken.
    recorded: AtomicU64,
    /// Of those, how many have had their `write`, whether it worked or not: nobody waits for them any more.
    flushed: AtomicU64,
    /// How many nobody waits for any more because the disk takes too long. They are written all the same.
    released: AtomicU64,
    waiters: Mutex<BTreeMap<WaiterKey, Waker>>,
    /// How many are on disk: in a segment, or in the archive.
    durable: AtomicU64,
    hook: OnceLock<FlushHook>,
    /// Bytes that the archive does not have.
    held: AtomicUsize,
    /// Records that were not taken because too much waits.
    lost: AtomicU64,
    /// Held while writing.
    segment: Mutex<ActiveSegment>,
    /// Why the segment could not be written the last time. Never held while writing.
    failure: Mutex<Option<String>>,
    /// A write that has not come back.
    writing_since: Mutex<Option<Instant>>,
}

/// The segment that is written to, and what it holds.
struct ActiveSegment {
    segment: WalSegment,
    frames: Vec<u8>,
    /// Bytes of `frames` that are in the file.
    written: usize,
    failed_at: Option<Instant>,
    /// Up to here the segment before it could not be written: those records are on disk once they are in the archive.
    gap: u64,
    /// How many records there were ever, up to the last of `frames`.
    upto: u64,
    /// An empty buffer, to be exchanged for the pending one.
    spare: Vec<u8>,
}

/// A segment's records, for the archive.
pub struct Batch {
    pub segment: WalSegment,
    pub frames: Vec<u8>,
    /// How many records there were ever, up to its last.
    pub upto: u64,
}

impl WalBuffer {
    /// Writes into `segment` first.
    #[must_use]
    pub fn new(segment: WalSegment) -> Self {
        let segment = ActiveSegment {
            segment,
            frames: Vec::new(),
            written: 0,
            failed_at: None,
            gap: 0,
            upto: 0,
            spare: Vec::new(),
        };
        Self {
            pending: Mutex::default(),
            recorded: AtomicU64::new(0),
            flushed: AtomicU64::new(0),
            released: AtomicU64::new(0),
            waiters: Mutex::default(),
            durable: AtomicU64::new(0),
            hook: OnceLock::new(),
            held: AtomicUsize::new(0),
            lost: AtomicU64::new(0),
            segment: Mutex::new(segment),
            failure: Mutex::new(None),
            writing_since: Mutex::new(None),
        }
    }

    /// Takes a record; false if it is lost. No system call.
    pub fn record(&self, record: &Record<'_>) -> bool {
        let held = self.held.load(Relaxed);
        if held > MAX_HELD_BYTES {
            match record {
                Record::Entry(entry) if held < MAX_HELD_BYTES + MAX_HELD_BYTES / 4 => {
                    return self.encode(&Record::Entry(bare(entry)));
                }
                _ if held < MAX_HELD_BYTES + MAX_HELD_BYTES / 4 => {}
                _ => {
                    self.lost.fetch_add(1, Relaxed);
                    return false;
                }
            }
        }
        self.encode(record)
    }

    fn encode(&self, record: &Record<'_>) -> bool {
        let mut pending = self.pending.lock();
        let before = pending.len();
        if codec::append(&mut pending, record) {
            self.held.fetch_add(pending.len() - before, Relaxed);
            self.recorded.fetch_add(1, SeqCst);
            true
        } else {
            self.lost.fetch_add(1, Relaxed);
            false
        }
    }

    /// Writes what is new into the segment; whether everything recorded before is on disk now. May wait for the disk.
    /// What could not be written is kept and written later.
    pub fn flush(&self) -> bool {
        let recorded = self.recorded();
        if !self.is_written(recorded) {
            self.flush_into(&mut self.segment.lock());
        }
        self.is_durable(recorded)
    }

    fn flush_into(&self, active: &mut ActiveSegment) {
        let mut fresh = std::mem::take(&mut active.spare);
        let recorded = {
            let mut pending = self.pending.lock();
            std::mem::swap(&mut *pending, &mut fresh);
            self.recorded()
        };
        active.frames.extend_from_slice(&fresh);
        fresh.clear();
        fresh.shrink_to(MAX_HELD_BYTES / 64);
        active.spare = fresh;
        active.upto = recorded;
        self.write(active);
        if active.written == active.frames.len() && self.is_durable(active.gap) {
            self.durable.fetch_max(recorded, SeqCst);
        }
        self.finish_flush(recorded);
    }

    fn write(&self, active: &mut ActiveSegment) {
        let early = active.failed_at.is_some_and(|at| at.elapsed() < RETRY_INTERVAL);
        if early || active.written == active.frames.len() {
            return;
        }
        *self.writing_since.lock() = Some(Instant::now());
        let written: io::Result<()> = active.segment.append(&active.frames[active.written..]);
        *self.writing_since.lock() = None;
        let failure = match written {
            Ok(()) => {
                (active.written, active.failed_at) = (active.frames.len(), None);
                None
            }
            Err(error) => {
                active.failed_at = Some(Instant::now());
                Some(error.to_string())
            }
        };
        *self.failure.lock() = failure;
    }

    /// So many records have had their write.
    fn finish_flush(&self, recorded: u64) {
        let before = self.flushed.fetch_max(recorded, SeqCst);
        if before < recorded {
            self.wake_waiters(recorded);
            if let Some(hook) = self.hook.get() {
                hook(before);
            }
        }
    }

    fn wake_waiters(&self, recorded: u64) {
        let woken = {
            let mut waiters = self.waiters.lock();
            let later = recorded.checked_add(1).map(|next| waiters.split_off(&(next, 0))).unwrap_or_default();
            std::mem::replace(&mut *waiters, later)
        };
        woken.into_values().for_each(Waker::wake);
    }

    /// A write that has been under way for `limit` holds up nobody any longer: what is recorded now counts as flushed,
    /// and not as durable, until it is. Whether there is such a write.
    pub fn release_stalled(&self, limit: Duration) -> bool {
        let stalled = self.writing_for().is_some_and(|time| time >= limit);
        if stalled {
            let recorded = self.recorded();
            self.released.fetch_max(recorded, SeqCst);
            self.wake_waiters(recorded);
        }
        stalled
    }

    /// Everything up to now, and the segment it stands in; `next` is written to from now on. Writer thread.
    pub fn take(&self, next: WalSegment) -> Batch {
        let mut active = self.segment.lock();
        self.flush_into(&mut active);
        // Not what counts as flushed: once nobody writes any more that is everything, also what comes later.
        let upto = active.upto;
        if active.written < active.frames.len() {
            active.gap = upto;
        }
        let segment = std::mem::replace(&mut active.segment, next);
        let frames = std::mem::take(&mut active.frames);
        (active.written, active.failed_at) = (0, None);
        Batch { segment, frames, upto }
    }

    /// Writer: a batch is in the archive.
    pub fn applied(&self, batch: &Batch) {
        self.durable.fetch_max(batch.upto, SeqCst);
        let active = self.segment.lock();
        if active.written == active.frames.len() && self.is_durable(active.gap) {
            self.durable.fetch_max(active.upto, SeqCst);
        }
    }

    /// Writer: the log could be written just now. If nothing waits to be, it has not failed any more.
    pub fn note_writable(&self) {
        let active = self.segment.lock();
        if active.written == active.frames.len() {
            *self.failure.lock() = None;
        }
    }

    /// So many bytes are in the archive now.
    pub fn release(&self, bytes: usize) {
        self.held.fetch_sub(bytes, Relaxed);
    }

    /// Nobody writes any more: whoever waits does so in vain.
    pub fn close(&self) {
        self.finish_flush(u64::MAX);
    }

    /// Has `hook` called after each flush; the first one given stays.
    pub fn on_flush(&self, hook: FlushHook) {
        if self.hook.set(hook).is_err() {
            log::debug!("a second hook for flushes is not called");
        }
    }

    /// Whether nobody has to wait for so many records; if not yet, `waker` is woken when it is so. The thread that
    /// flushed wakes it, and waits for what it does.
    pub fn poll_flushed(&self, records: u64, waker: &Waker) -> Poll<()> {
        if self.is_flushed(records) {
            return Poll::Ready(());
        }
        self.waiters.lock().insert((records, waker.data().addr()), waker.clone());
        // Flushed meanwhile, it may have been too late to be woken.
        if self.is_flushed(records) { Poll::Ready(()) } else { Poll::Pending }
    }

    #[must_use]
    pub fn recorded(&self) -> u64 {
        self.recorded.load(SeqCst)
    }

    /// Whether nobody has to wait for so many records: they have had their write, or the disk takes too long.
    #[must_use]
    pub fn is_flushed(&self, records: u64) -> bool {
        self.is_written(records) || self.released.load(SeqCst) >= records
    }

    /// Whether so many records have had their write.
    #[must_use]
    pub fn is_written(&self, records: u64) -> bool {
        self.flushed.load(SeqCst) >= records
    }

    /// The same, but looks for some microseconds if they are not: a write that is under way takes less time than to
    /// sleep and be woken. The disk may take as long as it likes; this does not.
    #[must_use]
    pub fn is_flushed_shortly(&self, records: u64) -> bool {
        (0..FLUSH_LOOKS).any(|_| {
            let flushed = self.is_flushed(records);
            if !flushed {
                std::hint::spin_loop();
            }
            flushed
        })
    }

    /// Whether so many records are on disk.
    #[must_use]
    pub fn is_durable(&self, records: u64) -> bool {
        self.durable.load(SeqCst) >= records
    }

    #[must_use]
    pub fn held(&self) -> usize {
        self.held.load(Relaxed)
    }

    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost.load(Relaxed)
    }

    /// Why the last write failed, if it did.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        self.failure.lock().clone()
    }

    /// How long a write has been under way.
    #[must_use]
    pub fn writing_for(&self) -> Option<Duration> {
        self.writing_since.lock().map(|since| since.elapsed())
    }
}

/// An entry without what makes it large.
fn bare<'a>(entry: &Entry<'a>) -> Entry<'a> {
    const OMITTED: &str = r#"{"omitted":"the store could not keep up"}"#;
    Entry { args: OMITTED, result: OMITTED, user_input: None, ..entry.clone() }
}
