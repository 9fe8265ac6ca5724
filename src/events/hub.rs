//! The event bus of one process.
//!
//! In: [`EventBus::publish`] from any thread, in a microsecond: the event gets its number and goes into a bounded inbox.
//! Out: on the I/O thread, [`Hub::deliver`] puts each event into its channel's ring and hands it to every subscriber. A
//! subscriber that does not read loses its own oldest events, is told how many, and costs nobody else anything.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::ops::Bound::{Excluded, Unbounded};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde_json::Value;
use tokio::sync::Notify;

use super::bus::{EventBus, Replayed, Subscription};
use super::channel::Channel;
use super::event::{Event, Kind};
use super::mailbox::{Delivered, Mailbox};
use super::statistics::Statistics;
use crate::model::time::unix_time;

/// Events a channel keeps for clients that reconnect.
pub(super) const RING: usize = 256;
/// How long a channel that nobody hears any more is still recorded.
const MEMORY: Duration = Duration::from_secs(300);
/// Events on their way to the I/O thread.
pub(super) const INBOX: usize = 8192;

/// Events, their bytes, and writes to subscribers (some 5 µs each), before everyone else on the I/O thread has a turn.
const TURN_EVENTS: usize = 64;
const TURN_BYTES: usize = 64 << 10;
const TURN_WRITES: usize = 64;
/// Subscribers that are looked up at once.
const CHUNK: usize = 64;

/// A subscriber in the list of a channel.
struct Listed {
    /// Events up to this one it does not hear, or has heard already by a replay.
    since: u64,
    mailbox: Arc<Mailbox>,
}

#[derive(Default)]
struct Inner {
    /// Ids up to this one are an earlier run's.
    first_id: u64,
    next_id: u64,
    inbox: VecDeque<Arc<Event>>,
    /// The last event whose delivery has begun.
    delivered: u64,
    rings: BTreeMap<Channel, VecDeque<Arc<Event>>>,
    /// Both ways: who hears a channel, and what a subscriber hears.
    by_channel: BTreeMap<Channel, BTreeMap<u64, Listed>>,
    subscribers: HashMap<u64, (BTreeSet<Channel>, Arc<Mailbox>)>,
    /// Events of a channel that left the inbox undelivered, since the last that was delivered.
    lost: BTreeMap<Channel, u64>,
    /// Since when a channel that was heard is not heard any more.
    left: BTreeMap<Channel, Instant>,
    totals: Totals,
}

/// Counters over the hub's life.
#[derive(Default)]
struct Totals {
    messages_sent: u64,
    connections_ever: u64,
    dropped_in_inbox: u64,
}

/// An event that some of its subscribers have been told.
pub(super) struct Delivery {
    event: Arc<Event>,
    /// Events of the channel that were lost before it.
    lost: u64,
    /// Nothing else was to be delivered: it is written at once. In a flood events are collected in the mailboxes
    /// instead, so that each subscriber is written several with one system call.
    direct: bool,
    /// The last subscriber that was told.
    told: u64,
}

/// What may be delivered before the next look.
pub(super) struct Turn {
    pub(super) last: u64,
    /// Some of it tells of what must be kept first.
    of_stored: bool,
}

/// The hub. One lock, held for table steps; nothing waits under it.
pub struct Hub {
    inner: Mutex<Inner>,
    /// Something is in the inbox.
    bell: Notify,
    /// A bit for each channel that is wanted.
    wanted: AtomicU32,
}

impl Default for Hub {
    fn default() -> Self {
        Self { inner: Mutex::default(), bell: Notify::new(), wanted: AtomicU32::new(0) }
    }
}

impl EventBus for Hub {
    /// Costs about a microsecond whatever the number of subscribers, because the I/O thread does the telling.
    fn publish(&self, channel: Channel, kind: Kind, data: Value) -> usize {
        let mut inner = self.inner.lock();
        let receivers = inner.by_channel.get(&channel).map_or(0, BTreeMap::len);
        inner.accept(channel, kind, data);
        drop(inner);
        self.bell.notify_one();
        receivers
    }

    /// One read of memory.
    fn wants(&self, channel: Channel) -> bool {
        self.wanted.load(Relaxed) & channel.bit() != 0
    }

    fn add_subscriber(self: Arc<Self>) -> Subscription {
        let mut inner = self.inner.lock();
        inner.totals.connections_ever += 1;
        let (id, mailbox) = (inner.totals.connections_ever, Arc::new(Mailbox::default()));
        inner.subscribers.insert(id, (BTreeSet::new(), Arc::clone(&mailbox)));
        drop(inner);
        Subscription::new(self, id, mailbox)
    }

