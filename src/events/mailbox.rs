//! What a subscriber has still to be sent: bounded, the oldest go first, and it is told how many went.
//!
//! Filled by the bus, emptied by the subscriber's own task. A subscriber that can be written to at once needs no task
//! for that: where nothing waits and nothing is being written, the delivery itself hands the event to its
//! [`DirectWriter`].

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::event::Event;

/// Events and bytes that wait for one subscriber.
const EVENTS: usize = 1024;
const BYTES: usize = 8 << 20;

/// Writes an event to its subscriber without waiting.
pub trait DirectWriter: Send + Sync {
    /// False if that cannot be done now; then nothing was written, and the event goes into the mailbox.
    fn try_write(&self, event: &Event) -> bool;
}

#[derive(Default)]
struct Waiting {
    events: VecDeque<Arc<Event>>,
    bytes: usize,
    missed: u64,
    /// What was taken is still being written: anything written beside it would overtake it.
    is_taken: bool,
}

#[derive(Default)]
pub struct Mailbox {
    waiting: Mutex<Waiting>,
    bell: Notify,
    writer: OnceLock<Box<dyn DirectWriter>>,
}

/// How an event reached a mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivered {
    /// Its subscriber's writer has it.
    Written,
    /// It waits for the subscriber's task.
    Queued,
}

impl Mailbox {
    /// From now on events may be written directly, as long as nothing waits.
    pub fn write_through(&self, writer: Box<dyn DirectWriter>) {
        if self.writer.set(writer).is_err() {
            log::error!("a mailbox was given two writers; the first stays");
        }
    }

    /// Hands the event on at once if that is `direct` and possible, else lets it wait.
    pub fn deliver(&self, event: &Arc<Event>, direct: bool) -> Delivered {
        let mut waiting = self.waiting.lock();
        if direct
            && waiting.events.is_empty()
            && waiting.missed == 0
            && !waiting.is_taken
            && self.writer.get().is_some_and(|writer| writer.try_write(event))
        {
            return Delivered::Written;
        }
        waiting.bytes += event.text().len();
        waiting.events.push_back(Arc::clone(event));
        // The newest stays whatever its size: there is no limit on one event.
        while waiting.events.len() > 1 && (waiting.events.len() > EVENTS || waiting.bytes > BYTES) {
            if let Some(oldest) = waiting.events.pop_front() {
                waiting.bytes -= oldest.text().len();
                waiting.missed += 1;
            }
        }
        drop(waiting);
        self.bell.notify_one();
        Delivered::Queued
    }

    /// Events that were lost before they came here; told with the next.
    pub fn miss(&self, count: u64) {
        if count > 0 {
            self.waiting.lock().missed += count;
        }
    }

    /// Everything that waits. Waits if there is nothing. Cancel safe: nothing is taken unless it is returned.
    pub async fn take(self: &Arc<Self>) -> Taken {
        loop {
            let taken = self.take_now();
            if !taken.events.is_empty() {
                return taken;
            }
            drop(taken);
            self.bell.notified().await;
        }
    }

    /// The same without waiting; nothing lost is told of while nothing waits.
    pub fn take_now(self: &Arc<Self>) -> Taken {
        let mut waiting = self.waiting.lock();
        waiting.bytes = 0;
        waiting.is_taken = true;
        let missed = if waiting.events.is_empty() { 0 } else { std::mem::take(&mut waiting.missed) };
        Taken { events: waiting.events.drain(..).collect(), missed, mailbox: Arc::clone(self) }
    }
}

/// What was taken out of a mailbox. While it lives, later events wait in the mailbox, so that none overtakes it.
pub struct Taken {
    pub events: Vec<Arc<Event>>,
    /// Events that were lost since the last time.
    pub missed: u64,
    mailbox: Arc<Mailbox>,
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.mailbox.waiting.lock().is_taken = false;
    }
}
