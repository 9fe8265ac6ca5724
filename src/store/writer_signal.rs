//! When the writer thread works, and who waits until it has. Any thread.
//!
//! Clean, the writer sleeps and costs nothing. The first record wakes it; it then lets a batch come together, unless
//! somebody waits for what was recorded to be in the archive.
//!
//! Not a channel of messages: whoever records (Blender's main thread too) must pay one atomic read and no allocation, and
//! the writer wants to know the state now (how much is recorded, does somebody wait), not each step that led to it.

use std::time::{Duration, Instant};

use super::sync::atomic::{AtomicBool, Ordering::SeqCst};
use super::sync::{Condvar, Mutex};
use super::wal::buffer::WalBuffer;

/// How long a batch comes together.
const COLLECT_TIME: Duration = Duration::from_millis(75);
/// Between two attempts of what failed.
const RETRY_INTERVAL: Duration = Duration::from_secs(3);

/// Wakes the writer thread, and tells those who wait for it.
pub struct WriterSignal {
    state: Mutex<State>,
    /// Rung for the writer; rung for those who wait for it.
    bell: Condvar,
    passed: Condvar,
    /// The writer waits for a first record.
    asleep: AtomicBool,
}

#[derive(Default)]
struct State {
    /// Records that somebody waits for, and those that are in the archive.
    wanted: u64,
    applied: u64,
    /// What Blenders that ended without closing the store have left is to be replayed.
    recover: bool,
    /// Somebody found the archive damaged.
    inspect: bool,
    /// The last attempt failed; nobody waits for the next.
    stuck: bool,
    closing: bool,
    closed: bool,
}

/// What the writer is to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    pub recover: bool,
    pub inspect: bool,
    pub closing: bool,
}

impl WriterSignal {
    /// The first work is to replay what ended Blenders left.
    #[must_use]
    pub fn new() -> Self {
        let state = State { recover: true, ..State::default() };
        Self {
            state: Mutex::new(state),
            bell: Condvar::new(),
            passed: Condvar::new(),
            asleep: AtomicBool::new(false),
        }
    }

    /// Something was recorded. An atomic read unless the writer sleeps.
    pub fn wake(&self) {
        if self.asleep.load(SeqCst) && self.asleep.swap(false, SeqCst) {
            drop(self.state.lock());
            self.bell.notify_one();
        }
    }

    /// Waits until everything recorded so far is in the archive, or cannot be now. With `recover`, what
    /// ended Blenders left too.
    pub fn pass(&self, buffer: &WalBuffer, recover: bool) {
        let mut state = self.state.lock();
        let target = buffer.recorded();
        state.recover |= recover;
        if state.applied >= target && !state.recover {
            return;
        }
        state.wanted = state.wanted.max(target);
        self.asleep.store(false, SeqCst);
        self.bell.notify_one();
        self.passed.wait_while(&mut state, |state| {
            (state.applied < target || state.recover) && !state.stuck && !state.closed
        });
    }

    /// Something in the archive is not what it should be.
    pub fn inspect(&self) {
        self.state.lock().inspect = true;
        self.asleep.store(false, SeqCst);
        self.bell.notify_one();
    }

    /// Records that are in the archive.
    #[must_use]
    pub fn applied(&self) -> u64 {
        self.state.lock().applied
    }

    /// Asks the writer to finish.
    pub fn close(&self) {
        self.state.lock().closing = true;
        self.asleep.store(false, SeqCst);
        self.bell.notify_one();
    }

    /// Writer: waits for work. `busy`: there is other work if nothing was recorded.
    pub fn next(&self, buffer: &WalBuffer, busy: bool) -> Work {
        let mut state = self.state.lock();
        if state.stuck {
            let until = Instant::now() + RETRY_INTERVAL;
            while !state.closing && !self.bell.wait_until(&mut state, until).timed_out() {}
            return state.work();
        }
        while !state.is_urgent() && !busy && state.applied >= buffer.recorded() {
            self.asleep.store(true, SeqCst);
            // Whoever recorded before it could see that finds the answer here; after, it rings.
            if state.applied >= buffer.recorded() {
                self.bell.wait(&mut state);
            }
            self.asleep.store(false, SeqCst);
        }
        let until = Instant::now() + COLLECT_TIME;
        while !state.is_urgent() && state.applied < buffer.recorded() {
            if self.bell.wait_until(&mut state, until).timed_out() {
                break;
            }
        }
        state.work()
    }

    /// Writer: so much is in the archive.
    pub fn done(&self, applied: u64) {
        self.state.lock().applied = applied;
        self.passed.notify_all();
    }

    /// Writer: what ended Blenders left has been replayed.
    pub fn recovered(&self) {
        self.state.lock().recover = false;
        self.passed.notify_all();
    }

    /// Writer: it did not work, and is tried again later.
    pub fn stuck(&self) {
        self.state.lock().stuck = true;
        self.passed.notify_all();
    }

    /// Writer: it works.
    pub fn well(&self) {
        self.state.lock().stuck = false;
    }

    /// Writer: it has ended.
    pub fn closed(&self) {
        self.state.lock().closed = true;
        self.passed.notify_all();
    }
}

impl State {
    const fn is_urgent(&self) -> bool {
        self.closing || self.recover || self.inspect || self.wanted > self.applied
    }

    fn work(&mut self) -> Work {
        Work { recover: self.recover, inspect: std::mem::take(&mut self.inspect), closing: self.closing }
    }
}
