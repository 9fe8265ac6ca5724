//! The thread `tenon-wal`: writes what was recorded into the log's segment, and may wait for the disk.
//!
//! It sleeps until something is recorded, and whoever records then wakes it. What comes while it writes goes out with the
//! next write. While one record comes soon after another, it looks for the next before it sleeps. While several go out
//! together, it writes every [`GROUP_TIME`] by itself, so that recording costs no wake-ups.

use std::time::Duration;

use super::buffer::WalBuffer;
use super::sync::atomic::{AtomicBool, Ordering::SeqCst};
use super::sync::thread::{self, Thread};
use super::sync::{AdaptiveSpin, OnceLock};

/// How long records come together while there are many.
const GROUP_TIME: Duration = Duration::from_micros(100);
/// So many in one write are many: more than what one command or two leave.
const GROUP: u64 = 4;

/// Wakes the flushing thread.
#[derive(Default)]
pub struct Flusher {
    thread: OnceLock<Thread>,
    asleep: AtomicBool,
    closing: AtomicBool,
    spin: AdaptiveSpin,
}

impl Flusher {
    /// Something was recorded. An atomic read unless the thread sleeps.
    pub fn wake(&self) {
        if self.asleep.load(SeqCst) && self.asleep.swap(false, SeqCst) {
            self.unpark();
        }
    }

    /// Ends the thread after a last flush.
    pub fn close(&self) {
        self.closing.store(true, SeqCst);
        self.unpark();
    }

    fn unpark(&self) {
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }

    /// The thread itself. `after_flush` is called whenever there may be something new in the segment.
    pub fn run(&self, buffer: &WalBuffer, after_flush: impl Fn()) {
        if self.thread.set(thread::current()).is_err() {
            return log::error!("the log has a thread that flushes already");
        }
        let _closing = Closing(buffer);
        let mut flushed = 0;
        loop {
            let closing = self.closing.load(SeqCst);
            let recorded = buffer.recorded();
            buffer.flush();
            after_flush();
            if closing {
                return;
            }
            let group = recorded - std::mem::replace(&mut flushed, recorded);
            if group >= GROUP {
                thread::sleep(GROUP_TIME);
                continue;
            }
            let is_there = || !buffer.is_written(buffer.recorded()) || self.closing.load(SeqCst);
            self.spin.wait(None, is_there, |_| {
                self.asleep.store(true, SeqCst);
                // Whoever recorded before it could see that finds the answer here; after, it wakes.
                if !is_there() {
                    thread::park();
                }
                self.asleep.store(false, SeqCst);
                true
            });
        }
    }
}

/// However the thread ends, nobody waits for it afterwards.
struct Closing<'a>(&'a WalBuffer);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}