    fn subscribe(&self, subscriber: u64, channel: Channel) -> bool {
        let mut inner = self.inner.lock();
        let since = inner.delivered;
        let Some((channels, mailbox)) = inner.subscribers.get_mut(&subscriber) else { return false };
        if !channels.insert(channel) {
            return false;
        }
        let listed = Listed { since, mailbox: Arc::clone(mailbox) };
        inner.by_channel.entry(channel).or_default().insert(subscriber, listed);
        inner.left.remove(&channel);
        self.wanted.fetch_or(channel.bit(), Relaxed);
        true
    }

    fn unsubscribe(&self, subscriber: u64, channel: Channel) -> bool {
        let mut inner = self.inner.lock();
        inner.unlist(channel, subscriber);
        inner.subscribers.get_mut(&subscriber).is_some_and(|(channels, _)| channels.remove(&channel))
    }

    fn channels(&self, subscriber: u64) -> Vec<Channel> {
        let inner = self.inner.lock();
        let channels = inner.subscribers.get(&subscriber);
        channels.into_iter().flat_map(|(channels, _)| channels.iter().copied()).collect()
    }

    fn replay(&self, subscriber: u64, mailbox: &Mailbox, channel: Channel, since: u64) -> Replayed {
        let mut inner = self.inner.lock();
        let of_this_run = since >= inner.first_id;
        let delivered = inner.delivered;
        if let Some(listed) = inner.by_channel.get_mut(&channel).and_then(|all| all.get_mut(&subscriber)) {
            // The event whose delivery is under way stands in the ring already.
            listed.since = delivered;
        }
        let Some(ring) = inner.rings.get(&channel) else {
            return Replayed { events: 0, complete: of_this_run };
        };
        let unbroken = ring.len() < RING || ring.front().is_some_and(|event| event.id <= since + 1);
        let complete = of_this_run && unbroken;
        let missed: Vec<_> = ring.iter().filter(|event| event.id > since).map(Arc::clone).collect();
        drop(inner);
        for event in &missed {
            mailbox.deliver(event, false);
        }
        Replayed { events: missed.len(), complete }
    }

    fn leave(&self, subscriber: u64) {
        let mut inner = self.inner.lock();
        let Some((channels, _)) = inner.subscribers.remove(&subscriber) else { return };
        for channel in channels {
            inner.unlist(channel, subscriber);
        }
    }
}

impl Hub {
    /// Ids begin behind `first`: the microsecond of the start, so that they ascend from run to run, and a client
    /// that comes back after a restart is replayed what is new and not skipped.
    #[must_use]
    pub fn beginning_at(first: u64) -> Self {
        let inner = Inner { first_id: first, next_id: first, delivered: first, ..Inner::default() };
        Self { inner: Mutex::new(inner), ..Self::default() }
    }

    /// [`EventBus::publish`] of a type by its name.
    pub fn publish(&self, channel: Channel, kind: impl Into<Kind>, data: Value) -> usize {
        EventBus::publish(self, channel, kind.into(), data)
    }

    /// [`EventBus::wants`].
    #[must_use]
    pub fn wants(&self, channel: Channel) -> bool {
        EventBus::wants(self, channel)
    }

    /// [`EventBus::add_subscriber`].
    #[must_use]
    pub fn join(self: &Arc<Self>) -> Subscription {
        EventBus::add_subscriber(Arc::clone(self))
    }

    /// Forgets, at `now`, the wish for channels that nobody has heard for [`MEMORY`].
    pub fn forget(&self, now: Instant) {
        let mut inner = self.inner.lock();
        let gone: Vec<_> =
            inner.left.iter().filter(|(_, at)| now.duration_since(**at) > MEMORY).map(|(c, _)| *c).collect();
        for channel in gone {
            inner.left.remove(&channel);
            self.wanted.fetch_and(!channel.bit(), Relaxed);
        }
    }

    #[must_use]
    pub fn statistics(&self) -> Statistics {
        let inner = self.inner.lock();
        let channels: BTreeMap<_, _> =
            inner.by_channel.iter().map(|(channel, listed)| (channel.name(), listed.len())).collect();
        Statistics {
            total_clients: inner.subscribers.len(),
            total_channels: channels.len(),
            total_messages_sent: inner.totals.messages_sent,
            total_connections_ever: inner.totals.connections_ever,
            active_channels: channels.keys().copied().collect(),
            channel_stats: channels,
            events_dropped: inner.totals.dropped_in_inbox,
        }
    }

