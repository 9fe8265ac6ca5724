//! When the writer thread works, and who waits until it has. Any thread.
//!
//! Clean, the writer sleeps and costs nothing. The first record wakes it; it then lets a batch come together, unless
//! somebody waits for what was recorded to be in the archive.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::ledger::Ledger;

/// How long a batch comes together.
const COLLECT: Duration = Duration::from_millis(75);
/// Between two attempts of what failed.
const AGAIN: Duration = Duration::from_secs(3);

/// The writer thread's door bell.
pub struct Gate {
    turn: Mutex<Turn>,
    /// Rung for the writer; rung for those who wait for it.
    bell: Condvar,
    passed: Condvar,
    /// The writer waits for a first record.
    asleep: AtomicBool,
}

#[derive(Default)]
struct Turn {
    /// Records that somebody waits for, and those that are in the archive.
    wanted: u64,
    applied: u64,
    /// The dead are to be looked after.
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
pub struct Errand {
    pub recover: bool,
    pub inspect: bool,
    pub closing: bool,
}

impl Gate {
    /// The first errand is to look after the dead.
    #[must_use]
    pub fn new() -> Self {
        let turn = Turn { recover: true, ..Turn::default() };
        Self {
            turn: Mutex::new(turn),
            bell: Condvar::new(),
            passed: Condvar::new(),
            asleep: AtomicBool::new(false),
        }
    }

    /// Something was recorded. An atomic read unless the writer sleeps.
    pub fn wake(&self) {
        if self.asleep.load(SeqCst) && self.asleep.swap(false, SeqCst) {
            drop(self.turn.lock());
            self.bell.notify_one();
        }
    }

    /// Waits until everything recorded so far is in the archive, or cannot be now. With `recover`, what the dead left
    /// too.
    pub fn pass(&self, ledger: &Ledger, recover: bool) {
        let mut turn = self.turn.lock();
        let target = ledger.recorded();
        turn.recover |= recover;
        if turn.applied >= target && !turn.recover {
            return;
        }
        turn.wanted = turn.wanted.max(target);
        self.asleep.store(false, SeqCst);
        self.bell.notify_one();
        self.passed.wait_while(&mut turn, |turn| {
            (turn.applied < target || turn.recover) && !turn.stuck && !turn.closed
        });
    }

    /// Something in the archive is not what it should be.
    pub fn inspect(&self) {
        self.turn.lock().inspect = true;
        self.asleep.store(false, SeqCst);
        self.bell.notify_one();
    }

    /// Records that are in the archive.
    #[must_use]
    pub fn applied(&self) -> u64 {
        self.turn.lock().applied
    }

    /// Asks the writer to finish.
    pub fn close(&self) {
        self.turn.lock().closing = true;
        self.asleep.store(false, SeqCst);
        self.bell.notify_one();
    }

    /// Writer: waits for work. `busy`: there is other work if nothing was recorded.
    pub fn next(&self, ledger: &Ledger, busy: bool) -> Errand {
        let mut turn = self.turn.lock();
        if turn.stuck {
            let until = Instant::now() + AGAIN;
            while !turn.closing && !self.bell.wait_until(&mut turn, until).timed_out() {}
            return turn.errand();
        }
        while !turn.is_urgent() && !busy && turn.applied >= ledger.recorded() {
            self.asleep.store(true, SeqCst);
            // Whoever recorded before it could see that finds the answer here; after, it rings.
            if turn.applied >= ledger.recorded() {
                self.bell.wait(&mut turn);
            }
            self.asleep.store(false, SeqCst);
        }
        let until = Instant::now() + COLLECT;
        while !turn.is_urgent() && turn.applied < ledger.recorded() {
            if self.bell.wait_until(&mut turn, until).timed_out() {
                break;
            }
        }
        turn.errand()
    }

    /// Writer: so much is in the archive.
    pub fn done(&self, applied: u64) {
        self.turn.lock().applied = applied;
        self.passed.notify_all();
    }

    /// Writer: the dead have been looked after.
    pub fn recovered(&self) {
        self.turn.lock().recover = false;
        self.passed.notify_all();
    }

    /// Writer: it did not work, and is tried again later.
    pub fn stuck(&self) {
        self.turn.lock().stuck = true;
        self.passed.notify_all();
    }

    /// Writer: it works.
    pub fn well(&self) {
        self.turn.lock().stuck = false;
    }

    /// Writer: it has ended.
    pub fn closed(&self) {
        self.turn.lock().closed = true;
        self.passed.notify_all();
    }
}

impl Turn {
    const fn is_urgent(&self) -> bool {
        self.closing || self.recover || self.inspect || self.wanted > self.applied
    }

    fn errand(&mut self) -> Errand {
        Errand { recover: self.recover, inspect: std::mem::take(&mut self.inspect), closing: self.closing }
    }
}
