//! The event hub: what really happens in Tenon, told to everyone who subscribed to its channel.
//!
//! In: [`Hub::publish`] from any thread, in a microsecond: the event gets its number, goes into its channel's
//! ring and into a bounded inbox. Out: on the I/O thread, [`Hub::deliver`] encodes each event once and puts the
//! same bytes into the outbox of every subscriber. A subscriber that does not read loses its own oldest
//! messages, is told how many, and costs nobody else anything.

pub mod feeds;
mod outbox;
mod seat;
mod statistics;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::clock::{iso, unix_time};
use crate::error::{Code, Error};

pub use outbox::{Message, Outbox};
pub use seat::{Replayed, Seat};
pub use statistics::Statistics;

/// The channels there are; what feeds each is told in ARCHITECTURE.md.
pub const CHANNELS: [&str; 9] = [
    "error_firewall",
    "vector_search",
    "db_pool_stats",
    "ai_analysis",
    "memory_updates",
    "system_alerts",
    "tasks",
    "scene",
    "logs",
];

/// Events a channel keeps for clients that reconnect.
const RING: usize = 256;
/// How long a channel that nobody hears any more is still recorded.
const MEMORY: Duration = Duration::from_secs(300);
/// Events on their way to the I/O thread.
const INBOX: usize = 8192;

/// Events, and their bytes, that are handed on before their subscribers get to write.
const TURN: usize = 64;
const TURN_BYTES: usize = 64 << 10;

/// A place in [`CHANNELS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Channel(u8);

impl Channel {
    pub const ERROR_FIREWALL: Self = Self(0);
    pub const VECTOR_SEARCH: Self = Self(1);
    pub const DB_POOL_STATS: Self = Self(2);
    pub const AI_ANALYSIS: Self = Self(3);
    pub const MEMORY_UPDATES: Self = Self(4);
    pub const SYSTEM_ALERTS: Self = Self(5);
    pub const TASKS: Self = Self(6);
    pub const SCENE: Self = Self(7);
    pub const LOGS: Self = Self(8);

    pub fn named(name: &str) -> Option<Self> {
        CHANNELS.iter().position(|channel| *channel == name).map(|at| Self(at as u8))
    }

    const fn bit(self) -> u32 {
        1 << self.0
    }

    #[must_use]
    pub fn name(self) -> &'static str {
        CHANNELS[usize::from(self.0)]
    }
}

/// An event's type: ours are fixed, another add-on's are its own.
pub type Kind = Cow<'static, str>;

/// What happened. Encoded when it is delivered, not where it happened.
#[derive(Clone, Debug)]
pub struct Event {
    /// Ascending over all channels; what `replay` takes.
    pub id: u64,
    pub channel: Channel,
    pub kind: Kind,
    pub data: Value,
    pub timestamp: f64,
}

impl Event {
    /// Document 4's message, with the id that `replay` takes.
    fn encode(&self) -> Message {
        let body = json!({
            "type": self.kind, "channel": self.channel.name(), "data": self.data, "timestamp": iso(self.timestamp),
            "id": self.id,
        });
        Message::from(body.to_string())
    }
}

struct Subscriber {
    name: Arc<str>,
    channels: BTreeSet<Channel>,
    outbox: Arc<Outbox>,
}

#[derive(Default)]
struct Inner {
    /// Ids up to this one are an earlier run's.
    first_id: u64,
    next_id: u64,
    inbox: VecDeque<(Event, Recipient)>,
    rings: BTreeMap<Channel, VecDeque<(u64, Message)>>,
    /// Both ways: who hears a channel, and (in the subscriber) what a client hears.
    by_channel: BTreeMap<Channel, BTreeSet<u64>>,
    clients: HashMap<u64, Subscriber>,
    by_name: HashMap<Arc<str>, BTreeSet<u64>>,
    /// Events of a channel that left the inbox undelivered, since the last that was delivered.
    lost: BTreeMap<Channel, u64>,
    /// Since when a channel that was heard is not heard any more.
    left: BTreeMap<Channel, Instant>,
    statistics: Totals,
}

/// Counters over the hub's life.
#[derive(Default)]
struct Totals {
    messages_sent: u64,
    connections_ever: u64,
    dropped_in_inbox: u64,
}

/// Who an event is for.
enum Recipient {
    Channel,
    Client(Arc<str>),
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

impl Hub {
    /// Ids begin behind `first`: the microsecond of the start, so that they ascend from run to run, and a client
    /// that comes back after a restart is replayed what is new and not skipped.
    #[must_use]
    pub fn beginning_at(first: u64) -> Self {
        let inner = Inner { first_id: first, next_id: first, ..Inner::default() };
        Self { inner: Mutex::new(inner), ..Self::default() }
    }

    /// Tells everyone who subscribed to the channel; returns how many that are. Any thread; costs about a
    /// microsecond whatever their number, because the I/O thread does the telling.
    pub fn publish(&self, channel: Channel, kind: impl Into<Kind>, data: Value) -> usize {
        let mut inner = self.inner.lock();
        let receivers = inner.by_channel.get(&channel).map_or(0, BTreeSet::len);
        inner.accept(channel, kind.into(), data, Recipient::Channel);
        drop(inner);
        self.bell.notify_one();
        receivers
    }

