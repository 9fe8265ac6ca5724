//! What a subscriber has still to be sent: bounded, the oldest go first, and it is told how many went.

use std::collections::VecDeque;

use parking_lot::Mutex;
use tokio::sync::Notify;

/// An encoded message, shared by everyone it is sent to.
pub type Message = axum::extract::ws::Utf8Bytes;

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

    /// Everything that waits, and how many messages were lost since the last time. Waits if there is nothing.
    /// Cancel safe: nothing is taken unless it is returned.
    pub async fn take(&self) -> (Vec<Message>, u64) {
        loop {
            {
                let mut waiting = self.waiting.lock();
                if !waiting.messages.is_empty() {
                    waiting.bytes = 0;
                    let messages = waiting.messages.drain(..).collect();
                    return (messages, std::mem::take(&mut waiting.missed));
                }
            }
            self.bell.notified().await;
        }
    }
}
