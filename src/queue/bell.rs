//! How the main thread waits for work, and how it is rung for.

use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use crate::model::spin::AdaptiveSpin;

/// A channel of capacity one: how many rings there were does not matter, the lanes say what is to do.
pub struct Bell {
    ring: Sender<()>,
    rung: Receiver<()>,
    spin: AdaptiveSpin,
}

impl Bell {
    pub fn new() -> Self {
        let (ring, rung) = bounded(1);
        Self { ring, rung, spin: AdaptiveSpin::default() }
    }

    pub fn ring(&self) {
        match self.ring.try_send(()) {
            Ok(()) | Err(TrySendError::Full(()) | TrySendError::Disconnected(())) => {}
        }
    }

    /// Waits for a ring, at most `limit`; false if there was none.
    pub fn wait(&self, limit: Option<Duration>) -> bool {
        self.spin.wait(
            limit,
            || self.rung.try_recv().is_ok(),
            |left| match left {
                Some(left) => self.rung.recv_timeout(left).is_ok(),
                None => self.rung.recv().is_ok(),
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_rings_before_a_wait_are_one() {
        let bell = Bell::new();
        bell.ring();
        bell.ring();
        assert!(bell.wait(Some(Duration::from_secs(60))));
        assert!(!bell.wait(Some(Duration::from_millis(1))));
    }
}