    /// Tells the clients that gave this `client_id`, subscribed or not; returns how many there are.
    pub fn send_to(&self, client_id: &str, channel: Channel, kind: impl Into<Kind>, data: Value) -> usize {
        let mut inner = self.inner.lock();
        let receivers = inner.by_name.get(client_id).map_or(0, BTreeSet::len);
        if receivers > 0 {
            inner.accept(channel, kind.into(), data, Recipient::Client(client_id.into()));
        }
        drop(inner);
        self.bell.notify_one();
        receivers
    }

    /// A client takes its place; it hears nothing until it subscribes.
    pub fn join(self: &Arc<Self>, client_id: &str) -> Seat {
        let mut inner = self.inner.lock();
        inner.statistics.connections_ever += 1;
        let id = inner.statistics.connections_ever;
        let (name, outbox): (Arc<str>, _) = (client_id.into(), Arc::new(Outbox::default()));
        inner.by_name.entry(Arc::clone(&name)).or_default().insert(id);
        inner.clients.insert(id, Subscriber { name, channels: BTreeSet::new(), outbox: Arc::clone(&outbox) });
        Seat { hub: Arc::clone(self), id, outbox }
    }

    fn leave(&self, id: u64) {
        let mut inner = self.inner.lock();
        let Some(client) = inner.clients.remove(&id) else { return };
        for channel in client.channels {
            inner.unlist(channel, id);
        }
        if let Some(same) = inner.by_name.get_mut(&client.name) {
            same.remove(&id);
            if same.is_empty() {
                inner.by_name.remove(&client.name);
            }
        }
    }

    /// Whether anyone hears the channel, or did until a few minutes ago and may come back for what it missed.
    /// Costs one read of memory, so that what happens often is made into events only when they are wanted.
    #[must_use]
    pub fn wants(&self, channel: Channel) -> bool {
        self.wanted.load(Relaxed) & channel.bit() != 0
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
            inner.by_channel.iter().map(|(channel, heard_by)| (channel.name(), heard_by.len())).collect();
        Statistics {
            total_clients: inner.clients.len(),
            total_channels: channels.len(),
            total_messages_sent: inner.statistics.messages_sent,
            total_connections_ever: inner.statistics.connections_ever,
            active_channels: channels.keys().copied().collect(),
            channel_stats: channels,
            events_dropped: inner.statistics.dropped_in_inbox,
        }
    }

    /// I/O thread, for ever: puts what was published into the outboxes.
    pub async fn deliver(&self, settle: impl Fn()) {
        loop {
            self.bell.notified().await;
            loop {
                settle();
                if !self.deliver_some() {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
    }

    /// One turn's events; false if that was all. Between two turns the subscribers write: several events each
    /// at once, if they come that fast.
    fn deliver_some(&self) -> bool {
        let mut bytes = 0;
        for _ in 0..TURN {
            let Some(length) = self.deliver_one() else { return false };
            bytes += length;
            if bytes > TURN_BYTES {
                break;
            }
        }
        true
    }

    /// One event's length, if there was one. The lock is let go between two and while encoding, so neither a
    /// flood nor a large event holds up whoever publishes.
    fn deliver_one(&self) -> Option<usize> {
        let (event, recipient) = self.inner.lock().inbox.pop_front()?;
        let message = event.encode();
        let mut inner = self.inner.lock();
        let mut lost = 0;
        let outboxes: Vec<Arc<Outbox>> = match &recipient {
            Recipient::Channel => {
                lost = inner.lost.remove(&event.channel).unwrap_or_default();
                let ring = inner.rings.entry(event.channel).or_default();
                if ring.len() == RING {
                    ring.pop_front();
                }
                ring.push_back((event.id, message.clone()));
                inner.outboxes(inner.by_channel.get(&event.channel))
            }
            Recipient::Client(name) => inner.outboxes(inner.by_name.get(name)),
        };
        inner.statistics.messages_sent += outboxes.len() as u64;
        drop(inner);
        for outbox in outboxes {
            outbox.miss(lost);
            outbox.push(message.clone());
        }
        Some(message.len())
    }
}

impl Inner {
    fn accept(&mut self, channel: Channel, kind: Kind, data: Value, recipient: Recipient) {
        self.next_id += 1;
        if self.inbox.len() == INBOX {
            if let Some((dropped, Recipient::Channel)) = self.inbox.pop_front() {
                *self.lost.entry(dropped.channel).or_default() += 1;
            }
            self.statistics.dropped_in_inbox += 1;
        }
        let event = Event { id: self.next_id, channel, kind, data, timestamp: unix_time() };
        self.inbox.push_back((event, recipient));
    }

    fn outboxes(&self, ids: Option<&BTreeSet<u64>>) -> Vec<Arc<Outbox>> {
        let clients = ids.into_iter().flatten().filter_map(|id| self.clients.get(id));
        clients.map(|client| Arc::clone(&client.outbox)).collect()
    }

    /// A channel that nobody hears is not kept.
    fn unlist(&mut self, channel: Channel, id: u64) {
        if let Some(heard_by) = self.by_channel.get_mut(&channel) {
            heard_by.remove(&id);
            if heard_by.is_empty() {
                self.by_channel.remove(&channel);
                self.left.insert(channel, Instant::now());
            }
        }
    }
}

/// The error for a channel that does not exist.
#[must_use]
pub fn invalid_channel(name: &str) -> Error {
    let data = serde_json::Map::from_iter([("available_channels".to_owned(), json!(CHANNELS))]);
    Error::new(Code::InvalidParams, format!("Invalid channel: {name}")).with_data(data)
}

#[cfg(test)]
mod tests;
