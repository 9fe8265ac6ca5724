//! What a subscriber has still to be sent: bounded, the oldest go first, and it is told how many went.

use std::collections::VecDeque;

use parking_lot::Mutex;
use tokio::sync::Notify;

/// An encoded message, shared by everyone it is sent to.
pub type Message = tokio_tungstenite::tungstenite::Utf8Bytes;

/// Messages and bytes that wait for one subscriber.
const MESSAGES: usize = 1024;
const BYTES: usize = 8 << 20;

#[derive(Default)]
struct Waiting {
    messages: VecDeque<Message>,
    bytes: usize,
    missed: u64,
}

/// Filled by the hub, emptied by the subscriber's own door.
#[derive(Default)]
pub struct Outbox {
    waiting: Mutex<Waiting>,
    bell: Notify,
}

impl Outbox {
    pub fn push(&self, message: Message) {
        let mut waiting = self.waiting.lock();
        waiting.bytes += message.len();
        waiting.messages.push_back(message);
        // The newest stays whatever its size: there is no limit on one message.
        while waiting.messages.len() > 1 && (waiting.messages.len() > MESSAGES || waiting.bytes > BYTES) {
            if let Some(oldest) = waiting.messages.pop_front() {
                waiting.bytes -= oldest.len();
                waiting.missed += 1;
            }
        }
        drop(waiting);
        self.bell.notify_one();
    }

    /// Messages that were lost before they came here; told with the next.
    pub fn miss(&self, count: u64) {
        if count > 0 {
            self.waiting.lock().missed += count;
        }
    }

    /// Everything that waits, and how many messages were lost since the last time. Waits if there is nothing.
    /// Cancel safe: nothing is taken unless it is returned.
    pub async fn take(&self) -> (Vec<Message>, u64) {
        loop {
            let taken = self.take_now();
            if !taken.0.is_empty() {
                return taken;
            }
            self.bell.notified().await;
        }
    }

    /// The same without waiting; nothing lost is told of while nothing waits.
    pub fn take_now(&self) -> (Vec<Message>, u64) {
        let mut waiting = self.waiting.lock();
        waiting.bytes = 0;
        (waiting.messages.drain(..).collect(), std::mem::take(&mut waiting.missed))
    }
}
