//! What the rest of Tenon knows of events: publish, subscribe, replay, all of typed events.
//!
//! [`Hub`](super::Hub) is the bus of one process. One that reaches over several machines is another implementation; no
//! publisher and no subscriber would notice.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::channel::Channel;
use super::event::Kind;
use super::mailbox::Mailbox;

/// Takes events from whoever publishes, and puts them into the mailboxes of those who subscribed.
pub trait EventBus: Send + Sync {
    /// Tells everyone who subscribed to the channel; returns how many that are. Any thread; never waits.
    fn publish(&self, channel: Channel, kind: Kind, data: Value) -> usize;

    /// Whether anyone subscribes to the channel, or did until a few minutes ago and may come back for what it missed.
    /// Cheap, so that what happens often is made into events only when they are wanted.
    fn wants(&self, channel: Channel) -> bool;

    /// A new subscriber, which hears nothing until it subscribes to a channel.
    fn add_subscriber(self: Arc<Self>) -> Subscription;

    /// Subscribes the subscriber to the channel from now on; false if it was already.
    fn subscribe(&self, subscriber: u64, channel: Channel) -> bool;

    /// Ends that; false if it was not subscribed.
    fn unsubscribe(&self, subscriber: u64, channel: Channel) -> bool;

    /// What the subscriber is subscribed to.
    fn channels(&self, subscriber: u64) -> Vec<Channel>;

    /// Puts the channel's events after `since` into the subscriber's mailbox again.
    fn replay(&self, subscriber: u64, mailbox: &Mailbox, channel: Channel, since: u64) -> Replayed;

    /// The subscriber is gone.
    fn leave(&self, subscriber: u64);
}

/// A subscriber of the bus until dropped.
pub struct Subscription {
    bus: Arc<dyn EventBus>,
    id: u64,
    pub mailbox: Arc<Mailbox>,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.bus.leave(self.id);
    }
}

impl Subscription {
    pub(super) const fn new(bus: Arc<dyn EventBus>, id: u64, mailbox: Arc<Mailbox>) -> Self {
        Self { bus, id, mailbox }
    }

    /// Hears the channel from now on; false if it did already.
    pub fn subscribe(&self, channel: Channel) -> bool {
        self.bus.subscribe(self.id, channel)
    }

    /// Hears the channel no more; false if it did not.
    pub fn unsubscribe(&self, channel: Channel) -> bool {
        self.bus.unsubscribe(self.id, channel)
    }

    #[must_use]
    pub fn channels(&self) -> Vec<&'static str> {
        self.bus.channels(self.id).into_iter().map(Channel::name).collect()
    }

    /// Puts the channel's events after `since` into the mailbox again; how many, and whether older ones are gone.
    pub fn replay(&self, channel: Channel, since: u64) -> Replayed {
        self.bus.replay(self.id, &self.mailbox, channel, since)
    }
}

/// What a replay came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Replayed {
    pub events: usize,
    /// False if the ring no longer holds everything since then, or that was before this run.
    pub complete: bool,
}