    /// I/O thread, for ever: hands what was published to the subscribers. What tells of stored things goes out once
    /// `kept` is done; what was published after it waits behind it, so that everybody hears all in order.
    pub async fn deliver<F: Future<Output = ()>>(&self, kept: impl Fn() -> F) {
        let mut current = None;
        loop {
            let turn = self.next_turn();
            if turn.of_stored {
                kept().await;
            }
            if self.deliver_some(&mut current, turn.last) {
                // A thousand subscribers take milliseconds; everyone else has a turn meanwhile.
                tokio::task::yield_now().await;
            } else {
                self.bell.notified().await;
            }
        }
    }

    pub(super) fn next_turn(&self) -> Turn {
        let inner = self.inner.lock();
        let mut turn = Turn { last: inner.delivered, of_stored: false };
        for event in inner.inbox.iter().take(TURN_EVENTS) {
            turn.last = event.id;
            turn.of_stored |= event.channel == Channel::TASKS || event.channel == Channel::MEMORY_UPDATES;
        }
        turn
    }

    /// One turn's deliveries, beginning with the `current` one, up to the event `last`; false if nothing is left.
    pub(super) fn deliver_some(&self, current: &mut Option<Delivery>, last: u64) -> bool {
        let (mut events, mut bytes, mut written) = (0, 0, 0);
        while events < TURN_EVENTS && bytes < TURN_BYTES && written < TURN_WRITES {
            let Some(delivery) = current else {
                *current = self.next(last);
                if current.is_none() {
                    return !self.inner.lock().inbox.is_empty();
                }
                continue;
            };
            match self.tell_some(delivery) {
                Some(count) => written += count,
                None => {
                    events += 1;
                    if delivery.told > 0 {
                        bytes += delivery.event.text().len();
                    }
                    *current = None;
                }
            }
        }
        true
    }

    /// The next event, put into its channel's ring.
    fn next(&self, last: u64) -> Option<Delivery> {
        let mut inner = self.inner.lock();
        let event = inner.inbox.pop_front_if(|event| event.id <= last)?;
        let direct = inner.inbox.is_empty();
        let lost = inner.lost.remove(&event.channel).unwrap_or_default();
        let ring = inner.rings.entry(event.channel).or_default();
        if ring.len() == RING {
            ring.pop_front();
        }
        ring.push_back(Arc::clone(&event));
        inner.delivered = event.id;
        Some(Delivery { event, lost, direct, told: 0 })
    }

    /// Tells some of those who were not told yet, and returns how many were written to; `None` once all were told. The
    /// lock is held for the look-up only, so neither a flood nor a large event holds up whoever publishes.
    fn tell_some(&self, delivery: &mut Delivery) -> Option<usize> {
        let event = &delivery.event;
        let mailboxes: Vec<Arc<Mailbox>> = {
            let mut inner = self.inner.lock();
            let all = inner.by_channel.get(&event.channel)?;
            let rest = all.range((Excluded(delivery.told), Unbounded)).take(CHUNK);
            let (mut last, mut mailboxes) = (None, Vec::with_capacity(CHUNK.min(all.len())));
            for (id, listed) in rest {
                last = Some(*id);
                if listed.since < event.id {
                    mailboxes.push(Arc::clone(&listed.mailbox));
                }
            }
            delivery.told = last?;
            inner.totals.messages_sent += mailboxes.len() as u64;
            mailboxes
        };
        let mut written = 0;
        for mailbox in mailboxes {
            mailbox.miss(delivery.lost);
            written += usize::from(mailbox.deliver(event, delivery.direct) == Delivered::Written);
        }
        Some(written)
    }
}

impl Inner {
    fn accept(&mut self, channel: Channel, kind: Kind, data: Value) {
        self.next_id += 1;
        if self.inbox.len() == INBOX {
            if let Some(dropped) = self.inbox.pop_front() {
                *self.lost.entry(dropped.channel).or_default() += 1;
            }
            self.totals.dropped_in_inbox += 1;
        }
        self.inbox.push_back(Arc::new(Event::new(self.next_id, channel, kind, data, unix_time())));
    }

    /// A channel that nobody hears is not kept.
    fn unlist(&mut self, channel: Channel, subscriber: u64) {
        if let Some(listed) = self.by_channel.get_mut(&channel) {
            listed.remove(&subscriber);
            if listed.is_empty() {
                self.by_channel.remove(&channel);
                self.left.insert(channel, Instant::now());
            }
        }
    }
}
