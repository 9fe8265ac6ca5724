//! A client's place in the hub: what it hears, and what it hears again. On the I/O thread.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use serde::Serialize;

use super::{Channel, Hub, Outbox, RING};

/// A client's place in the hub, given back when dropped.
pub struct Seat {
    pub(super) hub: Arc<Hub>,
    pub(super) id: u64,
    pub outbox: Arc<Outbox>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.hub.leave(self.id);
    }
}

impl Seat {
    /// Hears the channel from now on; false if it did already.
    pub fn subscribe(&self, channel: Channel) -> bool {
        let mut inner = self.hub.inner.lock();
        inner.by_channel.entry(channel).or_default().insert(self.id);
        inner.left.remove(&channel);
        self.hub.wanted.fetch_or(channel.bit(), Relaxed);
        inner.clients.get_mut(&self.id).is_some_and(|client| client.channels.insert(channel))
    }

    /// Hears the channel no more; false if it did not.
    pub fn unsubscribe(&self, channel: Channel) -> bool {
        let mut inner = self.hub.inner.lock();
        inner.unlist(channel, self.id);
        inner.clients.get_mut(&self.id).is_some_and(|client| client.channels.remove(&channel))
    }

    #[must_use]
    pub fn channels(&self) -> Vec<&'static str> {
        let inner = self.hub.inner.lock();
        let client = inner.clients.get(&self.id);
        client.into_iter().flat_map(|client| &client.channels).map(|channel| channel.name()).collect()
    }

    /// Puts the channel's events after `since` into the outbox again; how many, and whether older ones are gone.
    pub fn replay(&self, channel: Channel, since: u64) -> Replayed {
        let inner = self.hub.inner.lock();
        let of_this_run = since >= inner.first_id;
        let Some(ring) = inner.rings.get(&channel) else {
            return Replayed { events: 0, complete: of_this_run };
        };
        let unbroken = ring.len() < RING || ring.front().is_some_and(|(id, _)| *id <= since + 1);
        let complete = of_this_run && unbroken;
        let missed: Vec<_> =
            ring.iter().filter(|(id, _)| *id > since).map(|(_, message)| message.clone()).collect();
        drop(inner);
        let events = missed.len();
        missed.into_iter().for_each(|message| self.outbox.push(message));
        Replayed { events, complete }
    }
}

/// What a replay came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Replayed {
    pub events: usize,
    /// False if the ring no longer holds everything since then, or that was before this run.
    pub complete: bool,
}
